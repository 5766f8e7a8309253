// Makes an SD-JWT VC: every personal claim behind a salted digest of its own, the rest open (RFC 9901 §4, SD-JWT VC §3).

import { encodeBase64Url } from '../bytes/base64url.ts';
import { encodeUtf8 } from '../bytes/text.ts';
import { sha256Sync } from '../crypto/sha256.ts';
import type { P256Jwk } from './jwk.ts';
import { type Es256Sign, type JsonObject, signJws } from './jws.ts';

export const SD_JWT_VC_TYPE = 'dc+sd-jwt';

export type SdJwtVc = {
  readonly issuer: string;
  /** What kind of credential it is (`vct`). */
  readonly type: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The holder's key: whoever shows the credential must sign with it. */
  readonly holder: P256Jwk;
  readonly status: { readonly uri: string; readonly index: number };
  /** Each can be disclosed alone. Undefined values are left out. */
  readonly claims: JsonObject;
};

export type SdJwtSigner = {
  /** Base64 (not base64url) DER certificates, the signer's first, the trusted authority's left out (HAIP 1.0 §6.1). */
  readonly x5c: readonly string[];
  readonly sign: Es256Sign;
};

export type IssuedSdJwt = {
  /** The issuer's JWT, every disclosure, and the place of the key binding left empty: `jwt~d1~d2~`. */
  readonly text: string;
  /** SHA-256 of the issuer's JWT: how a journal names the credential, whatever is disclosed later. */
  readonly hash: Uint8Array;
};

/** `random`: 16 bytes of salt for each claim (RFC 9901 §9.3). */
export async function issueSdJwt(
  credential: SdJwtVc,
  signer: SdJwtSigner,
  random: (bytes: number) => Uint8Array,
): Promise<IssuedSdJwt> {
  const disclosures = Object.entries(credential.claims)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => encodeDisclosure(random(16), name, value));
  const payload = {
    iss: credential.issuer,
    vct: credential.type,
    iat: credential.issuedAt,
    exp: credential.expiresAt,
    cnf: { jwk: credential.holder },
    status: { status_list: { idx: credential.status.index, uri: credential.status.uri } },
    _sd_alg: 'sha-256',
    // SECURITY: sorted, or the order would tell which digest hides which claim (RFC 9901 §4.2.4.1).
    _sd: disclosures.map(digestOf).sort(),
  };
  const jwt = await signJws({ typ: SD_JWT_VC_TYPE, x5c: signer.x5c }, payload, signer.sign);
  return { text: [jwt, ...disclosures, ''].join('~'), hash: sha256Sync(encodeUtf8(jwt)) };
}

export function encodeDisclosure(salt: Uint8Array, name: string, value: unknown): string {
  return encodeBase64Url(encodeUtf8(JSON.stringify([encodeBase64Url(salt), name, value])));
}

/** Over the text as it is sent, never over what it decodes to (RFC 9901 §4.2.3). */
export function digestOf(disclosure: string): string {
  return encodeBase64Url(sha256Sync(encodeUtf8(disclosure)));
}
