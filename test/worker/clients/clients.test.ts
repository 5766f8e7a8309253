import { env, exports } from 'cloudflare:workers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, ClientMetadata, ClientPolicy, sectorOf } from '../../../worker/clients/client.ts';
import { ClientCache } from '../../../worker/clients/client-cache.ts';
import { isSectorTrue, refusesProfile } from '../../../worker/clients/metadata-checks.ts';
import { matchesRedirectUri, refuseRedirectUri } from '../../../worker/clients/redirect-uri.ts';
import { withHosts } from '../../../worker/clients/self-register.ts';
import { house, withSigningKey } from '../openid/world.ts';

const admin = { Authorization: 'Bearer test-admin-token', 'Content-Type': 'application/json' };
const call = (method: string, path: string, body?: unknown) =>
  exports.default.fetch(`http://localhost:8787/v1/admin/clients${path}`, {
    method,
    headers: admin,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const metadata = { client_name: 'Clinic', redirect_uris: ['https://rp.example/callback'] };
const rsaKeys = { keys: [{ kty: 'RSA', n: `${'g'.repeat(341)}A`, e: 'AQAB', kid: 'a' }] };
const fapiKeys = {
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'x'.repeat(43), kid: 'a' }] },
};

describe('the authority and its relying parties', () => {
  it('registers one, shows its secret once, suspends it and gives a new secret', async () => {
    const made = await call('POST', '', { clientId: 'clinic', metadata, policy: { minLevel: 'substantial' } });
    expect(made.status).toBe(201);
    const { clientSecret } = (await made.json()) as { clientSecret: string };
    expect(clientSecret).toMatch(/^tws_[\w-]{43}$/);
    const read = await (await call('GET', '/clinic')).text();
    expect(read).not.toContain('tws_');
    expect(JSON.parse(read)).toMatchObject({
      state: 'active',
      policy: { minLevel: 'substantial', profile: 'default' },
    });
    const rotated = (await (await call('POST', '/clinic/secret', { overlapSeconds: 60 })).json()) as Record<
      string,
      unknown
    >;
    expect(rotated['clientSecret']).not.toBe(clientSecret);
    expect(rotated['secretsGoodUntil']).toHaveLength(2);
    expect(await (await call('POST', '/clinic/state', { state: 'suspended' })).json()).toMatchObject({
      state: 'suspended',
    });
    expect(await (await call('GET', '')).json()).toMatchObject({ clients: [{ clientId: 'clinic' }] });
  });

  it('changes one as a whole: its keys, addresses and level; the journal says which members, and nothing of what did not happen', async () => {
    const made = (await (await call('POST', '', { clientId: 'changing', metadata })).json()) as { policy: object };
    const next = {
      metadata: { ...metadata, redirect_uris: ['https://rp.example/next'] },
      policy: { ...made.policy, minLevel: 'substantial' },
    };
    const before = await house().clients.epoch();
    const changed = await call('PUT', '/changing', next);
    expect(changed.status).toBe(200);
    expect(await changed.json()).toMatchObject({
      metadata: { redirect_uris: ['https://rp.example/next'] },
      policy: { minLevel: 'substantial' },
    });
    expect(await house().clients.epoch()).toBe(before + 1);
    const journal = await exports.default.fetch('http://localhost:8787/v1/admin/journal?event=client.changed', {
      headers: admin,
    });
    expect(await journal.text()).toContain('metadata.redirect_uris policy.minLevel');
    expect((await call('PUT', '/nobody', next)).status).toBe(404);
    await call('POST', '/changing/state', { state: 'closed' });
    expect(await (await call('PUT', '/changing', next)).json()).toMatchObject({ reason: 'client_state_wrong' });
  });

  it('one that comes to a secret is shown it; one that leaves it has none that is good', async () => {
    const keys = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'x'.repeat(43), kid: 'a' }] };
    const keyed = { ...metadata, token_endpoint_auth_method: 'private_key_jwt', jwks: keys };
    await call('POST', '', { clientId: 'moving', metadata });
    const [to, back] = [await call('PUT', '/moving', { metadata: keyed }), await call('PUT', '/moving', { metadata })];
    expect(await to.json()).toMatchObject({ secretsGoodUntil: [] });
    expect(await back.json()).toMatchObject({ clientSecret: expect.stringMatching(/^tws_/), secretsGoodUntil: [null] });
    expect(await (await call('PUT', '/moving', { metadata })).json()).not.toHaveProperty('clientSecret');
  });

  it('a change that lost, and an id that was taken, leave no row and raise no epoch', async () => {
    const { clients, now } = house();
    await call('POST', '', { clientId: 'contested', metadata });
    const read = await clients.find('contested');
    if (!read) throw new Error('not kept');
    const entry = (event: 'client.changed' | 'client.registered') =>
      ({ at: now(), event, actor: 'system', object: 'contested' }) as const;
    const rows = async () => {
      const listed = await env.DIRECTORY.prepare("SELECT event FROM journal WHERE object = 'contested'").all();
      return [listed.results.length, await clients.epoch()];
    };
    expect(await clients.replace(read, { ...read, state: 'suspended' }, entry('client.changed'))).toBe(true);
    const after = await rows();
    expect(await clients.replace(read, { ...read, state: 'closed' }, entry('client.changed'))).toBe(false);
    expect(await clients.add(read, entry('client.registered'))).toBe(false);
    expect(await rows()).toEqual(after);
  });

  it('says no with a reason', async () => {
    await call('POST', '', { clientId: 'twice', metadata });
    expect(await (await call('POST', '', { clientId: 'twice', metadata })).json()).toMatchObject({
      status: 409,
      reason: 'client_exists',
    });
    expect(await (await call('GET', '/nobody')).json()).toMatchObject({ status: 404, reason: 'client_unknown' });
    await call('POST', '', { clientId: 'public', metadata: { ...metadata, token_endpoint_auth_method: 'none' } });
    expect(await (await call('POST', '/public/secret', {})).json()).toMatchObject({ reason: 'client_has_no_secret' });
    const wrong = await call('POST', '', {
      metadata: { ...metadata, redirect_uris: ['http://rp.example/#x'], surprise: 1 },
    });
    expect(wrong.status).toBe(422);
    expect(JSON.stringify(await wrong.json())).toContain('surprise');
    expect((await exports.default.fetch('http://localhost:8787/v1/admin/clients')).status).toBe(401);
  });

  it.each([
    ['keys for private_key_jwt', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['no private key', { jwks: { keys: [{ kty: 'EC', d: 'x' }] } }],
    ['a redirect URI for the code flow', { redirect_uris: [] }],
    [
      'no client_credentials for a public client',
      { token_endpoint_auth_method: 'none', grant_types: ['client_credentials'] },
    ],
    ['a sector for two hosts', { redirect_uris: ['https://a.example/', 'https://b.example/'] }],
    [
      'a sector for two hosts, whatever their ports',
      { redirect_uris: ['https://a.example:8443/', 'https://b.example:8443/'] },
    ],
    ['no plain http', { logo_uri: 'http://rp.example/logo.png' }],
  ])('metadata must have %s', (_what, changed) => {
    expect(ClientMetadata.safeParse({ ...metadata, ...changed }).success).toBe(false);
  });
});

