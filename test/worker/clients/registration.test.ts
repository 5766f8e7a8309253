// Dynamic registration and what comes after it. Names of the conformance suite's modules (OIDCC Dynamic) stand where they apply; those that
// do not: oidcc-idtoken-unsigned and oidcc-request-uri-* (unsigned tokens are never made, request_uri is taken from PAR only).
import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { ClientCache } from '../../../worker/clients/client-cache.ts';
import { createOutbound } from '../../../worker/clients/outbound.ts';
import { proofPath, proveDomains } from '../../../worker/clients/self-register.ts';
import { aPerson, house, issuer, withSigningKey } from '../openid/world.ts';

const admin = 'test-admin-token';
const ciba = 'urn:openid:params:grant-type:ciba';
type Json = Record<string, unknown>;

async function call(method: string, path: string, token: string, body?: unknown) {
  const response = await exports.default.fetch(issuer + path, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: (text ? JSON.parse(text) : {}) as Json };
}

async function initialToken(scope: string): Promise<string> {
  const made = await call('POST', '/v1/admin/tokens', admin, { name: 'a service', scopes: [scope] });
  return String(made.json['token']);
}

let reviewed: string;
let immediate: string;
beforeAll(async () => {
  await withSigningKey();
  await aPerson();
  reviewed = await initialToken('clients:register');
  immediate = await initialToken('clients:register-active');
});

const metadata = { client_name: 'Clinic', redirect_uris: ['https://clinic.example.org/callback'] };
const register = (changed: Json = {}, token = immediate) =>
  call('POST', '/register', token, { ...metadata, ...changed });
const selfOf = (made: { json: Json }) => ({
  path: new URL(String(made.json['registration_client_uri'])).pathname,
  token: String(made.json['registration_access_token']),
  id: String(made.json['client_id']),
});

