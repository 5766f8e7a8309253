// What a service shows of itself is shown to the person, from the edge and nowhere else, as it was when the authority looked.
import { exports } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { mostLogoBytes, readLogo } from '../../../worker/clients/logo.ts';
import { createOutbound } from '../../../worker/clients/outbound.ts';
import { pngOf } from '../../fuzz/png.ts';
import {
  aPerson,
  authorizeUrl,
  Browser,
  house,
  issuer,
  password,
  redirectUri,
  type TestPerson,
  TestWallet,
  withPassword,
  withSigningKey,
} from '../openid/world.ts';

const logo_uri = 'https://clinic.tawthiq-logo.com/logo.png';
const picture = pngOf(64, 64);
const username = 'logo.tests';
let person: TestPerson;
let wallet: TestWallet;
beforeAll(async () => {
  await withSigningKey();
  person = await aPerson();
  await withPassword(person, username);
  wallet = await TestWallet.bind(person.setupCode);
});
afterEach(() => vi.restoreAllMocks());

type Json = Record<string, unknown>;
async function call(method: string, path: string, body?: unknown, token = 'test-admin-token') {
  const response = await exports.default.fetch(issuer + path, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Json };
}
const metadata = { client_name: 'Clinic', redirect_uris: [redirectUri], logo_uri };
const client = (json: Json) => ({ id: String(json['clientId'] ?? json['client_id']), secret: '' });

/** Every address that the edge asks for, all of them answered by `body`. */
function serve(body: BodyInit | (() => Response)): string[] {
  const asked: string[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    asked.push(String(input));
    return typeof body === 'function' ? body() : new Response(body);
  });
  return asked;
}

const logoOn = (html: string) => /<img class="logo" src="(\/clients\/logos\/[\w-]{43})" alt=""/.exec(html)?.[1];

