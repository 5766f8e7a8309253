// A relying party: its registered metadata (RFC 7591 §2, OpenID Connect Registration §2) and the authority's policy for it.

import * as z from 'zod';
import { levels } from '../../shared/assurance/level.ts';
import { idTokenAlgs } from '../issuer/id-token-algs.ts';
import type { Logo } from './logo.ts';
import { matchesRedirectUri, redirectRefusals, refuseRedirectUri } from './redirect-uri.ts';
import { isResource } from './resource.ts';

/** pending: registered by itself, not approved yet. closed: for ever; its id is never given again. */
export const clientStates = ['pending', 'active', 'suspended', 'closed'] as const;
export type ClientState = (typeof clientStates)[number];
/** The authority's moves. */
export const clientMoves: Readonly<Record<ClientState, readonly ClientState[]>> = {
  pending: ['active', 'closed'],
  active: ['active', 'suspended', 'closed'],
  suspended: ['active', 'suspended', 'closed'],
  closed: [],
};

export const authMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const;
export type AuthMethod = (typeof authMethods)[number];
export const grantTypes = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:openid:params:grant-type:ciba',
  'urn:ietf:params:oauth:grant-type:device_code',
] as const;

const text = z.string().min(1).max(200);
const httpsUrl = z.string().max(2048).refine(isSafeUrl, 'must be an https URL (http only for this machine)');
const publicJwk = z
  .looseObject({ kty: z.enum(['EC', 'OKP', 'RSA']), kid: z.string().max(128).optional() })
  .refine((jwk) => !('d' in jwk) && !('p' in jwk) && !('k' in jwk), 'must be a public key')
  .refine((jwk) => JSON.stringify(jwk).length < 4096, 'is too large');

/** Names and languages as the registration spells them (`client_name#ar`); unknown members are refused by name. */
export const ClientMetadata = z
  .strictObject({
    client_name: text,
    'client_name#ar': text.optional(),
    'client_name#en': text.optional(),
    application_type: z.enum(['web', 'native']).default('web'),
    redirect_uris: z.array(z.string().max(2048)).max(20).default([]),
    post_logout_redirect_uris: z.array(z.string().max(2048)).max(20).default([]),
    response_types: z.array(z.literal('code')).max(1).default(['code']),
    grant_types: z.array(z.enum(grantTypes)).min(1).max(5).default(['authorization_code']),
    token_endpoint_auth_method: z.enum(authMethods).default('client_secret_basic'),
    token_endpoint_auth_signing_alg: z.enum(['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256']).optional(),
    jwks: z.strictObject({ keys: z.array(publicJwk).min(1).max(20) }).optional(),
    jwks_uri: httpsUrl.optional(),
    subject_type: z.literal('pairwise').default('pairwise'),
    sector_identifier_uri: httpsUrl.optional(),
    scope: z.string().max(500).optional(),
    id_token_signed_response_alg: z.enum(idTokenAlgs).default('ES256'),
    userinfo_signed_response_alg: z.enum(idTokenAlgs).optional(),
    request_object_signing_alg: z.enum(['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256']).optional(),
    require_signed_request_object: z.boolean().optional(),
    require_pushed_authorization_requests: z.boolean().optional(),
    dpop_bound_access_tokens: z.boolean().optional(),
    default_acr_values: z.array(z.string().max(100)).max(5).optional(),
    default_max_age: z.int().min(0).max(31_536_000).optional(),
    require_auth_time: z.boolean().optional(),
    backchannel_logout_uri: httpsUrl.optional(),
    backchannel_logout_session_required: z.boolean().optional(),
    backchannel_token_delivery_mode: z.enum(['poll', 'ping']).optional(),
    backchannel_client_notification_endpoint: httpsUrl.optional(),
    backchannel_authentication_request_signing_alg: z.enum(['ES256', 'EdDSA', 'Ed25519', 'PS256']).optional(),
    backchannel_user_code_parameter: z.boolean().optional(),
    initiate_login_uri: httpsUrl.optional(),
    logo_uri: httpsUrl.optional(),
    client_uri: httpsUrl.optional(),
    policy_uri: httpsUrl.optional(),
    tos_uri: httpsUrl.optional(),
    contacts: z.array(z.string().max(200)).max(10).optional(),
    software_id: z.string().max(100).optional(),
    software_version: z.string().max(100).optional(),
  })
  .superRefine((metadata, check) => {
    const native = metadata.application_type === 'native';
    for (const list of ['redirect_uris', 'post_logout_redirect_uris'] as const) {
      metadata[list].forEach((uri, i) => {
        const refusal = refuseRedirectUri(uri, native);
        const message = refusal && `${redirectRefusals[refusal]} (${refusal})`;
        if (message) check.addIssue({ code: 'custom', path: [list, i], message });
      });
    }
    if (metadata.grant_types.includes('authorization_code') && metadata.redirect_uris.length === 0)
      check.addIssue({ code: 'custom', path: ['redirect_uris'], message: 'is needed for the code flow' });
    if (metadata.jwks && metadata.jwks_uri)
      check.addIssue({ code: 'custom', path: ['jwks_uri'], message: 'give jwks or jwks_uri, not both' });
    if (metadata.token_endpoint_auth_method === 'private_key_jwt' && !metadata.jwks && !metadata.jwks_uri)
      check.addIssue({ code: 'custom', path: ['jwks'], message: 'is needed for private_key_jwt' });
    if (metadata.token_endpoint_auth_method === 'none' && metadata.grant_types.some(needsConfidential))
      check.addIssue({ code: 'custom', path: ['grant_types'], message: 'a public client may not use this grant' });
    const ping = metadata.backchannel_token_delivery_mode === 'ping';
    if (ping && !metadata.backchannel_client_notification_endpoint)
      check.addIssue({
        code: 'custom',
        path: ['backchannel_client_notification_endpoint'],
        message: 'is needed for the delivery mode ping',
      });
    // Hosts, not ports: OpenID Connect Registration §5.
    const parsed = metadata.redirect_uris.filter((uri) => URL.canParse(uri)).map((uri) => new URL(uri));
    const hosts = new Set(parsed.map(({ hostname }) => hostname));
    if (hosts.size > 1 && !metadata.sector_identifier_uri && !native)
      check.addIssue({ code: 'custom', path: ['sector_identifier_uri'], message: 'is needed for several hosts' });
  });
