// A kiosk's life over HTTP: invited, enrolled with proof of its key, heard only when it signs, revoked; and operators on duty.
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { rootsFingerprint } from '../../../shared/contract/invitation.ts';
import { EnrolAnswer, kioskPaths, OperatorLoginAnswer, Sync } from '../../../shared/contract/kiosk.ts';
import { generateEd25519 } from '../../../shared/crypto/ed25519.ts';
import { randomBytes } from '../../../shared/crypto/random.ts';
import { admin, bytesOf, roots, setUpKeys } from '../issuer/issuing-edge.ts';
import {
  ask,
  enrol,
  newCentre,
  newInvitation,
  newKiosk,
  newOperator,
  onDuty,
  operatorPassword,
  refusal,
  send,
  type TestKiosk,
} from './test-kiosk.ts';

const now = () => epochSecondsOfMs(Date.now());
const nonce = () => encodeBase64Url(randomBytes(16));

let centre: string;
let kiosk: TestKiosk;
beforeAll(async () => {
  await setUpKeys();
  centre = await newCentre();
  kiosk = await newKiosk(centre);
});

describe('enrolment', () => {
  it('answers who the kiosk is and the roots that the invitation named', async () => {
    const key = await generateEd25519({ extractable: false });
    const invitation = await newInvitation(centre);
    const answer = await enrol(key, invitation.code);
    expect(answer.status).toBe(200);
    const enrolled = EnrolAnswer.parse(await answer.json());
    expect(enrolled).toMatchObject({ kioskId: invitation.kioskId, name: 'Desk 1', centre: { id: centre } });
    const [a, b] = enrolled.trustRoots.map(bytesOf);
    if (!a || !b) throw new Error('no roots');
    expect(rootsFingerprint([a, b])).toBe(invitation.roots);
    expect([...a]).toEqual([...(roots[0]?.x ?? [])]);
  });

  it('spends the invitation for one key: asked again by the same key it answers again, by another it is refused', async () => {
    const { code, kioskId } = await newInvitation(centre);
    const key = await generateEd25519({ extractable: false });
    const rival = await generateEd25519({ extractable: false });
    const [first, second] = [await (await enrol(key, code)).json(), await (await enrol(key, code)).json()];
    expect(first).toMatchObject({ kioskId });
    expect({ ...(second as object), time: 0 }).toEqual({ ...(first as object), time: 0 });
    expect(await refusal(enrol(rival, code))).toEqual([403, 'invitation_refused']);
    const { n } = (await env.DIRECTORY.prepare(
      "SELECT count(*) AS n FROM journal WHERE event = 'kiosk.enrolled' AND object = ?",
    )
      .bind(kioskId)
      .first()) as { n: number };
    expect(n).toBe(1);
  });

  it('of twenty kiosks that race for one invitation lets one in', async () => {
    const { code } = await newInvitation(centre);
    const keys = await Promise.all(Array.from({ length: 20 }, () => generateEd25519({ extractable: false })));
    const answers = await Promise.all(keys.map(async (key) => (await enrol(key, code)).status));
    expect(answers.filter((status) => status === 200)).toHaveLength(1);
    expect(answers.filter((status) => status === 403)).toHaveLength(19);
  });

  it('without proof of the key that is brought is refused', async () => {
    const { code } = await newInvitation(centre);
    const [mine, theirs] = [
      await generateEd25519({ extractable: false }),
      await generateEd25519({ extractable: false }),
    ];
    const publicKey = encodeBase64Url(theirs.publicRaw);
    const body = { code, publicKey, software: 'x' };
    expect(await refusal(send(mine, publicKey, 'POST', kioskPaths.enrol, body))).toEqual([401, 'signature_wrong']);
    const keyid = encodeBase64Url(mine.publicRaw);
    expect(await refusal(send(mine, keyid, 'POST', kioskPaths.enrol, body))).toEqual([401, 'key_unknown']);
    const small = encodeBase64Url(Uint8Array.of(1, ...new Uint8Array(31)));
    const weak = send(mine, small, 'POST', kioskPaths.enrol, { ...body, publicKey: small });
    expect(await refusal(weak)).toEqual([401, 'signature_wrong']);
  });

  it('with a code that is unknown, expired or revoked, or a key of another kiosk, is refused', async () => {
    const key = await generateEd25519({ extractable: false });
    expect(await refusal(enrol(key, '0000000000'))).toEqual([403, 'invitation_refused']);
    const late = await newInvitation(centre);
    await env.DIRECTORY.prepare('UPDATE kiosks SET invite_expires_at = ? WHERE id = ?')
      .bind(now() - 1, late.kioskId)
      .run();
    expect(await refusal(enrol(key, late.code))).toEqual([403, 'invitation_refused']);
    const taken = await newInvitation(centre);
    await admin(`/v1/admin/kiosks/${taken.kioskId}/revoke`, 'POST');
    expect(await refusal(enrol(key, taken.code))).toEqual([403, 'invitation_refused']);
    const other = await newInvitation(centre);
    expect(await refusal(enrol(kiosk.key, other.code))).toEqual([403, 'key_in_use']);
    expect(await refusal(admin('/v1/admin/kiosks/invitations', 'POST', { centreId: 'c_none', name: 'x' }))).toEqual([
      404,
      'centre_unknown',
    ]);
  });

  it('keeps no code and no token at rest', async () => {
    const { code } = await newInvitation(centre);
    const dump = JSON.stringify((await env.DIRECTORY.prepare('SELECT * FROM kiosks').all()).results);
    expect(dump).not.toContain(code);
  });
});