describe('the profile fapi2', () => {
  beforeAll(async () => {
    await withSigningKey();
    await house().keyRing.create('id_token', 'system', 'RS256');
  });

  it.each([
    ['token_endpoint_auth_method', {}],
    ['token_endpoint_auth_method', { token_endpoint_auth_method: 'none' }],
    ['token_endpoint_auth_signing_alg', { ...fapiKeys, jwks: rsaKeys, token_endpoint_auth_signing_alg: 'RS256' }],
    ['id_token_signed_response_alg', { ...fapiKeys, id_token_signed_response_alg: 'RS256' }],
    ['userinfo_signed_response_alg', { ...fapiKeys, userinfo_signed_response_alg: 'RS256' }],
    ['request_object_signing_alg', { ...fapiKeys, request_object_signing_alg: 'RS256' }],
    ['redirect_uris', { ...fapiKeys, redirect_uris: ['http://localhost:3000/callback'] }],
  ])('the profile fapi2 has no room for this %s', async (member, changed) => {
    const unfit = { metadata: { ...metadata, ...changed }, policy: { profile: 'fapi2' } };
    const refused = await call('POST', '', unfit);
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { reason: 'profile_unfit', detail: expect.stringContaining(member) },
    ]);
    const id = `was-default-${member}-${Object.keys(changed).length}`;
    await call('POST', '', { clientId: id, metadata: { ...metadata, ...changed } });
    expect(await (await call('PUT', `/${id}`, unfit)).json()).toMatchObject({ reason: 'profile_unfit' });
  });

  it('takes redirect URIs with https, and plain http for a native application on its own device alone (FAPI 2.0 §5.3.2.2)', () => {
    const refusal = (application_type: 'web' | 'native', uri: string) =>
      refusesProfile(ClientMetadata.parse({ ...metadata, ...fapiKeys, application_type, redirect_uris: [uri] }), {
        profile: 'fapi2',
      });
    expect(refusal('web', 'https://rp.example/cb')).toBeUndefined();
    for (const uri of ['https://rp.example/cb', 'http://127.0.0.1/cb', 'http://[::1]/cb', 'http://localhost/cb'])
      expect(refusal('native', uri)).toBeUndefined();
    for (const uri of ['http://127.0.0.1/cb', 'http://[::1]/cb', 'http://localhost/cb'])
      expect(refusal('web', uri)).toContain('redirect_uris: must be https');
    expect(refusal('native', 'com.example.app:/cb')).toContain('redirect_uris');
  });

  it('stops a client that was registered before a rule was there; it goes on when it fits', async () => {
    const { clients, now } = house();
    const fits = { metadata: { ...metadata, ...fapiKeys }, policy: { profile: 'fapi2' } };
    await call('POST', '', { clientId: 'of-before', ...fits });
    const read = await clients.find('of-before');
    if (!read) throw new Error('not kept');
    const broken = { ...read, metadata: { ...read.metadata, redirect_uris: ['http://localhost/cb'] } };
    await clients.replace(read, broken, { at: now(), event: 'client.changed', actor: 'system', object: 'of-before' });
    const move = async (state: string) => (await call('POST', '/of-before/state', { state })).json();
    expect(await move('suspended')).toMatchObject({ state: 'suspended' });
    expect(await move('active')).toMatchObject({ reason: 'profile_unfit' });
    expect((await call('PUT', '/of-before', fits)).status).toBe(200);
    expect(await move('active')).toMatchObject({ state: 'active' });
  });
});

