// Who calls the token endpoint and its neighbours: the client's registered method and no other (RFC 6749 §2.3, OpenID Connect Core §9).

import { err, ok, type Result } from '../../../shared/base/result.ts';
import { equalBytes } from '../../../shared/bytes/equal.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import type { AuthMethod, Client } from '../../clients/client.ts';
import { hashSecret } from '../../logins/handle.ts';
import type { Params } from '../authorize/request.ts';
import { type OAuthError, oauthError } from '../oauth-error.ts';
import type { Later, Provider } from '../provider.ts';
import { assertionType, clientOfAssertion, type GoodOnce, verifyAssertion } from './client-assertion.ts';

export type Presented =
  | { readonly method: 'client_secret_basic' | 'client_secret_post'; readonly id: string; readonly secret: string }
  | { readonly method: 'private_key_jwt'; readonly id: string; readonly assertion: string }
  | { readonly method: 'none'; readonly id: string };

/** `challenge`: the client spoke HTTP authentication, so the refusal must too (RFC 6749 §5.2). */
export type ClientRefusal = OAuthError & { readonly challenge: boolean };

function refuse(description: string, challenge = false): ClientRefusal {
  return { ...oauthError('invalid_client', description), challenge };
}

/** What was presented, exactly one method; client_id, if sent beside it, must agree. */
export function presentedBy(params: Params, authorization: string | undefined): Result<Presented, ClientRefusal> {
  const [id, secret] = [params.values.get('client_id'), params.values.get('client_secret')];
  const assertion = params.values.get('client_assertion');
  const basic = isBasic(authorization);
  if ([basic, secret !== undefined, assertion !== undefined].filter(Boolean).length > 1)
    return err({ ...oauthError('invalid_request', 'use one way of client authentication'), challenge: false });
  if (basic) {
    const found = decodeBasic(authorization.slice(6).trim());
    if (!found) return err(refuse('the Basic credentials cannot be read', true));
    if (id !== undefined && id !== found.id) return err(refuse('client_id differs from the Basic credentials', true));
    // A public client's library that knows headers only: no secret, so no authentication (RFC 6749 §2.3.1).
    if (found.secret === '') return ok({ method: 'none', id: found.id });
    return ok({ method: 'client_secret_basic', ...found });
  }
  if (assertion !== undefined) {
    if (params.values.get('client_assertion_type') !== assertionType)
      return err(refuse(`client_assertion_type must be ${assertionType}`));
    const named = clientOfAssertion(assertion);
    if (!named || (id !== undefined && id !== named)) return err(refuse('the assertion names no client, or another'));
    return ok({ method: 'private_key_jwt', id: named, assertion });
  }
  if (id === undefined) return err(refuse('no client authentication: send client_id at least'));
  return ok(secret === undefined ? { method: 'none', id } : { method: 'client_secret_post', id, secret });
}

function isBasic(authorization: string | undefined): authorization is string {
  return authorization !== undefined && /^basic /i.test(authorization);
}

/** RFC 6749 §2.3.1: both halves are form-encoded before they are joined. */
function decodeBasic(text: string): { readonly id: string; readonly secret: string } | undefined {
  if (text.length > 2048) return undefined;
  try {
    const plain = atob(text);
    const colon = plain.indexOf(':');
    if (colon < 0) return undefined;
    const decode = (part: string) => decodeURIComponent(part.replaceAll('+', ' '));
    return { id: decode(plain.slice(0, colon)), secret: decode(plain.slice(colon + 1)) };
  } catch {
    return undefined;
  }
}

export type ClientInput = {
  readonly params: Params;
  readonly authorization: string | undefined;
  readonly endpoint: string;
};
/** A client that proved itself; `assertion`: what it did that with, if that is good once and not spent yet. */
export type ProvenClient = { readonly client: Client; readonly assertion: GoodOnce | null };

// SECURITY: one text for every way to be wrong, so that client ids and methods cannot be probed.
const failed = 'client authentication failed';

export async function authenticateClient(
  provider: Provider,
  input: ClientInput,
  later: Later,
): Promise<Result<Client, ClientRefusal>> {
  const proven = await proveClient(provider, input, later);
  return proven.ok ? spendAssertion(provider, proven.value) : proven;
}

/** For a caller that may still send the client back for something else (a DPoP nonce): until then its assertion stays good. */
export async function proveClient(
  provider: Provider,
  input: ClientInput,
  later: Later,
): Promise<Result<ProvenClient, ClientRefusal>> {
  const presented = presentedBy(input.params, input.authorization);
  if (!presented.ok) return presented;
  const { method, id } = presented.value;
  const client = await provider.clients.find(id, later);
  const wrong = err(refuse(failed, isBasic(input.authorization)));
  if (client?.state !== 'active' || !mayUse(client.metadata.token_endpoint_auth_method, method)) return wrong;
  switch (presented.value.method) {
    case 'none':
      return ok({ client, assertion: null });
    case 'private_key_jwt': {
      const assertion = await verifyAssertion(provider, client, presented.value.assertion, input.endpoint);
      return assertion ? ok({ client, assertion }) : wrong;
    }
    case 'client_secret_basic':
    case 'client_secret_post':
      return isSecretOf(client, presented.value.secret, provider.now()) ? ok({ client, assertion: null }) : wrong;
  }
}

/** SECURITY: an assertion that was read on its way is worth nothing (RFC 7523 §3): its jti counts once. */
export async function spendAssertion(
  provider: Pick<Provider, 'spent'>,
  { client, assertion }: ProvenClient,
): Promise<Result<Client, ClientRefusal>> {
  if (assertion === null) return ok(client);
  return (await provider.spent.first('assertion', client.id, assertion.jti, assertion.exp))
    ? ok(client)
    : err(refuse(failed));
}

/** The two ways to send a secret are one strength: libraries that only know the other one work too. */
function mayUse(registered: AuthMethod, used: AuthMethod): boolean {
  return registered === used || (registered.startsWith('client_secret_') && used.startsWith('client_secret_'));
}

function isSecretOf(client: Client, secret: string, now: number): boolean {
  const hash = encodeUtf8(hashSecret(secret));
  let good = false;
  // No early end: which of two secrets matched is nobody's business.
  for (const known of client.secrets) {
    const alive = known.goodUntil === null || known.goodUntil > now;
    good = (equalBytes(encodeUtf8(known.hash), hash) && alive) || good;
  }
  return good;
}
