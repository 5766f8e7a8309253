// Keys that a relying party signs with: which may be registered, and that no other verifies anything, wherever it stands.
import { exports } from 'cloudflare:workers';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { type Client, ClientMetadata, ClientPolicy } from '../../../worker/clients/client.ts';
import { ClientKeys } from '../../../worker/clients/client-keys.ts';
import { canVerify, refusePublicKey } from '../../../worker/clients/public-key.ts';
import { aClient, issuer, withSigningKey } from '../openid/world.ts';

const admin = { Authorization: 'Bearer test-admin-token', 'Content-Type': 'application/json' };
const b64 = (bytes: number, first = 0x80) => encodeBase64Url(new Uint8Array(bytes).fill(0x55).fill(first, 0, 1));
const point = { x: b64(32), y: b64(32) };
const rsa = { kty: 'RSA', n: b64(256), e: 'AQAB' };
const p256 = { kty: 'EC', crv: 'P-256', ...point };
const ed25519 = { kty: 'OKP', crv: 'Ed25519', x: point.x };

beforeAll(withSigningKey);

describe('a key of a relying party', () => {
  it.each([
    [rsa],
    [{ ...rsa, alg: 'PS256', use: 'sig' }],
    [{ ...rsa, n: b64(1024) }],
    [{ ...p256, alg: 'ES256', key_ops: ['verify'] }],
    [{ ...ed25519, use: 'sig', key_ops: ['verify'] }],
  ])('may sign: %j', (jwk) => {
    expect([refusePublicKey(jwk), canVerify(jwk)]).toEqual([undefined, true]);
  });

  it.each([
    [{ kty: 'EC', crv: 'P-384', ...point, use: 'enc' }],
    [{ kty: 'OKP', crv: 'X25519', x: point.x, use: 'enc', key_ops: ['deriveBits'] }],
    [{ ...rsa, n: b64(128), key_ops: ['encrypt'] }],
  ])('may stand beside, for another use, and verifies nothing: %j', (jwk) => {
    expect([refusePublicKey(jwk), canVerify(jwk)]).toEqual([undefined, false]);
  });

  it.each([
    ['RSA must have 2048 to 8192 bits, this has 1024', { ...rsa, n: b64(128) }],
    ['this has 2047', { ...rsa, n: b64(256, 0x7f) }],
    // Zeros before it make no key longer.
    ['this has 1023', { ...rsa, n: encodeBase64Url(new Uint8Array(256).fill(0x55, 128)) }],
    ['this has 0', { ...rsa, n: b64(0).concat('AA') }],
    ['this has 16384', { ...rsa, n: b64(2048) }],
    ['n and e must be base64url', { ...rsa, n: 'not base64url' }],
    ['n and e must be base64url', { kty: 'RSA', n: rsa.n }],
    ['e must be odd', { ...rsa, e: 'AQ' }],
    ['e must be odd', { ...rsa, e: 'Aw' }],
    ['e must be odd', { ...rsa, e: 'AQAA' }],
    ['must be EC P-256', { kty: 'EC', crv: 'P-384', x: b64(48), y: b64(48) }],
    ['must be EC P-256', { kty: 'EC', crv: 'secp256k1', ...point }],
    ['must be EC P-256', { kty: 'OKP', crv: 'Ed448', x: b64(57) }],
    ['must be EC P-256', { kty: 'EC' }],
    ['x and y must be 32 bytes', { ...p256, y: b64(31) }],
    ['x must be 32 bytes', { ...ed25519, x: 7 }],
    ['alg must be ES256', { ...p256, alg: 'ES384' }],
    ['alg must be RS256 or PS256', { ...rsa, alg: 'ES256' }],
    ['alg must be RS256 or PS256', { ...rsa, alg: 'none' }],
    ['alg must be EdDSA', { ...ed25519, alg: 7 }],
    ['use must be sig or enc', { ...p256, use: 'tls' }],
    ['key_ops has no verify', { ...p256, use: 'sig', key_ops: ['encrypt'] }],
    ['key_ops has verify', { ...p256, use: 'enc', key_ops: ['verify'] }],
    ['key_ops must be a list', { ...p256, key_ops: 'verify' }],
    ['must be a public key', { ...p256, d: point.x }],
    ['must be a public key', { ...rsa, q: rsa.n }],
    ['must be a public key', { kty: 'oct', k: point.x }],
  ])('is refused: %s', async (why, jwk) => {
    expect(refusePublicKey(jwk)).toContain(why);
    expect(canVerify(jwk)).toBe(false);
  });

  it('is one that can verify what its client signs', () => {
    expect([canVerify(rsa, 'PS256'), canVerify({ ...rsa, alg: 'RS256' }, 'PS256'), canVerify(rsa, 'ES256')]).toEqual([
      true,
      false,
      false,
    ]);
    for (const none of [null, 'text', 7]) expect(canVerify(none)).toBe(false);
    // One algorithm by two names (RFC 9864).
    for (const alg of ['EdDSA', 'Ed25519', undefined])
      expect([canVerify({ ...ed25519, alg }, 'EdDSA'), canVerify({ ...ed25519, alg }, 'Ed25519')]).toEqual([
        true,
        true,
      ]);
    expect(canVerify({ ...ed25519, alg: 'Ed25519' }, 'ES256')).toBe(false);
  });
});

