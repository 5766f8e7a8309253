// POST /v1/verify over HTTP in workerd: who may ask, what is answered, what the receipt proves, what the journal keeps.

import { runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { decodeCbor } from '../../../shared/cbor/decode.ts';
import { isCborMap } from '../../../shared/cbor/value.ts';
import { credentialIssuer, publicPaths } from '../../../shared/contract/public-paths.ts';
import { receiptKeys } from '../../../shared/contract/receipt.ts';
import { type VerifierKeyAnswer, VerifyAnswer, verifyPath } from '../../../shared/contract/verify.ts';
import { decodeSign1 } from '../../../shared/cose/sign1.ts';
import type { IdentityClaims } from '../../../shared/credential/claims.ts';
import { issueStatic } from '../../../shared/credential/static.ts';
import { webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { verifyByPurpose } from '../../../shared/trust/status-list.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { statusListPublisher } from '../../../worker/issuer/routes.ts';
import { askUntilOther } from '../heard.ts';
import { admin, setUpKeys } from '../issuer/issuing-edge.ts';
import { accessTokenCases } from './access-token-cases.ts';
import { challengeCases } from './challenge-cases.ts';
import { serviceCases } from './service-cases.ts';
import { sharedMemoryCases } from './shared-memory-cases.ts';

const deps = depsOf(env as unknown as Env);
const now = () => epochSecondsOfMs(Date.now());
const holder: IdentityClaims = {
  id: '1012345672',
  nameArabic: 'نورة بنت سالم',
  nameLatin: 'Nora Salem',
  birthDate: '1990-02-03',
  gender: 'female',
  nationality: 'SAU',
  face: { bytes: new Uint8Array(400).fill(7), format: 'webp' },
};

async function credential(change: { claims?: IdentityClaims; index?: number; expiresAt?: number } = {}) {
  const issued = await issueStatic(
    {
      claims: change.claims ?? holder,
      issuer: credentialIssuer,
      statusUri: env.ISSUER + publicPaths.statusList,
      statusIndex: change.index ?? 77,
      issuedAt: now(),
      expiresAt: (change.expiresAt ?? now() + 1000) as ReturnType<typeof now>,
    },
    await deps.keyRing.signer('credential'),
  );
  if (!issued.ok) throw new Error(issued.error.reason);
  return issued.value;
}

async function register(change: Record<string, unknown> = {}): Promise<VerifierKeyAnswer> {
  const made = await admin('/v1/admin/verifiers', 'POST', { name: { ar: 'بنك', en: 'Bank' }, ...change });
  if (made.status !== 201) throw new Error(await made.text());
  return made.json();
}

function ask(apiKey: string | undefined, body: unknown): Promise<Response> {
  return exports.default.fetch(env.ISSUER + verifyPath, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(apiKey && { authorization: `Bearer ${apiKey}` }) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const everyContext = { contexts: ['counter', 'gate', 'border', 'age'], maxListAgeSeconds: 604_800 };
const reasonOf = async (answer: Response) => [answer.status, ((await answer.json()) as { reason: string }).reason];

/** Its alarm hands entries on within seconds; here they stay, to be looked at. */
const verifications = () => env.JOURNAL_BUFFER.get(env.JOURNAL_BUFFER.idFromName('verifications'));
const inAnHour = () => Date.now() + 3_600_000;

describe('online verification', () => {
  let bank: VerifierKeyAnswer;
  beforeAll(async () => {
    await runInDurableObject(verifications(), (_, state) => state.storage.setAlarm(inAnHour()));
    bank = await register();
    expect(await reasonOf(await ask(bank.apiKey, { text: 'X' }))).toEqual([503, 'lists_not_ready']);
    await setUpKeys();
    await statusListPublisher(deps)();
  });

  it('accepts a genuine code and shows only what the policy lets this business see', async () => {
    const { text } = await credential();
    const answer = await ask(bank.apiKey, { text });
    expect(answer.status).toBe(200);
    const body = VerifyAnswer.strict().parse(await answer.json());
    expect(body.verdict).toEqual({ outcome: 'accepted' });
    expect(Object.keys(body.claims ?? {}).sort()).toEqual(['face', 'faceFormat', 'nameArabic', 'nameLatin']);
    expect(body.profile).toBe('S');
    expect(body.notices).toEqual(['copy_compare_face']);
    expect(body.ages.statusListSeconds).toBeGreaterThanOrEqual(0);
  });

  it('signs a receipt that names asker, code, time, verdict, context and profile, and no claim', async () => {
    const issued = await credential({ expiresAt: now() + 1 });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const body = VerifyAnswer.parse(await (await ask(bank.apiKey, { text: issued.text })).json());
    expect(body.verdict).toEqual({ outcome: 'rejected', check: 'not_expired' });
    expect(body.claims).toBeUndefined();
    const receipt = decodeSign1(
      Uint8Array.from(atob(body.receipt.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0)),
    );
    if (!receipt.ok) throw new Error(receipt.error.reason);
    const lists = await deps.verification.lists.current(() => {});
    if (!lists) throw new Error('no lists');
    expect(await verifyByPurpose(receipt.value, 'receipt', now(), { trust: lists.trust, ed25519: webEd25519 })).toBe(
      'valid',
    );
    const payload = decodeCbor(receipt.value.payload);
    if (!payload.ok || !isCborMap(payload.value)) throw new Error('no map');
    const map = payload.value;
    expect(map.get(receiptKeys.object)).toEqual(issued.credentialHash);
    expect(map.get(receiptKeys.outcome)).toBe('rejected');
    expect(map.get(receiptKeys.reason)).toBe('not_expired');
    expect(map.get(receiptKeys.actor)).toBe(bank.verifierId);
    expect([map.get(receiptKeys.context), map.get(receiptKeys.profile)]).toEqual(['counter', 'S']);
    expect(map.size).toBe(8);
  });

  it('rejects a text in which one character was changed', async () => {
    const { text } = await credential();
    const altered = text.slice(0, 200) + (text[200] === 'A' ? 'B' : 'A') + text.slice(201);
    const body = VerifyAnswer.parse(await (await ask(bank.apiKey, { text: altered })).json());
    expect(body.verdict.outcome).toBe('rejected');
    expect(body.claims).toBeUndefined();
  });

  it('answers the context age with an age and, of a copy, the face to compare; and a border never with yes', async () => {
    const { text } = await credential({ index: 78 });
    const age = VerifyAnswer.parse(await (await ask(bank.apiKey, { text, context: 'age' })).json());
    expect(Object.keys(age.claims ?? {}).sort()).toEqual(['ageAtLeast', 'face', 'faceFormat']);
    expect([age.claims?.['ageAtLeast'], age.profile, age.notices]).toEqual([18, 'S', ['copy_compare_face']]);
    const border = VerifyAnswer.parse(await (await ask(bank.apiKey, { text, context: 'border' })).json());
    expect(border.verdict).toEqual({ outcome: 'rejected', check: 'usable_in_context' });
    expect(border.notices).toEqual(['not_for_border']);
  });

  it('says of a copy no age to a business that may not see the face, nor of one without a face', async () => {
    const undecided = { outcome: 'undecided', check: 'copy_has_face' };
    const verdictOf = async (key: string, text: string) => {
      const body = VerifyAnswer.parse(await (await ask(key, { text, context: 'age' })).json());
      expect(body.claims).toBeUndefined();
      return body.verdict;
    };
    const shop = await register({ claims: ['birthDate'] });
    expect(await verdictOf(shop.apiKey, (await credential({ index: 78 })).text)).toEqual(undecided);
    const { face: _, ...faceless } = holder;
    expect(await verdictOf(bank.apiKey, (await credential({ claims: faceless })).text)).toEqual(undecided);
  });

  it('rejects a code of a kind that the business does not take', async () => {
    const gate = await register({ profiles: ['D', 'C'] });
    const body = VerifyAnswer.parse(await (await ask(gate.apiKey, { text: (await credential()).text })).json());
    expect(body.verdict).toEqual({ outcome: 'rejected', check: 'profile_taken' });
    const named = (await (await admin('/v1/admin/verifiers')).json()) as {
      verifiers: { id: string; policy: unknown }[];
    };
    expect(named.verifiers.find(({ id }) => id === gate.verifierId)?.policy).toMatchObject({ profiles: ['D', 'C'] });
    const none = await admin('/v1/admin/verifiers', 'POST', { name: { ar: 'ب', en: 'B' }, profiles: [] });
    expect(none.status).toBe(422);
  });

  it('takes all kinds for a business that was registered before it could choose', async () => {
    const old = await register();
    await env.DIRECTORY.prepare("UPDATE verifiers SET policy = json_remove(policy, '$.profiles') WHERE id = ?")
      .bind(old.verifierId)
      .run();
    expect((await deps.verifiers.find(old.verifierId))?.policy.profiles).toEqual(['S', 'D', 'C', 'A']);
  });

  it('refuses a context that the policy leaves out', async () => {
    const gate = await register({ contexts: ['gate'] });
    expect(await reasonOf(await ask(gate.apiKey, { text: 'X', context: 'age' }))).toEqual([403, 'context_not_allowed']);
  });

  it('refuses no key, a key of nobody, and a wrong secret, in words that do not tell the last two apart', async () => {
    const wrong = `${bank.apiKey.slice(0, -1)}${bank.apiKey.endsWith('A') ? 'B' : 'A'}`;
    expect(await reasonOf(await ask(undefined, { text: 'X' }))).toEqual([401, 'key_missing']);
    const refusals = await Promise.all(
      [wrong, `twv_${'z'.repeat(12)}.${'A'.repeat(43)}`].map(async (key) => (await ask(key, { text: 'X' })).text()),
    );
    expect(refusals[0]).toBe(refusals[1]);
    expect(refusals[0]).toContain('key_unknown');
  });

  it('says what is wrong with a body', async () => {
    expect(await reasonOf(await ask(bank.apiKey, '{'))).toEqual([400, 'bad_json']);
    expect(await reasonOf(await ask(bank.apiKey, { text: '' }))).toEqual([422, 'bad_input']);
    expect(await reasonOf(await ask(bank.apiKey, { text: 'X'.repeat(60_000) }))).toEqual([413, 'body_too_large']);
  });

  it('journals after the answer: outcome and hash, and nothing of the holder', async () => {
    const issued = await credential({ index: 79 });
    await ask(bank.apiKey, { text: issued.text });
    await ask(bank.apiKey, { text: '1012345672' });
    const kept = () =>
      runInDurableObject(verifications(), (_, state) =>
        state.storage.sql
          .exec<{ entry: string }>('SELECT value AS entry FROM entries, json_each(entries.entry) ORDER BY seq')
          .toArray()
          .map((row) => row.entry),
      );
    const isMine = (line: string) => line.includes(encodeBase64Url(issued.credentialHash));
    let lines = await kept();
    // The second question's line comes after the first one's.
    const bothCame = async () => {
      lines = await kept();
      return lines.some(isMine) && lines.findIndex(isMine) < lines.length - 1;
    };
    await expect.poll(bothCame).toBe(true);
    expect(lines.length).toBeGreaterThan(5);
    expect(JSON.parse(lines.find(isMine) ?? '{}')).toMatchObject({
      event: 'verification.answered',
      actor: `verifier:${bank.verifierId}`,
      detail: { outcome: 'accepted', context: 'counter', profile: 'S' },
    });
    for (const line of lines) expect(line).not.toMatch(/1012345672|Nora|نورة|1990/);
    // A text that is no credential leaves no hash: a short text could be found again from it.
    expect(
      lines
        .filter((line) => line.includes('text_within_limits') || line.includes('well_formed'))
        .every((line) => !line.includes('"object"')),
    ).toBe(true);
  });

  it('a suspended business is refused, a resumed one served, and a rotated key takes the old one’s place', async () => {
    const shop = await register();
    const path = `/v1/admin/verifiers/${shop.verifierId}`;
    expect((await ask(shop.apiKey, { text: 'X' })).status).toBe(200);
    expect((await admin(`${path}/suspend`, 'POST', {})).status).toBe(200);
    const status = async () => (await ask(shop.apiKey, { text: 'X' })).status;
    expect(await askUntilOther(status, 200)).toBe(403);
    expect((await admin(`${path}/resume`, 'POST', {})).status).toBe(200);
    const { apiKey } = (await (await admin(`${path}/key`, 'POST', {})).json()) as VerifierKeyAnswer;
    await expect.poll(status, { interval: 400 }).toBe(401);
    expect((await ask(apiKey, { text: 'X' })).status).toBe(200);
    expect(await reasonOf(await admin('/v1/admin/verifiers/nobody/suspend', 'POST', {}))).toEqual([
      404,
      'verifier_unknown',
    ]);
  });

  it('a policy is set whole and holds within five seconds: what it leaves out is not shown, asked or taken any more', async () => {
    const shop = await register({ claims: ['name', 'number'] });
    const path = `/v1/admin/verifiers/${shop.verifierId}/policy`;
    const before = { ...everyContext, claims: ['name', 'number'], profiles: ['S', 'D', 'C', 'A'] };
    expect(await (await admin(path)).json()).toEqual({ policy: before });
    const { text } = await credential();
    const claimsNow = async () => {
      const answer = await ask(shop.apiKey, { text });
      return answer.status === 200 ? Object.keys(VerifyAnswer.parse(await answer.json()).claims ?? {}).join() : '';
    };
    const wide = await claimsNow();
    expect(wide).toBe('nameArabic,nameLatin,id');
    const narrow = { ...before, contexts: ['counter'], claims: ['name'] };
    expect(await (await admin(path, 'PUT', narrow)).json()).toEqual({ policy: narrow });
    expect(await askUntilOther(claimsNow, wide)).toBe('nameArabic,nameLatin');
    expect(await reasonOf(await ask(shop.apiKey, { text, context: 'gate' }))).toEqual([403, 'context_not_allowed']);
    const journal = (await (await admin('/v1/admin/journal?limit=50&event=verifier.policy_set')).json()) as {
      entries: { object: string; detail: unknown }[];
    };
    expect(journal.entries.find(({ object }) => object === shop.verifierId)?.detail).toEqual({
      ...{ contexts: 'counter', claims: 'name', profiles: 'S D C A', maxListAgeSeconds: before.maxListAgeSeconds },
    });
  });

  it('a policy of half its members, of a business that is not there, or without the scope is refused', async () => {
    const path = `/v1/admin/verifiers/${bank.verifierId}/policy`;
    const whole = { ...everyContext, claims: [], profiles: ['D'] };
    for (const member of ['contexts', 'claims', 'profiles', 'maxListAgeSeconds']) {
      const half = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== member));
      expect(await reasonOf(await admin(path, 'PUT', half))).toEqual([422, 'bad_input']);
    }
    const nobody = '/v1/admin/verifiers/nobody/policy';
    expect(await reasonOf(await admin(nobody, 'PUT', whole))).toEqual([404, 'verifier_unknown']);
    expect(await reasonOf(await admin(nobody))).toEqual([404, 'verifier_unknown']);
    const lesser = { name: 'keys only', scopes: ['keys:write'], lifetimeSeconds: 3600 };
    const { token } = (await (await admin('/v1/admin/tokens', 'POST', lesser)).json()) as { token: string };
    const other = await exports.default.fetch(env.ISSUER + path, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(whole),
    });
    expect(other.status).toBe(403);
  });

  it.each([
    ['blank', '  '],
    ['two lines', 'Bank\nof Riyadh'],
    ['turned around', 'Bank \u202eknaB'],
    ['unseen', 'Ba\u200bnk'],
    ['a control character', 'Bank\u0007'],
  ])('a business is read by its name, which must show as it is written: %s', async (_, odd) => {
    for (const name of [
      { ar: odd, en: 'Bank' },
      { ar: 'بنك', en: odd },
    ])
      expect(await reasonOf(await admin('/v1/admin/verifiers', 'POST', { name }))).toEqual([422, 'bad_input']);
  });

  it('lists businesses without their keys', async () => {
    const text = await (await admin('/v1/admin/verifiers')).text();
    expect(text).toContain(bank.verifierId);
    expect(text).not.toMatch(/key/i);
  });

  it('lists all of them, however many: page by page, each once', async () => {
    await env.DIRECTORY.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
       INSERT INTO verifiers (id, name_ar, name_en, key_hash, policy, state, created_at)
       SELECT 'many-' || i, 'متجر', 'Shop', x'00', '{}', 'active', 1 FROM n`,
    ).run();
    type Page = { readonly verifiers: readonly { readonly id: string }[]; readonly next?: string };
    const page = async (query: string) => (await (await admin(`/v1/admin/verifiers${query}`)).json()) as Page;
    const walk = async (more: string) => {
      const pages = [await page(more === '' ? '' : `?${more}`)];
      for (let next = pages[0]?.next; next !== undefined; next = pages.at(-1)?.next)
        pages.push(await page(`?after=${encodeURIComponent(next)}&${more}`));
      return pages.map(({ verifiers }) => verifiers.map(({ id }) => id));
    };
    const { results } = await env.DIRECTORY.prepare('SELECT id FROM verifiers ORDER BY id').all<{ id: string }>();
    const all = results.map(({ id }) => id);
    expect((await walk('')).flat()).toEqual(all);
    const sizes = (await walk('limit=500')).map(({ length }) => length);
    expect(sizes).toEqual([500, 500, all.length - 1000]);
    await env.DIRECTORY.prepare("DELETE FROM verifiers WHERE id LIKE 'many-%'").run();
  });

  it.each([
    ['limit=0', 'bad_limit'],
    ['limit=1001', 'bad_limit'],
    ['limit=two', 'bad_limit'],
    ['after=', 'bad_after'],
    ['after=a%20business', 'bad_after'],
    [`after=${'a'.repeat(65)}`, 'bad_after'],
  ])('a page that nobody can have is refused: %s', async (query, reason) => {
    expect(await reasonOf(await admin(`/v1/admin/verifiers?${query}`))).toEqual([400, reason]);
  });
});

describe('the service', serviceCases);
describe('a challenge', challengeCases);
describe('instead of a key', accessTokenCases);
describe('over all isolates', sharedMemoryCases);