describe('what people read of a service', () => {
  const unseen = { ar: 'دخول', en: 'Log in \u202e' };
  it.each([
    ['client_name', { metadata: { client_name: '\u200b' } }],
    ['loginPurpose', { policy: { loginPurpose: unseen } }],
    ['purposes.name', { policy: { purposes: { name: unseen } } }],
    ['facade.services.Login', { policy: { facade: { services: { Login: unseen } } } }],
  ])('%s is text that shows as it is written, or the authority is told', async (member, changed) => {
    const wanted = { metadata: { ...metadata, ...('metadata' in changed ? changed.metadata : {}) }, policy: {} };
    const refused = await call('POST', '', { ...wanted, ...('policy' in changed ? changed : {}) });
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { reason: 'text_not_plain', detail: expect.stringContaining(member) },
    ]);
  });

  it('may be Persian with its joints, and Latin with accents', async () => {
    const names = { client_name: 'Café 24', 'client_name#ar': 'می\u200cروم' };
    expect((await call('POST', '', { metadata: { ...metadata, ...names } })).status).toBe(201);
  });
});

describe('a sector', () => {
  it('is a host, not its port: two ports of one host are one sector and need no document', () => {
    const redirect_uris = ['https://a.example/', 'https://a.example:8443/cb'];
    const parsed = ClientMetadata.parse({ ...metadata, redirect_uris });
    expect(sectorOf(parsed)).toBe('a.example');
    expect(sectorOf({ ...parsed, redirect_uris: ['https://a.example:8443/cb'] })).toBe('a.example');
    expect(sectorOf({ ...parsed, sector_identifier_uri: 'https://s.example:8443/list' })).toBe('s.example');
  });

  it('is nobody’s by a private scheme or this machine’s address, which anybody may register: such a client is a sector of its own', () => {
    const native = ClientMetadata.parse({ ...metadata, application_type: 'native' });
    for (const uri of ['com.example.app:/cb', 'http://127.0.0.1/cb', 'http://localhost:3000/cb'])
      expect(sectorOf({ ...native, redirect_uris: [uri] })).toBe('');
  });

  it('without redirect URIs is the host of jwks_uri, which then must be proven, and listed by a sector’s document', async () => {
    const parse = (more: object) =>
      ClientMetadata.parse({ client_name: 'x', grant_types: ['urn:openid:params:grant-type:ciba'], ...more });
    const jwks_uri = 'https://victim.example/jwks';
    const sector_identifier_uri = 'https://victim.example/list';
    const byKeys = parse({ jwks_uri });
    expect(sectorOf(byKeys)).toBe('victim.example');
    expect(withHosts([], byKeys)).toEqual([{ host: 'victim.example', provenAt: null }]);
    const bySector = parse({ sector_identifier_uri, redirect_uris: ['https://mine.example/cb'] });
    expect(withHosts([], bySector).map(({ host }) => host)).toEqual(['mine.example', 'victim.example']);
    const says = (listed: unknown) => ({ read: async () => listed });
    expect(await isSectorTrue(says([]), parse({ sector_identifier_uri }))).toBe(false);
    expect(await isSectorTrue(says(['https://victim.example/cb']), parse({ sector_identifier_uri, jwks_uri }))).toBe(
      false,
    );
    expect(await isSectorTrue(says([jwks_uri]), parse({ sector_identifier_uri, jwks_uri }))).toBe(true);
  });
});

