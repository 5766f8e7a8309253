// Profile C over HTTP: a business shows a challenge, of ours or its own, and sends it with the answer that the wallet showed.
import { runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { beforeAll, expect, it } from 'vitest';
import { epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { credentialIssuer, publicPaths } from '../../../shared/contract/public-paths.ts';
import {
  type VerifierKeyAnswer,
  VerifyAnswer,
  VerifyBatchAnswer,
  VerifyChallengeAnswer,
  verifyBatchPath,
  verifyChallengesPath,
  verifyPath,
} from '../../../shared/contract/verify.ts';
import { issueBound } from '../../../shared/credential/bound.ts';
import { challengeText, parseChallenge } from '../../../shared/credential/challenge.ts';
import { answerChallenge } from '../../../shared/holder/frames.ts';
import { makeHolderKey } from '../../../shared/holder/holder-key.ts';
import { chunkReference } from '../../../shared/trust/status-source.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { admin } from '../issuer/issuing-edge.ts';

const deps = depsOf(env as unknown as Env);
const now = () => epochSecondsOfMs(Date.now());

async function register(): Promise<VerifierKeyAnswer> {
  return (await admin('/v1/admin/verifiers', 'POST', { name: { ar: 'بنك', en: 'Bank' } })).json();
}

/** The outcomes of a business's lines, in their order. */
async function journalled(verifierId: string): Promise<unknown[]> {
  const buffer = env.JOURNAL_BUFFER.get(env.JOURNAL_BUFFER.idFromName('verifications'));
  const lines = await runInDurableObject(buffer, (_, state) =>
    state.storage.sql
      .exec<{ entry: string }>(
        'SELECT value AS entry FROM entries, json_each(entries.entry) WHERE instr(value, ?) ORDER BY seq',
        verifierId,
      )
      .toArray(),
  );
  return lines.map(({ entry }) => (JSON.parse(entry) as { detail: { outcome: string } }).detail.outcome);
}

export function challengeCases(): void {
  let bank: VerifierKeyAnswer;
  /** What the wallet shows for a challenge; `lateSeconds`: how far its clock is behind. */
  let answerTo: (challenge: string, lateSeconds?: number) => Promise<string>;
  const call = (path: string, body: unknown, key = bank.apiKey, headers: Record<string, string> = {}) =>
    exports.default.fetch(env.ISSUER + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
      body: JSON.stringify(body),
    });
  const newChallenge = async () => {
    const made = await call(verifyChallengesPath, {});
    expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store']);
    return VerifyChallengeAnswer.strict().parse(await made.json()).challenge;
  };
  const check = async (body: unknown) => VerifyAnswer.parse(await (await call(verifyPath, body)).json());
  const reasonOf = async (answer: Response) => [answer.status, ((await answer.json()) as { reason: string }).reason];

  beforeAll(async () => {
    bank = await register();
    const holder = await makeHolderKey();
    const issued = await issueBound(
      {
        claims: { nameLatin: 'Nora Salem', birthDate: '1990-02-03' },
        issuer: credentialIssuer,
        subject: 'a1b2c3d4',
        holderKey: holder.publicKey,
        status: chunkReference(env.ISSUER + publicPaths.statusList, 3_000_040),
        issuedAt: now(),
        expiresAt: (now() + 1000) as ReturnType<typeof now>,
      },
      await deps.keyRing.signer('credential'),
    );
    if (!issued.ok) throw new Error(issued.error.reason);
    const { cose } = issued.value;
    answerTo = (text, lateSeconds = 0) => {
      const challenge = parseChallenge(text);
      if (!challenge.ok) throw new Error(challenge.error.reason);
      return answerChallenge({ cose, holder }, challenge.value, (now() - lateSeconds) as ReturnType<typeof now>);
    };
  });

  it('of ours is answered, also by a phone whose clock is an hour late, and its answer counts once', async () => {
    const challenge = await newChallenge();
    const text = await answerTo(challenge, 3600);
    expect(await check({ text, challenge })).toMatchObject({
      verdict: { outcome: 'accepted' },
      profile: 'C',
      claims: { nameLatin: 'Nora Salem' },
    });
    const again = { outcome: 'rejected', check: 'first_showing' };
    expect((await check({ text, challenge })).verdict).toEqual(again);
    // Another answer to the same challenge is no better: it may be somebody else's.
    expect((await check({ text: await answerTo(challenge), challenge })).verdict).toEqual(again);
  });

  it('of its own counts as well; a frame, an answer to another one, and an answer without it do not', async () => {
    const own = () => challengeText({ audience: bank.verifierId, cnonce: crypto.getRandomValues(new Uint8Array(16)) });
    const [challenge, other] = [own(), own()];
    const text = await answerTo(challenge);
    expect((await check({ text, challenge: other })).verdict).toMatchObject({ check: 'answers_challenge' });
    expect((await check({ text })).verdict).toMatchObject({ check: 'for_this_verifier' });
    const batch = await call(verifyBatchPath, { codes: [{ text, challenge }, { text }] });
    const { answers } = VerifyBatchAnswer.parse(await batch.json());
    expect(answers.map(({ verdict, profile }) => [verdict.outcome, profile])).toEqual([
      ['accepted', 'C'],
      ['rejected', undefined],
    ]);
  });

  it('is judged once when its answer is sent twice at once with one key: one verdict, one line in the journal', async () => {
    const shop = await register();
    const challenge = challengeText({ audience: shop.verifierId, cnonce: crypto.getRandomValues(new Uint8Array(16)) });
    const text = await answerTo(challenge);
    const key = { 'Idempotency-Key': 'till-4-000099' };
    const twice = [1, 2].map(() => call(verifyPath, { text, challenge }, shop.apiKey, key));
    const [first, second] = await Promise.all((await Promise.all(twice)).map((answer) => answer.text()));
    expect(second).toBe(first);
    expect(VerifyAnswer.parse(JSON.parse(first ?? '')).verdict).toEqual({ outcome: 'accepted' });
    // What is asked afterwards has its line after theirs.
    await call(verifyPath, { text: 'X' }, shop.apiKey);
    await expect.poll(() => journalled(shop.verifierId)).toEqual(['accepted', 'rejected']);
  });

  it('gets a verdict with a key whose first try was refused', async () => {
    const key = { 'Idempotency-Key': 'till-4-000100' };
    const refused = await call(verifyPath, { text: '' }, bank.apiKey, key);
    expect(refused.status).toBe(422);
    expect((await call(verifyPath, { text: 'X' }, bank.apiKey, key)).status).toBe(200);
  });

  it('of another business, a short one, and a text that is none are refused', async () => {
    const cnonce = new Uint8Array(16);
    const theirs = challengeText({ audience: 'someone-else', cnonce });
    const text = await answerTo(theirs);
    expect(await reasonOf(await call(verifyPath, { text, challenge: theirs }))).toEqual([422, 'challenge_not_yours']);
    const batch = { codes: [{ text }, { text, challenge: theirs }] };
    expect(await reasonOf(await call(verifyBatchPath, batch))).toEqual([422, 'challenge_not_yours']);
    const short = challengeText({ audience: bank.verifierId, cnonce: cnonce.subarray(1) });
    for (const challenge of [short, 'TWQC:', 'A', 5]) {
      const refused = await call(verifyPath, { text, challenge });
      expect(await refused.json()).toMatchObject({ status: 422, errors: [{ pointer: '/challenge' }] });
    }
    expect(await reasonOf(await call(verifyChallengesPath, {}, 'twv_nobody'))).toEqual([401, 'key_missing']);
  });
}
