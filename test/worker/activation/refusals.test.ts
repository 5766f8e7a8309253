// Every reason for which an activation is refused, produced over HTTP; each refusal is kept, receipted, and activates nobody.
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { disturb, syntheticFinger } from '../../../shared/biometric/constellation.ts';
import { decodeTemplate } from '../../../shared/biometric/decode-template.ts';
import { encodeTemplate } from '../../../shared/biometric/encode-template.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { ActivationRefusal, type ActivationRequest, kioskPaths } from '../../../shared/contract/kiosk.ts';
import { generateEd25519 } from '../../../shared/crypto/ed25519.ts';
import { randomBytes } from '../../../shared/crypto/random.ts';
import { admin, bytesOf, setUpKeys } from '../issuer/issuing-edge.ts';
import { ask, newKiosk, newOperator, onDuty, refusal } from '../kiosks/test-kiosk.ts';
import { numberOf } from '../registry/person-lines.ts';
import {
  activate,
  askSession,
  type Capture,
  type Change,
  capture,
  type Desk,
  decided,
  enrolPerson,
  everywhere,
  execEverywhere,
  newDesk,
  newId,
  now,
  openSession,
  reasonsProducedBy,
  refusedBy,
  requestFor,
  submit,
  templateText,
  touch,
} from './desk.ts';

let desk: Desk;
const produced = new Set<string>();
beforeAll(setUpKeys);
// A desk of its own for each: so many failures at one kiosk would hold it.
beforeEach(async () => {
  desk = await newDesk();
});

/** The reason of a request that must be refused; checks that it is kept and that nobody became active by it. */
async function refused(
  number: string,
  captures: readonly Capture[],
  change: Change = {},
  at: Desk = desk,
): Promise<string> {
  const reason = await refusedBy(at, number, captures, change);
  produced.add(reason);
  return reason;
}

const setAccount = (number: string, set: string) =>
  openSession(desk, number).then(() =>
    execEverywhere(`UPDATE accounts SET ${set} WHERE subject_id IN (SELECT subject_id FROM people WHERE bucket >= 0)`),
  );

describe('who acts', () => {
  it('must be an operator on duty at this kiosk when it was recorded', async () => {
    const number = await enrolPerson();
    const captures = () => [capture(touch(number))];
    const elsewhere = await newDesk();
    const token = (operatorToken: string) => ({ request: { operatorToken } });
    expect(await refused(number, captures(), token('A'.repeat(43)))).toBe('operator_not_on_duty');
    expect(await refused(number, captures(), token(elsewhere.operatorToken))).toBe('operator_not_on_duty');

    const left = await newDesk();
    await ask(left.kiosk, 'POST', kioskPaths.operatorLogout, { operatorToken: left.operatorToken });
    await env.DIRECTORY.prepare(
      'UPDATE operator_sessions SET ended_at = ended_at - 300, started_at = started_at - 600 WHERE kiosk_id = ?',
    )
      .bind(left.kiosk.id)
      .run();
    expect(await refused(number, captures(), {}, left)).toBe('operator_not_on_duty');
    const before = now() - 1000;
    const early = { request: { recordedAt: before } };
    expect(await refused(number, [capture(touch(number), { capturedAt: before })], early)).toBe('operator_not_on_duty');
    const during = now() - 400;
    const onTime = await requestFor(left, number, [capture(touch(number), { capturedAt: during })], {
      request: { recordedAt: during },
    });
    expect((await decided(submit(left, onTime))).outcome).toBe('activated');
  });

  it('must not have been suspended since', async () => {
    const number = await enrolPerson();
    const kiosk = await newKiosk(desk.kiosk.centreId);
    const id = await newOperator(desk.kiosk.centreId, 'soon.gone');
    const operatorToken = await onDuty(kiosk, 'soon.gone');
    await admin(`/v1/admin/operators/${id}/suspend`, 'POST');
    expect(await refused(number, [capture(touch(number))], {}, { ...desk, kiosk, operatorToken })).toBe(
      'operator_not_on_duty',
    );
  });
});

