// grant_type=refresh_token (RFC 6749 §6, RFC 9700 §4.14): each use rotates, but for FAPI 2.0; the login's object is the referee.

import { err, ok } from '../../../shared/base/result.ts';
import { formatHandle, parseHandle } from '../../logins/handle.ts';
import { wordsOf } from '../authorize/request.ts';
import { grantOf } from '../grant.ts';
import { oauthError } from '../oauth-error.ts';
import { othersThan } from '../resources.ts';
import type { Grantor } from './grantor.ts';
import { makeTokens } from './tokens.ts';

export const refreshGrant: Grantor = async (provider, { client, params, resources, dpopJkt }) => {
  const text = params.values.get('refresh_token');
  if (!text) return err(oauthError('invalid_request', 'refresh_token is missing'));
  const handle = parseHandle(text);
  const dead = err(oauthError('invalid_grant', 'the refresh token is not known, was used, or has expired'));
  if (!handle) return dead;
  const asked = wordsOf(params.values.get('scope'));
  const narrowing = { scopes: asked, resources: othersThan(provider.issuer, resources) };
  const rotated = await provider.objects.login(handle.id).refresh({
    secret: handle.secret,
    clientId: client.id,
    dpopJkt,
    narrowing,
    needs: { level: client.policy.minLevel, amr: client.policy.authenticators ?? null },
    goesOn: client.policy.profile === 'fapi2',
  });
  if (!rotated.ok) {
    switch (rotated.error.reason) {
      case 'dpop_key_differs':
        return err(oauthError('invalid_grant', 'the DPoP key is not the one that the refresh token is bound to'));
      case 'scope_not_granted':
        return err(oauthError('invalid_scope', 'scope may not grow; what was granted stays granted'));
      case 'resource_not_granted':
        return err(oauthError('invalid_target', 'this resource was not granted; what was stays granted'));
      case 'login_not_enough':
        // A client whose least level was raised gets nothing more by a login of before.
        return err(
          oauthError('invalid_grant', 'this login is less than the client needs by now: ask the person again'),
        );
      default:
        return dead;
    }
  }
  const { authentication, secret } = rotated.value;
  const whole = grantOf(rotated.value.grant);
  // A nonce belongs to one authorization; the ID token of a refresh has none (OpenID Connect Core §12.2).
  const grant = { ...whole, nonce: null, scope: asked.length > 0 ? asked.join(' ') : whole.scope };
  const granted = { loginId: handle.id, client, grant, authentication, dpopJkt, resources };
  return ok(await makeTokens(provider, granted, formatHandle({ id: handle.id, secret })));
};
