// Step-up (RFC 9470) through a full circle: a token, a challenge, a login anew, a token that does.
import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  checkStepUp,
  type NeededLogin,
  parametersOfChallenge,
  stepUpChallenge,
} from '../../../shared/assurance/step-up.ts';
import { askUntilOther } from '../heard.ts';
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
  logInByNumber,
  type TestClient,
  type TestPerson,
  TestWallet,
  withPassword,
  withSigningKey,
} from './world.ts';

const username = 'stepup.tests';
const health = 'https://health.example/api';
let person: TestPerson;
let wallet: TestWallet;
let client: TestClient;
/** A service whose API is called with tokens of `client`: it asks us about them. */
let api: TestClient;

beforeAll(async () => {
  await withSigningKey();
  person = await aPerson();
  await withPassword(person, username);
  wallet = await TestWallet.bind(person.setupCode);
  client = await aClient({}, { resources: [health] });
  api = await aClient({ grant_types: ['client_credentials'] }, { introspectsAll: true });
});

const seconds = () => Math.floor(Date.now() / 1000);

/** What the service's API does with a call: introspection, audience, then the check. */
async function call(
  accessToken: string,
  needed: NeededLogin,
  now = seconds(),
): Promise<{ status: number; challenge: string }> {
  const answer = await exports.default.fetch(`${issuer}/introspect`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Authorization: `Basic ${btoa(`${api.id}:${api.secret}`)}`,
    },
    body: new URLSearchParams({ token: accessToken }).toString(),
  });
  const claims = (await answer.json()) as { active: boolean; aud?: string; acr?: string; auth_time?: number };
  if (!claims.active || claims.aud !== health) return { status: 401, challenge: 'Bearer error="invalid_token"' };
  const enough = checkStepUp(claims, needed, now);
  return enough.ok ? { status: 200, challenge: '' } : { status: 401, challenge: stepUpChallenge(enough.error.needed) };
}

async function tokenOf(url: URL): Promise<string> {
  const answer = await exchange(client, { code: url.searchParams.get('code') ?? '' });
  return ((await answer.json()) as { access_token: string }).access_token;
}

describe('step-up at a service', () => {
  it('a level that is too low: challenge, /authorize with its acr_values, and the same session reaches it', async () => {
    const browser = new Browser();
    const low = await tokenOf(await logIn(browser, client, username, { resource: health }));
    const needed = { level: 'substantial' } as const;
    expect((await call(low, {})).status).toBe(200);
    const refused = await call(low, needed);
    expect(refused.status).toBe(401);
    const parameters = parametersOfChallenge(refused.challenge);
    expect(parameters).toEqual({ acr_values: 'urn:tawthiq:loa:substantial' });
    const url = await authorizeUrl(client, { resource: health, ...parameters });
    const better = await tokenOf(await logInByNumber(browser, url, { person, wallet }));
    expect((await call(better, needed)).status).toBe(200);
  });

  it('a login that is too old: challenge, /authorize with its max_age asks the person again', async () => {
    const browser = new Browser();
    const first = await tokenOf(await logIn(browser, client, username, { resource: health }));
    const later = seconds() + 120;
    const refused = await call(first, { maxAgeSeconds: 60 }, later);
    const parameters = parametersOfChallenge(refused.challenge);
    expect([refused.status, parameters]).toEqual([401, { max_age: '60' }]);
    // max_age=0 stands for a minute that has passed: the session does not answer, logIn finds the page.
    const again = await tokenOf(
      await logIn(browser, client, username, { resource: health, ...parameters, max_age: '0' }),
    );
    expect(claimsIn(again)['auth_time']).toBeGreaterThanOrEqual(Number(claimsIn(first)['auth_time']));
    expect((await call(again, { maxAgeSeconds: 60 })).status).toBe(200);
  });
});

describe('step-up at our own userinfo', () => {
  it('a client whose least level was raised is sent back with what would do', async () => {
    const other = await aClient();
    const browser = new Browser();
    const code = (await logIn(browser, other, username)).searchParams.get('code') ?? '';
    const { access_token: low } = (await (await exchange(other, { code })).json()) as { access_token: string };
    const ask = (token: string) =>
      exports.default.fetch(`${issuer}/userinfo`, { headers: { Authorization: `Bearer ${token}` } });
    expect((await ask(low)).status).toBe(200);
    const { clients, clientCache } = house();
    const before = await clients.find(other.id);
    if (!before) throw new Error('no client');
    const entry = { at: seconds(), event: 'client.changed', actor: 'system', object: other.id } as never;
    await clients.replace(before, { ...before, policy: { ...before.policy, minLevel: 'substantial' } }, entry);
    // The cache of this isolate hears of it at once by a look of its own; others within five seconds.
    const minLevel = async () => (await clientCache.find(other.id, () => {}))?.policy.minLevel;
    expect(await askUntilOther(minLevel, before.policy.minLevel)).toBe('substantial');
    const refused = await ask(low);
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ error: 'insufficient_user_authentication' });
    const parameters = parametersOfChallenge(refused.headers.get('www-authenticate') ?? '');
    const url = await authorizeUrl(other, { ...parameters });
    const back = await logInByNumber(browser, url, { person, wallet });
    const tokens = await exchange(other, { code: back.searchParams.get('code') ?? '' });
    const { access_token: better } = (await tokens.json()) as { access_token: string };
    expect((await ask(better)).status).toBe(200);
  });
});
