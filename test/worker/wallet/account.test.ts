import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccountAnswer } from '../../../shared/contract/wallet.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  exchange,
  issuer,
  logIn,
  type TestClient,
  TestWallet,
  withPassword,
  withSigningKey,
} from '../openid/world.ts';

let client: TestClient;
let wallet: TestWallet;
beforeAll(async () => {
  await withSigningKey();
  client = await aClient({ grant_types: ['authorization_code', 'refresh_token'] });
  const person = await aPerson();
  await withPassword(person, 'account.tests');
  wallet = await TestWallet.bind(person.setupCode);
});

const read = async (response: Response) => (await response.json()) as AccountAnswer;

describe("the person's own view", () => {
  it('shows sessions and consents; a session that is ended there is over in its browser', async () => {
    const browser = new Browser();
    await logIn(browser, client, 'account.tests', { scope: 'openid profile' });
    const { sessions, consents } = await read(await wallet.account('list'));
    expect(sessions).toMatchObject([{ acr: 'urn:tawthiq:loa:low', clients: [client.id] }]);
    expect(consents).toMatchObject([{ client: { id: client.id, name: { ar: 'خدمة تجريبية', en: 'Sample' } } }]);
    expect(consents[0]?.claims).toContain('birthdate');
    const after = await read(await wallet.account('end_session', sessions[0]?.id));
    expect(after.sessions).toEqual([]);
    const silent = await browser.go(await authorizeUrl(client, { prompt: 'none' }));
    expect(silent.headers.get('location')).toContain('login_required');
    expect((await wallet.account('end_session', sessions[0]?.id)).status).toBe(404);
  });

  it('a consent that is taken back ends what was given under it, and is asked for again', async () => {
    const browser = new Browser();
    const url = await logIn(browser, client, 'account.tests', { scope: 'openid profile offline_access' });
    const tokens = (await (await exchange(client, { code: url.searchParams.get('code') ?? '' })).json()) as Record<
      string,
      string
    >;
    const after = await read(await wallet.account('withdraw_consent', client.id));
    expect(after.consents).toEqual([]);
    const refreshed = await exchange(client, {
      grant_type: 'refresh_token',
      refresh_token: tokens['refresh_token'] ?? '',
    });
    expect(await refreshed.json()).toMatchObject({ error: 'invalid_grant' });
    const userinfo = await exports.default.fetch(`${issuer}/userinfo`, {
      headers: { Authorization: `Bearer ${tokens['access_token']}` },
    });
    expect(userinfo.status).toBe(401);
    const asked = await browser.go(await authorizeUrl(client, { prompt: 'none', scope: 'openid profile' }));
    expect(asked.headers.get('location')).toContain('consent_required');
    expect(await (await wallet.account('withdraw_consent', client.id)).json()).toMatchObject({
      reason: 'consent_unknown',
    });
  });

  it('one claim that is taken back is gone from all that was given, is told of by name, and is asked for again', async () => {
    const browser = new Browser();
    const asked = { scope: 'openid profile offline_access', prompt: 'login' };
    const url = await logIn(browser, client, 'account.tests', asked);
    const tokens = (await (await exchange(client, { code: url.searchParams.get('code') ?? '' })).json()) as {
      readonly access_token: string;
      readonly refresh_token: string;
    };
    const [before] = (await read(await wallet.account('list'))).consents;
    expect(before?.claims).toEqual(expect.arrayContaining(['name#ar', 'name#en', 'birthdate']));
    const after = await read(await wallet.account('withdraw_claim', `${client.id} name`));
    // Every spelling of it, and nothing else.
    expect(after.consents[0]?.claims).toEqual(before?.claims.filter((name) => !name.startsWith('name')));
    const refreshed = await exchange(client, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
    expect(await refreshed.json()).toMatchObject({ error: 'invalid_grant' });
    const headers = { Authorization: `Bearer ${tokens.access_token}` };
    expect((await exports.default.fetch(`${issuer}/userinfo`, { headers })).status).toBe(401);
    const introspected = await exports.default.fetch(`${issuer}/introspect`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` },
      body: new URLSearchParams({ token: tokens.access_token }),
    });
    expect(await introspected.json()).toEqual({ active: false });
    const silent = async (scope: string, claims?: object) => {
      const more = claims ? { claims: JSON.stringify(claims) } : {};
      return (await browser.go(await authorizeUrl(client, { prompt: 'none', scope, ...more }))).headers.get('location');
    };
    expect(await silent('openid profile')).toContain('consent_required');
    expect(await silent('openid', { userinfo: { birthdate: null } })).toContain('code=');
    const [told] = await wallet.notifications();
    expect(told).toMatchObject({
      kind: 'consent.withdrawn',
      detail: { client: client.id, claim: 'name' },
    });
    for (const unknown of [`${client.id} name`, `${client.id} shoe_size`, `nobody birthdate`, client.id, ' ']) {
      const refused = await wallet.account('withdraw_claim', unknown);
      expect([refused.status, await refused.json()]).toEqual([
        404,
        expect.objectContaining({ reason: 'consent_unknown' }),
      ]);
    }
    // A spelling stands for the claim.
    const last = await read(await wallet.account('withdraw_claim', `${client.id} birthdate`));
    expect(last.consents[0]?.claims).not.toContain('birthdate');
  });

  it('is for whoever holds the key', async () => {
    const stranger = await TestWallet.bind((await aPerson()).setupCode);
    expect((await read(await stranger.account('list'))).sessions).toEqual([]);
  });
});
