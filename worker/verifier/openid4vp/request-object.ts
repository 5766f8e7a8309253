// What a wallet is sent: the parameters of OpenID4VP 1.0 §5, and the request object that signs them (RFC 9101; x509_hash, §5.9.3).

import { signJws } from '../../../shared/sd-jwt/jws.ts';
import type { CertifiedSigner } from '../../issuer/certified-keys.ts';
import type { Asked } from './presentation-rules.ts';

export const vpPaths = {
  request: '/openid4vp/requests/:handle',
  response: '/openid4vp/responses/:id',
} as const;

export const requestObjectType = 'oauth-authz-req+jwt';
export const encryptedResponseEncs = ['A128GCM', 'A256GCM'] as const;

type Live = { readonly responseUri: string; readonly nonce: string; readonly state: string };

export function requestParameters(asked: Asked, live: Live): Readonly<Record<string, unknown>> {
  const jwks = asked.encryption && { keys: [JSON.parse(asked.encryption.publicJwk) as unknown] };
  return {
    client_id: asked.clientId,
    response_type: 'vp_token',
    response_mode: asked.responseMode,
    response_uri: live.responseUri,
    nonce: live.nonce,
    state: live.state,
    dcql_query: JSON.parse(asked.query) as unknown,
    client_metadata: {
      vp_formats_supported: { 'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256'] } },
      ...(jwks ? { jwks, encrypted_response_enc_values_supported: encryptedResponseEncs } : {}),
    },
  };
}

/** `walletNonce`: from a POST to the request's address; it comes back inside (§5.10). */
export function signRequestObject(
  asked: Asked,
  live: Live & { readonly now: number; readonly expiresAt: number; readonly walletNonce: string | undefined },
  signer: CertifiedSigner,
): Promise<string> {
  const payload = {
    iss: asked.clientId,
    aud: 'https://self-issued.me/v2',
    iat: live.now,
    exp: live.expiresAt,
    ...requestParameters(asked, live),
    ...(live.walletNonce === undefined ? {} : { wallet_nonce: live.walletNonce }),
  };
  return signJws({ typ: requestObjectType, x5c: signer.x5c }, payload, signer.sign);
}
