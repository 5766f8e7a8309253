// An access token in the place of an API key: the whole way over HTTP, and each reason to refuse one with claims of the test's own.
import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { epochSeconds } from '../../../shared/base/brands.ts';
import { type VerifierKeyAnswer, verifyBatchPath, verifyPath } from '../../../shared/contract/verify.ts';
import { type AccessTokenNeeds, judgeAccessToken } from '../../../worker/verifier/access-token.ts';
import type { Verifier } from '../../../worker/verifier/verifier.ts';
import { askUntilOther } from '../heard.ts';
import { admin } from '../issuer/issuing-edge.ts';
import { aClient, type TestClient, withSigningKey } from '../openid/world.ts';

const form = (client: TestClient, path: string, body: Record<string, string>) =>
  exports.default.fetch(env.ISSUER + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}`,
    },
    body: new URLSearchParams(body).toString(),
  });

async function tokenOf(client: TestClient, scope: string): Promise<string> {
  const answer = await form(client, '/token', { grant_type: 'client_credentials', scope });
  if (answer.status !== 200) throw new Error(await answer.text());
  return ((await answer.json()) as { access_token: string }).access_token;
}

const ask = (token: string, context = 'counter', path: string = verifyPath) =>
  exports.default.fetch(env.ISSUER + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(path === verifyPath ? { text: 'X', context } : { codes: [{ text: 'X', context }] }),
  });
const reasonOf = async (answer: Response) => [answer.status, ((await answer.json()) as { reason: string }).reason];

/** In the file that publishes the lists. */
export function accessTokenCases(): void {
  describe('an access token', () => {
    let client: TestClient;
    let shop: VerifierKeyAnswer;
    const speaksFor = (verifierId: string, clientId: string | null) =>
      admin(`/v1/admin/verifiers/${verifierId}/client`, 'PUT', { clientId });
    beforeAll(async () => {
      await withSigningKey();
      const scope = 'verify verify:gate verify:age reports';
      client = await aClient({ grant_types: ['client_credentials'], redirect_uris: [], scope });
      shop = await (await admin('/v1/admin/verifiers', 'POST', { name: { ar: 'متجر', en: 'Shop' } })).json();
      expect((await speaksFor(shop.verifierId, client.id)).status).toBe(200);
    });

    it('of the client that speaks for a business checks codes in its name, one and a batch', async () => {
      const token = await tokenOf(client, 'verify');
      expect((await ask(token)).status).toBe(200);
      expect((await ask(token, 'age', verifyBatchPath)).status).toBe(200);
    });

    it('counts in the contexts of its scope only, and not at all without one', async () => {
      const gate = await tokenOf(client, 'verify:gate reports');
      expect((await ask(gate, 'gate')).status).toBe(200);
      expect(await reasonOf(await ask(gate, 'counter'))).toEqual([403, 'context_not_allowed']);
      const reports = await ask(await tokenOf(client, 'reports'));
      expect(reports.headers.get('www-authenticate')).toContain('insufficient_scope');
      expect(await reasonOf(reports)).toEqual([403, 'scope_missing']);
    });

    it('of a client that speaks for nobody, or another text with two dots, is refused', async () => {
      const stranger = await aClient({ grant_types: ['client_credentials'], redirect_uris: [], scope: 'verify' });
      expect(await reasonOf(await ask(await tokenOf(stranger, 'verify')))).toEqual([401, 'token_unknown']);
      expect(await reasonOf(await ask('a.b.c'))).toEqual([401, 'token_unknown']);
    });

    it('stops counting within five seconds once it is revoked, and introspection says so at once', async () => {
      const token = await tokenOf(client, 'verify');
      expect((await ask(token)).status).toBe(200);
      expect((await form(client, '/revoke', { token })).status).toBe(200);
      expect(await (await form(client, '/introspect', { token })).json()).toEqual({ active: false });
      expect(await askUntilOther(async () => (await ask(token)).status, 200)).toBe(401);
      // Only that one: the client's next token is as good as before.
      expect((await ask(await tokenOf(client, 'verify'))).status).toBe(200);
    });

    it('speaks for one business; the authority is told what is wrong', async () => {
      const other = await (await admin('/v1/admin/verifiers', 'POST', { name: { ar: 'آخر', en: 'Other' } })).json();
      const { verifierId } = other as VerifierKeyAnswer;
      expect(await reasonOf(await speaksFor(verifierId, client.id))).toEqual([409, 'client_taken']);
      expect(await reasonOf(await speaksFor(verifierId, 'nobody'))).toEqual([404, 'client_unknown']);
      expect(await reasonOf(await speaksFor('nobody', null))).toEqual([404, 'verifier_unknown']);
    });
  });

  describe('the claims of an access token', () => {
    const good = { client_id: 'c', sub: 'c', aud: 'https://id.example', exp: 2_000, jti: 'j', scope: 'verify' };
    const verifier: Verifier = {
      ...{ id: 'v', name: { ar: 'أ', en: 'A' }, keyHash: new Uint8Array(32), createdAt: epochSeconds(1) },
      ...{
        policy: { contexts: ['counter', 'gate'], claims: [], profiles: ['S', 'D', 'C', 'A'], maxListAgeSeconds: 60 },
        clientId: 'c',
      },
      state: 'active',
    };
    const judged = async (claims: Record<string, unknown> | undefined, change: Partial<AccessTokenNeeds> = {}) => {
      const needs: AccessTokenNeeds = {
        callers: { findByClient: () => verifier, isRevoked: (jti) => jti === 'taken-back' },
        claimsOf: async () => claims,
        issuer: 'https://id.example',
        clientIsActive: async () => true,
        now: () => 1_999,
        ...change,
      };
      const answer = await judgeAccessToken('a.b.c', needs, () => {});
      return answer.ok ? answer.value.policy.contexts : answer.error.reason;
    };

    it('hold for the whole policy, or for the contexts that the scope names', async () => {
      expect(await judged(good)).toEqual(['counter', 'gate']);
      expect(await judged({ ...good, aud: ['https://api.example', 'https://id.example'] })).toEqual([
        'counter',
        'gate',
      ]);
      expect(await judged({ ...good, scope: 'verify:gate verify:age' })).toEqual(['gate']);
    });

    it.each([
      ['it is none of ours', undefined],
      ['it has ended', { ...good, exp: 1_999 }],
      ['it is for another service', { ...good, aud: 'https://api.example' }],
      ['it was taken back', { ...good, jti: 'taken-back' }],
      ['it is a person’s, given to the client', { ...good, sub: 'person' }],
      ['it is bound to a key', { ...good, cnf: { jkt: 'x' } }],
    ])('are refused when %s', async (_, claims) => {
      expect(await judged(claims)).toBe('token_unknown');
    });

    it('are refused while the client or the business is suspended', async () => {
      expect(await judged(good, { clientIsActive: async () => false })).toBe('token_unknown');
      const callers = { findByClient: () => ({ ...verifier, state: 'suspended' }) as const, isRevoked: () => false };
      expect(await judged(good, { callers })).toBe('verifier_suspended');
    });
  });
}