describe('dynamic registration', () => {
  it('oidcc-discovery-endpoint-verification: the metadata name the registration endpoint; of the response types that the Dynamic list wants, code alone', async () => {
    const metadata = (await (await exports.default.fetch(`${issuer}/.well-known/openid-configuration`)).json()) as Json;
    expect(metadata['registration_endpoint']).toBe(`${issuer}/register`);
    // OpenID Connect Discovery §3 would have id_token and token beside it; RFC 9700 §2.1.2 takes the implicit flow away.
    expect(metadata['response_types_supported']).toEqual(['code']);
  });

  it('oidcc-server: a client registers itself, learns its secret once, and may ask for codes', async () => {
    const made = await register();
    expect(made.status).toBe(201);
    expect(made.headers.get('cache-control')).toBe('no-store');
    expect(made.json).toMatchObject({ ...metadata, client_secret_expires_at: 0, tawthiq_state: 'active' });
    const { path, token, id } = selfOf(made);
    const read = await call('GET', path, token);
    expect(read.json).toMatchObject({ client_id: id, client_name: 'Clinic' });
    expect(JSON.stringify(read.json)).not.toContain('tws_');
    const asked = new URLSearchParams({
      client_id: id,
      redirect_uri: metadata.redirect_uris[0] ?? '',
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    const begun = await exports.default.fetch(`${issuer}/authorize?${asked}`, { redirect: 'manual' });
    expect(begun.headers.get('location')).toMatch(/^\/login\//);
  });

  it.each([
    [
      'oidcc-registration-jwks-uri',
      { jwks_uri: 'https://clinic.example.org/jwks', token_endpoint_auth_method: 'private_key_jwt' },
    ],
    ['oidcc-redirect-uri-query-OK', { redirect_uris: ['https://clinic.example.org/callback?a=b'] }],
  ])('%s: it is kept as it was sent', async (_module, changed) => {
    const made = await register(changed);
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject(changed);
  });

  it.each([
    ['oidcc-redirect-uri-regfrag', { redirect_uris: ['https://clinic.example.org/#x'] }, 'invalid_redirect_uri'],
    ['a redirect URI without TLS', { redirect_uris: ['http://clinic.example.org/'] }, 'invalid_redirect_uri'],
    ['no redirect URI', { redirect_uris: [] }, 'invalid_redirect_uri'],
    ['oidcc-idtoken-unsigned', { id_token_signed_response_alg: 'none' }, 'invalid_client_metadata'],
    ['an algorithm without a key', { id_token_signed_response_alg: 'EdDSA' }, 'invalid_client_metadata'],
    [
      'oidcc-registration-sector-bad',
      { sector_identifier_uri: 'https://sector.example/none' },
      'invalid_client_metadata',
    ],
    ['public subjects', { subject_type: 'public' }, 'invalid_client_metadata'],
    ['a redirect URI for many hosts', { redirect_uris: ['https://*.clinic.example.org/'] }, 'invalid_redirect_uri'],
    ['criteria that are none', { tawthiq_verification_criteria: { minimum_acr: 'gold' } }, 'invalid_client_metadata'],
  ])('%s is refused with %j', async (_module, changed, error) => {
    const refused = await register(changed);
    expect(refused.status).toBe(400);
    expect(refused.json['error']).toBe(error);
    expect(String(refused.json['error_description']).length).toBeGreaterThan(10);
  });

  it.each([
    ['redirect_uri_scheme', 'clinic://callback', 'com.example.app:/callback'],
    ['redirect_uri_insecure', 'http://192.168.1.5:3000/callback', 'https'],
    ['redirect_uri_not_canonical', 'https://CLINIC.example.org/callback', 'lower case'],
    ['redirect_uri_fragment', 'https://clinic.example.org/#x', 'fragment'],
    ['redirect_uri_userinfo', 'https://me@clinic.example.org/', 'user name'],
    ['redirect_uri_malformed', '/callback', 'absolute'],
  ])('%s is said in words too: %s', async (reason, uri, words) => {
    const refused = await register({ application_type: 'native', redirect_uris: [uri] });
    expect([refused.status, refused.json['error']]).toEqual([400, 'invalid_redirect_uri']);
    const said = String(refused.json['error_description']);
    expect(said).toMatch(/^redirect_uris\.0: must /);
    expect(said).toContain(words);
    expect(said).toContain(`(${reason})`);
  });

  // The texts stay out of the tests' names: a terminal would show them.
  it.each([
    ['a name of nothing', { client_name: '  ' }],
    ['a name that nobody sees', { 'client_name#en': '\u200b\u2060' }],
    ['a name that turns around', { client_name: 'Clinic \u202egro.knab' }],
    ['a name of two lines', { 'client_name#ar': 'عيادة\nمعتمدة' }],
    ['a name with half a letter', { client_name: 'Clinic\ud800' }],
    ['a purpose of nothing', { tawthiq_verification_criteria: { login: { purpose_ar: 'دخول', purpose_en: ' ' } } }],
    [
      'a purpose that turns around',
      { tawthiq_verification_criteria: { claims: { name: { purpose_ar: '\u202eا', purpose_en: 'x' } } } },
    ],
  ])('%s is refused', async (_what, changed) => {
    const refused = await register(changed);
    expect([refused.status, refused.json['error']]).toEqual([400, 'invalid_client_metadata']);
    expect(refused.json['error_description']).toMatch(/^(client_name|loginPurpose|purposes)[\w.#]*: must be /);
  });

  it('members that nobody knows are left out, not refused', async () => {
    const made = await register({ favourite_colour: 'green' });
    expect(made.status).toBe(201);
    expect(made.json).not.toHaveProperty('favourite_colour');
  });

  it('only an initial access token opens the door: none, a wrong one, another scope and the bootstrap token do not', async () => {
    const other = await initialToken('journal:read');
    for (const token of ['x'.repeat(40), other, admin]) expect((await register({}, token)).status).toBe(401);
    const none = await exports.default.fetch(`${issuer}/register`, { method: 'POST' });
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="register"']);
    expect((await call('POST', '/register', immediate, 'no object')).json['error']).toBe('invalid_request');
  });
});

describe('registration management', () => {
  it('a client changes itself with its own token and with no other; afterwards it is as it says', async () => {
    const [mine, theirs] = [selfOf(await register()), selfOf(await register())];
    const changed = { ...metadata, client_id: mine.id, client_name: 'Clinic of the quarter' };
    expect((await call('PUT', mine.path, theirs.token, changed)).status).toBe(401);
    expect((await call('PUT', mine.path, mine.token, { ...changed, client_id: theirs.id })).status).toBe(400);
    expect((await call('PUT', mine.path, mine.token, changed)).json).toMatchObject({
      client_name: 'Clinic of the quarter',
    });
    expect((await call('GET', mine.path, mine.token)).json).toMatchObject({ client_name: 'Clinic of the quarter' });
    expect((await call('GET', '/register/nobody', mine.token)).status).toBe(401);
  });

  it('how it authenticates cannot be changed by itself', async () => {
    const mine = selfOf(await register());
    const changed = { ...metadata, client_id: mine.id, token_endpoint_auth_method: 'none' };
    expect((await call('PUT', mine.path, mine.token, changed)).status).toBe(400);
  });

  it('a client gets itself a new secret, and the one before stays good as long as it says', async () => {
    const made = await register();
    const mine = selfOf(made);
    const works = async (secret: unknown) => {
      const answer = await exports.default.fetch(`${issuer}/introspect`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded',
          Authorization: `Basic ${btoa(`${mine.id}:${String(secret)}`)}`,
        },
        body: 'token=x',
      });
      return answer.status;
    };
    const first = await call('POST', `${mine.path}/secret`, mine.token);
    expect([first.status, first.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const second = await call('POST', `${mine.path}/secret`, mine.token, { overlap_seconds: 0 });
    expect(second.json['client_secret']).not.toBe(first.json['client_secret']);
    expect(await works(second.json['client_secret'])).toBe(200);
    expect(await works(made.json['client_secret'])).toBe(401);
    expect((await call('POST', `${mine.path}/secret`, mine.token, { overlap_seconds: -1 })).status).toBe(400);
    expect((await call('POST', `${mine.path}/secret`, 'twr_'.padEnd(47, 'x'))).status).toBe(401);
    const open = selfOf(await register({ token_endpoint_auth_method: 'none' }));
    expect((await call('POST', `${open.path}/secret`, open.token)).json).toEqual({ error: 'client_has_no_secret' });
  });

  it('a client gets itself a new registration access token; the one before is nothing from then on', async () => {
    const mine = selfOf(await register());
    const made = await call('POST', `${mine.path}/token`, mine.token);
    expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const fresh = String(made.json['registration_access_token']);
    expect(fresh).toMatch(/^twr_[\w-]{43}$/);
    expect((await call('GET', mine.path, mine.token)).status).toBe(401);
    expect((await call('POST', `${mine.path}/token`, mine.token)).status).toBe(401);
    // RFC 7592 §3: what the client manages itself with is in every answer about it.
    const about = { client_id: mine.id, registration_access_token: fresh };
    expect((await call('GET', mine.path, fresh)).json).toMatchObject(about);
    const changed = { ...metadata, client_id: mine.id, client_name: 'Clinic of the night' };
    expect((await call('PUT', mine.path, fresh, changed)).json).toMatchObject({
      ...about,
      client_name: changed.client_name,
    });
  });

  it('of two that renew it at once one has the token that counts', async () => {
    const mine = selfOf(await register());
    const made = await Promise.all([0, 1, 2].map(() => call('POST', `${mine.path}/token`, mine.token)));
    const given = made
      .filter(({ status }) => status === 201)
      .map(({ json }) => String(json['registration_access_token']));
    expect(given).toHaveLength(1);
    expect((await call('GET', mine.path, given[0] ?? '')).status).toBe(200);
  });

  it('where a thief was first, the authority takes it from both and gives a new one; the journal says so, and no token', async () => {
    const mine = selfOf(await register());
    const thiefs = String((await call('POST', `${mine.path}/token`, mine.token)).json['registration_access_token']);
    const given = await call('POST', `/v1/admin/clients/${mine.id}/registration-token`, admin);
    expect(given.status).toBe(201);
    const token = String(given.json['registrationAccessToken']);
    expect((await call('GET', mine.path, thiefs)).status).toBe(401);
    expect((await call('GET', mine.path, token)).status).toBe(200);
    const journal = JSON.stringify((await call('GET', '/v1/admin/journal?event=client.changed', admin)).json);
    expect(journal).toContain('registration_access_token');
    expect(journal).not.toContain('twr_');
    await call('POST', '/v1/admin/clients', admin, { clientId: 'by-authority', metadata });
    expect((await call('POST', '/v1/admin/clients/by-authority/registration-token', admin)).json).toMatchObject({
      status: 409,
      reason: 'client_not_registered_itself',
    });
  });

  it('a client that deletes itself is gone: its token, its secret, its codes', async () => {
    const mine = selfOf(await register());
    expect((await call('DELETE', mine.path, mine.token)).status).toBe(204);
    expect((await call('GET', mine.path, mine.token)).status).toBe(401);
    expect((await call('POST', `/v1/admin/clients/${mine.id}/state`, admin, { state: 'active' })).json).toMatchObject({
      reason: 'client_state_wrong',
    });
  });
});

describe('review by the authority', () => {
  it('a reviewed client waits; it becomes active when its domain is proven and the authority says so', async () => {
    const made = await register({}, reviewed);
    const mine = selfOf(made);
    expect(made.json).toMatchObject({ tawthiq_state: 'pending', tawthiq_review_pending: true });
    const token = await exports.default.fetch(`${issuer}/token`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Authorization: `Basic ${btoa(`${mine.id}:${made.json['client_secret']}`)}`,
      },
      body: 'grant_type=authorization_code&code=x',
    });
    expect(token.status).toBe(401);
    const approve = (body: Json) => call('POST', `/v1/admin/clients/${mine.id}/review`, admin, body);
    expect((await call('POST', `/v1/admin/clients/${mine.id}/state`, admin, { state: 'active' })).status).toBe(409);
    expect((await approve({ decision: 'approve' })).json).toMatchObject({ reason: 'domain_not_proven' });

    const client = await house().clients.find(mine.id);
    if (!client?.registration) throw new Error('not kept');
    const asked: string[] = [];
    const outbound = {
      readText: async (url: string) => {
        asked.push(url);
        return `# ours\n${client.registration?.proof}\n`;
      },
    };
    const { now, random } = house();
    const setting = { now: now(), random, actor: `client:${mine.id}` } as const;
    const proved = await proveDomains(
      house().clients,
      outbound,
      { ...client, registration: client.registration },
      setting,
    );
    expect(asked).toEqual([`https://clinic.example.org${proofPath}`]);
    expect(proved.ok && proved.value.registration?.hosts[0]?.provenAt).toBe(setting.now);
    // Not again at once.
    expect((await call('POST', `${mine.path}/domains`, mine.token)).status).toBe(429);
    expect((await approve({ decision: 'approve' })).json).toMatchObject({ state: 'active' });
    expect((await approve({ decision: 'approve' })).json).toMatchObject({ reason: 'nothing_to_review' });
  });

  it('an update that shows a secret shows its own (RFC 7592 §2.2)', async () => {
    const made = await register();
    const { path, token } = selfOf(made);
    const put = async (client_secret: unknown) => {
      const read = (await call('GET', path, token)).json;
      return (await call('PUT', path, token, { ...read, client_secret })).status;
    };
    expect([await put('a guess'), await put(5), await put(null)]).toEqual([400, 400, 400]);
    expect([await put(made.json['client_secret']), await put(undefined)]).toEqual([200, 200]);
  });

  it('a file that says something else proves nothing', async () => {
    const mine = selfOf(await register({}, reviewed));
    const client = await house().clients.find(mine.id);
    if (!client?.registration) throw new Error('not kept');
    const { now, random } = house();
    const setting = { now: now(), random, actor: 'system' } as const;
    const outbound = { readText: async () => `x${client.registration?.proof}` };
    const looked = await proveDomains(
      house().clients,
      outbound,
      { ...client, registration: client.registration },
      setting,
    );
    expect(looked.ok && looked.value.registration?.hosts).toEqual([{ host: 'clinic.example.org', provenAt: null }]);
  });

  it('a client without redirect URIs that would share a service’s subjects must prove that service’s host', async () => {
    const sharing = { redirect_uris: [], grant_types: [ciba], jwks_uri: 'https://victim.example.org/jwks' };
    const mine = selfOf(await register(sharing, reviewed));
    const approved = await call('POST', `/v1/admin/clients/${mine.id}/review`, admin, { decision: 'approve' });
    expect(approved.json).toMatchObject({ reason: 'domain_not_proven' });
    const listed = { ...sharing, sector_identifier_uri: 'https://victim.example.org/list', jwks_uri: undefined };
    expect((await register(listed, reviewed)).json).toMatchObject({ error: 'invalid_client_metadata' });
  });

  it('an unproven domain needs a reason that the journal keeps; a rejected client is closed', async () => {
    const mine = selfOf(await register({}, reviewed));
    const why = { decision: 'approve', withoutDomainProof: 'contract 17 of the ministry' };
    expect((await call('POST', `/v1/admin/clients/${mine.id}/review`, admin, why)).json).toMatchObject({
      state: 'active',
    });
    const journal = JSON.stringify((await call('GET', '/v1/admin/journal?event=client.reviewed', admin)).json);
    expect(journal).toContain('contract 17 of the ministry');
    const other = selfOf(await register({}, reviewed));
    const no = { decision: 'reject', why: 'not a service of this country' };
    expect((await call('POST', `/v1/admin/clients/${other.id}/review`, admin, no)).json).toMatchObject({
      state: 'closed',
    });
  });

  it('oidcc-refresh-token-rp-key-rotation: an active client changes its keys at once, and the rest waits', async () => {
    const key = (x: string) => ({ kty: 'OKP', crv: 'Ed25519', x: x.repeat(43), kid: x });
    const made = await register({ jwks: { keys: [key('a')] } }, reviewed);
    const mine = selfOf(made);
    const why = { decision: 'approve', withoutDomainProof: 'of this test' };
    await call('POST', `/v1/admin/clients/${mine.id}/review`, admin, why);
    const wanted = {
      ...metadata,
      client_id: mine.id,
      jwks: { keys: [key('a'), key('b')] },
      redirect_uris: ['https://clinic.example.org/callback', 'https://clinic.example.org/second'],
    };
    const changed = await call('PUT', mine.path, mine.token, wanted);
    expect(changed.json).toMatchObject({
      jwks: { keys: [{ kid: 'a' }, { kid: 'b' }] },
      redirect_uris: metadata.redirect_uris,
      tawthiq_state: 'active',
      tawthiq_review_pending: true,
    });
    const approved = await call('POST', `/v1/admin/clients/${mine.id}/review`, admin, why);
    expect(approved.json).toMatchObject({ metadata: { redirect_uris: wanted.redirect_uris }, proposed: null });
  });
});

describe('the authority puts one that registered itself into the profile fapi2', () => {
  it('and is told at the review when its redirect URI is plain http', async () => {
    const keyed = {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'a'.repeat(43), kid: 'a' }] },
      redirect_uris: ['http://localhost:3000/callback'],
    };
    const mine = selfOf(await register(keyed, reviewed));
    const policy = { profile: 'fapi2' };
    const decided = { decision: 'approve', policy, withoutDomainProof: 'of this test' };
    const refused = await call('POST', `/v1/admin/clients/${mine.id}/review`, admin, decided);
    expect(refused).toMatchObject({ status: 422, json: { reason: 'profile_unfit' } });
    expect(String(refused.json['detail'])).toContain('redirect_uris: must be https');
  });
});