describe('a signed request', () => {
  it('is answered with the time, the policy, the versions and the key to seal to', async () => {
    const before = now();
    const answer = await ask(kiosk, 'GET', kioskPaths.sync);
    expect(answer.status).toBe(200);
    const sync = Sync.parse(await answer.json());
    expect(sync).toMatchObject({
      kiosk: { id: kiosk.id, state: 'enrolled' },
      trustListVersion: 1,
      statusListVersion: 0,
    });
    expect(sync.time).toBeGreaterThanOrEqual(before);
    expect(sync.time).toBeLessThanOrEqual(now());
    expect(sync.policy.ageGroups.map((group) => group.name)).toEqual(['child', 'minor', 'adult']);
  });

  it('is refused the second time its nonce comes, also when twenty come at once', async () => {
    const again = nonce();
    expect((await ask(kiosk, 'GET', kioskPaths.sync, undefined, { nonce: again })).status).toBe(200);
    expect(await refusal(ask(kiosk, 'GET', kioskPaths.sync, undefined, { nonce: again }))).toEqual([
      401,
      'nonce_replayed',
    ]);
    const one = nonce();
    const statuses = await Promise.all(
      Array.from(
        { length: 20 },
        async () => (await ask(kiosk, 'GET', kioskPaths.sync, undefined, { nonce: one })).status,
      ),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });

  it('is refused when it is not signed, not by this kiosk, too old, for another edge, or not what was signed', async () => {
    const path = kioskPaths.operatorLogout;
    const body = { operatorToken: encodeBase64Url(randomBytes(32)) };
    const refused = (wish: Parameters<typeof ask>[4], json: unknown = body) =>
      refusal(ask(kiosk, 'POST', path, json, wish));
    const other = await generateEd25519({ extractable: false });
    expect(await refused({ by: other })).toEqual([401, 'signature_wrong']);
    expect(await refused({ keyid: 'k_nobody' })).toEqual([401, 'key_unknown']);
    expect(await refused({ keyid: "k'; DROP TABLE kiosks" })).toEqual([401, 'key_unknown']);
    expect(await refused({ created: now() - 200 })).toEqual([401, 'created_out_of_window']);
    expect(await refused({ created: now() + 200 })).toEqual([401, 'created_out_of_window']);
    expect(await refused({ tag: 'other' })).toEqual([401, 'tag_wrong']);
    expect(await refused({ nonce: 'short' })).toEqual([401, 'signature_malformed']);
    expect(await refused({ signedBody: encodeUtf8('{}') })).toEqual([401, 'digest_mismatch']);
    expect(await refused({ signedUrl: `https://other.example${path}` })).toEqual([401, 'signature_wrong']);
    expect(await refused({ signedUrl: env.ISSUER + kioskPaths.activations })).toEqual([401, 'signature_wrong']);
    const before = now();
    const late = await ask(kiosk, 'GET', kioskPaths.sync, undefined, { created: now() - 500 });
    const said = Date.parse(late.headers.get('date') ?? '') / 1000;
    expect(said).toBeGreaterThanOrEqual(before);
    expect(said).toBeLessThanOrEqual(now());
  });

  it('of a revoked kiosk is refused at once and writes nothing more; others are told only that the key is unknown', async () => {
    const lost = await newKiosk(centre);
    expect((await ask(lost, 'GET', kioskPaths.sync)).status).toBe(200);
    expect((await admin(`/v1/admin/kiosks/${lost.id}/revoke`, 'POST')).status).toBe(200);
    const count = () =>
      env.DIRECTORY.prepare('SELECT count(*) AS n FROM kiosk_nonces WHERE kiosk_id = ?')
        .bind(lost.id)
        .first<{ n: number }>();
    const before = await count();
    expect(await refusal(ask(lost, 'GET', kioskPaths.sync))).toEqual([403, 'kiosk_revoked']);
    expect(await count()).toEqual(before);
    const stranger = await generateEd25519({ extractable: false });
    expect(await refusal(ask(lost, 'GET', kioskPaths.sync, undefined, { by: stranger }))).toEqual([
      401,
      'signature_wrong',
    ]);
    expect(await refusal(admin(`/v1/admin/kiosks/${lost.id}/revoke`, 'POST'))).toEqual([409, 'kiosk_state']);
  });
});

describe('an operator', () => {
  const login = (at: TestKiosk, username: string, password = operatorPassword) =>
    ask(at, 'POST', kioskPaths.operatorLogin, { username, password });

  it('comes on duty at a kiosk of the own centre, under any spelling of the user name, and goes off again', async () => {
    await newOperator(centre, 'Huda');
    const answer = await login(kiosk, ' ＨＵＤＡ ');
    expect(answer.status).toBe(200);
    const { operatorToken, operator } = OperatorLoginAnswer.parse(await answer.json());
    expect(operator).toMatchObject({ role: 'operator', name: { en: 'Operator' } });
    const stored = JSON.stringify((await env.DIRECTORY.prepare('SELECT * FROM operator_sessions').all()).results);
    expect(stored).not.toContain(operatorToken);
    expect((await ask(kiosk, 'POST', kioskPaths.operatorLogout, { operatorToken })).status).toBe(204);
    expect((await ask(kiosk, 'POST', kioskPaths.operatorLogout, { operatorToken })).status).toBe(204);
    const rows = await env.DIRECTORY.prepare(
      "SELECT count(*) AS n FROM journal WHERE event = 'operator.logged_out'",
    ).first();
    expect(rows).toEqual({ n: 1 });
  });

  it('is on duty at one kiosk only: a login elsewhere ends the first', async () => {
    const second = await newKiosk(centre);
    await newOperator(centre, 'salem');
    await onDuty(kiosk, 'salem');
    await onDuty(second, 'salem');
    const { results } = await env.DIRECTORY.prepare(
      'SELECT kiosk_id, ended_at IS NULL AS open FROM operator_sessions s JOIN operators o ON o.id = s.operator_id WHERE o.username = ?',
    )
      .bind('salem')
      .all();
    expect(results).toEqual(
      expect.arrayContaining([
        { kiosk_id: kiosk.id, open: 0 },
        { kiosk_id: second.id, open: 1 },
      ]),
    );
  });

  it('of another centre is refused even with the right password', async () => {
    const elsewhere = await newCentre('mall');
    await newOperator(elsewhere, 'other.centre');
    expect(await refusal(login(kiosk, 'other.centre'))).toEqual([403, 'operator_not_here']);
    expect(await refusal(login(kiosk, 'other.centre', 'wrong'))).toEqual([403, 'wrong_credentials']);
  });

  it('who is unknown, suspended, or gives a wrong password gets the same answer', async () => {
    const id = await newOperator(centre, 'left.us');
    const token = await onDuty(kiosk, 'left.us');
    expect((await admin(`/v1/admin/operators/${id}/suspend`, 'POST')).status).toBe(200);
    expect(await refusal(admin(`/v1/admin/operators/${id}/suspend`, 'POST'))).toEqual([409, 'operator_state']);
    const wrong = [403, 'wrong_credentials'];
    expect(await refusal(login(kiosk, 'left.us'))).toEqual(wrong);
    expect(await refusal(login(kiosk, 'nobody.here'))).toEqual(wrong);
    expect(await refusal(login(kiosk, 'huda', 'not the password'))).toEqual(wrong);
    expect(token).toHaveLength(43);
  });

  it('is locked after five failures, also when the guesses come at once, and the lock grows', async () => {
    await newOperator(centre, 'guessed');
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => refusal(login(kiosk, 'guessed', 'wrong password'))),
    );
    expect(answers.filter(([, reason]) => reason === 'wrong_credentials')).toHaveLength(5);
    expect(answers.filter(([, reason]) => reason === 'operator_locked')).toHaveLength(3);
    const locked = await login(kiosk, 'guessed');
    expect(locked.status).toBe(403);
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(50);
    const state = () =>
      env.DIRECTORY.prepare('SELECT failures, locked_until FROM operators WHERE username = ?')
        .bind('guessed')
        .first<{ failures: number; locked_until: number }>();
    expect((await state())?.failures).toBe(5);
    await env.DIRECTORY.prepare('UPDATE operators SET locked_until = 0 WHERE username = ?').bind('guessed').run();
    await login(kiosk, 'guessed', 'wrong again');
    expect(((await state())?.locked_until ?? 0) - now()).toBeGreaterThan(100);
    await env.DIRECTORY.prepare('UPDATE operators SET locked_until = 0 WHERE username = ?').bind('guessed').run();
    expect((await login(kiosk, 'guessed')).status).toBe(200);
    expect(await state()).toEqual({ failures: 0, locked_until: 0 });
  });

  it('is made once, with a password that is long enough, in a centre that exists', async () => {
    const make = (change: object) =>
      refusal(
        admin('/v1/admin/operators', 'POST', {
          username: 'fresh',
          name: { ar: 'س', en: 's' },
          role: 'operator',
          centreId: centre,
          password: operatorPassword,
          ...change,
        }),
      );
    expect(await make({ password: 'short' })).toEqual([422, 'password_too_short']);
    expect(await make({ centreId: 'c_none' })).toEqual([404, 'centre_unknown']);
    expect(await make({ username: 'HUDA' })).toEqual([409, 'username_taken']);
    expect(await make({ role: 'admin' })).toEqual([422, 'bad_input']);
  });
});
