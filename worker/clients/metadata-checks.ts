// What metadata cannot say by its shape alone: can people read it, does it fit its profile, can its keys verify anything, is there a key of
// ours for the algorithm, does the sector's own document agree?

import { isReadableLine } from '../../shared/credential/plain-text.ts';
import type { ClientMetadata, ClientPolicy } from './client.ts';
import type { Outbound } from './outbound.ts';
import { canVerify, refusePublicKey } from './public-key.ts';
import { isHttpsOrNativeLoopback } from './redirect-uri.ts';

/**
 * OpenID Connect Registration §5: whoever shares a sector, and so sees the same subjects, says so at an address of its own. A client without
 * redirect URIs is listed by its `jwks_uri` (CIBA Core §4); one that has neither has nothing by which a document could mean it.
 */
export async function isSectorTrue(outbound: Pick<Outbound, 'read'>, metadata: ClientMetadata): Promise<boolean> {
  if (metadata.sector_identifier_uri === undefined) return true;
  const { redirect_uris: redirects, jwks_uri: keys } = metadata;
  const mine = redirects.length > 0 ? redirects : keys === undefined ? [] : [keys];
  if (mine.length === 0) return false;
  const listed = await outbound.read(metadata.sector_identifier_uri);
  return Array.isArray(listed) && mine.every((uri) => listed.includes(uri));
}

type Words = { readonly ar: string; readonly en: string };

/**
 * SECURITY: what people read of a service before they say yes is what it wrote: on one line, with a letter or a digit in it, and with nothing
 * that is not seen or turns the text around. The first that is not: `member: what it must be`.
 */
export function unreadableText(
  metadata: ClientMetadata,
  policy: Pick<ClientPolicy, 'purposes' | 'loginPurpose' | 'facade'>,
): string | undefined {
  const names = (['client_name', 'client_name#ar', 'client_name#en'] as const).map((name) => [name, metadata[name]]);
  const inBoth = (member: string, words: Words | undefined) => [
    [`${member}.ar`, words?.ar],
    [`${member}.en`, words?.en],
  ];
  const of = (member: string, all: Readonly<Record<string, Words>>) =>
    Object.entries(all).flatMap(([name, words]) => inBoth(`${member}.${name}`, words));
  const said = [
    ...names,
    ...inBoth('loginPurpose', policy.loginPurpose),
    ...of('purposes', policy.purposes),
    ...of('facade.services', policy.facade?.services ?? {}),
  ];
  const wrong = said.find(([, text]) => text !== undefined && !isReadableLine(text));
  return wrong && `${wrong[0]}: must be one line of text that shows as it is written`;
}

const rsaPkcs1 = 'has no RS256: ES256, EdDSA or PS256';
/** What FAPI 2.0 Security Profile §5.3.2.1, §5.3.2.2 and §5.4 leave no room for, by member: allowed or not, and what is. */
const fapi2: readonly {
  readonly member: keyof ClientMetadata;
  readonly allows: (metadata: ClientMetadata) => boolean;
  readonly says: string;
}[] = [
  {
    member: 'token_endpoint_auth_method',
    allows: ({ token_endpoint_auth_method: method }) => method === 'private_key_jwt',
    says: 'must be private_key_jwt',
  },
  ...(
    [
      'token_endpoint_auth_signing_alg',
      'id_token_signed_response_alg',
      'userinfo_signed_response_alg',
      'request_object_signing_alg',
    ] as const
  ).map((member) => ({ member, allows: (metadata: ClientMetadata) => metadata[member] !== 'RS256', says: rsaPkcs1 })),
  {
    member: 'redirect_uris',
    allows: ({ redirect_uris: uris, application_type: type }) =>
      uris.every((uri) => isHttpsOrNativeLoopback(uri, type === 'native')),
    says: "must be https (http for a native application's own loopback address, RFC 8252)",
  },
];

/** Why a client of such metadata cannot have the profile of its policy: `member: what it must be`; undefined if it can. */
export function refusesProfile(metadata: ClientMetadata, policy: Pick<ClientPolicy, 'profile'>): string | undefined {
  if (policy.profile !== 'fapi2') return undefined;
  const broken = fapi2.find(({ allows }) => !allows(metadata));
  return broken && `${broken.member}: ${broken.says} in the profile fapi2`;
}

/** The first key of the client's own that could verify nothing, or that none can what it signs: `member: why`. */
export function unusableKey(metadata: ClientMetadata): string | undefined {
  const { jwks, token_endpoint_auth_method: method, token_endpoint_auth_signing_alg: alg } = metadata;
  if (!jwks) return undefined;
  const refusals = jwks.keys.map((key) => refusePublicKey(key));
  const first = refusals.findIndex((refusal) => refusal !== undefined);
  if (first >= 0) return `jwks.keys.${first}: ${refusals[first]}`;
  if (method !== 'private_key_jwt' || jwks.keys.some((key) => canVerify(key, alg))) return undefined;
  return `jwks: no key of it can verify ${alg ?? 'the assertions of private_key_jwt'}`;
}

type Keys = { idTokenKeys(): Promise<{ readonly byAlg: { has(alg: string): boolean } }> };

/** ES256 is every house's; the others only where the authority made such a key. */
export async function algWithoutKey(keys: Keys, metadata: ClientMetadata): Promise<string | undefined> {
  const { id_token_signed_response_alg: idToken, userinfo_signed_response_alg: userinfo } = metadata;
  const wanted = [idToken, userinfo].filter((alg) => alg !== undefined && alg !== 'ES256');
  if (wanted.length === 0) return undefined;
  const { byAlg } = await keys.idTokenKeys();
  return wanted.find((alg) => alg !== undefined && !byAlg.has(alg));
}