describe('at registration', () => {
  const small = { kty: 'RSA', n: b64(128), e: 'AQAB', kid: 'small' };
  const metadata = (keys: readonly object[], more: object = {}) => ({
    client_name: 'Keyed',
    redirect_uris: ['https://keyed.example.org/callback'],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys },
    ...more,
  });
  const send = (method: string, path: string, body: object, token = 'test-admin-token') =>
    exports.default.fetch(issuer + path, {
      method,
      headers: { ...admin, Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });

  it('the authority is told which key is of no use and why, of a new client and of a changed one', async () => {
    const wrong = { metadata: metadata([ed25519, small]) };
    const said = { reason: 'jwks_unusable', detail: 'jwks.keys.1: RSA must have 2048 to 8192 bits, this has 1024' };
    expect(await (await send('POST', '/v1/admin/clients', wrong)).json()).toMatchObject({ status: 422, ...said });
    await send('POST', '/v1/admin/clients', { clientId: 'keyed', metadata: metadata([ed25519]) });
    expect(await (await send('PUT', '/v1/admin/clients/keyed', wrong)).json()).toMatchObject(said);
  });

  it('one that authenticates by a signature has a key for it, of the algorithm that it names', async () => {
    for (const [keys, more, says] of [
      [[{ ...p256, use: 'enc' }], {}, 'can verify the assertions'],
      [[ed25519], { token_endpoint_auth_signing_alg: 'ES256' }, 'can verify ES256'],
    ] as const) {
      const refused = await send('POST', '/v1/admin/clients', { metadata: metadata(keys, more) });
      expect(await refused.json()).toMatchObject({ reason: 'jwks_unusable', detail: expect.stringContaining(says) });
    }
  });

  it('whoever registers itself is told so too, also when it changes its keys', async () => {
    const made = await send('POST', '/v1/admin/tokens', { name: 'a service', scopes: ['clients:register-active'] });
    const { token } = (await made.json()) as { token: string };
    const said = { error: 'invalid_client_metadata', error_description: expect.stringContaining('this has 1024') };
    expect(await (await send('POST', '/register', metadata([small]), token)).json()).toMatchObject(said);
    const mine = (await (await send('POST', '/register', metadata([ed25519]), token)).json()) as Record<string, string>;
    const body = { ...metadata([small]), client_id: mine['client_id'] };
    const path = new URL(mine['registration_client_uri'] ?? '').pathname;
    const changed = await send('PUT', path, body, mine['registration_access_token']);
    expect([changed.status, await changed.json()]).toMatchObject([400, said]);
  });
});

describe('at use', () => {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  let pair: CryptoKeyPair;
  let jwk: JWK;
  beforeAll(async () => {
    const made = { ...algorithm, modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]) };
    pair = (await crypto.subtle.generateKey(made, true, ['sign', 'verify'])) as CryptoKeyPair;
    const exported = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey;
    jwk = { kty: 'RSA', n: exported.n ?? '', e: exported.e ?? '' };
  });
  /** No library signs with such a key. */
  const signed = async (header: object, payload: object) => {
    const input = [header, payload].map((part) => encodeBase64Url(encodeUtf8(JSON.stringify(part)))).join('.');
    const signature = await crypto.subtle.sign(algorithm, pair.privateKey, encodeUtf8(input));
    return `${input}.${encodeBase64Url(new Uint8Array(signature))}`;
  };
  const now = () => Math.floor(Date.now() / 1000);
  const token = (form: Record<string, string>, headers: Record<string, string> = {}) =>
    exports.default.fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams({ grant_type: 'authorization_code', code: 'x', ...form }).toString(),
    });

  it('an RSA key of 1024 bits that was registered before authenticates nobody', async () => {
    const client = await aClient({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...jwk, kid: 's' }] },
    });
    const claims = { iss: client.id, sub: client.id, aud: issuer, jti: 'once', exp: now() + 60 };
    const answer = await token({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await signed({ alg: 'RS256', kid: 's' }, claims),
    });
    expect(await answer.json()).toMatchObject({ error: 'invalid_client' });
  });

  it('nor does one at a jwks_uri, among others that do', async () => {
    const good = await generateKeyPair('ES256', { extractable: true });
    const listed = {
      keys: [{ ...jwk, kid: 's' }, { ...(await exportJWK(good.publicKey)), kid: 'g' }, null, { kty: 'oct', k: 'AA' }],
    };
    const client: Client = {
      id: 'c',
      metadata: ClientMetadata.parse({
        client_name: 'x',
        redirect_uris: ['https://rp.example/'],
        jwks_uri: 'https://rp.example/k',
      }),
      policy: ClientPolicy.parse({}),
      state: 'active',
      secrets: [],
      createdAt: 0,
    };
    const keys = new ClientKeys({ read: async () => listed }, () => 0).of(client);
    const find = async (alg: string, kid: string) => {
      if (!keys) throw new Error('no keys');
      return ((await keys({ alg, kid }, { payload: '', signature: '' })) as CryptoKey).algorithm.name;
    };
    expect(await find('ES256', 'g')).toBe('ECDSA');
    await expect(find('RS256', 's')).rejects.toThrow('no applicable key found');
  });

  it('nor is one a DPoP key', async () => {
    const proof = { jti: 'p', htm: 'POST', htu: `${issuer}/token`, iat: now() };
    const client = await aClient({ token_endpoint_auth_method: 'none' });
    const dpop = await signed({ alg: 'RS256', typ: 'dpop+jwt', jwk }, proof);
    const answer = await token(
      { client_id: client.id, redirect_uri: 'https://rp.example/callback', code_verifier: 'v'.repeat(43) },
      { DPoP: dpop },
    );
    expect(await answer.json()).toMatchObject({ error: 'invalid_dpop_proof' });
  });
});
