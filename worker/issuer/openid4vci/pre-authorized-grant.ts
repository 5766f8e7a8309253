// grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code (OpenID4VCI 1.0 §6): whoever has the offer and its transaction code.
// No client is authenticated: a wallet need not be registered to be offered a credential.

import { err, ok, type Result } from '../../../shared/base/result.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { parseHandle } from '../../logins/handle.ts';
import type { Params } from '../../openid/authorize/request.ts';
import { type KeySource, signJwt } from '../../openid/jwt.ts';
import { type OAuthError, oauthError } from '../../openid/oauth-error.ts';
import { asksForIdentity, grantedDetails } from './authorization-details.ts';
import { identityConfiguration } from './configuration.ts';
import { type OfferObject, offerTokenSeconds } from './offer.ts';
import type { RedeemOfferError } from './offer-rules.ts';

export const preAuthorizedGrantType = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';
/** What tokens of this grant name instead of a client: no registered client is called so. */
export const anonymousWallet = 'urn:tawthiq:anonymous-wallet';

export type PreAuthorizedNeeds = {
  readonly issuer: string;
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  readonly keys: KeySource;
  readonly offers: (id: string) => OfferObject;
};

/** A wrong transaction code is told apart, so that the person is asked again (§6.3); every other death of an offer is one. */
const descriptions: Readonly<Record<RedeemOfferError['reason'], string>> = {
  offer_unknown: 'the offer is not known, was used, or has expired',
  offer_used: 'the offer is not known, was used, or has expired',
  offer_expired: 'the offer is not known, was used, or has expired',
  tx_code_wrong: 'tx_code is wrong',
  tx_code_locked: 'tx_code was wrong too often: ask for another offer',
};

export async function preAuthorizedGrant(
  needs: PreAuthorizedNeeds,
  params: Params,
  dpopJkt: string | null,
): Promise<Result<Readonly<Record<string, unknown>>, OAuthError>> {
  const [code, txCode] = [params.values.get('pre-authorized_code'), params.values.get('tx_code')];
  if (!code) return err(oauthError('invalid_request', 'pre-authorized_code is missing'));
  if (!txCode) return err(oauthError('invalid_request', 'tx_code is missing'));
  const asked = asksForIdentity(params.values.get('authorization_details'), needs.issuer);
  if (!asked.ok) return asked;
  const handle = parseHandle(code);
  if (!handle) return err(oauthError('invalid_grant', descriptions.offer_unknown));
  const redeemed = await needs
    .offers(handle.id)
    .redeem({ secret: handle.secret, txCode: txCode.slice(0, 64), dpopJkt });
  if (!redeemed.ok) return err(oauthError('invalid_grant', descriptions[redeemed.error.reason]));
  const now = needs.now();
  const { scope } = identityConfiguration;
  const details = asked.value ? { authorization_details: grantedDetails } : {};
  const accessToken = await signJwt(needs.keys, 'at+jwt', {
    iss: needs.issuer,
    aud: needs.issuer,
    // The offer, not the person: the wallet learns who it is from the credential.
    sub: handle.id,
    client_id: anonymousWallet,
    iat: now,
    exp: now + offerTokenSeconds,
    jti: `${handle.id}.${encodeBase64Url(needs.random(12))}`,
    scope,
    ...details,
    ...(dpopJkt === null ? {} : { cnf: { jkt: dpopJkt } }),
  });
  return ok({
    access_token: accessToken,
    token_type: dpopJkt === null ? 'Bearer' : 'DPoP',
    expires_in: offerTokenSeconds,
    scope,
    ...details,
  });
}
