import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { epochSeconds } from '../../../shared/base/brands.ts';
import { makeGrant } from '../../../worker/openid/authorize/finish.ts';
import { openClaims } from '../../../worker/openid/grant.ts';
import { noAskedClaims } from '../../../worker/openid/scopes.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  claimsIn,
  exchange,
  house,
  issuer,
  logIn,
  type TestClient,
  withPassword,
  withSigningKey,
} from './world.ts';

let client: TestClient;
beforeAll(async () => {
  await withSigningKey();
  client = await aClient();
  await withPassword(await aPerson(), 'ekyc.tests');
  await withPassword(await aPerson({ identityLevel: 'substantial' }), 'ekyc.substantial');
});

type Answer = { readonly idToken: Record<string, unknown>; readonly userinfo: Record<string, unknown> };
async function answer(claims: unknown, username = 'ekyc.tests'): Promise<Answer> {
  const url = await logIn(new Browser(), client, username, { claims: JSON.stringify(claims), prompt: 'consent' });
  const tokens = (await (await exchange(client, { code: url.searchParams.get('code') ?? '' })).json()) as Record<
    string,
    string
  >;
  const userinfo = await exports.default.fetch(`${issuer}/userinfo`, {
    headers: { Authorization: `Bearer ${tokens['access_token']}` },
  });
  return { idToken: claimsIn(tokens['id_token'] ?? ''), userinfo: (await userinfo.json()) as Record<string, unknown> };
}
const ask = (claims: Record<string, unknown>, framework: unknown = null) => ({
  verification: { trust_framework: framework },
  claims,
});

describe('verified_claims', () => {
  it('ekyc-server-happypath: claims with how the identity was verified, apart from acr', async () => {
    const { userinfo, idToken } = await answer({
      userinfo: { verified_claims: ask({ 'name#en': null, birthdate: null }) },
    });
    expect(userinfo['verified_claims']).toMatchObject({
      verification: {
        trust_framework: 'tawthiq',
        assurance_level: 'urn:tawthiq:loa:high',
        assurance_process: { policy: 'in_person_activation', procedure: 'fingerprint' },
      },
      claims: { 'name#en': 'Sarah Ahmed', birthdate: '1990-02-28' },
    });
    expect(idToken['acr']).toBe('urn:tawthiq:loa:low');
    expect(idToken['verified_claims']).toBeUndefined();
    expect(userinfo['birthdate']).toBeUndefined();
  });

  it('ekyc-server-request-only-in-idtoken, -request-only-in-userinfo', async () => {
    const only = await answer({ id_token: { verified_claims: ask({ gender: null }) } });
    expect(only.idToken['verified_claims']).toMatchObject({ claims: { gender: 'female' } });
    expect(only.userinfo['verified_claims']).toBeUndefined();
  });

  it('ekyc-server-happypath-essentialfalse, -emptyobject: constraints that ask for nothing', async () => {
    const { userinfo } = await answer({
      userinfo: { verified_claims: ask({ gender: { essential: false }, birthdate: {} }) },
    });
    expect(userinfo['verified_claims']).toMatchObject({ claims: { gender: 'female', birthdate: '1990-02-28' } });
  });

  it('ekyc-server-unknown-claim-omitted, -unknown-essential-claim-omitted, -unknown-claim-specialchars-omitted, -one-claim-with-random-value-omitted', async () => {
    const claims = {
      gender: null,
      shoe_size: null,
      shoe_colour: { essential: true },
      'x!"§$%&/()=?': null,
      birthdate: { value: '1900-01-01' },
    };
    const { userinfo } = await answer({ userinfo: { verified_claims: ask(claims) } });
    expect(userinfo['verified_claims']).toMatchObject({ claims: { gender: 'female' } });
    expect(Object.keys((userinfo['verified_claims'] as { claims: object }).claims)).toEqual(['gender']);
  });

  it('another trust framework, a level that is not there, or no claim left: nothing; a list gives the first that fits', async () => {
    const none = await answer({ userinfo: { verified_claims: ask({ gender: null }, { value: 'de_aml' }) } });
    expect(none.userinfo['verified_claims']).toBeUndefined();
    const unknown = await answer({ userinfo: { verified_claims: ask({ shoe_size: null }) } });
    expect(unknown.userinfo['verified_claims']).toBeUndefined();
    const high = {
      verification: { trust_framework: null, assurance_level: { value: 'urn:tawthiq:loa:high' } },
      claims: { gender: null },
    };
    const list = await answer(
      { userinfo: { verified_claims: [high, ask({ birthdate: null }, { value: 'tawthiq' })] } },
      'ekyc.substantial',
    );
    expect(list.userinfo['verified_claims']).toMatchObject({
      verification: {
        assurance_level: 'urn:tawthiq:loa:substantial',
        assurance_process: { procedure: 'supervised_document' },
      },
      claims: { birthdate: '1990-02-28' },
    });
  });

  it('a request that names no claim is an error', async () => {
    const refused = await new Browser().go(
      await authorizeUrl(client, { claims: JSON.stringify({ userinfo: { verified_claims: ask({}) } }) }),
    );
    expect(refused.headers.get('location')).toContain('error=invalid_request');
  });
});

describe('an age', () => {
  it('is the civil day’s of the registry’s country: a birthday has come at midnight in Riyadh, three hours before UTC', async () => {
    const { subjectId: subject } = await aPerson();
    const found = await house().clients.find(client.id);
    if (!found) throw new Error('no client');
    const asked = { ...noAskedClaims, userinfo: ['age_over_18'] };
    const request = { scopes: ['openid', 'age'], resources: [], nonce: null, locale: null } as never;
    const authentication = { subject, acr: 'a', amr: [], authTime: 0, sessionId: 's', fromSession: false };
    const over18 = async (at: string) => {
      const provider = { ...house().provider, now: () => epochSeconds(Date.parse(at) / 1000) };
      const grant = await makeGrant(provider, { loginId: 'l', client: found, request, authentication, asked });
      return (await openClaims(provider.vault, 'l', grant)).userinfo['age_over_18'];
    };
    // Born on 28 February 1990.
    expect(await over18('2008-02-27T20:59:59Z')).toBe(false);
    expect(await over18('2008-02-27T21:00:00Z')).toBe(true);
  });
});