describe('evidence', () => {
  it('must open for this activation, with a key of ours, and read to its last template', async () => {
    const number = await enrolPerson();
    const one = () => [capture(touch(number))];
    const unreadable = 'evidence_unreadable';
    expect(await refused(number, one(), { sealedFor: newId() })).toBe(unreadable);
    expect(await refused(number, one(), { request: { evidenceKid: encodeBase64Url(new Uint8Array(8)) } })).toBe(
      unreadable,
    );
    expect(await refused(number, one(), { request: { evidence: encodeBase64Url(randomBytes(400)) } })).toBe(unreadable);
    expect(await refused(number, one(), { sealed: encodeUtf8(`{"number":${' '.repeat(20)}`) })).toBe(unreadable);
    expect(await refused(number, one(), { sealed: encodeUtf8(`{}${' '.repeat(20)}`) })).toBe(unreadable);
    expect(await refused(number, one(), { sealed: new Uint8Array(20).fill(0xff) })).toBe(unreadable);
    expect(await refused('1000000009', one())).toBe(unreadable);
    expect(await refused(number, [capture(encodeBase64Url(randomBytes(100)))])).toBe(unreadable);
    expect(await refused(number, [capture(touch(number)), capture('AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB')])).toBe(
      unreadable,
    );
  });

  it('must be fresh: not of last week, not of tomorrow, and captured shortly before', async () => {
    const number = await enrolPerson();
    const at = (recordedAt: number, capturedAt = recordedAt) =>
      refused(number, [capture(touch(number), { capturedAt })], { request: { recordedAt } }, old);
    const old = await newDesk();
    await env.DIRECTORY.prepare(
      'UPDATE operator_sessions SET started_at = 0, expires_at = 4000000000 WHERE kiosk_id = ?',
    )
      .bind(old.kiosk.id)
      .run();
    expect(await at(now() - 7 * 86_400 - 60)).toBe('evidence_stale');
    expect(await at(now() + 600)).toBe('evidence_stale');
    expect(await at(now(), now() - 4000)).toBe('evidence_stale');
    expect(await at(now(), now() + 600)).toBe('evidence_stale');
    const days = now() - 6 * 86_400;
    const waited = await requestFor(old, number, [capture(touch(number), { capturedAt: days })], {
      request: { recordedAt: days },
    });
    expect((await decided(submit(old, waited))).outcome).toBe('activated');
  });

  it('of another finger, or of another person, is no match', async () => {
    const [number, other] = [await enrolPerson(), await enrolPerson()];
    expect(await refused(number, [capture(touch(other))])).toBe('no_match');
    expect(await refused(number, [capture(touch(number, 7))])).toBe('no_match');
    expect(await refused(number, [capture(touch(other), { position: 0 })])).toBe('no_match');
    const [account] = await everywhere(
      'SELECT state, failures FROM accounts WHERE subject_id IN (SELECT subject_id FROM activations WHERE reason = ?) ORDER BY failures DESC',
      'no_match',
    );
    expect(account).toEqual({ state: 'pending', failures: 3 });
  });

  it('that was seen before is a replay, also with other bytes around the same minutiae', async () => {
    const number = await enrolPerson();
    const template = touch('1000000008', 4);
    expect(await refused(number, [capture(template)])).toBe('no_match');
    expect(await refused(number, [capture(template)])).toBe('evidence_replayed');
    const [view] = template.views;
    if (!view) throw new Error('no view');
    const shuffled = { ...template, views: [{ ...view, quality: 99, minutiae: view.minutiae.toReversed() }] };
    expect(await refused(number, [capture(shuffled)])).toBe('evidence_replayed');
  });

  it('that is the enrolled template itself, in any form, or the same capture twice, is a replay', async () => {
    const number = await enrolPerson();
    const enrolled = syntheticFinger(`${number}/2`);
    expect(await refused(number, [capture(enrolled)])).toBe('evidence_replayed');
    const other = await enrolPerson();
    const converted = encodeTemplate({ ...syntheticFinger(`${other}/2`), format: 'ansi-378-2004' });
    if (!converted.ok) throw new Error(converted.error.reason);
    expect(await refused(other, [capture(encodeBase64Url(converted.value))])).toBe('evidence_replayed');
    const pushed = await enrolPerson();
    const original = syntheticFinger(`${pushed}/2`);
    const aside = original.views.map((view) => ({
      ...view,
      minutiae: view.minutiae.map((m) => ({ ...m, x: m.x + 3, y: m.y - 2 })),
    }));
    expect(await refused(pushed, [capture({ ...original, views: aside })])).toBe('evidence_replayed');
    const third = await enrolPerson();
    const twice = touch(third);
    expect(await refused(third, [capture(twice), capture(twice)])).toBe('evidence_replayed');
  });

  it('with too few minutiae, too poor, too much of it, or of a finger that is not enrolled, is not enough', async () => {
    const number = await enrolPerson();
    const full = touch(number);
    const [view] = full.views;
    if (!view) throw new Error('no view');
    const few = { ...full, views: [{ ...view, minutiae: view.minutiae.slice(0, 6) }] };
    expect(await refused(number, [capture(few)])).toBe('too_few_minutiae');
    expect(await refused(number, [capture(few)])).toBe('too_few_minutiae');
    const none = { ...full, views: [{ ...view, minutiae: [] }] };
    expect(await refused(number, [capture(none), capture(none)])).toBe('too_few_minutiae');
    expect(await refused(number, [capture(touch(number), { quality: 10 })])).toBe('requirements_not_met');
    const many = Array.from({ length: 4 }, () => capture(touch(number)));
    expect(await refused(number, many)).toBe('requirements_not_met');
    expect(await refused(number, [capture(touch(number), { position: 9 })])).toBe('no_enrolled_fingers');
    const bare = await enrolPerson({ fingers: [] });
    expect(await refused(bare, [capture(touch(bare))])).toBe('no_enrolled_fingers');
  });
});

