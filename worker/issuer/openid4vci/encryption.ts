// Encrypted requests and answers of the credential endpoint (OpenID4VCI 1.0 §8.2, §8.3, §10): ECDH-ES on P-256, AES-GCM. The key that
// wallets encrypt to is made for whoever reads the metadata and travels in its own `kid`, sealed by us: nothing is kept, and nobody else
// can open it. Knows no credential.

import {
  CompactEncrypt,
  compactDecrypt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import { type EpochSeconds, epochSeconds } from '../../../shared/base/brands.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { decodeBase64Url, encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { decodeUtf8, encodeUtf8 } from '../../../shared/bytes/text.ts';
import { p256JwkOf } from '../../../shared/sd-jwt/jwk.ts';
import { isJsonObject } from '../../../shared/sd-jwt/jws.ts';
import type { Vault } from '../../store/vault.ts';

const alg = 'ECDH-ES';
const encs = ['A128GCM', 'A256GCM'] as const;
/** Metadata may be kept for an hour by caches, and by a wallet for as long as it is at work. */
const requestKeySeconds = 86_400;
const place = { table: 'credential_request', row: 'key', column: 'sealed' } as const;

/** What the metadata says of both directions; `jwk`: of newRequestKey. Neither is required: TLS is there for everybody. */
export function encryptionMetadata(jwk: JWK) {
  return {
    credential_request_encryption: { jwks: { keys: [jwk] }, enc_values_supported: encs, encryption_required: false },
    credential_response_encryption: {
      alg_values_supported: [alg],
      enc_values_supported: encs,
      encryption_required: false,
    },
  };
}

export async function newRequestKey(vault: Pick<Vault, 'sealWithMaster'>, now: EpochSeconds): Promise<JWK> {
  const pair = await generateKeyPair(alg, { crv: 'P-256', extractable: true });
  const kept = encodeUtf8(JSON.stringify({ jwk: await exportJWK(pair.privateKey), until: now + requestKeySeconds }));
  const kid = encodeBase64Url(await vault.sealWithMaster(place, kept));
  return { ...(await exportJWK(pair.publicKey)), use: 'enc', alg, kid };
}

export type OpenRequestError = { readonly reason: 'request_not_decrypted' };
const notDecrypted = err({ reason: 'request_not_decrypted' } as const);

/** The body inside the one JWE. Whatever is wrong with it, its key or its age, is one reason: an opener that explains is an oracle. */
export async function openRequest(
  vault: Pick<Vault, 'openWithMaster'>,
  body: Uint8Array,
  now: EpochSeconds,
): Promise<Result<Uint8Array, OpenRequestError>> {
  const text = decodeUtf8(body);
  if (!text.ok) return notDecrypted;
  try {
    const { kid } = decodeProtectedHeader(text.value);
    const sealed = decodeBase64Url(typeof kid === 'string' && kid.length <= 1024 ? kid : '.');
    const kept = sealed.ok ? await vault.openWithMaster(place, sealed.value) : sealed;
    const json = kept.ok ? decodeUtf8(kept.value) : kept;
    if (!json.ok) return notDecrypted;
    const { jwk, until } = JSON.parse(json.value) as { jwk: JWK; until: number };
    if (epochSeconds(until) <= now) return notDecrypted;
    const { plaintext } = await compactDecrypt(text.value, await importJWK(jwk, alg), {
      keyManagementAlgorithms: [alg],
      contentEncryptionAlgorithms: [...encs],
    });
    return ok(plaintext);
  } catch {
    return notDecrypted;
  }
}

/** How a wallet wants its answer. */
export type ResponseEncryption = { readonly jwk: JWK; readonly enc: (typeof encs)[number] };

/** `credential_response_encryption` of a request (§8.2), or why it cannot be done; without compression. */
export async function readResponseEncryption(value: unknown): Promise<Result<ResponseEncryption, string>> {
  if (!isJsonObject(value)) return err('credential_response_encryption must be an object');
  const enc = encs.find((one) => one === value['enc']);
  if (enc === undefined) return err(`enc must be one of ${encs.join(', ')}`);
  if (value['zip'] !== undefined) return err('answers are not compressed here');
  const { jwk } = value;
  if (!isJsonObject(jwk) || jwk['alg'] !== alg) return err(`jwk must bear alg ${alg}`);
  const key = await p256JwkOf(jwk);
  if (!key.ok) return err('jwk must be a public key on P-256');
  const { kid } = jwk;
  const named = typeof kid === 'string' && kid.length <= 256 ? { kid } : {};
  return ok({ jwk: { ...key.value.jwk, ...named }, enc });
}

export async function sealResponse(answer: unknown, { jwk, enc }: ResponseEncryption): Promise<string> {
  const header = { alg, enc, ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) };
  return new CompactEncrypt(encodeUtf8(JSON.stringify(answer)))
    .setProtectedHeader(header)
    .encrypt(await importJWK(jwk, alg));
}