describe('redirect URIs', () => {
  it.each([
    ['https://rp.example/callback', false, undefined],
    ['https://rp.example', false, undefined],
    ['http://localhost:3000/cb', false, undefined],
    ['com.example.app:/cb', true, undefined],
    ['com.example.app:/cb', false, 'redirect_uri_scheme'],
    ['javascript:alert(1)', true, 'redirect_uri_scheme'],
    ['data:text/html,x', true, 'redirect_uri_scheme'],
    ['http://rp.example/cb', false, 'redirect_uri_insecure'],
    ['https://rp.example/cb#x', false, 'redirect_uri_fragment'],
    ['https://a:b@rp.example/cb', false, 'redirect_uri_userinfo'],
    ['https://rp.example/a/../cb', false, 'redirect_uri_not_canonical'],
    ['https://RP.example/cb', false, 'redirect_uri_not_canonical'],
    ['https://rp.example:443/cb', false, 'redirect_uri_not_canonical'],
    ['https://مثال.example/cb', false, 'redirect_uri_malformed'],
    ['https://rp.example\\@evil.example/', false, 'redirect_uri_malformed'],
    ['/relative', false, 'redirect_uri_malformed'],
  ])('%s (native: %s): %s', (uri, native, reason) => {
    expect(refuseRedirectUri(uri, native)).toBe(reason);
  });

  it('only the very same text matches; a native loopback address may change its port', () => {
    fc.assert(
      fc.property(fc.webUrl(), fc.webUrl(), (a, b) => matchesRedirectUri(a, b, false) === (a === b)),
      { numRuns: 500 },
    );
    expect(matchesRedirectUri('http://127.0.0.1:51004/cb', 'http://127.0.0.1/cb', true)).toBe(true);
    expect(matchesRedirectUri('http://127.0.0.1:51004/cb', 'http://127.0.0.1/cb', false)).toBe(false);
    expect(matchesRedirectUri('http://127.0.0.1:51004/other', 'http://127.0.0.1/cb', true)).toBe(false);
    expect(matchesRedirectUri('http://127.0.0.1.evil.example/cb', 'http://127.0.0.1/cb', true)).toBe(false);
    expect(matchesRedirectUri('http://127.0.0.1:80@evil.example/cb', 'http://127.0.0.1/cb', true)).toBe(false);
    expect(matchesRedirectUri('http://localhost.evil.example/cb', 'http://localhost/cb', true)).toBe(false);
    expect(matchesRedirectUri('http://localhost:80@evil.example/cb', 'http://localhost/cb', true)).toBe(false);
  });
});

describe("the isolate's memory of clients", () => {
  const client = {
    id: 'c',
    metadata: ClientMetadata.parse(metadata),
    policy: ClientPolicy.parse({}),
    state: 'active',
    secrets: [],
    createdAt: 0,
  } as const;

  function setting() {
    const state = { nowMs: 0, epoch: 1, current: client as Client, reads: 0, epochReads: 0 };
    const clients = {
      find: async () => {
        state.reads++;
        return state.current;
      },
      epoch: async () => {
        state.epochReads++;
        return state.epoch;
      },
    };
    const pending: Promise<unknown>[] = [];
    const cache = new ClientCache(clients, () => state.nowMs);
    const find = () => cache.find('c', (work) => pending.push(work));
    return { state, find, settle: () => Promise.all(pending) };
  }

  it('reads a client once in thirty seconds, and the epoch once in a few', async () => {
    const { state, find, settle } = setting();
    for (state.nowMs = 0; state.nowMs < 29_000; state.nowMs += 100) {
      await find();
      await settle();
    }
    expect(state.reads).toBe(1);
    expect(state.epochReads).toBeLessThan(12);
  });

  it('a suspension is known within five seconds, however busy the isolate is', async () => {
    const { state, find, settle } = setting();
    await find();
    state.current = { ...client, state: 'suspended' };
    state.epoch = 2;
    for (state.nowMs = 0; state.nowMs <= 5_000; state.nowMs += 50) {
      await find();
      await settle();
    }
    expect((await find())?.state).toBe('suspended');
  });

  it('asks for nothing that cannot be a client id', async () => {
    const cache = new ClientCache({ find: () => Promise.reject(new Error('asked')), epoch: async () => 1 }, () => 0);
    for (const id of ['', ' ', 'a/b', 'x'.repeat(65), '\u0000']) expect(await cache.find(id, () => {})).toBeUndefined();
  });
});