describe('verification criteria', () => {
  it('are what the relying party needs, become its policy, and cannot give it more', async () => {
    const criteria = {
      minimum_acr: 'urn:tawthiq:loa:substantial',
      claims: { birthdate: { purpose_ar: 'لسنّ المريض', purpose_en: "for the patient's age" } },
      authenticators: ['phr', 'pop'],
      session_seconds: 600,
    };
    const made = await register({ tawthiq_verification_criteria: criteria });
    expect(made.json['tawthiq_verification_criteria']).toEqual(criteria);
    const client = await house().clients.find(selfOf(made).id);
    expect(client?.policy).toMatchObject({
      minLevel: 'substantial',
      claims: ['birthdate'],
      authenticators: ['phr', 'pop'],
      sessionSeconds: 600,
      profile: 'default',
      unifiedNumber: false,
      introspectsAll: false,
    });
    const more = await register({ tawthiq_verification_criteria: { introspects_all: true } });
    expect(more.json['error']).toBe('invalid_client_metadata');
  });
});

describe('an active client that changes its criteria', () => {
  const why = { purpose_ar: 'لسنّ المريض', purpose_en: "for the patient's age" };
  const all = {
    minimum_acr: 'urn:tawthiq:loa:substantial',
    login: why,
    claims: { birthdate: why },
    authenticators: ['phr'],
    resources: ['https://api.clinic.example.org/'],
    session_seconds: 600,
  };
  it.each([
    ['minimum_acr', { minimum_acr: 'urn:tawthiq:loa:low' }],
    ['what a login is for', { login: { ...why, purpose_en: 'for something else' } }],
    ['claims', { claims: { gender: why } }],
    ['the reason of a claim', { claims: { birthdate: { ...why, purpose_en: 'for something else' } } }],
    ['authenticators', { authenticators: ['pop'] }],
    ['resources', { resources: ['https://api.clinic.example.org/v2'] }],
    ['session_seconds', { session_seconds: 900 }],
    ['no claims any more', { claims: undefined }],
    ['no authenticators any more', { authenticators: undefined }],
    ['no resources any more', { resources: undefined }],
    ['no session_seconds any more', { session_seconds: undefined }],
  ])('%s: it waits for the authority, and is so once approved', async (_what, changed) => {
    const mine = selfOf(await register({ tawthiq_verification_criteria: all }, reviewed));
    const yes = { decision: 'approve', withoutDomainProof: 'of this test' };
    await call('POST', `/v1/admin/clients/${mine.id}/review`, admin, yes);
    const next = { ...all, ...changed };
    const put = await call('PUT', mine.path, mine.token, {
      ...metadata,
      client_id: mine.id,
      tawthiq_verification_criteria: next,
    });
    expect(put.json).toMatchObject({ tawthiq_verification_criteria: all, tawthiq_review_pending: true });
    await call('POST', `/v1/admin/clients/${mine.id}/review`, admin, yes);
    const now = (await call('GET', mine.path, mine.token)).json;
    expect(now['tawthiq_verification_criteria']).toEqual(JSON.parse(JSON.stringify(next)));
  });

  it('sent as they are, nothing waits; and what only the authority gave stays', async () => {
    const mine = selfOf(await register({ tawthiq_verification_criteria: all }));
    const read = await house().clients.find(mine.id);
    const policy = { ...read?.policy, unifiedNumber: true };
    await call('PUT', `/v1/admin/clients/${mine.id}`, admin, { metadata: read?.metadata, policy });
    const body = { ...metadata, client_id: mine.id, tawthiq_verification_criteria: all };
    expect((await call('PUT', mine.path, mine.token, body)).json).toMatchObject({ tawthiq_review_pending: false });
    expect((await house().clients.find(mine.id))?.policy.unifiedNumber).toBe(true);
  });
});