describe('a logo', () => {
  it('oidcc-registration-logo-uri: is fetched when the authority registers the client, shown on its pages and in the wallet, and asked for nowhere else', async () => {
    const asked = serve(picture);
    const made = await call('POST', '/v1/admin/clients', { metadata });
    expect([made.status, asked]).toEqual([201, [logo_uri]]);
    const browser = new Browser();
    const page = (await browser.go(await authorizeUrl(client(made.json)))).headers.get('location') ?? '';
    const src = logoOn(await (await browser.go(page)).text());
    expect(src).toBe(made.json['logo']);
    const file = await exports.default.fetch(issuer + src);
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(picture);
    expect(Object.fromEntries(file.headers)).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'public, max-age=31536000, immutable',
    });
    await browser.post(`${page}/number`, { number: person.number });
    expect((await wallet.requests()).map(({ client: asks }) => asks.logo)).toEqual([src]);
    await browser.post(`${page}/again`, {});
    await browser.post(`${page}/password`, { username, password });
    expect(logoOn(await (await browser.go(page)).text())).toBe(src);
    expect(asked).toEqual([logo_uri]);
  });

  it('of a client that registers itself is looked at with the review, and again with what it proposes', async () => {
    const asked = serve(picture);
    const token = await call('POST', '/v1/admin/tokens', { name: 'a service', scopes: ['clients:register'] });
    const made = await call('POST', '/register', metadata, String(token.json['token']));
    const { id } = client(made.json);
    expect(asked).toEqual([]);
    const yes = { decision: 'approve', withoutDomainProof: 'of this test' };
    const approved = await call('POST', `/v1/admin/clients/${id}/review`, yes);
    expect([approved.json['logo'], asked]).toEqual([expect.stringMatching(/^\/clients\/logos\//), [logo_uri]]);
    const next = { ...metadata, client_id: id, logo_uri: `${logo_uri}?2` };
    const own = String(made.json['registration_access_token']);
    expect((await call('PUT', `/register/${id}`, next, own)).json).toMatchObject({ tawthiq_review_pending: true });
    expect((await house().clients.find(id))?.metadata.logo_uri).toBe(logo_uri);
    serve(pngOf(32, 32));
    const again = await call('POST', `/v1/admin/clients/${id}/review`, yes);
    expect(again.json['logo']).not.toBe(approved.json['logo']);
    const without = { metadata: { ...metadata, logo_uri: undefined }, policy: {} };
    expect((await call('PUT', `/v1/admin/clients/${id}`, without)).json).toMatchObject({ logo: null });
  });

  it.each([
    ['logo_unreachable', () => new Response(null, { status: 302, headers: { Location: 'https://elsewhere.com/' } })],
    ['logo_unreachable', () => new Response('no', { status: 404 })],
    ['logo_unreachable', () => new Response(new Uint8Array(mostLogoBytes + 1))],
    ['logo_not_a_picture', () => new Response('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
    ['logo_not_a_picture', () => new Response(pngOf(64, 64, [['acTL', new Uint8Array(8)]]))],
    ['logo_of_wrong_size', () => new Response(pngOf(4000, 64))],
  ])(
    '%s: the client is registered all the same, the authority is told, and no picture is shown',
    async (reason, body) => {
      serve(body);
      const made = await call('POST', '/v1/admin/clients', { metadata });
      expect([made.status, made.json['logo'], made.json['logoRefused']]).toEqual([201, null, reason]);
      const browser = new Browser();
      const page = (await browser.go(await authorizeUrl(client(made.json)))).headers.get('location') ?? '';
      expect(await (await browser.go(page)).text()).not.toContain('class="logo"');
    },
  );

  it('that is a JPEG is one, and nothing inside is asked for', async () => {
    const jpeg = [0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 64, 0, 64, 1, 1, 0x11, 0, 0xff, 0xda, 0, 2, 0xff, 0xd9];
    expect(readLogo(Uint8Array.from(jpeg))).toEqual({ ok: true, value: 'image/jpeg' });
    const outbound = createOutbound(false, () => Promise.reject(new Error('went')));
    expect(await outbound.readBytes('https://10.0.0.1/logo.png', 10, 'image/png')).toBeUndefined();
  });

  it('that nobody has is not found, whatever the name', async () => {
    for (const name of ['x', 'A'.repeat(43), '..%2Fprivate%2Fdevice-trust'])
      expect((await exports.default.fetch(`${issuer}/clients/logos/${name}`)).status).toBe(404);
  });
});

describe('the policy and the terms of a service', () => {
  it('oidcc-registration-policy-uri, oidcc-registration-tos-uri: are on the page that asks for consent, in both languages, and nowhere before', async () => {
    const policy_uri = 'https://clinic.tawthiq-logo.com/policy?a=1&b=2';
    const tos_uri = 'https://clinic.tawthiq-logo.com/terms';
    const both = { ...metadata, logo_uri: undefined, policy_uri, tos_uri };
    const made = await call('POST', '/v1/admin/clients', { metadata: both });
    const browser = new Browser();
    const page = (await browser.go(await authorizeUrl(client(made.json)))).headers.get('location') ?? '';
    expect(await (await browser.go(page)).text()).not.toContain('class="links"');
    await browser.post(`${page}/password`, { username, password });
    for (const [lang, policy, terms] of [
      ['ar', 'سياسة الخصوصية', 'شروط الخدمة'],
      ['en', 'privacy policy', 'terms'],
    ]) {
      const html = await (await browser.go(`${page}?lang=${lang}`)).text();
      const links = [...html.matchAll(/<a href="([^"]*)" target="_blank" rel="noopener noreferrer">([^<]*)</g)];
      expect(links.map(([, href]) => href)).toEqual([policy_uri.replace('&', '&amp;'), tos_uri]);
      expect(links[0]?.[2]).toContain(policy);
      expect(links[1]?.[2]).toContain(terms);
    }
  });
});
