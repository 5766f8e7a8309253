// Verification as a service over HTTP: batches, tries sent again, how fast one may ask, receipts checked later, and what the person
// whose credential it was can see of it.
import { runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { credentialIssuer, publicPaths } from '../../../shared/contract/public-paths.ts';
import {
  maxBatchCodes,
  type VerifierKeyAnswer,
  VerifyAnswer,
  VerifyBatchAnswer,
  verifyBatchPath,
  verifyPath,
} from '../../../shared/contract/verify.ts';
import { bindMessage, showingsMessage, walletPaths } from '../../../shared/contract/wallet.ts';
import { issueStatic } from '../../../shared/credential/static.ts';
import { generateEd25519, signEd25519, webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { sha256Sync } from '../../../shared/crypto/sha256.ts';
import { verifyReceipt } from '../../../shared/offline/receipt.ts';
import { chunkReference } from '../../../shared/trust/status-source.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { RateLimiter } from '../../../worker/http/rate-limit.ts';
import { credentialInsert } from '../../../worker/store/credentials.ts';
import { bucketOfSubject } from '../../../worker/store/shard-map.ts';
import { admin } from '../issuer/issuing-edge.ts';
import { aPerson, postJson } from '../openid/world.ts';

const deps = depsOf(env as unknown as Env);
const now = () => epochSecondsOfMs(Date.now());
const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
const baseUri = env.ISSUER + publicPaths.statusList;

async function credential(index: number, name = 'Nora Salem') {
  const reference = chunkReference(baseUri, index);
  const issued = await issueStatic(
    {
      claims: { nameLatin: name, birthDate: '1990-02-03' },
      issuer: credentialIssuer,
      statusUri: reference.uri,
      statusIndex: reference.index,
      issuedAt: now(),
      expiresAt: (now() + 1000) as ReturnType<typeof now>,
    },
    await deps.keyRing.signer('credential'),
  );
  if (!issued.ok) throw new Error(issued.error.reason);
  return issued.value;
}

let bank: VerifierKeyAnswer;
const ask = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  exports.default.fetch(env.ISSUER + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bank.apiKey}`, ...headers },
    body: JSON.stringify(body),
  });
const reasonOf = async (answer: Response) => [answer.status, ((await answer.json()) as { reason: string }).reason];
const trust = async () => {
  const lists = await deps.verification.lists.current(() => {});
  if (!lists) throw new Error('no lists');
  return { trust: lists.trust, ed25519: webEd25519 };
};

/** One isolate keeps one set of lists: these run in the file that publishes them. */
export function serviceCases(): void {
  beforeAll(async () => {
    bank = await (await admin('/v1/admin/verifiers', 'POST', { name: { ar: 'بنك', en: 'Bank' } })).json();
  });

  describe('a batch', () => {
    it('answers a hundred codes in their order, with one receipt over all of them', async () => {
      const good = await credential(3_000_000);
      const codes = Array.from({ length: maxBatchCodes }, (_, i) => ({ text: i === 7 ? `NOT ${i}` : good.text }));
      const answer = await ask(verifyBatchPath, { codes });
      expect(answer.status).toBe(200);
      const body = VerifyBatchAnswer.strict().parse(await answer.json());
      expect(body.answers.map(({ verdict }) => verdict.outcome === 'accepted')).toEqual(codes.map((_, i) => i !== 7));
      const receipt = await verifyReceipt(body.receipt, await trust());
      if (!receipt.ok) throw new Error(receipt.error.reason);
      expect(receipt.value.lines).toHaveLength(maxBatchCodes);
      expect(receipt.value.lines[0]).toEqual({
        ...{ hash: good.credentialHash, outcome: 'accepted', check: undefined },
        ...{ context: 'counter', profile: 'S' },
      });
      // Nobody signed it, so nobody says what kind of credential it was.
      expect(receipt.value.lines[7]).toMatchObject({ outcome: 'rejected', context: 'counter', profile: undefined });
      expect(receipt.value.lines[7]?.hash).toEqual(sha256Sync(new TextEncoder().encode('NOT 7')));
      expect(receipt.value.verifierId).toBe(bank.verifierId);

      const object = encodeBase64Url(sha256Sync(new TextEncoder().encode(body.receipt)));
      const buffer = env.JOURNAL_BUFFER.get(env.JOURNAL_BUFFER.idFromName('verifications'));
      const lines = () =>
        runInDurableObject(buffer, (_, state) => {
          const rows = state.storage.sql.exec<{ entry: string }>(
            'SELECT value AS entry FROM entries, json_each(entries.entry) WHERE instr(value, ?)',
            object,
          );
          return rows.toArray().map(({ entry }) => JSON.parse(entry) as unknown);
        });
      await expect.poll(lines).toMatchObject([
        {
          event: 'verification.batch_answered',
          actor: `verifier:${bank.verifierId}`,
          detail: { codes: maxBatchCodes, accepted: maxBatchCodes - 1, rejected: 1, undecided: 0 },
        },
      ]);
    });

    it('is refused whole when it is empty, too long, malformed, or of a context that the business may not use', async () => {
      const code = { text: 'X' };
      expect(await reasonOf(await ask(verifyBatchPath, { codes: [] }))).toEqual([422, 'bad_input']);
      expect((await ask(verifyBatchPath, { codes: Array(maxBatchCodes + 1).fill(code) })).status).toBe(422);
      const wrong = await ask(verifyBatchPath, { codes: [code, { text: 5 }] });
      expect(await wrong.json()).toMatchObject({ errors: [{ pointer: '/codes/1/text' }] });
      const whole = bank;
      bank = await (
        await admin('/v1/admin/verifiers', 'POST', { name: { ar: 'ب', en: 'B' }, contexts: ['gate'] })
      ).json();
      const mixed = {
        codes: [
          { ...code, context: 'gate' },
          { ...code, context: 'age' },
        ],
      };
      expect(await reasonOf(await ask(verifyBatchPath, mixed))).toEqual([403, 'context_not_allowed']);
      bank = whole;
    });
  });

  describe('a try sent again', () => {
    it('with its key gets the very same answer; the key with another body, or a bad key, is refused', async () => {
      const { text } = await credential(3_000_001);
      const headers = { 'Idempotency-Key': 'till-4-000017' };
      const first = await (await ask(verifyPath, { text }, headers)).text();
      await new Promise((resolve) => setTimeout(resolve, 1100));
      expect(await (await ask(verifyPath, { text }, headers)).text()).toBe(first);
      expect(await (await ask(verifyPath, { text })).text()).not.toBe(first);
      expect(await reasonOf(await ask(verifyPath, { text: 'X' }, headers))).toEqual([422, 'idempotency_key_used']);
      expect(await reasonOf(await ask(verifyPath, { text }, { 'Idempotency-Key': 'short' }))).toEqual([
        422,
        'bad_input',
      ]);
    });
  });

  describe('the rate limit', () => {
    it('lets a burst pass, then says after how long, and refills', () => {
      let nowMs = 0;
      const limiter = new RateLimiter({ perSecond: 10, burst: 100 }, () => nowMs);
      expect(limiter.take('a', 100)).toBe(0);
      expect(limiter.take('a', 25)).toBe(3);
      expect(limiter.take('b', 1)).toBe(0);
      nowMs = 2_500;
      expect(limiter.take('a', 25)).toBe(0);
      expect(limiter.take('a', 1)).toBe(1);
    });

    it('refuses with 429 and Retry-After when one business asks too much at once', async () => {
      const whole = bank;
      bank = await (await admin('/v1/admin/verifiers', 'POST', { name: { ar: 'ب', en: 'B' } })).json();
      const codes = Array.from({ length: maxBatchCodes }, () => ({ text: 'X' }));
      // At once: one after the other, what flows in meanwhile would be enough on a slow machine.
      const answers = await Promise.all(Array.from({ length: 30 }, () => ask(verifyBatchPath, { codes })));
      const refused = answers.find(({ status }) => status === 429);
      expect(answers.some(({ status }) => status === 200)).toBe(true);
      expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(refused && (await reasonOf(refused))).toEqual([429, 'too_many_checks']);
      bank = whole;
    });
  });

  describe('a receipt', () => {
    it('is checked later without the edge; one changed byte, another key or another purpose is refused', async () => {
      const issued = await credential(3_000_002);
      const { receipt } = VerifyAnswer.parse(await (await ask(verifyPath, { text: issued.text })).json());
      const by = await trust();
      expect(await verifyReceipt(receipt, by)).toMatchObject({
        ok: true,
        value: {
          verifierId: bank.verifierId,
          lines: [{ hash: issued.credentialHash, outcome: 'accepted', context: 'counter', profile: 'S' }],
        },
      });
      const raw = decodeBase64Url(receipt);
      if (!raw.ok) throw new Error('no receipt');
      const reasons = new Set<string>();
      for (let at = 0; at < raw.value.length; at++) {
        const changed = raw.value.slice();
        changed[at] = (changed[at] ?? 0) ^ 1;
        const checked = await verifyReceipt(encodeBase64Url(changed), by);
        expect(checked.ok, `byte ${at}`).toBe(false);
        if (!checked.ok) reasons.add(checked.error.reason);
      }
      expect([...reasons].sort()).toEqual(['receipt_malformed', 'receipt_signature', 'receipt_unknown_key']);
    });
  });

  describe('the person', () => {
    it('sees who checked, when and why, signed for by their wallet alone; a stranger’s wallet sees nothing', async () => {
      const { setupCode, subjectId } = await aPerson();
      const bucket = bucketOfSubject(subjectId);
      const statusIdx = await deps.statusEntries.reserve(bucket, now(), random);
      const issued = await credential(statusIdx);
      const hash = encodeBase64Url(issued.credentialHash);
      const row = {
        hash,
        subjectId,
        profile: 'S' as const,
        statusIdx,
        kid: 'x',
        issuedAt: now(),
        expiresAt: now() + 1000,
      };
      const db = deps.shards.ofSubject(subjectId).$client;
      await db.batch([credentialInsert(db, row)]);
      const bind = async (code: string) => {
        const keys = await generateEd25519({ extractable: false });
        const proof = encodeBase64Url(await signEd25519(keys.privateKey, bindMessage(code)));
        const body = {
          setupCode: code,
          name: 'phone',
          alg: 'EdDSA',
          publicKey: encodeBase64Url(keys.publicRaw),
          proof,
        };
        const { walletId } = (await (await postJson(walletPaths.bind, body)).json()) as { walletId: string };
        return async (before?: number) => {
          const message = { walletId, at: now(), ...(before === undefined ? {} : { before }) };
          const signature = encodeBase64Url(await signEd25519(keys.privateKey, showingsMessage(message)));
          const answer = await postJson(walletPaths.showings, { ...message, signature });
          return ((await answer.json()) as { showings: Record<string, unknown>[] }).showings;
        };
      };
      const mine = await bind(setupCode);
      await (await ask(verifyPath, { text: issued.text, context: 'gate' })).text();
      await expect.poll(async () => (await mine()).length, { interval: 100 }).toBe(1);
      const seen = await mine();
      expect(seen).toEqual([
        {
          at: expect.any(Number),
          verifier: { id: bank.verifierId, name: { ar: 'بنك', en: 'Bank' } },
          context: 'gate',
          outcome: 'accepted',
          profile: 'S',
        },
      ]);
      expect(await mine(Number(seen[0]?.['at']))).toEqual([]);
      const stranger = await bind((await aPerson()).setupCode);
      expect(await stranger()).toEqual([]);
      await deps.showings.forgetBefore((now() + 1) as ReturnType<typeof now>);
      expect(await mine()).toEqual([]);
    });
  });
}
