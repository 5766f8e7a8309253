// POST /par (RFC 9126): the client proves itself first and leaves its parameters with a new login; the browser brings only the handle.

import { err, ok, type Result } from '../../../shared/base/result.ts';
import { formatHandle, hashSecret, newLoginId, newSecret } from '../../logins/handle.ts';
import type { Json } from '../../logins/login-record.ts';
import { type BusyError, networkIsBusy, type OAuthError, oauthError } from '../oauth-error.ts';
import type { Later, Provider } from '../provider.ts';
import { authenticateClient, type ClientRefusal } from '../token/client-authentication.ts';
import { type Asked, firstRefusal, requestOf } from './checks.ts';
import { hintedSubOf } from './hint.ts';
import type { Params } from './request.ts';
import { openRequestObject } from './request-object.ts';

export const requestUriPrefix = 'urn:ietf:params:oauth:request_uri:';
/** Seconds in which the browser must come (FAPI 2.0 Security Profile §5.3.2.2: less than 600). */
export const pushedLifetimeSeconds = 90;

export type Pushed = { readonly request_uri: string; readonly expires_in: number };
export type PushInput = {
  readonly params: Params;
  readonly authorization: string | undefined;
  /** Thumbprint of a DPoP proof that came with the push: binds the code like `dpop_jkt` (RFC 9449 §10.1). */
  readonly dpopJkt: string | null;
  /** Hashed (http/network.ts). */
  readonly network: string;
};

export async function push(
  provider: Provider,
  input: PushInput,
  later: Later,
): Promise<Result<Pushed, OAuthError | ClientRefusal | BusyError>> {
  const endpoint = `${provider.issuer}/par`;
  if (input.params.repeated.length > 0) return err(oauthError('invalid_request', 'a parameter is repeated'));
  const authenticated = await authenticateClient(provider, { ...input, endpoint }, later);
  if (!authenticated.ok) return authenticated;
  const client = authenticated.value;
  if (input.params.values.has('request_uri'))
    return err(oauthError('invalid_request', 'request_uri has no place in a push'));
  const object = input.params.values.get('request');
  const opened = object === undefined ? ok(input.params) : await openRequestObject(provider, client, object, 'pushed');
  if (!opened.ok) return opened;
  const values = new Map([...opened.value.values, ['client_id', client.id]]);
  const came = { pushed: true, signed: object !== undefined };
  const asked: Asked = { issuer: provider.issuer, params: { values, repeated: [] }, client, ...came };
  const refusal = firstRefusal(asked);
  if (refusal?.stage === 'page') return err(oauthError('invalid_request', refusal.reason));
  if (refusal) return err(oauthError(refusal.error, refusal.description));
  const bound = values.get('dpop_jkt');
  if (bound !== undefined && input.dpopJkt !== null && bound !== input.dpopJkt)
    return err(oauthError('invalid_dpop_proof', 'dpop_jkt is not the key of the proof'));
  const hinted = await hintedSubOf(provider, values.get('id_token_hint'));
  if (!hinted.ok) return hinted;
  const plain = requestOf(asked, client, hinted.value);
  const loginHint = await provider.loginHints.seal(plain.loginHint, client.id);
  const request = { ...plain, loginHint, dpopJkt: bound ?? input.dpopJkt };
  // Whoever knows a public client's name may push for it.
  const isAnybody = client.metadata.token_endpoint_auth_method === 'none';
  const waitSeconds = isAnybody ? await provider.networks.logins.take(input.network, 1, later) : 0;
  if (waitSeconds > 0) return err(networkIsBusy(waitSeconds));
  const handle = { id: newLoginId(provider.random), secret: newSecret(provider.random) };
  await provider.objects.login(handle.id).begin({
    kind: 'code',
    phase: 'requested',
    clientId: client.id,
    request: request as unknown as Json,
    holderHash: null,
    pollHash: null,
    requestUriHash: hashSecret(handle.secret),
    expiresAt: provider.now() + pushedLifetimeSeconds,
  });
  return ok({ request_uri: requestUriPrefix + formatHandle(handle), expires_in: pushedLifetimeSeconds });
}
