// What the authority changes of a client while a login of it is under way, and what a client may not have: of a person that said less, and
// without a person.
import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { identityConfiguration } from '../../../worker/issuer/openid4vci/configuration.ts';
import { askUntilOther } from '../heard.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  challengeOf,
  claimsIn,
  exchange,
  house,
  issuer,
  logIn,
  password,
  redirectUri,
  type TestClient,
  verifier,
  withPassword,
  withSigningKey,
} from './world.ts';

const username = 'changed.meanwhile';
const [kept, removed] = [redirectUri, 'https://rp.example/taken-over'];

beforeAll(async () => {
  await withSigningKey();
  await withPassword(await aPerson(), username);
});

/** As the authority does it, and every isolate has heard of it. */
async function withoutRemoved({ id }: TestClient): Promise<void> {
  const { clients, clientCache, now } = house();
  const before = await clients.find(id);
  if (!before) throw new Error('no client');
  const urisOf = async () => (await clientCache.find(id, () => {}))?.metadata.redirect_uris.join(' ');
  const known = await urisOf();
  const after = { ...before, metadata: { ...before.metadata, redirect_uris: [kept] } };
  await clients.replace(before, after, { at: now(), event: 'client.changed', actor: 'system', object: id });
  expect(await askUntilOther(urisOf, known)).toBe(kept);
}
const aMovedClient = () => aClient({ redirect_uris: [kept, removed] });

describe('a redirect URI that the authority takes from a client', () => {
  it('gets no code of a login that was begun before', async () => {
    const client = await aMovedClient();
    const [browser, other] = [new Browser(), new Browser()];
    const page =
      (await browser.go(await authorizeUrl(client, { redirect_uri: removed }))).headers.get('location') ?? '';
    const stays = (await other.go(await authorizeUrl(client))).headers.get('location') ?? '';
    await withoutRemoved(client);
    const answer = await browser.post(`${page}/password`, { username, password });
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    expect(await answer.text()).toContain('login_ended');
    // Nor does a way out lead there.
    expect((await browser.post(`${page}/cancel`, {})).headers.get('location')).toBeNull();
    expect((await other.post(`${stays}/password`, { username, password })).status).toBe(303);
  });

  it('gets none of a request that was pushed before, even where a session answers', async () => {
    const client = await aMovedClient();
    const browser = new Browser();
    await logIn(browser, client, username, { redirect_uri: removed });
    const push = async (to: string) => {
      const answer = await exports.default.fetch(`${issuer}/par`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded',
          Authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}`,
        },
        body: new URLSearchParams({
          redirect_uri: to,
          response_type: 'code',
          scope: 'openid',
          code_challenge: await challengeOf(verifier),
          code_challenge_method: 'S256',
        }).toString(),
      });
      const { request_uri } = (await answer.json()) as { request_uri: string };
      return `/authorize?${new URLSearchParams({ client_id: client.id, request_uri })}`;
    };
    const [gone, stays] = [await push(removed), await push(kept)];
    await withoutRemoved(client);
    const answer = await browser.go(gone);
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    expect(await answer.text()).toContain('redirect_uri_not_registered');
    expect((await browser.go(stays)).headers.get('location')).toContain(`${kept}?code=`);
  });
});

describe('a code', () => {
  it('is not used up by asking for a credential that the person was not asked about', async () => {
    const client = await aClient();
    const code = (await logIn(new Browser(), client, username)).searchParams.get('code') ?? '';
    const more = [{ type: 'openid_credential', credential_configuration_id: identityConfiguration.id }];
    const refused = await exchange(client, { code, authorization_details: JSON.stringify(more) });
    expect(await refused.json()).toMatchObject({ error: 'invalid_authorization_details' });
    expect((await exchange(client, { code })).status).toBe(200);
  });
});

describe('a client without a person', () => {
  it('has no scope of people, whatever it registered or asks', async () => {
    const client = await aClient({
      grant_types: ['client_credentials'],
      redirect_uris: [],
      scope: 'reports openid profile offline_access',
    });
    for (const scope of [undefined, 'openid reports profile']) {
      const answer = await exchange(client, { grant_type: 'client_credentials', ...(scope ? { scope } : {}) });
      const { access_token, scope: given } = (await answer.json()) as Record<string, string>;
      expect([given, claimsIn(access_token ?? '')['scope']]).toEqual(['reports', 'reports']);
    }
  });
});
