// The checks of an authorization request, in order: the first that fails names the answer. Stage `page` is shown to the person and
// never sent anywhere; stage `redirect` goes back to the registered redirect URI, which by then is known to be right. One table, so one
// file, however long.

import { levels } from '../../../shared/assurance/level.ts';
import { type Client, mayBeSentTo } from '../../clients/client.ts';
import { asksForIdentity } from '../../issuer/openid4vci/authorization-details.ts';
import { credentialLevel, identityConfiguration } from '../../issuer/openid4vci/configuration.ts';
import { type OAuthError, type OAuthErrorCode, oauthError } from '../oauth-error.ts';
import { othersThan, registeredResources } from '../resources.ts';
import { noClaims, type ParsedClaims, parseClaims } from './claims-parameter.ts';
import {
  type AuthorizationRequest,
  type Params,
  type Prompt,
  responseModeOf,
  responseModes,
  wantedLevels,
  wordsOf,
} from './request.ts';
import { openWays } from './ways.ts';

export type PageReason =
  | 'client_missing'
  | 'client_unknown'
  | 'client_suspended'
  | 'redirect_uri_missing'
  | 'redirect_uri_not_registered'
  | 'request_uri_unknown';

export type Asked = {
  readonly issuer: string;
  readonly params: Params;
  readonly client: Client | undefined;
  /** True if the parameters were pushed (PAR): the client was authenticated with them. */
  readonly pushed: boolean;
  /** True if they came in a request object that the client signed (JAR). */
  readonly signed: boolean;
};

type Refusal = { readonly stage: 'page'; readonly reason: PageReason } | ({ readonly stage: 'redirect' } & OAuthError);
type Check = { readonly name: string; readonly refuses: (asked: Asked) => Refusal | undefined };

const page = (reason: PageReason): Refusal => ({ stage: 'page', reason });
const back = (error: OAuthErrorCode, description: string): Refusal => ({
  stage: 'redirect',
  ...oauthError(error, description),
});

const prompts: readonly string[] = ['none', 'login', 'consent', 'select_account'];
const value = (asked: Asked, name: string) => asked.params.values.get(name);

