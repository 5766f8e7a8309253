// grant_type=client_credentials (RFC 6749 §4.4): a service for itself, no person. Nothing is stored: the token is all.

import { ok } from '../../../shared/base/result.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { wordsOf } from '../authorize/request.ts';
import { signJwt } from '../jwt.ts';
import { audienceOf } from '../resources.ts';
import { scopesSupported } from '../scopes.ts';
import type { Grantor } from './grantor.ts';
import { accessTokenSeconds } from './tokens.ts';

/** Never had without a person (RFC 9700 §4.15: nothing may take such a token for one of somebody's). */
const ofPeople: readonly string[] = scopesSupported;

export const clientCredentialsGrant: Grantor = async (provider, { client, params, resources, dpopJkt }) => {
  const now = provider.now();
  const mine = wordsOf(client.metadata.scope).filter((one) => !ofPeople.includes(one));
  const asked = wordsOf(params.values.get('scope'));
  const scope = (asked.length > 0 ? asked.filter((one) => mine.includes(one)) : mine).join(' ');
  const accessToken = await signJwt(provider.keys, 'at+jwt', {
    iss: provider.issuer,
    sub: client.id,
    aud: audienceOf(provider.issuer, resources, []),
    client_id: client.id,
    iat: now,
    exp: now + accessTokenSeconds,
    jti: encodeBase64Url(provider.random(16)),
    scope,
    ...(dpopJkt === null ? {} : { cnf: { jkt: dpopJkt } }),
  });
  return ok({
    access_token: accessToken,
    token_type: dpopJkt === null ? 'Bearer' : 'DPoP',
    expires_in: accessTokenSeconds,
    scope,
  });
};
