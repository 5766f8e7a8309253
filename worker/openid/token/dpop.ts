// DPoP (RFC 9449): a proof that the caller holds a key, for this request, now, once. Nonces are HMACs of the minute, not stored.

import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { type HmacKey, hmacSha256, importHmacKey } from '../../../shared/crypto/hmac.ts';
import { sha256Sync } from '../../../shared/crypto/sha256.ts';
import { type OAuthError, oauthError } from '../oauth-error.ts';
import type { Spent } from '../spent.ts';
import { fapiAlgs, isFromFuture } from './signed-by-client.ts';

export const dpopAlgs = ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'] as const;
const nonceStepSeconds = 120;
/** How far `iat` may be from now where no nonce says how fresh a proof is. */
const mostSkewSeconds = 60;

export type ProofInput = {
  readonly proof: string | undefined;
  readonly method: string;
  /** Without query and fragment. */
  readonly url: string;
  /** Set where the proof must go with this access token (§7.1). */
  readonly accessToken?: string;
  readonly requireNonce: boolean;
  /** True: FAPI 2.0 Security Profile §5.4.1, no RS256. */
  readonly fapi?: boolean;
};

export class Dpop {
  readonly #secret: Uint8Array;
  readonly #now: () => number;
  readonly #spent: Pick<Spent, 'first'>;
  #key: HmacKey | undefined;

  constructor(secret: Uint8Array, now: () => number, spent: Pick<Spent, 'first'>) {
    this.#secret = secret;
    this.#now = now;
    this.#spent = spent;
  }

  /** What a client should put in its next proof; good for two to four minutes. */
  async nonce(stepsAgo = 0): Promise<string> {
    const step = Math.floor(this.#now() / nonceStepSeconds) - stepsAgo;
    this.#key ??= await importHmacKey(this.#secret);
    return encodeBase64Url((await hmacSha256(this.#key, encodeUtf8(`dpop nonce\0${step}`))).subarray(0, 18));
  }

  /** The thumbprint (RFC 7638) of the key that made a good proof. */
  async verify(input: ProofInput): Promise<Result<string, OAuthError>> {
    const bad = (why: string) => err(oauthError('invalid_dpop_proof', why));
    const { proof } = input;
    if (proof === undefined || proof.length > 4096 || proof.includes(',')) return bad('send one DPoP header');
    try {
      const { jwk } = decodeProtectedHeader(proof);
      // SECURITY: a private key in a header is a leak, and a symmetric one is no proof.
      if (!jwk || 'd' in jwk || jwk.kty === 'oct') return bad('the header needs a public jwk');
      const { payload } = await jwtVerify(proof, EmbeddedJWK, {
        typ: 'dpop+jwt',
        algorithms: [...(input.fapi ? fapiAlgs : dpopAlgs)],
        requiredClaims: ['jti', 'htm', 'htu', 'iat'],
        // Times are judged below: a proof has iat, and nbf or exp if its maker likes.
        currentDate: new Date(this.#now() * 1000),
        clockTolerance: mostSkewSeconds,
      });
      if (typeof payload.jti !== 'string' || payload.jti.length > 256) return bad('jti must be a text');
      if (payload['htm'] !== input.method) return bad('htm is not this method');
      if (!isSameUrl(payload['htu'], input.url)) return bad('htu is not this address');
      if (input.accessToken !== undefined && payload['ath'] !== hashOf(input.accessToken))
        return bad('ath is not of this token');
      if (isFromFuture(payload.iat, this.#now())) return bad('iat is in the future');
      const nonce = payload['nonce'];
      if (nonce !== undefined || input.requireNonce) {
        if (nonce !== (await this.nonce()) && nonce !== (await this.nonce(1)))
          return err(oauthError('use_dpop_nonce', 'use the nonce of the DPoP-Nonce header'));
      } else if (Math.abs(this.#now() - (payload.iat ?? 0)) > mostSkewSeconds) return bad('iat is too far from now');
      const thumbprint = await calculateJwkThumbprint(jwk, 'sha256');
      // SECURITY: once (§11.1), for as long as its time or its nonce could make it good.
      const until = this.#now() + (nonce === undefined ? 2 * mostSkewSeconds : 2 * nonceStepSeconds);
      return (await this.#spent.first('dpop', thumbprint, payload.jti, until))
        ? ok(thumbprint)
        : bad('jti was used before');
    } catch {
      return bad('the proof does not hold');
    }
  }
}

function hashOf(accessToken: string): string {
  return encodeBase64Url(sha256Sync(encodeUtf8(accessToken)));
}

/** RFC 9449 §4.3: compared after normalisation, query and fragment left out. */
function isSameUrl(htu: unknown, url: string): boolean {
  if (typeof htu !== 'string' || !URL.canParse(htu)) return false;
  const [a, b] = [new URL(htu), new URL(url)];
  return a.origin === b.origin && a.pathname === b.pathname;
}