describe('the person', () => {
  it('must be in the registry', async () => {
    const nobody = numberOf(77_777);
    expect(await refused(nobody, [capture(touch(nobody))])).toBe('unknown_person');
  });

  it('must be old enough', async () => {
    const years = (age: number) => `${new Date().getUTCFullYear() - age}-01-01`;
    const child = await enrolPerson({ birthDate: years(8) });
    expect(await refused(child, [capture(touch(child))])).toBe('age_not_allowed');
    expect(await openSession(desk, child)).toMatchObject({ ageGroup: 'child', requires: ['none'] });
  });

  it('must hold a document that has not expired', async () => {
    const number = await enrolPerson({ document: { serial: 'B1234567', expiresOn: '2020-01-01' } });
    expect(await refused(number, [capture(touch(number))])).toBe('document_expired');
    // Told with the session, so that no finger is read for nothing.
    expect((await openSession(desk, number)).documentExpired).toBe(true);
    expect((await openSession(desk, await enrolPerson())).documentExpired).toBe(false);
  });

  it('must not be active, suspended or closed', async () => {
    const number = await enrolPerson();
    await activate(desk, number);
    expect(await refused(number, [capture(touch(number))])).toBe('already_active');
    await setAccount(number, "state = 'suspended'");
    expect(await refused(number, [capture(touch(number))])).toBe('account_suspended');
    await setAccount(number, "state = 'closed'");
    expect(await refused(number, [capture(touch(number))])).toBe('account_closed');
  });

  it('is locked after five failures, longer each time; the right finger afterwards clears the count', async () => {
    const number = await enrolPerson();
    const wrong = (i: number) => [capture(touch('1000000008', 10 + i))];
    for (let i = 0; i < 5; i++) expect(await refused(number, wrong(i))).toBe('no_match');
    expect(await refused(number, [capture(touch(number))])).toBe('account_locked');
    const locked = await askSession(desk, number);
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(800);
    expect(await refusal(locked)).toEqual([403, 'account_locked']);
    await execEverywhere('UPDATE accounts SET locked_until = 0 WHERE failures = 5');
    expect(await refused(number, wrong(5))).toBe('no_match');
    const [longer] = await everywhere('SELECT locked_until FROM accounts WHERE failures = 6');
    expect(Number(longer?.['locked_until']) - now()).toBeGreaterThan(1700);
    await execEverywhere('UPDATE accounts SET locked_until = 0 WHERE failures = 6');
    const captures = [capture(touch(number))];
    expect((await decided(submit(desk, await requestFor(desk, number, captures)))).outcome).toBe('activated');
    expect(await everywhere('SELECT 1 FROM accounts WHERE failures >= 5')).toEqual([]);
  });
});