describe('suspension', () => {
  it('reaches every isolate within five seconds, whatever it had in memory', async () => {
    const mine = selfOf(await register());
    let nowMs = 1_000_000;
    const isolates = [0, 1, 2].map(() => new ClientCache(house().clients, () => nowMs));
    const states = () => Promise.all(isolates.map(async (cache) => (await cache.find(mine.id, () => {}))?.state));
    expect(await states()).toEqual(['active', 'active', 'active']);
    await call('POST', `/v1/admin/clients/${mine.id}/state`, admin, { state: 'suspended' });
    nowMs += 5_000;
    expect(await states()).toEqual(['suspended', 'suspended', 'suspended']);
  });
});

describe('looking at a relying party’s addresses', () => {
  const answering = (body: BodyInit, status = 200) => createOutbound(false, async () => new Response(body, { status }));

  it.each([
    'http://rp.example.org/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://10.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/',
    'https://metadata.internal/',
    'https://router/',
    'https://user:pass@rp.example.org/',
    'https://rp.example.org:22/',
    'file:///etc/passwd',
  ])('never goes to %s', async (url) => {
    let went = false;
    const outbound = createOutbound(false, async () => {
      went = true;
      return new Response('x');
    });
    expect(await outbound.readText(url)).toBeUndefined();
    expect(went).toBe(false);
  });

  it('follows no redirect, reads no endless body, and takes only UTF-8', async () => {
    const url = 'https://rp.example.org/file';
    expect(await answering('here').readText(url)).toBe('here');
    expect(await answering('moved', 302).readText(url)).toBeUndefined();
    expect(await answering(new Uint8Array([0xff, 0xfe])).readText(url)).toBeUndefined();
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 8192;
        controller.enqueue(new Uint8Array(8192).fill(97));
      },
    });
    expect(await answering(endless).readText(url)).toBeUndefined();
    expect(sent).toBeLessThan(1_000_000);
  });
});
