// What metadata cannot say by its shape alone: is there a key for the algorithm, does the sector's own document agree?

import type { ClientMetadata } from './client.ts';
import type { Outbound } from './outbound.ts';

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

type Keys = { idTokenKeys(): Promise<{ readonly byAlg: { has(alg: string): boolean } }> };

/** ES256 is every house's; the others only where the authority made such a key. */
export async function algWithoutKey(keys: Keys, metadata: ClientMetadata): Promise<string | undefined> {
  const { id_token_signed_response_alg: idToken, userinfo_signed_response_alg: userinfo } = metadata;
  const wanted = [idToken, userinfo].filter((alg) => alg !== undefined && alg !== 'ES256');
  if (wanted.length === 0) return undefined;
  const { byAlg } = await keys.idTokenKeys();
  return wanted.find((alg) => alg !== undefined && !byAlg.has(alg));
}
