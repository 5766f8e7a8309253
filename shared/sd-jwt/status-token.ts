// The Token Status List as a JWT (draft-ietf-oauth-status-list §5.1), beside the CWT of shared/trust: same bits, ES256 with x5c (HAIP 1.0).

import { encodeBase64Url } from '../bytes/base64url.ts';
import type { SdJwtSigner } from './issue.ts';
import { signJws } from './jws.ts';

export const STATUS_LIST_JWT_TYPE = 'statuslist+jwt';

export type StatusToken = {
  readonly uri: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly ttlSeconds: number;
  readonly bits: 1 | 2 | 4 | 8;
  /** zlib of the bit array. */
  readonly compressed: Uint8Array;
};

export function signStatusToken(token: StatusToken, signer: SdJwtSigner): Promise<string> {
  const { uri, issuedAt, expiresAt, ttlSeconds, bits, compressed } = token;
  const list = { bits, lst: encodeBase64Url(compressed) };
  const claims = { sub: uri, iat: issuedAt, exp: expiresAt, ttl: ttlSeconds, status_list: list };
  return signJws({ typ: STATUS_LIST_JWT_TYPE, x5c: signer.x5c }, claims, signer.sign);
}
