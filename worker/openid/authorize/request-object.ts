// Request objects (JAR, RFC 9101): the parameters as a JWT that the client signed. What is outside of it does not count.

import { decodeProtectedHeader, jwtVerify } from 'jose';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import type { Client } from '../../clients/client.ts';
import { namesOf } from '../../clients/public-key.ts';
import { type OAuthError, oauthError } from '../oauth-error.ts';
import type { Provider } from '../provider.ts';
import { isFromFuture, isOfKind } from '../token/signed-by-client.ts';
import type { Params } from './request.ts';

export const requestObjectAlgs = ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'] as const;
/** FAPI 2.0 Message Signing §5.3.1: exp at most 60 minutes after nbf, nbf at most 60 minutes ago; clocks 10 s off are fine. */
const mostAgeSeconds = 3600;
const skewSeconds = 10;

export async function openRequestObject(
  provider: Pick<Provider, 'issuer' | 'now' | 'clientKeys' | 'spent'>,
  client: Client,
  text: string,
  kind: 'authorization' | 'pushed' | 'backchannel',
): Promise<Result<Params, OAuthError>> {
  const bad = (why: string) => err(oauthError('invalid_request_object', why));
  if (text.length > 32_768) return bad('the request object is too large');
  const now = provider.now();
  const fapi = client.policy.profile === 'fapi2';
  const { request_object_signing_alg, backchannel_authentication_request_signing_alg } = client.metadata;
  const alg = kind === 'backchannel' ? backchannel_authentication_request_signing_alg : request_object_signing_alg;
  try {
    if (decodeProtectedHeader(text).alg === 'none') return bad('the request object must be signed');
    const keySet = provider.clientKeys.of(client);
    if (!keySet) return bad('this client has registered no keys');
    const { payload, protectedHeader } = await jwtVerify(text, keySet, {
      algorithms: alg
        ? [...namesOf(alg)]
        : requestObjectAlgs.filter((known) => (!fapi && kind !== 'backchannel') || known !== 'RS256'),
      issuer: client.id,
      audience: provider.issuer,
      clockTolerance: skewSeconds,
      currentDate: new Date(now * 1000),
      // CIBA Core §7.1.1 wants all of them.
      requiredClaims: kind === 'backchannel' ? ['exp', 'nbf', 'iat', 'jti'] : fapi ? ['exp', 'nbf'] : [],
    });
    if (!isOfKind(protectedHeader.typ, 'oauth-authz-req+jwt'))
      return bad('typ must be oauth-authz-req+jwt, or not there');
    if (isFromFuture(payload.iat, now)) return bad('iat is in the future');
    const { nbf = now, exp = now } = payload;
    if (nbf < now - mostAgeSeconds || exp > nbf + mostAgeSeconds) return bad('exp or nbf is too far from now');
    if (payload['client_id'] !== undefined && payload['client_id'] !== client.id) return bad('client_id differs');
    if ('request' in payload || 'request_uri' in payload) return bad('a request object holds no other');
    // What a machine sends comes once. A browser's comes again when its person reloads the page.
    const { jti } = payload;
    const once = kind !== 'authorization' && jti !== undefined;
    const until = payload.exp ?? now + mostAgeSeconds;
    if (once && !(await provider.spent.first('request', client.id, jti, until))) return bad('jti was used before');
    return ok({ values: textsOf(payload, client.id), repeated: [] });
  } catch {
    return bad('the request object does not hold: signature, iss, aud or times');
  }
}

/** JSON values as the texts that they would be in a query: `claims` may come as an object, `max_age` as a number. */
function textsOf(payload: Readonly<Record<string, unknown>>, clientId: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(payload)) {
    if (['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sub'].includes(name) || value === null || value === '') continue;
    if (name === 'resource' && Array.isArray(value)) values.set(name, value.join(' '));
    else values.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  values.set('client_id', clientId);
  return values;
}
