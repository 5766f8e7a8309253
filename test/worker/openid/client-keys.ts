// What a relying party's machine signs: assertions, request objects, DPoP proofs. Made with jose, which knows nothing of ours.
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { issuer } from './world.ts';

type Alg = 'ES256' | 'EdDSA' | 'Ed25519' | 'PS256' | 'RS256';
export type ClientKeys = { readonly alg: Alg; readonly privateKey: CryptoKey; readonly jwk: JWK };

export async function clientKeys(alg: Alg = 'ES256', kid = 'k1'): Promise<ClientKeys> {
  const pair = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey: pair.privateKey, jwk: { ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' } };
}

export const nowSeconds = () => Math.floor(Date.now() / 1000);
const random = () => encodeBase64Url(crypto.getRandomValues(new Uint8Array(12)));

/** `changed`: members to replace; `undefined` leaves one out. */
export function jwtOf(keys: ClientKeys, payload: JWTPayload, header: Record<string, unknown> = {}): Promise<string> {
  const defined = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
  return new SignJWT(defined).setProtectedHeader({ alg: keys.alg, kid: 'k1', ...header }).sign(keys.privateKey);
}

export async function assertionFor(
  clientId: string,
  keys: ClientKeys,
  changed: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<Record<string, string>> {
  const now = nowSeconds();
  const payload = { iss: clientId, sub: clientId, aud: issuer, jti: random(), iat: now, exp: now + 60, ...changed };
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await jwtOf(keys, payload as JWTPayload, header),
  };
}

export async function requestObject(
  clientId: string,
  keys: ClientKeys,
  params: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> {
  const now = nowSeconds();
  return jwtOf(
    keys,
    {
      iss: clientId,
      aud: issuer,
      nbf: now,
      exp: now + 60,
      jti: random(),
      client_id: clientId,
      ...params,
    } as JWTPayload,
    header,
  );
}

export async function proofFor(
  keys: ClientKeys,
  path: string,
  changed: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const { kid: _kid, use: _use, alg: _alg, ...jwk } = keys.jwk;
  const payload = { jti: random(), htm: 'POST', htu: issuer + path, iat: nowSeconds(), ...changed };
  const defined = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
  return new SignJWT(defined)
    .setProtectedHeader({ alg: keys.alg, typ: 'dpop+jwt', jwk, ...header })
    .sign(keys.privateKey);
}

export function thumbprint(keys: ClientKeys): Promise<string> {
  return calculateJwkThumbprint(keys.jwk);
}
