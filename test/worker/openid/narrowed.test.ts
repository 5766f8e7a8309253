// A client's leave as it stands now: what the authority took back is in no answer, however long ago a person agreed to it.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ClientPolicy } from '../../../worker/clients/client.ts';
import { paramsOf } from '../../../worker/openid/authorize/request.ts';
import { token } from '../../../worker/openid/token/token.ts';
import { userinfo } from '../../../worker/openid/userinfo.ts';
import {
  aClient,
  aPerson,
  Browser,
  claimsIn,
  house,
  issuer,
  logIn,
  redirectUri,
  type TestPerson,
  verifier,
  withPassword,
  withSigningKey,
} from './world.ts';

const username = 'narrowed.tests';
let person: TestPerson;
beforeAll(async () => {
  await withSigningKey();
  person = await aPerson();
  await withPassword(person, username);
});

const later = () => undefined;
const [health, taxes] = ['https://health.example/api', 'https://taxes.example/api'];

/** Answers as every isolate gives them once it has heard of the policy (within five seconds). */
async function refreshedUnder(policy: Record<string, unknown>, wanted: Record<string, string> = {}, more = {}) {
  const before = {
    unifiedNumber: true,
    resources: [health, taxes],
    claims: ['name', 'gender', 'birthdate', 'unified_number'],
  };
  const client = await aClient({ grant_types: ['authorization_code', 'refresh_token'] }, before);
  const claims = {
    id_token: { birthdate: null, unified_number: null },
    userinfo: {
      name: null,
      gender: null,
      unified_number: null,
      verified_claims: { verification: { trust_framework: null }, claims: { gender: null, unified_number: null } },
    },
  };
  const asked = { scope: 'openid offline_access', claims: JSON.stringify(claims) };
  const back = await logIn(new Browser(), client, username, { ...asked, ...wanted });
  const code = back.searchParams.get('code') ?? '';
  const { provider, clients } = house();
  const ask = async (form: Record<string, string>, by: typeof provider) => {
    const authorization = `Basic ${btoa(`${client.id}:${client.secret}`)}`;
    const params = paramsOf(new URLSearchParams(form));
    const tokens = await token(by, { params, authorization, proof: undefined, prefer: undefined }, later);
    return (tokens.ok ? tokens.value : tokens.error) as Record<string, string>;
  };
  const exchanged = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
  const first = await ask(exchanged, provider);
  const stored = await clients.find(client.id);
  if (!stored) throw new Error('no client');
  const changed = { ...stored, policy: ClientPolicy.parse({ ...before, ...policy }) };
  const narrowed = { ...provider, clients: { find: async () => changed } };
  const second = await ask(
    { grant_type: 'refresh_token', refresh_token: first['refresh_token'] ?? '', ...more },
    narrowed,
  );
  /** As the authority had it before, half a minute later: long after a token that was rotated away would be a stolen one. */
  const lowered = async () => {
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 30_000);
    const again = { grant_type: 'refresh_token', refresh_token: first['refresh_token'] ?? '' };
    return ask(again, provider).finally(() => clock.mockRestore());
  };
  return { narrowed, second, lowered };
}

async function answersOf(policy: Record<string, unknown>) {
  const { narrowed, second } = await refreshedUnder(policy);
  const shown = { token: second['access_token'] ?? '', scheme: 'Bearer', proof: undefined, method: 'GET' } as const;
  const info = await userinfo(narrowed, shown, later);
  if (!info.ok || !('claims' in info.value)) throw new Error('no userinfo');
  return { idToken: claimsIn(second['id_token'] ?? ''), userinfo: info.value.claims };
}

describe('what a client may have', () => {
  it('while nothing changed is what was agreed to', async () => {
    const { idToken, userinfo: info } = await answersOf({});
    expect(idToken).toMatchObject({ birthdate: '1990-02-28', unified_number: person.number });
    expect(info).toMatchObject({
      gender: 'female',
      unified_number: person.number,
      verified_claims: { claims: { gender: 'female', unified_number: person.number } },
    });
  });

  it('is without the number once that leave is gone, in tokens of before as well', async () => {
    const { idToken, userinfo: info } = await answersOf({ unifiedNumber: false });
    expect(idToken).toMatchObject({ birthdate: '1990-02-28' });
    expect(info).toMatchObject({ gender: 'female', verified_claims: { claims: { gender: 'female' } } });
    expect(JSON.stringify([idToken, info])).not.toContain(person.number);
  });

  it.each([
    ['a level', { minLevel: 'substantial' }],
    ['authenticators', { authenticators: ['phr', 'pop'] }],
  ])(
    'is nothing by a login that is less than %s that it needs by now: the person is asked again',
    async (_, policy) => {
      const { second, lowered } = await refreshedUnder(policy);
      expect(second).toMatchObject({ error: 'invalid_grant', description: expect.stringContaining('ask the person') });
      // Nothing was used up: if the authority takes it back, the same token goes on.
      expect(await lowered()).toMatchObject({ refresh_token: expect.any(String), token_type: 'Bearer' });
    },
  );

  it('is no token for a service whose API it may not call any more', async () => {
    const resource = { resource: health };
    const { second } = await refreshedUnder({ resources: [taxes] }, resource);
    expect(claimsIn(second['access_token'] ?? '')['aud']).toBe(issuer);
    expect((await refreshedUnder({ resources: [taxes] }, resource, resource)).second).toMatchObject({
      error: 'invalid_target',
    });
    const kept = await refreshedUnder({ resources: [health] }, resource);
    expect(claimsIn(kept.second['access_token'] ?? '')['aud']).toBe(health);
  });

  it('is what its list says by now, and nothing that a list of before said', async () => {
    const { idToken, userinfo: info } = await answersOf({ claims: ['name'], unifiedNumber: false });
    expect(idToken).not.toHaveProperty('birthdate');
    expect(Object.keys(info).sort()).toEqual(['name', 'sub']);
  });
});
