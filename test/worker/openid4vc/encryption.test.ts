// Credentials that nobody on the way can read: @openid4vc as the wallet, with a layer of jose between it and us that encrypts its
// request and opens our answer (OpenID4VCI 1.0 §8.2, §10).
import { exports } from 'cloudflare:workers';
import {
  CompactEncrypt,
  compactDecrypt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { offerPath } from '../../../shared/contract/openid4vci.ts';
import { LibraryWallet, payloadOf } from '../../support/library-wallet.ts';
import { admin, setUpKeys } from '../issuer/issuing-edge.ts';
import { aPerson, aSetupCode, issuer, postJson, type TestPerson } from '../openid/world.ts';

let person: TestPerson;
beforeAll(async () => {
  await setUpKeys();
  for (const purpose of ['sdjwt', 'access']) await admin('/v1/admin/keys', 'POST', { purpose });
  person = await aPerson();
});
afterEach(() => vi.useRealTimers());

const fetchEdge = (url: string, init?: object) => exports.default.fetch(url, init as never);

type Metadata = {
  credential_request_encryption: {
    jwks: { keys: JWK[] };
    enc_values_supported: string[];
    encryption_required: boolean;
  };
  credential_response_encryption: { alg_values_supported: string[]; enc_values_supported: string[] };
};
const metadata = async () =>
  (await (await fetchEdge(`${issuer}/.well-known/openid-credential-issuer`)).json()) as Metadata;

async function encrypt(body: object, key: JWK, header: object = {}): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(body)))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A128GCM', ...(key.kid ? { kid: key.kid } : {}), ...header })
    .encrypt(await importJWK(key, 'ECDH-ES'));
}

type Seen = { type: string | null; header: Record<string, unknown>; wire: string };

/** Between the library and the edge; `change` spoils what is asked. */
function layer(enc: string, seen: Seen[], change: (body: Record<string, unknown>) => object = (body) => body) {
  return async (url: string, init?: RequestInit): Promise<Response> => {
    if (!url.endsWith('/openid4vci/credential')) return fetchEdge(url, init);
    const pair = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
    const jwk = { ...(await exportJWK(pair.publicKey)), alg: 'ECDH-ES', use: 'enc', kid: 'mine' };
    const asked = { ...(JSON.parse(String(init?.body)) as object), credential_response_encryption: { jwk, enc } };
    const [key = {}] = (await metadata()).credential_request_encryption.jwks.keys;
    const headers = new Headers(init?.headers);
    headers.set('Content-Type', 'application/jwt');
    const answer = await fetchEdge(url, { ...init, headers, body: await encrypt(change(asked), key) });
    const wire = new TextDecoder().decode(await answer.arrayBuffer());
    const type = answer.headers.get('content-type');
    if (type !== 'application/jwt') return new Response(wire, { status: answer.status, headers: answer.headers });
    const { plaintext, protectedHeader } = await compactDecrypt(wire, pair.privateKey);
    seen.push({ type, header: { ...protectedHeader }, wire });
    return new Response(plaintext, { headers: { 'Content-Type': 'application/json' } });
  };
}

async function fetchOne(wallet: LibraryWallet): Promise<string> {
  const made = await postJson(offerPath, { setupCode: await aSetupCode(person.subjectId) });
  const offer = (await made.json()) as { byValue: string; txCode: string };
  const session = await wallet.takeUp(offer.byValue, offer.txCode);
  const [credential = ''] = await wallet.fetchCredentials(session, [await wallet.newKeys()]);
  return credential;
}

async function ask(body: string, type = 'application/jwt') {
  const wallet = new LibraryWallet(fetchEdge as never);
  const made = await postJson(offerPath, { setupCode: await aSetupCode(person.subjectId) });
  const offer = (await made.json()) as { byValue: string; txCode: string };
  const { accessTokenResponse } = await wallet.takeUp(offer.byValue, offer.txCode);
  const headers = { Authorization: `Bearer ${accessTokenResponse.access_token}`, 'Content-Type': type };
  const answer = await fetchEdge(`${issuer}/openid4vci/credential`, { method: 'POST', headers, body });
  return [answer.status, ((await answer.json()) as { error: string }).error];
}

describe('an encrypted answer', () => {
  it.each(['A128GCM', 'A256GCM'])('with %s is opened by the wallet’s own key, and by its name', async (enc) => {
    const seen: Seen[] = [];
    const credential = await fetchOne(new LibraryWallet(layer(enc, seen) as never));
    expect(payloadOf(credential.split('~')[0] ?? '')).toMatchObject({ vct: 'urn:tawthiq:vct:identity:1' });
    expect(seen).toHaveLength(1);
    expect(seen[0]?.header).toMatchObject({ alg: 'ECDH-ES', enc, kid: 'mine' });
    expect(seen[0]?.wire).not.toContain(credential.slice(0, 40));
  });

  it('is offered in the metadata, with a key for whoever reads it, which says nothing of the secret in its name', async () => {
    const [one, other] = [await metadata(), await metadata()];
    expect(one.credential_request_encryption).toMatchObject({ encryption_required: false });
    expect(one.credential_response_encryption.alg_values_supported).toEqual(['ECDH-ES']);
    const [key, another] = [one, other].map((each) => each.credential_request_encryption.jwks.keys[0]);
    expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', use: 'enc', alg: 'ECDH-ES', kid: expect.any(String) });
    expect(key).not.toHaveProperty('d');
    expect(key?.x).not.toBe(another?.x);
  });

  it('is refused where it cannot be safe or cannot be done, each with the specification’s code', async () => {
    const configuration = { credential_configuration_id: 'identity_sd_jwt_vc' };
    const [key = {}] = (await metadata()).credential_request_encryption.jwks.keys;
    const pair = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
    const jwk = { ...(await exportJWK(pair.publicKey)), alg: 'ECDH-ES' };
    const wrong = [400, 'invalid_encryption_parameters'];
    const asking = (encryption: unknown) => ({ ...configuration, credential_response_encryption: encryption });
    // In the clear.
    expect(await ask(JSON.stringify(asking({ jwk, enc: 'A128GCM' })), 'application/json')).toEqual(wrong);
    for (const encryption of [
      'A128GCM',
      { jwk, enc: 'A128CBC-HS256' },
      { jwk, enc: 'A128GCM', zip: 'DEF' },
      { jwk: { ...jwk, alg: 'RSA-OAEP' }, enc: 'A128GCM' },
      { jwk: { ...(await exportJWK(pair.privateKey)), alg: 'ECDH-ES' }, enc: 'A128GCM' },
      { jwk: { ...jwk, x: jwk.y }, enc: 'A128GCM' },
      { enc: 'A128GCM' },
    ])
      expect(await ask(await encrypt(asking(encryption), key))).toEqual(wrong);
    // A request that is encrypted to nobody of ours, to no key, or is no JWE.
    expect(await ask(await encrypt(configuration, { ...jwk, kid: key.kid as string }))).toEqual(wrong);
    expect(await ask(await encrypt(configuration, jwk))).toEqual(wrong);
    expect(await ask('nonsense')).toEqual(wrong);
    const good = await encrypt(configuration, key);
    expect(decodeProtectedHeader(good).kid).toBe(key.kid);
    // An encrypted request may have a plain answer: this one goes as far as its missing proof.
    expect(await ask(good)).toEqual([400, 'invalid_proof']);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_401_000 });
    expect(await ask(await encrypt(configuration, key))).toEqual(wrong);
  });
});