export type ClientMetadata = z.output<typeof ClientMetadata>;

function needsConfidential(grant: string): boolean {
  return grant === 'client_credentials' || grant === 'urn:openid:params:grant-type:ciba';
}

function isSafeUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  if (url.username || url.password || url.hash) return false;
  return (
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname))
  );
}

const purpose = z.object({ ar: text, en: text });

/** What the authority decided: nothing in it can be asked for by the relying party itself. */
export const ClientPolicy = z.strictObject({
  profile: z.enum(['default', 'fapi2']).default('default'),
  /** Confidential clients only; public ones and `fapi2` always need it. `or_nonce`: OpenID Connect's nonce may stand in (RFC 9700 §2.1.1). */
  pkce: z.enum(['required', 'or_nonce', 'optional']).default('required'),
  /** The least a login must reach, whatever was asked. */
  minLevel: z.enum(levels).default('low'),
  /** What a typed two-digit number earns here; asked for more, the page shows six digits. */
  twoDigitsEarn: z.enum(['low', 'substantial']).default('low'),
  /** May it ask for the unified number itself, and why does it need it? Shown at consent. */
  unifiedNumber: z.boolean().default(false),
  /** A wallet: may fetch the person's credential (OpenID4VCI) after a login of the level substantial. */
  wallet: z.boolean().default(false),
  /** A resource server: may ask about tokens of other clients (RFC 7662). */
  introspectsAll: z.boolean().default(false),
  /** The only claims that it may have; absent: whatever a person lets it see. */
  claims: z.array(z.string().max(60)).max(40).optional(),
  /** The only ways to authenticate that count here, by the `amr` they leave (RFC 8176): one of them must be among a login's. */
  authenticators: z
    .array(z.enum(['pwd', 'otp', 'pop', 'phr', 'hwk']))
    .min(1)
    .max(5)
    .optional(),
  /** The services beside ourselves that its access tokens may be for (RFC 8707). */
  resources: z.array(z.string().refine(isResource, 'must be an absolute URI without fragment')).max(20).optional(),
  /** May it ask for people by number at the facade over CIBA: for which of its services, and where does the signed answer go? */
  facade: z
    .strictObject({
      services: z.record(z.string().regex(/^[A-Za-z0-9_-]{1,60}$/), purpose),
      callback: httpsUrl.optional(),
    })
    .optional(),
  /** Seconds after which a session no longer answers here without the person. */
  sessionSeconds: z.int().min(0).max(43_200).optional(),
  /** What people log in for, as their wallet says it; absent: to log in. */
  loginPurpose: purpose.optional(),
  /** Claim name → why it is needed. */
  purposes: z.record(z.string().max(60), purpose).default({}),
  /** Days after which consent is asked again. */
  consentDays: z.int().min(1).max(3650).default(365),
  /** Seconds a refresh token may live in all, and unused. */
  refreshSeconds: z
    .int()
    .min(300)
    .max(31_536_000)
    .default(30 * 86_400),
  refreshIdleSeconds: z
    .int()
    .min(300)
    .max(31_536_000)
    .default(7 * 86_400),
});
export type ClientPolicy = z.output<typeof ClientPolicy>;

