// POST /bc-authorize (CIBA Core §7): a service asks for a person whom it knows by number. An unknown number gets the same answer, and
// a request that nobody can approve.

import { err, ok, type Result } from '../../../shared/base/result.ts';
import { parseUserCode } from '../../authn/user-code-form.ts';
import type { Client } from '../../clients/client.ts';
import { formatHandle, newLoginId, newSecret } from '../../logins/handle.ts';
import { pollIntervalSeconds } from '../../logins/poll-rules.ts';
import { localeOf } from '../authorize/checks.ts';
import { type Locale, type Params, wantedLevels, wordsOf } from '../authorize/request.ts';
import { openRequestObject } from '../authorize/request-object.ts';
import { paths } from '../discovery.ts';
import { type OAuthError, oauthError } from '../oauth-error.ts';
import { texts } from '../pages/texts.ts';
import type { Later, Provider } from '../provider.ts';
import { othersThan, registeredResources } from '../resources.ts';
import { authenticateClient, type ClientRefusal } from '../token/client-authentication.ts';
import { type AskedTooOften, askPerson, backchannelRequest, expiry, matchNumberFor } from './ask-person.ts';
import { hintedPerson } from './hinted-person.ts';

export const cibaGrantType = 'urn:openid:params:grant-type:ciba';

export type BackchannelInput = {
  readonly params: Params;
  readonly authorization: string | undefined;
};

export type BackchannelAnswer = {
  readonly auth_req_id: string;
  readonly expires_in: number;
  readonly interval: number;
  /** What the service shows and the person types in the wallet. */
  readonly match_code: string;
};

type Check = (params: Params, client: Client) => OAuthError | undefined;
const value = (params: Params, name: string) => params.values.get(name);

/**
 * SECURITY: what the wallet shows as it is: nothing that is not seen or turns the text around, and something to read. With the marks of
 * Arabic and other scripts, which stand over a letter, three of them at most.
 */
const bindingMessage = /^(?=.*[\p{L}\p{N}])(?:[\p{L}\p{N}\p{P}\p{Zs}\p{Sc}]\p{M}{0,3})+$/u;

/** In order, each with its own refusal. */
const checks: readonly Check[] = [
  (_, client) =>
    client.metadata.grant_types.includes(cibaGrantType)
      ? undefined
      : oauthError('unauthorized_client', 'this client is not registered for CIBA'),
  (params) =>
    wordsOf(value(params, 'scope')).includes('openid')
      ? undefined
      : oauthError('invalid_scope', 'scope must include openid'),
  (params) => {
    const hints = ['login_hint', 'login_hint_token', 'id_token_hint'].filter(
      (name) => value(params, name) !== undefined,
    );
    if (hints.length !== 1) return oauthError('invalid_request', 'send exactly one hint');
    return hints[0] === 'login_hint_token'
      ? oauthError('invalid_request', 'login_hint_token is not supported: send login_hint or id_token_hint')
      : undefined;
  },
  (params) => {
    const message = value(params, 'binding_message');
    return message === undefined || (message.length <= 100 && bindingMessage.test(message))
      ? undefined
      : oauthError('invalid_binding_message', 'at most 100 letters, digits, punctuation and signs of currencies');
  },
  // SECURITY: said to whoever sends none or no code at all, before anybody is looked up. A code that is only wrong is answered like a
  // number that nobody has.
  (params, client) => {
    if (!client.metadata.backchannel_user_code_parameter) return undefined;
    const code = value(params, 'user_code');
    if (code === undefined)
      return oauthError('missing_user_code', 'user_code is needed: this client registered to send it');
    return parseUserCode(code) === undefined
      ? oauthError('invalid_user_code', 'user_code is 4 to 16 letters and digits')
      : undefined;
  },
  (params) => {
    const text = value(params, 'requested_expiry') ?? '1';
    return /^[1-9]\d{0,5}$/.test(text)
      ? undefined
      : oauthError('invalid_request', 'requested_expiry must be a positive whole number');
  },
  (params, client) => {
    if (client.metadata.backchannel_token_delivery_mode !== 'ping') return undefined;
    const token = value(params, 'client_notification_token') ?? '';
    return /^[A-Za-z0-9._~+/=-]{22,1024}$/.test(token)
      ? undefined
      : oauthError('invalid_request', 'client_notification_token is needed: 22 to 1024 bearer characters');
  },
];

