// An activation that goes well, from the session to the credential; the same request again; and races for one account.
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeCbor } from '../../../shared/cbor/decode.ts';
import { isCborMap } from '../../../shared/cbor/value.ts';
import { receiptKeys, receiptKinds } from '../../../shared/contract/receipt.ts';
import { decodeSign1, sigStructure } from '../../../shared/cose/sign1.ts';
import { claimsOf } from '../../../shared/credential/claims.ts';
import { decodeCredential } from '../../../shared/credential/decode.ts';
import { webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { isSetupCode, setupCodeId } from '../../../worker/authn/setup-code.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { bytesOf, setUpKeys } from '../issuer/issuing-edge.ts';
import { refusal } from '../kiosks/test-kiosk.ts';
import { numberOf } from '../registry/person-lines.ts';
import {
  activate,
  askSession,
  capture,
  type Desk,
  decided,
  enrolPerson,
  everywhere,
  newDesk,
  newId,
  now,
  openSession,
  requestFor,
  submit,
  touch,
} from './desk.ts';

const deps = depsOf(env as unknown as Env);
let desk: Desk;
beforeAll(async () => {
  await setUpKeys();
  desk = await newDesk();
});

const activeAccounts = () => everywhere("SELECT * FROM accounts WHERE state = 'active'");

describe('a session', () => {
  it('says what the operator needs and hides the name', async () => {
    const number = await enrolPerson();
    const session = await openSession(desk, number);
    expect(session).toMatchObject({
      maskedName: { ar: 'ن••• س••• ا•••', en: 'N••• S••• A•••' },
      accountState: 'none',
      ageGroup: 'adult',
      requires: ['fingerprint'],
      positions: [2, 7],
      policyVersion: 1,
    });
    expect(JSON.stringify(session)).not.toContain(number);
    expect(session.sessionId.length).toBeLessThanOrEqual(64);
    expect(session.expiresAt - now()).toBeGreaterThan(800);
  });

  it('is journalled with who looked, and never with the number', async () => {
    const number = await enrolPerson();
    await openSession(desk, number);
    const buffer = env.JOURNAL_BUFFER.get(env.JOURNAL_BUFFER.idFromName('activation'));
    expect(await buffer.waiting()).toBeGreaterThan(0);
  });

  it('is refused for a number that is none, is nobody’s, or without an operator on duty', async () => {
    expect(await refusal(askSession(desk, '1000000001'))).toEqual([422, 'number_check_digit']);
    expect(await refusal(askSession(desk, numberOf(99_999)))).toEqual([404, 'unknown_person']);
    const number = await enrolPerson();
    const stranger = { operatorToken: 'A'.repeat(43) };
    expect(await refusal(askSession(desk, number, stranger))).toEqual([403, 'operator_not_on_duty']);
    const elsewhere = await newDesk();
    const borrowed = { operatorToken: elsewhere.operatorToken };
    expect(await refusal(askSession(desk, number, borrowed))).toEqual([403, 'operator_not_on_duty']);
  });
});

describe('an activation', () => {
  it('makes the account active, issues S, gives a setup code and a receipt that verifies', async () => {
    const number = await enrolPerson();
    const answer = await activate(desk, number);
    expect(answer).toMatchObject({ outcome: 'activated' });
    expect(answer.reason).toBeUndefined();

    const receipt = decodeSign1(bytesOf(answer.receipt));
    if (!receipt.ok) throw new Error(receipt.error.reason);
    const key = (await deps.keyRing.publicKeys()).find(({ purpose }) => purpose === 'receipt');
    const imported = key && (await webEd25519.importPublicKey(key.publicKey));
    const signed = sigStructure(receipt.value.protected, receipt.value.payload);
    expect(imported && (await webEd25519.verify(imported, signed, receipt.value.signature))).toBe(true);
    const payload = decodeCbor(receipt.value.payload);
    if (!payload.ok || !isCborMap(payload.value)) throw new Error('no map');
    expect(Object.fromEntries(payload.value)).toEqual({
      [receiptKeys.kind]: receiptKinds.activation,
      [receiptKeys.object]: bytesOf(answer.activationId),
      [receiptKeys.outcome]: 'activated',
      [receiptKeys.actor]: desk.kiosk.id,
      [receiptKeys.at]: answer.decidedAt,
    });

    const text = answer.credential?.text ?? '';
    expect(text.length).toBeLessThanOrEqual(1100);
    expect(text).not.toContain(number);
    const credential = decodeCredential(text);
    if (!credential.ok) throw new Error(credential.error.reason);
    const [row] = await everywhere(
      'SELECT * FROM credentials WHERE hash IN (SELECT hash FROM credentials) AND subject_id IN (SELECT subject_id FROM activations WHERE activation_id = ?)',
      answer.activationId,
    );
    expect(row).toMatchObject({ profile: 'S', expires_at: answer.credential?.expiresAt });
    const [account] = await everywhere('SELECT * FROM accounts WHERE activation_id = ?', answer.activationId);
    expect(account).toMatchObject({ state: 'active', identity_level: 'high', failures: 0 });

    const code = answer.setup?.code ?? '';
    expect(isSetupCode(code)).toBe(true);
    expect(await everywhere('SELECT id FROM authenticators WHERE id = ?', await setupCodeId(code))).toHaveLength(1);
    const entry = await env.DIRECTORY.prepare('SELECT status FROM status_entries WHERE idx = ?')
      .bind(row?.['status_idx'])
      .first();
    expect(entry).toEqual({ status: 0 });
    const events = await everywhere(
      'SELECT event, actor, detail FROM journal WHERE subject_id = ?',
      account?.['subject_id'],
    );
    expect(events.map(({ event }) => event)).toEqual(
      expect.arrayContaining([
        'account.registered',
        'activation.activated',
        'credential.issued',
        'person.biometrics_opened',
      ]),
    );
    expect(JSON.stringify(events)).not.toContain(number);
    expect((await openSession(desk, number)).accountState).toBe('active');
  });

  it('leaves no template, number, name or setup code in the clear at rest', async () => {
    const number = await enrolPerson();
    const answer = await activate(desk, number);
    const dump = JSON.stringify([
      await everywhere('SELECT * FROM activations'),
      await everywhere('SELECT * FROM captures'),
      await everywhere('SELECT * FROM authenticators'),
      await everywhere('SELECT * FROM journal'),
      (await env.DIRECTORY.prepare('SELECT * FROM activation_requests').all()).results,
    ]);
    for (const secret of [number, answer.setup?.code ?? '-', answer.credential?.text ?? '-', 'Noura']) {
      expect(dump).not.toContain(secret);
    }
  });

  it('holds without a session, as recorded while the line was down', async () => {
    const number = await enrolPerson();
    const recordedAt = now() - 30;
    const body = await requestFor(desk, number, [capture(touch(number), { capturedAt: recordedAt - 20 })], {
      request: { recordedAt },
    });
    expect(await decided(submit(desk, body))).toMatchObject({ outcome: 'activated' });
  });

  it('holds with several captures, one of any finger, one too poor to count', async () => {
    const number = await enrolPerson();
    const session = await openSession(desk, number);
    const captures = [
      capture(touch(number, 7), { position: 7 }),
      capture(touch(number, 2), { position: 0 }),
      capture(touch(number, 2), { position: 2, quality: 10 }),
    ];
    const answer = await decided(submit(desk, await requestFor(desk, number, captures, { session })));
    expect(answer.outcome).toBe('activated');
  });

  it('leaves a face out that would make the code too large, and keeps one of 480 bytes', async () => {
    const faceOf = async (bytes: number) => {
      const face = new Uint8Array(bytes).fill(7);
      face.set([82, 73, 70, 70, (bytes - 8) & 255, (bytes - 8) >> 8, 0, 0, 87, 69, 66, 80, 86, 80, 56, 32]);
      const { encodeBase64Url } = await import('../../../shared/bytes/base64url.ts');
      const number = await enrolPerson({ face: encodeBase64Url(face) });
      const { credential } = await activate(desk, number);
      const decoded = decodeCredential(credential?.text ?? '');
      if (!decoded.ok) throw new Error(decoded.error.reason);
      const claims = claimsOf(decoded.value.payload.identity);
      return { length: credential?.text.length ?? 0, face: claims.ok ? claims.value.face?.bytes.length : 'unread' };
    };
    const half = await faceOf(480);
    expect(half.face).toBe(480);
    expect(half.length).toBeLessThanOrEqual(1100);
    const large = await faceOf(1000);
    expect(large.face).toBeUndefined();
  });
});

describe('the same request again', () => {
  it('gets the same answer, byte for byte, and activates nothing twice', async () => {
    const number = await enrolPerson();
    const session = await openSession(desk, number);
    const body = await requestFor(desk, number, [capture(touch(number))], { session });
    const first = await (await submit(desk, body)).text();
    const second = await (await submit(desk, body)).text();
    expect(second).toBe(first);
    const { activationId } = JSON.parse(first) as { activationId: string };
    expect(await everywhere('SELECT 1 FROM activations WHERE activation_id = ?', activationId)).toHaveLength(1);
  });

  it('twenty times at once is one activation, one credential, one status index and one answer', async () => {
    const number = await enrolPerson();
    const session = await openSession(desk, number);
    const body = await requestFor(desk, number, [capture(touch(number))], { session });
    /** Status indexes; those that no credential took are given back behind the answers, also of the tests before this one. */
    const entries = async () => {
      const taken = new Set((await everywhere('SELECT status_idx FROM credentials')).map((row) => row['status_idx']));
      const { results } = await env.DIRECTORY.prepare('SELECT idx FROM status_entries').all<{ idx: number }>();
      return { all: results.length, unused: results.filter(({ idx }) => !taken.has(idx)).length };
    };
    await expect.poll(async () => (await entries()).unused).toBe(0);
    const before = (await entries()).all;
    const answers = await Promise.all(Array.from({ length: 20 }, async () => (await submit(desk, body)).text()));
    expect(new Set(answers).size).toBe(1);
    const { activationId, outcome } = JSON.parse(answers[0] ?? '') as { activationId: string; outcome: string };
    expect(outcome).toBe('activated');
    expect(
      await everywhere(
        'SELECT 1 FROM credentials WHERE subject_id IN (SELECT subject_id FROM activations WHERE activation_id = ?)',
        activationId,
      ),
    ).toHaveLength(1);
    await expect.poll(entries).toEqual({ all: before + 1, unused: 0 });
  });

  it('refused stays refused: the same bytes, also after the reason is gone', async () => {
    const number = await enrolPerson();
    const session = await openSession(desk, number);
    const body = await requestFor(desk, number, [capture(touch('1000000008'))], { session });
    const first = await (await submit(desk, body)).text();
    expect(JSON.parse(first)).toMatchObject({ outcome: 'refused', reason: 'no_match' });
    await activate(desk, number);
    expect(await (await submit(desk, body)).text()).toBe(first);
  });

  it('with another body, another person, or from another kiosk is refused', async () => {
    const [number, other] = [await enrolPerson(), await enrolPerson()];
    const activationId = newId();
    const request = { activationId };
    const body = await requestFor(desk, number, [capture(touch(number))], { request });
    expect((await decided(submit(desk, body))).outcome).toBe('activated');
    const reused = [409, 'activation_id_reused'];
    const same = await requestFor(desk, number, [capture(touch(number))], { request });
    expect(await refusal(submit(desk, same))).toEqual(reused);
    const another = await requestFor(desk, other, [capture(touch(other))], { request });
    expect(await refusal(submit(desk, another))).toEqual(reused);
    expect(await refusal(submit(await newDesk(), body))).toEqual(reused);
    expect((await openSession(desk, other)).accountState).toBe('none');
  });

  it('whose id was claimed but never decided, as after a crash, is decided now', async () => {
    const number = await enrolPerson();
    const body = await requestFor(desk, number, [capture(touch(number))]);
    const { activationId } = JSON.parse(new TextDecoder().decode(body)) as { activationId: string };
    await decided(submit(desk, body));
    for (const sql of [
      "UPDATE accounts SET state = 'pending', activation_id = NULL WHERE activation_id = ?",
      'DELETE FROM captures WHERE activation_id = ?',
      'DELETE FROM activations WHERE activation_id = ?',
    ]) {
      for (const shard of [env.SHARD_0, env.SHARD_1, env.SHARD_2, env.SHARD_3])
        await shard.prepare(sql).bind(activationId).run();
    }
    const again = await decided(submit(desk, body));
    expect(again.outcome).toBe('activated');
    expect(await (await submit(desk, body)).text()).toBe(JSON.stringify(again));
  });
});

describe('twenty requests for one account at once', () => {
  it('with different ids and the right finger make one activation; the others learn that it is active', async () => {
    const number = await enrolPerson();
    const before = (await activeAccounts()).length;
    const bodies = await Promise.all(
      Array.from({ length: 20 }, () => requestFor(desk, number, [capture(touch(number))])),
    );
    const answers = await Promise.all(bodies.map((body) => decided(submit(desk, body))));
    expect(answers.filter(({ outcome }) => outcome === 'activated')).toHaveLength(1);
    expect(answers.filter(({ reason }) => reason === 'already_active')).toHaveLength(19);
    expect((await activeAccounts()).length).toBe(before + 1);
    const { activationId = '' } = answers.find(({ outcome }) => outcome === 'activated') ?? {};
    const sql =
      'SELECT 1 FROM credentials WHERE subject_id IN (SELECT subject_id FROM activations WHERE activation_id = ?)';
    expect(await everywhere(sql, activationId)).toHaveLength(1);
  });

  it('with the wrong finger are five tries and a lock, however fast they come', async () => {
    const number = await enrolPerson();
    const bodies = await Promise.all(
      Array.from({ length: 20 }, (_, i) => requestFor(desk, number, [capture(touch(`100000000${i % 10}`, 3 + i))])),
    );
    const answers = await Promise.all(bodies.map((body) => decided(submit(desk, body))));
    expect(answers.filter(({ reason }) => reason === 'no_match')).toHaveLength(5);
    expect(answers.filter(({ reason }) => reason === 'account_locked')).toHaveLength(15);
    expect(await refusal(askSession(desk, number))).toEqual([403, 'account_locked']);
    const right = await decided(submit(desk, await requestFor(desk, number, [capture(touch(number))])));
    expect(right).toMatchObject({ outcome: 'refused', reason: 'account_locked' });
  });

  it('with one capture among them count it once', async () => {
    const [number] = [await enrolPerson()];
    const one = capture(touch('1000000008', 9));
    const bodies = await Promise.all(Array.from({ length: 4 }, () => requestFor(desk, number, [one])));
    const answers = await Promise.all(bodies.map((body) => decided(submit(desk, body))));
    expect(answers.filter(({ reason }) => reason === 'no_match')).toHaveLength(1);
    expect(answers.filter(({ reason }) => reason === 'evidence_replayed')).toHaveLength(3);
  });
});
