// POST /introspect (RFC 7662, JWT answers RFC 9701) and POST /revoke (RFC 7009): what is a token good for, and make it good for nothing.

import { ok, type Result } from '../../../shared/base/result.ts';
import type { Client } from '../../clients/client.ts';
import { isLoginId, parseHandle } from '../../logins/handle.ts';
import type { Params } from '../authorize/request.ts';
import { grantOf } from '../grant.ts';
import { type Claims, signJwt, verifyJwt } from '../jwt.ts';
import { type OAuthError, oauthError } from '../oauth-error.ts';
import type { Later, Provider } from '../provider.ts';
import { audienceOf } from '../resources.ts';
import { authenticateClient, type ClientRefusal } from './client-authentication.ts';

type Input = { readonly params: Params; readonly authorization: string | undefined };

async function callerOf(
  provider: Provider,
  input: Input,
  path: string,
  later: Later,
): Promise<Result<Client, OAuthError | ClientRefusal>> {
  if (input.params.repeated.length > 0)
    return { ok: false, error: oauthError('invalid_request', 'a parameter is repeated') };
  const endpoint = provider.issuer + path;
  const caller = await authenticateClient(provider, { ...input, endpoint }, later);
  if (caller.ok && !input.params.values.has('token'))
    return { ok: false, error: oauthError('invalid_request', 'token is missing') };
  return caller;
}

const inactive: Claims = { active: false };

/**
 * A client learns of its own tokens; one that the authority lets introspect (a resource server) of all of them, where `sub` is then
 * left out: it is the other client's name for the person. Everything else is just not active (§2.2).
 */
export async function introspect(
  provider: Provider,
  input: Input,
  later: Later,
): Promise<Result<{ readonly claims: Claims; readonly caller: Client }, OAuthError | ClientRefusal>> {
  const caller = await callerOf(provider, input, '/introspect', later);
  if (!caller.ok) return caller;
  const client = caller.value;
  if (client.metadata.token_endpoint_auth_method === 'none')
    return { ok: false, error: oauthError('invalid_client', 'a public client may not introspect') };
  const text = input.params.values.get('token') ?? '';
  const claims = (await aboutAccessToken(provider, text)) ?? (await aboutRefreshToken(provider, text));
  if (!claims || !(await isOfActiveClient(provider, claims, client, later)))
    return ok({ claims: inactive, caller: client });
  if (claims['client_id'] === client.id) return ok({ claims, caller: client });
  if (!client.policy.introspectsAll) return ok({ claims: inactive, caller: client });
  const { sub: _, ...others } = claims;
  return ok({ claims: others, caller: client });
}

/** A suspended client's tokens are nothing, whoever asks. */
async function isOfActiveClient(provider: Provider, claims: Claims, caller: Client, later: Later): Promise<boolean> {
  const id = String(claims['client_id']);
  return id === caller.id || (await provider.clients.find(id, later))?.state === 'active';
}

async function aboutAccessToken(provider: Provider, text: string): Promise<Claims | undefined> {
  const claims = await verifyJwt(provider.keys, 'at+jwt', text);
  if (!claims || typeof claims['exp'] !== 'number' || claims['exp'] <= provider.now()) return undefined;
  const jti = String(claims['jti']);
  const loginId = jti.slice(0, jti.indexOf('.'));
  // A token of client_credentials belongs to no login: what was taken back of those is a list of its own.
  if (isLoginId(loginId)) {
    if (!(await provider.objects.login(loginId).checkToken(jti)).ok) return undefined;
  } else if (await provider.serviceTokens.isRevoked(jti)) return undefined;
  return { active: true, token_type: claims['cnf'] ? 'DPoP' : 'Bearer', ...claims };
}

async function aboutRefreshToken(provider: Provider, text: string): Promise<Claims | undefined> {
  const handle = parseHandle(text);
  const found = handle ? await provider.objects.login(handle.id).inspectRefresh(handle.secret) : null;
  if (!found) return undefined;
  const grant = grantOf(found.grant);
  const { acr, authTime } = found.authentication;
  return {
    active: true,
    token_type: 'refresh_token',
    iss: provider.issuer,
    client_id: found.clientId,
    sub: grant.sub,
    aud: audienceOf(provider.issuer, [], grant.resources ?? []),
    scope: grant.scope,
    exp: found.expiresAt,
    acr,
    auth_time: authTime,
  };
}

/** The answer as a token that the caller can keep and show (RFC 9701 §5). */
export function introspectionJwt(provider: Provider, claims: Claims, caller: Client): Promise<string> {
  return signJwt(provider.keys, 'token-introspection+jwt', {
    iss: provider.issuer,
    aud: caller.id,
    iat: provider.now(),
    token_introspection: claims,
  });
}

/** Always well, whatever the token was (§2.2); another client's token is left alone. */
export async function revoke(
  provider: Provider,
  input: Input,
  later: Later,
): Promise<Result<null, OAuthError | ClientRefusal>> {
  const caller = await callerOf(provider, input, '/revoke', later);
  if (!caller.ok) return caller;
  const clientId = caller.value.id;
  const text = input.params.values.get('token') ?? '';
  const handle = parseHandle(text);
  if (handle) {
    if (await provider.objects.login(handle.id).revokeRefresh({ secret: handle.secret, clientId }))
      journalled(provider, handle.id, clientId, later);
    return ok(null);
  }
  const claims = await verifyJwt(provider.keys, 'at+jwt', text);
  const jti = String(claims?.['jti']);
  const loginId = jti.slice(0, jti.indexOf('.'));
  if (claims?.['client_id'] !== clientId || typeof claims['exp'] !== 'number') return ok(null);
  // What has run out has nothing left to take back.
  if (claims['exp'] <= provider.now()) return ok(null);
  if (!isLoginId(loginId)) await provider.serviceTokens.revokeToken(jti, claims['exp'], provider.now());
  else if (!(await provider.objects.login(loginId).revokeToken(jti, claims['exp']))) return ok(null);
  journalled(provider, isLoginId(loginId) ? loginId : jti, clientId, later);
  return ok(null);
}

function journalled(provider: Provider, loginId: string, clientId: string, later: Later): void {
  later(
    provider.journal.append({
      at: provider.now(),
      event: 'token.revoked',
      actor: `client:${clientId}`,
      object: loginId,
    }),
  );
}