export const checks: readonly Check[] = [
  {
    name: 'client_is_named_once',
    refuses: (asked) =>
      !value(asked, 'client_id') || asked.params.repeated.includes('client_id') ? page('client_missing') : undefined,
  },
  { name: 'client_is_known', refuses: ({ client }) => (client ? undefined : page('client_unknown')) },
  {
    name: 'client_is_active',
    refuses: ({ client }) => (client?.state === 'active' ? undefined : page('client_suspended')),
  },
  {
    name: 'redirect_uri_is_named_once',
    refuses: (asked) =>
      !value(asked, 'redirect_uri') || asked.params.repeated.includes('redirect_uri')
        ? page('redirect_uri_missing')
        : undefined,
  },
  {
    // SECURITY: until this row holds, nothing is sent anywhere (RFC 9700 §4.11.2).
    name: 'redirect_uri_is_registered',
    refuses: (asked) => {
      const requested = value(asked, 'redirect_uri') ?? '';
      return asked.client && mayBeSentTo(asked.client, requested) ? undefined : page('redirect_uri_not_registered');
    },
  },
  {
    name: 'no_parameter_is_repeated',
    refuses: ({ params }) =>
      params.repeated.length > 0
        ? back('invalid_request', `repeated parameter: ${printable(params.repeated[0])}`)
        : undefined,
  },
  {
    name: 'response_type_is_code',
    refuses: (asked) => {
      const type = value(asked, 'response_type');
      if (!type) return back('invalid_request', 'response_type is missing');
      return type === 'code' ? undefined : back('unsupported_response_type', 'only response_type=code is supported');
    },
  },
  {
    name: 'client_may_use_the_code_flow',
    refuses: ({ client }) =>
      client?.metadata.grant_types.includes('authorization_code')
        ? undefined
        : back('unauthorized_client', 'this client is not registered for authorization_code'),
  },
  {
    name: 'response_mode_is_known',
    refuses: (asked) => {
      const mode = value(asked, 'response_mode') ?? 'query';
      return responseModeOf(mode) === mode
        ? undefined
        : back('invalid_request', `response_mode must be one of ${responseModes.join(', ')}`);
    },
  },
  {
    name: 'request_objects_came_by_their_own_door',
    refuses: (asked) => {
      if (asked.pushed) return undefined;
      if (value(asked, 'registration')) return back('registration_not_supported', 'register the client first');
      return value(asked, 'request_uri')
        ? back('request_uri_not_supported', 'only request_uri from the PAR endpoint is taken')
        : undefined;
    },
  },
  {
    name: 'pushed_where_it_must_be',
    refuses: ({ client, pushed }) => {
      const must = client?.metadata.require_pushed_authorization_requests || client?.policy.profile === 'fapi2';
      return must && !pushed ? back('invalid_request', 'this client must push its requests (RFC 9126)') : undefined;
    },
  },
  {
    // RFC 9101 §10.5: by whichever door.
    name: 'signed_where_it_must_be',
    refuses: ({ client, signed }) =>
      client?.metadata.require_signed_request_object && !signed
        ? back('invalid_request', 'this client must sign its requests (RFC 9101)')
        : undefined,
  },
  {
    // RFC 9396 §5: what cannot be granted is refused, and never passed over as an unknown scope is.
    name: 'authorization_details_can_be_granted',
    refuses: (asked) => {
      const details = asksForIdentity(value(asked, 'authorization_details'), asked.issuer);
      if (!details.ok) return back(details.error.error, details.error.description);
      return details.value && !asked.client?.policy.wallet
        ? back('invalid_authorization_details', 'this client may not fetch credentials')
        : undefined;
    },
  },
  {
    name: 'scope_has_openid',
    refuses: (asked) => {
      const scope = value(asked, 'scope') ?? '';
      if (scope.length > 1000) return back('invalid_scope', 'scope is too long');
      // A wallet that wants a credential, and no login, asks by details or by a scope alone (OpenID4VCI 1.0 §5.1.1, §5.1.2).
      if (value(asked, 'authorization_details') !== undefined) return undefined;
      const enough = ['openid', identityConfiguration.scope];
      return wordsOf(scope).some((word) => enough.includes(word))
        ? undefined
        : back('invalid_scope', 'scope must include openid');
    },
  },
  {
    name: 'resources_are_registered',
    refuses: ({ params, client, issuer }) => {
      const named = registeredResources(params, client, issuer);
      return named.ok ? undefined : back(named.error.error, named.error.description);
    },
  },
  {
    name: 'challenge_is_s256',
    refuses: (asked) => {
      const [challenge, method] = [value(asked, 'code_challenge'), value(asked, 'code_challenge_method')];
      // RFC 7636 §4.3: without a method it would be `plain`, which protects nothing.
      if (challenge !== undefined && method !== 'S256')
        return back('invalid_request', 'code_challenge_method must be S256');
      if (challenge === undefined && method !== undefined) return back('invalid_request', 'code_challenge is missing');
      return challenge === undefined || /^[A-Za-z0-9_-]{43}$/.test(challenge)
        ? undefined
        : back('invalid_request', 'code_challenge must be 43 base64url characters');
    },
  },
  {
    name: 'challenge_is_there',
    refuses: (asked) => {
      if (value(asked, 'code_challenge') || !asked.client || !needsChallenge(asked.client, value(asked, 'nonce')))
        return undefined;
      return back('invalid_request', 'PKCE is required: send code_challenge and code_challenge_method=S256');
    },
  },
  {
    // RFC 9449 §10: a code that is bound to what is no thumbprint could be redeemed by nobody, and nobody would say why.
    name: 'dpop_jkt_is_a_thumbprint',
    refuses: (asked) =>
      /^[A-Za-z0-9_-]{43}$/.test(value(asked, 'dpop_jkt') ?? 'x'.repeat(43))
        ? undefined
        : back('invalid_request', 'dpop_jkt must be the SHA-256 thumbprint of a key: 43 base64url characters'),
  },
  {
    name: 'texts_are_short_enough',
    refuses: (asked) => {
      const limits: readonly (readonly [string, number])[] = [
        ['state', 4096],
        ['nonce', 512],
        ['login_hint', 256],
        ['id_token_hint', 8192],
        ['acr_values', 1000],
        ['ui_locales', 200],
      ];
      const long = limits.find(([name, most]) => (value(asked, name)?.length ?? 0) > most);
      return long ? back('invalid_request', `${long[0]} is too long`) : undefined;
    },
  },
  {
    name: 'prompt_is_known',
    refuses: (asked) => {
      const words = wordsOf(value(asked, 'prompt'));
      if (!words.every((word) => prompts.includes(word)))
        return back('invalid_request', 'prompt has a value that is not known');
      return words.includes('none') && words.length > 1
        ? back('invalid_request', 'prompt=none stands alone')
        : undefined;
    },
  },
  {
    name: 'max_age_is_a_number',
    refuses: (asked) =>
      /^\d{1,9}$/.test(value(asked, 'max_age') ?? '0') ? undefined : back('invalid_request', 'max_age must be seconds'),
  },
  {
    name: 'claims_are_json',
    refuses: (asked) => {
      const text = value(asked, 'claims');
      return text !== undefined && !parseClaims(text).ok
        ? back('invalid_request', 'claims is not the JSON of OpenID Connect Core 5.5')
        : undefined;
    },
  },
  {
    name: 'essential_acr_is_one_of_ours',
    refuses: (asked) => {
      const claims = claimsOf(asked);
      return claims.acrEssential && wantedLevels(claims.acr).length === 0
        ? back('unmet_authentication_requirements', `acr values here: urn:tawthiq:loa:${levels.join('|')}`)
        : undefined;
    },
  },
  {
    // Nobody is asked to do what cannot be enough. Without a list of authenticators a passkey reaches everything.
    name: 'some_way_of_logging_in_can_do_it',
    refuses: (asked) => {
      const { client } = asked;
      if (!client?.policy.authenticators) return undefined;
      return openWays(client, requestOf(asked, client, null)).length === 0
        ? back('unmet_authentication_requirements', 'no authenticator that this client takes reaches what is asked')
        : undefined;
    },
  },
];

