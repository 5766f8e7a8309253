// private_key_jwt (RFC 7523, OpenID Connect Core §9): a JWT that the client signed with a key it registered.

import { decodeJwt, jwtVerify } from 'jose';
import type { Client } from '../../clients/client.ts';
import { namesOf } from '../../clients/public-key.ts';
import type { Provider } from '../provider.ts';
import { fapiAlgs, isFromFuture, isOfKind } from './signed-by-client.ts';

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
export const assertionAlgs = ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'] as const;
/** How long an assertion may say that it lives, by the client's profile: libraries write a minute to an hour. Its jti counts once all the while. */
const mostLifetimeSeconds = { default: 3600, fapi2: 600 } as const;
/** A clock may be this far off (FAPI 2.0 Security Profile §5.3.2.1: 10 s must pass, 60 s must not). */
const skewSeconds = 10;

/** The client that an assertion claims to be of; nothing is believed yet. */
export function clientOfAssertion(assertion: string): string | undefined {
  if (assertion.length > 8192) return undefined;
  try {
    const { iss, sub } = decodeJwt(assertion);
    return iss !== undefined && iss === sub ? iss : undefined;
  } catch {
    return undefined;
  }
}

/** What of an assertion must not come twice; `exp`: until when. */
export type GoodOnce = { readonly jti: string; readonly exp: number };

/** Not undefined if the client's own key signed it, for us, now. The audience is our issuer; `default` clients may name the endpoint too. */
export async function verifyAssertion(
  provider: Pick<Provider, 'issuer' | 'now' | 'clientKeys'>,
  client: Client,
  assertion: string,
  endpoint: string,
): Promise<GoodOnce | undefined> {
  const { token_endpoint_auth_signing_alg: alg } = client.metadata;
  const keySet = provider.clientKeys.of(client);
  if (!keySet) return undefined;
  const fapi = client.policy.profile === 'fapi2';
  const algorithms = alg ? [...namesOf(alg)] : [...(fapi ? fapiAlgs : assertionAlgs)];
  const now = provider.now();
  try {
    const { payload, protectedHeader } = await jwtVerify(assertion, keySet, {
      algorithms,
      issuer: client.id,
      subject: client.id,
      requiredClaims: ['exp', 'jti', 'aud'],
      clockTolerance: skewSeconds,
      currentDate: new Date(now * 1000),
    });
    if (!isOfKind(protectedHeader.typ, 'client-authentication+jwt') || isFromFuture(payload.iat, now)) return undefined;
    // SECURITY: an audience that is a list could be meant for somebody else as well; FAPI 2.0 wants the issuer alone.
    const audiences = fapi ? [provider.issuer] : [provider.issuer, `${provider.issuer}/token`, endpoint];
    const audience =
      typeof payload.aud === 'string'
        ? payload.aud
        : fapi
          ? undefined
          : payload.aud?.find((aud) => audiences.includes(aud));
    const { exp = 0, jti } = payload;
    const lives = exp - now <= mostLifetimeSeconds[client.policy.profile] + skewSeconds;
    const holds = audience !== undefined && audiences.includes(audience) && lives;
    return holds && typeof jti === 'string' && jti.length <= 256 ? { jti, exp } : undefined;
  } catch {
    return undefined;
  }
}
