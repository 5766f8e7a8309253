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

  it('is for whoever holds the key', async () => {
    const stranger = await TestWallet.bind((await aPerson()).setupCode);
    expect((await read(await stranger.account('list'))).sessions).toEqual([]);
  });
});
