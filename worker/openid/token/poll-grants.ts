// The grants that are polled for: CIBA (CIBA Core §11) and the device flow (RFC 8628 §3.4). The answer waits for the person, a while.

import { err, ok, type Result } from '../../../shared/base/result.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { formatHandle, hashSecret, parseHandle } from '../../logins/handle.ts';
import type { NumberRequest } from '../../logins/login-record.ts';
import type { CollectError } from '../../logins/poll-rules.ts';
import { firstRefreshSecret } from '../../logins/refresh-rules.ts';
import type { AuthorizationRequest } from '../authorize/request.ts';
import { type Approved, finished, grantOfApproval } from '../backchannel/approval.ts';
import { grantOf } from '../grant.ts';
import { type OAuthError, oauthError } from '../oauth-error.ts';
import type { Provider } from '../provider.ts';
import { othersThan } from '../resources.ts';
import type { Grantor, TokenRequest } from './grantor.ts';
import { makeTokens } from './tokens.ts';

/**
 * Seconds a poll is held (CIBA Core §7.3 allows it); `Prefer: wait=` says otherwise. Well short of what clients wait for an answer, some of
 * them 3.5 s: what is handed to one that has hung up is collected, and lost.
 */
const usualWait = { auth_req_id: 2, device_code: 0 } as const;

const kinds = { auth_req_id: 'backchannel', device_code: 'device' } as const;

const refusals: Readonly<Record<CollectError['reason'], OAuthError>> = {
  poll_unknown: oauthError('invalid_grant', 'this is not known, or was used'),
  poll_used: oauthError('invalid_grant', 'this is not known, or was used'),
  poll_expired: oauthError('expired_token', 'the person did not answer in time'),
  scope_not_granted: oauthError('invalid_scope', 'scope has no place in this exchange'),
  resource_not_granted: oauthError('invalid_target', 'this resource was not asked for when the login was'),
  poll_denied: oauthError('access_denied', 'the person refused, or the request was locked'),
};

function pollGrant(parameter: 'auth_req_id' | 'device_code'): Grantor {
  return async (provider, request) => {
    const text = request.params.values.get(parameter);
    if (!text) return err(oauthError('invalid_request', `${parameter} is missing`));
    const handle = parseHandle(text);
    if (!handle) return err(refusals.poll_unknown);
    const input = { secret: handle.secret, clientId: request.client.id, kind: kinds[parameter] };
    const standing = await provider.objects
      .login(handle.id)
      .poll(input, (request.waitSeconds ?? usualWait[parameter]) * 1000);
    if (!standing.ok) return err(refusals[standing.error.reason]);
    switch (standing.value.state) {
      case 'pending':
        return err(oauthError('authorization_pending', 'the person has not answered yet'));
      case 'slow_down':
        return err(oauthError('slow_down', 'ask less often'));
      case 'issued':
        return exchange(provider, request, handle, null);
      case 'approved':
        return approved(
          provider,
          request,
          handle,
          standing.value.number,
          standing.value.request as unknown as AuthorizationRequest,
        );
    }
  };
}

/** A wallet approved: what it gives is decided now. */
async function approved(
  provider: Provider,
  tokenRequest: TokenRequest,
  handle: { readonly id: string; readonly secret: string },
  number: NumberRequest,
  request: AuthorizationRequest,
): Promise<Result<Readonly<Record<string, unknown>>, OAuthError>> {
  const { client } = tokenRequest;
  const granted = await grantOfApproval(provider, { client, loginId: handle.id, number, request });
  return granted.ok ? exchange(provider, tokenRequest, handle, granted.value) : granted;
}

async function exchange(
  provider: Provider,
  { client, resources, dpopJkt, later }: TokenRequest,
  handle: { readonly id: string; readonly secret: string },
  granted: Approved | null,
): Promise<Result<Readonly<Record<string, unknown>>, OAuthError>> {
  const salt = encodeBase64Url(provider.random(12));
  const first = firstRefreshSecret(provider.random(16), salt);
  const { refreshSeconds, refreshIdleSeconds } = client.policy;
  const collected = await provider.objects.login(handle.id).collect({
    secret: handle.secret,
    clientId: client.id,
    granted,
    narrowing: { scopes: [], resources: othersThan(provider.issuer, resources) },
    refresh: client.metadata.grant_types.includes('refresh_token')
      ? {
          hash: hashSecret(first),
          salt,
          expiresAt: Math.min(provider.now() + refreshSeconds, granted?.refreshUntil ?? Number.POSITIVE_INFINITY),
          idleSeconds: refreshIdleSeconds,
          dpopJkt: client.metadata.token_endpoint_auth_method === 'none' ? dpopJkt : null,
        }
      : null,
  });
  if (!collected.ok) return err(refusals[collected.error.reason]);
  const { authentication, grant } = collected.value;
  if (granted) await finished(provider, { client, loginId: handle.id }, authentication, later);
  const all = { loginId: handle.id, client, grant: grantOf(grant), authentication, dpopJkt, resources };
  const refreshes =
    client.metadata.grant_types.includes('refresh_token') && all.grant.scope.split(' ').includes('offline_access');
  return ok(await makeTokens(provider, all, refreshes ? formatHandle({ id: handle.id, secret: first }) : null));
}

export const cibaGrant = pollGrant('auth_req_id');
export const deviceGrant = pollGrant('device_code');