describe('the session and the centre', () => {
  it('must belong together: person, kiosk, nonce and time', async () => {
    const [number, other] = [await enrolPerson(), await enrolPerson()];
    const session = await openSession(desk, number);
    const captures = () => [capture(touch(number))];
    const mismatch = 'session_mismatch';
    const change = (request: Partial<ActivationRequest>, nonce?: string): Change => ({
      request,
      ...(nonce === undefined ? {} : { evidence: { nonce } }),
    });
    expect(await refused(other, [capture(touch(other))], { session })).toBe(mismatch);
    expect(await refused(number, captures(), { session, evidence: { nonce: encodeBase64Url(randomBytes(16)) } })).toBe(
      mismatch,
    );
    expect(await refused(number, captures(), change({ sessionId: session.sessionId }))).toBe(mismatch);
    expect(await refused(number, captures(), change({}, session.nonce))).toBe(mismatch);
    const elsewhere = await newDesk();
    expect(await refused(number, captures(), { session }, elsewhere)).toBe(mismatch);
    const bent = bytesOf(session.sessionId);
    bent[3] = (bent[3] ?? 0) ^ 1;
    expect(await refused(number, captures(), { session: { ...session, sessionId: encodeBase64Url(bent) } })).toBe(
      mismatch,
    );
    expect(await refused(number, captures(), { session: { ...session, sessionId: 'x' } })).toBe(mismatch);
    const late = { session, request: { recordedAt: session.expiresAt + 121 } };
    expect(await refused(number, captures(), late)).toBe('evidence_stale');
  });

  it('recorded after the session had ended is a mismatch', async () => {
    const number = await enrolPerson();
    const { sessionIdOf } = await import('../../../worker/activation/session-token.ts');
    const [{ subject_id: subjectId } = {}] = await everywhere('SELECT subject_id FROM people ORDER BY rowid DESC');
    const nonce = encodeBase64Url(randomBytes(16));
    const secret = bytesOf(env.COOKIE_SECRET);
    const all = await everywhere('SELECT subject_id FROM people');
    const session = await openSession(desk, number);
    for (const { subject_id } of all) {
      const binding = { subjectId: subject_id as never, kioskId: desk.kiosk.id, nonce: session.nonce };
      if ((await sessionIdOf(secret, binding, session.expiresAt as never)) !== session.sessionId) continue;
      const ended = (now() - 130) as never;
      const sessionId = await sessionIdOf(secret, { ...binding, nonce }, ended);
      expect(await refused(number, [capture(touch(number))], { session: { ...session, sessionId, nonce } })).toBe(
        'session_mismatch',
      );
      return;
    }
    throw new Error(`no session of ${String(subjectId)}`);
  });

  it('must be of a kind that may do it: a company records nothing without a line, no centre follows a policy of tomorrow', async () => {
    const number = await enrolPerson();
    const company = await newDesk('company');
    expect(await refused(number, [capture(touch(number))], {}, company)).toBe('session_mismatch');
    const captures = () => [capture(touch(number))];
    expect(await refused(number, captures(), { request: { policyVersion: 2 } })).toBe('requirements_not_met');
    const session = await openSession(company, number);
    expect((await decided(submit(company, await requestFor(company, number, captures(), { session })))).outcome).toBe(
      'activated',
    );
  });

  it('of a mall activates adults only, and nobody by exception', async () => {
    const mall = await newDesk('mall');
    const minor = await enrolPerson({ birthDate: `${new Date().getUTCFullYear() - 13}-01-01` });
    expect(await refused(minor, [capture(touch(minor))], {}, mall)).toBe('centre_not_allowed');
    const adult = await enrolPerson();
    const exception = { reason: 'missing', tries: 0, documentChecked: true } as const;
    expect(await refused(adult, [], { evidence: { exception } }, mall)).toBe('centre_not_allowed');
    expect((await openSession(mall, adult)).mayExcept).toBe(false);
    expect((await activate(mall, adult)).outcome).toBe('activated');
  });
});

describe('before anything is decided', () => {
  it('a body that was changed, a nonce seen before, a kiosk revoked or unknown: nothing is kept', async () => {
    const number = await enrolPerson();
    const session = await openSession(desk, number);
    const body = await requestFor(desk, number, [capture(touch(number))], { session });
    const tampered = encodeUtf8(new TextDecoder().decode(body).replace('"policyVersion":1', '"policyVersion":0'));
    expect(await refusal(submit(desk, tampered, { signedBody: body }))).toEqual([401, 'digest_mismatch']);
    const nonce = encodeBase64Url(randomBytes(16));
    await ask(desk.kiosk, 'GET', kioskPaths.sync, undefined, { nonce });
    expect(await refusal(submit(desk, body, { nonce }))).toEqual([401, 'nonce_replayed']);
    expect(await refusal(submit(desk, body, { by: await generateEd25519({ extractable: false }) }))).toEqual([
      401,
      'signature_wrong',
    ]);
    const lost = await newDesk();
    await admin(`/v1/admin/kiosks/${lost.kiosk.id}/revoke`, 'POST');
    expect(await refusal(submit(lost, body))).toEqual([403, 'kiosk_revoked']);
    expect(await refusal(askSession(lost, number))).toEqual([403, 'kiosk_revoked']);
    const { activationId } = JSON.parse(new TextDecoder().decode(body)) as { activationId: string };
    const claims = await env.DIRECTORY.prepare('SELECT 1 FROM activation_requests WHERE activation_id = ?')
      .bind(activationId)
      .all();
    expect(claims.results).toEqual([]);
    expect((await decided(submit(desk, body))).outcome).toBe('activated');
  });

  it('an id that is not 16 bytes in one spelling is refused', async () => {
    const number = await enrolPerson();
    const request = { activationId: `${'A'.repeat(21)}B` };
    const body = await requestFor(desk, number, [capture(touch(number))], { request });
    expect(await refusal(submit(desk, body))).toEqual([422, 'activation_id_malformed']);
  });
});

it('every reason of the contract is produced here, or in the file that has it on its list', () => {
  const elsewhere = Object.values(reasonsProducedBy).flat();
  expect([...produced, ...elsewhere].sort()).toEqual([...ActivationRefusal.options].sort());
});

it('a disturbed template still reads: what the reader gives is what is judged', () => {
  const text = templateText(disturb(syntheticFinger('x'), 1));
  expect(decodeTemplate(bytesOf(text)).ok).toBe(true);
});
