// The simulator as a relying party's test uses it: openid-client logs a person in, and refuses every fault.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idTokenAlgs } from '../../worker/issuer/id-token-algs.ts';
import { bundleWorker } from '../../worker/local/bundle-worker.ts';
import { freePort } from '../../worker/local/free-port.ts';
import { type Fault, faults } from '../../worker/local/simulator/faults.ts';
import { type Simulator, startSimulator } from '../../worker/local/simulator/simulator.ts';

const redirectUri = 'http://localhost:3000/callback';
let simulator: Simulator;
let config: oidc.Configuration;

beforeAll(async () => {
  simulator = await startSimulator({ port: await freePort(), redirectUris: [redirectUri] });
  const { clientId, clientSecret } = simulator.client;
  config = await oidc.discovery(new URL(simulator.issuer), clientId, clientSecret, undefined, {
    execute: [oidc.allowInsecureRequests],
  });
  // A service that wants to know that the signature holds, also where TLS would do.
  oidc.enableNonRepudiationChecks(config);
});
afterAll(() => simulator?.stop());

const essential = JSON.stringify({ id_token: { acr: { essential: true, value: 'urn:tawthiq:loa:substantial' } } });

async function logIn(hint: string) {
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile',
    login_hint: hint,
    state,
    nonce,
    claims: essential,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const back = (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';
  if (!back.startsWith(redirectUri)) throw new Error(`the person was asked: ${back}`);
  const tokens = await oidc.authorizationCodeGrant(config, new URL(back), {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims?.['acr'] !== 'urn:tawthiq:loa:substantial') throw new Error(`acr ${claims?.['acr']}`);
  return claims;
}

describe('the simulator', () => {
  it('logs a test person in at once, at the level that was asked', async () => {
    expect(await logIn('omar')).toMatchObject({ iss: simulator.issuer, acr: 'urn:tawthiq:loa:substantial' });
  });

  it('lets a page of another origin read the keys, whatever headers its library adds', async () => {
    const headers = {
      Origin: 'https://app.example',
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': 'x-library',
    };
    const answer = await fetch(`${simulator.issuer}/jwks`, { method: 'OPTIONS', headers });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
  });

  it('answers behind the # who asks for that, with a fault as well', async () => {
    const request = new URL(`${simulator.issuer}/authorize`);
    request.search = new URLSearchParams({
      ...{ client_id: simulator.client.clientId, redirect_uri: redirectUri, response_type: 'code', scope: 'openid' },
      ...{ nonce: 'n', state: 's', response_mode: 'fragment', login_hint: 'reem fault:denied' },
    }).toString();
    const back = new URL((await fetch(request, { redirect: 'manual' })).headers.get('location') ?? '');
    const said = new URLSearchParams(back.hash.slice(1));
    expect([back.search, said.get('error'), said.get('state')]).toEqual(['', 'access_denied', 's']);
  });

  it('knows person and fault of a request that was pushed, and of one that was signed', async () => {
    const pair = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
    const metadata = {
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [jwk] },
    };
    const native = { client_name: 'Strict', application_type: 'native', ...metadata };
    const strict = await simulator.addClient(native, { profile: 'fapi2' });
    const plain = await simulator.addClient({ client_name: 'Signs', ...metadata });
    const key = { key: pair.privateKey, kid: 'k1' };
    const options = { execute: [oidc.allowInsecureRequests] };
    const configOf = (id: string) =>
      oidc.discovery(new URL(simulator.issuer), id, undefined, oidc.PrivateKeyJwt(key), options);
    const asked = async (login_hint: string) => ({
      ...{ redirect_uri: redirectUri, scope: 'openid', state: 's', login_hint },
      code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
    });
    const [pushing, signing] = [await configOf(strict.clientId), await configOf(plain.clientId)];
    for (const urlOf of [
      async (hint: string) => oidc.buildAuthorizationUrlWithPAR(pushing, await asked(hint)),
      async (hint: string) => oidc.buildAuthorizationUrlWithJAR(signing, await asked(hint), key),
    ]) {
      const sentTo = async (hint: string) =>
        (await fetch(await urlOf(hint), { redirect: 'manual' })).headers.get('location') ?? '';
      expect(await sentTo('layan')).toMatch(/^http:\/\/localhost:3000\/callback\?code=.*&state=s&/);
      expect(await sentTo('reem fault:denied')).toMatch(
        /^http:\/\/localhost:3000\/callback\?error=access_denied&.*&state=s&/,
      );
    }
  });

  it.each(Object.keys(faults) as Fault[])(
    '%s: openid-client and a careful service refuse it, for one login alone',
    async (fault) => {
      const refused = await logIn(`reem fault:${fault}`).then(
        () => 'accepted',
        (error: unknown) => (error instanceof oidc.AuthorizationResponseError ? error.error : String(error)),
      );
      const early: Partial<Record<Fault, string>> = { denied: 'access_denied', unavailable: 'temporarily_unavailable' };
      if (early[fault]) expect(refused).toBe(early[fault]);
      else expect(refused).not.toBe('accepted');
      await expect(logIn('reem')).resolves.toMatchObject({ iss: simulator.issuer });
    },
  );

  it.each(idTokenAlgs)('spoils an ID token of %s so that its signature holds', async (alg) => {
    const { clientId, clientSecret } = await simulator.addClient(
      { client_name: alg, redirect_uris: [redirectUri], id_token_signed_response_alg: alg },
      { pkce: 'or_nonce' },
    );
    const request = new URL(`${simulator.issuer}/authorize`);
    request.search = new URLSearchParams({
      ...{ client_id: clientId, redirect_uri: redirectUri, response_type: 'code', scope: 'openid' },
      ...{ nonce: 'mine', login_hint: 'reem fault:wrong_nonce' },
    }).toString();
    const back = new URL((await fetch(request, { redirect: 'manual' })).headers.get('location') ?? '');
    const answer = await fetch(`${simulator.issuer}/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
      body: new URLSearchParams({
        ...{ grant_type: 'authorization_code', redirect_uri: redirectUri },
        code: back.searchParams.get('code') ?? '',
      }),
    });
    const { id_token: idToken } = (await answer.json()) as { id_token: string };
    const keys = createRemoteJWKSet(new URL(`${simulator.issuer}/jwks`));
    const { payload } = await jwtVerify(idToken, keys, { algorithms: [alg], audience: clientId });
    expect(payload['nonce']).toBe('of-another-request');
  });

  it('a fault that is switched on is there for everybody until it is switched off', async () => {
    simulator.setFault('wrong_nonce');
    await expect(logIn('reem')).rejects.toThrow();
    simulator.setFault(undefined);
    await expect(logIn('reem')).resolves.toBeDefined();
  });

  it('is no part of the Worker that is deployed', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-bundle-'));
    try {
      const [entry] = await bundleWorker(folder);
      const text = readFileSync(entry?.path ?? '', 'utf8').split('//# sourceMappingURL=')[0] ?? '';
      const traces = [
        'worker/local/',
        'wrong_nonce',
        'bad_signature',
        'another-issuer.example',
        'FaultKey',
        'SimulatedPerson',
      ];
      expect([text.includes('/bc-authorize'), traces.filter((trace) => text.includes(trace))]).toEqual([true, []]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