export type Client = {
  readonly id: string;
  readonly metadata: ClientMetadata;
  readonly policy: ClientPolicy;
  readonly state: ClientState;
  /** SHA-256 of each secret that is good now: two of them while one takes the place of the other. */
  readonly secrets: readonly ClientSecret[];
  readonly createdAt: number;
  /** The edge itself (own-client.ts): nothing is asked that a person would have to allow. Never set by a registration. */
  readonly own?: true;
  /** As it was when the authority looked; absent: none is named, or none was there. */
  readonly logo?: Logo;
  /** Of a client that registered itself (RFC 7591). */
  readonly registration?: Registration;
};

export type Registration = {
  /** Of the registration access token (RFC 7592). */
  readonly tokenHash: string;
  /** What the file at each of its hosts must say. */
  readonly proof: string;
  /** Hosts of its redirect URIs, and when each was found to say so. */
  readonly hosts: readonly { readonly host: string; readonly provenAt: number | null }[];
  readonly triedAt: number;
  /** True: the initial access token was one that needs no review. */
  readonly immediate: boolean;
  /** What it wants to be next; the authority decides. */
  readonly proposed: { readonly metadata: ClientMetadata; readonly policy: ClientPolicy } | null;
};
export type ClientSecret = { readonly hash: string; readonly goodUntil: number | null };

/** Whether an answer may be sent there, as the registration stands now. */
export function mayBeSentTo({ metadata }: Pick<Client, 'metadata'>, uri: string): boolean {
  const native = metadata.application_type === 'native';
  return metadata.redirect_uris.some((registered) => matchesRedirectUri(uri, registered, native));
}

/** Whether one of a login's ways to authenticate is one that counts at this client. */
export function acceptsAmr(policy: Pick<ClientPolicy, 'authenticators'>, amr: readonly string[]): boolean {
  return policy.authenticators?.some((one) => amr.includes(one)) ?? true;
}

export function clientName(metadata: ClientMetadata): { readonly ar: string; readonly en: string } {
  const plain = metadata.client_name;
  return { ar: metadata['client_name#ar'] ?? plain, en: metadata['client_name#en'] ?? plain };
}

/** Where the sector is looked for: the first that is there (CIBA Core §4: `jwks_uri` stands for redirect URIs that are not there). */
export function sectorUriOf(metadata: ClientMetadata): string | undefined {
  return metadata.sector_identifier_uri ?? metadata.redirect_uris[0] ?? metadata.jwks_uri;
}

/**
 * What pairwise subjects are bound to, a host without its port. OpenID Connect Registration §5 and Core §8.1: the Sector Identifier is "the
 * host component" of `sector_identifier_uri`, else of the one host of the redirect URIs; in a URI the host and the port are two components
 * (RFC 3986 §3.2). Empty: the client is a sector of its own. SECURITY: a private scheme and this machine's own address are nobody's to
 * prove, so they join nobody to a sector; and changing this changes every subject.
 */
export function sectorOf(metadata: ClientMetadata): string {
  const uri = sectorUriOf(metadata);
  if (uri === undefined || !URL.canParse(uri)) return '';
  const { protocol, hostname } = new URL(uri);
  return protocol === 'https:' ? hostname : '';
}