export async function beginBackchannel(
  provider: Provider,
  input: BackchannelInput,
  later: Later,
): Promise<Result<BackchannelAnswer, OAuthError | ClientRefusal | AskedTooOften>> {
  if (input.params.repeated.length > 0) return err(oauthError('invalid_request', 'a parameter is repeated'));
  const endpoint = provider.issuer + paths.backchannel;
  const authenticated = await authenticateClient(provider, { ...input, endpoint }, later);
  if (!authenticated.ok) return authenticated;
  const client = authenticated.value;
  const opened = await paramsOfObject(provider, client, input.params);
  if (!opened.ok) return opened;
  const params = opened.value;
  for (const check of checks) {
    const refused = check(params, client);
    if (refused) return err(refused);
  }
  return begin(provider, client, params, later);
}

/** §7.1.1: a signed request holds everything; FAPI clients must sign, with times that say when. */
async function paramsOfObject(provider: Provider, client: Client, params: Params): Promise<Result<Params, OAuthError>> {
  const object = value(params, 'request');
  const must =
    client.policy.profile === 'fapi2' || client.metadata.backchannel_authentication_request_signing_alg !== undefined;
  if (object === undefined)
    return must ? err(oauthError('invalid_request', 'this client must sign its requests')) : ok(params);
  const opened = await openRequestObject(provider, client, object, 'backchannel');
  return opened.ok ? opened : err(oauthError('invalid_request', opened.error.description));
}

/** What the wallet says it is for, where the service did not say: what its people log in for. */
function loginPurpose(client: Client, locale: Locale): string {
  return client.policy.loginPurpose?.[locale] ?? texts[locale].loginPurpose;
}

async function begin(
  provider: Provider,
  client: Client,
  params: Params,
  later: Later,
): Promise<Result<BackchannelAnswer, OAuthError | AskedTooOften>> {
  const resources = registeredResources(params, client, provider.issuer);
  if (!resources.ok) return resources;
  const found = await hintedPerson(provider, client, params);
  if (!found.ok) return found;
  const wanted = wantedLevels(wordsOf(value(params, 'acr_values')));
  const number = matchNumberFor(client, wanted);
  const wish = Number(value(params, 'requested_expiry') ?? expiry.usual);
  const expiresIn = Math.min(Math.max(wish, expiry.least), expiry.most);
  const handle = { id: newLoginId(provider.random), secret: newSecret(provider.random) };
  const authReqId = formatHandle(handle);
  const request = backchannelRequest({
    scopes: [...new Set(wordsOf(value(params, 'scope')))],
    wanted,
    resources: othersThan(provider.issuer, resources.value),
    locale: localeOf(value(params, 'ui_locales')),
  });
  const pingUri = client.metadata.backchannel_client_notification_endpoint;
  const isPing = client.metadata.backchannel_token_delivery_mode === 'ping' && pingUri !== undefined;
  const asking = {
    client,
    found: found.value,
    userCode: parseUserCode(value(params, 'user_code') ?? ''),
    request,
    handle,
    number,
    purpose: value(params, 'binding_message') ?? loginPurpose(client, request.locale ?? 'ar'),
    expiresAt: provider.now() + expiresIn,
    ping: isPing
      ? { clientId: client.id, uri: pingUri, token: value(params, 'client_notification_token') ?? '', authReqId }
      : null,
  };
  const reached = await askPerson(provider, asking, later);
  if (!reached.ok) return reached;
  return ok({ auth_req_id: authReqId, expires_in: expiresIn, interval: pollIntervalSeconds, match_code: number.value });
}