/** RFC 9700 §2.1.1: public clients always; confidential ones unless the authority lets a nonce, or nothing, do. */
function needsChallenge(client: Client, nonce: string | undefined): boolean {
  const confidential = client.metadata.token_endpoint_auth_method !== 'none';
  if (!confidential || client.policy.profile === 'fapi2' || client.policy.pkce === 'required') return true;
  return client.policy.pkce === 'or_nonce' && nonce === undefined;
}

function claimsOf(asked: Asked): ParsedClaims {
  const parsed = parseClaims(value(asked, 'claims') ?? '{}');
  return parsed.ok ? parsed.value : noClaims;
}

function printable(text: string | undefined): string {
  return (text ?? '').replace(/[^\x21-\x7e]|["\\]/g, '').slice(0, 60);
}

export function firstRefusal(asked: Asked): Refusal | undefined {
  for (const check of checks) {
    const refusal = check.refuses(asked);
    if (refusal) return refusal;
  }
  return undefined;
}

/** The request of parameters that passed every check. `hintedSub`: from an id_token_hint that holds, or the claims parameter. */
export function requestOf(asked: Asked, client: Client, hintedSub: string | null): AuthorizationRequest {
  const claims = claimsOf(asked);
  const text = (name: string) => value(asked, name) ?? null;
  const acr = claims.acr.length > 0 ? claims.acr : wordsOf(value(asked, 'acr_values'));
  const asDefault = acr.length > 0 ? acr : (client.metadata.default_acr_values ?? []);
  const details = value(asked, 'authorization_details') !== undefined;
  const scopes = wordsOf(value(asked, 'scope'));
  if (details) scopes.push(identityConfiguration.scope);
  // What a credential takes at the least: a wallet that names no level would come with a token that fetches nothing.
  const forCredential = client.policy.wallet && scopes.includes(identityConfiguration.scope) && asDefault.length === 0;
  const maxAge = text('max_age') === null ? (client.metadata.default_max_age ?? null) : Number(text('max_age'));
  return {
    redirectUri: text('redirect_uri') ?? '',
    responseMode: responseModeOf(value(asked, 'response_mode')),
    scopes: [...new Set(scopes)],
    ...(details ? { details } : {}),
    state: text('state'),
    nonce: text('nonce'),
    codeChallenge: text('code_challenge'),
    dpopJkt: text('dpop_jkt'),
    prompt: wordsOf(value(asked, 'prompt')) as Prompt[],
    maxAge,
    wanted: forCredential ? [credentialLevel] : wantedLevels(asDefault),
    essential: claims.acrEssential || forCredential,
    claims: claims.asked,
    resources: othersThan(asked.issuer, wordsOf(value(asked, 'resource'))),
    locale: localeOf(value(asked, 'ui_locales')),
    loginHint: text('login_hint'),
    hintedSub: hintedSub ?? claims.sub,
  };
}

/** The first of the person's languages that we have; regions are not looked at. */
export function localeOf(uiLocales: string | undefined): 'ar' | 'en' | null {
  const first = wordsOf(uiLocales)
    .map((tag) => tag.toLowerCase().split('-')[0])
    .find((language) => language === 'ar' || language === 'en');
  return first === 'ar' || first === 'en' ? first : null;
}
