// What a login gives a relying party, as it stays with the login: the token endpoint needs nothing else, and no database.

import type { SubjectId } from '../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { decodeUtf8, encodeUtf8 } from '../../shared/bytes/text.ts';
import type { Json } from '../logins/login-record.ts';
import type { Vault } from '../store/vault.ts';
import type { PersonClaims } from './claims.ts';

export type Grant = {
  readonly subject: SubjectId;
  /** What the client knows the person by. */
  readonly sub: string;
  /** Space-separated. */
  readonly scope: string;
  /** Beside us, what access tokens may be for (RFC 8707). Absent from grants made before there were any. */
  readonly resources?: readonly string[];
  /** Credentials were asked for by authorization_details: tokens say so, as long as their scope has the credential. */
  readonly details?: true;
  readonly nonce: string | null;
  /** The session's name at this client. */
  readonly sid: string;
  /** base64url of the sealed `ReleasedClaims`; null when there are none. */
  readonly claims: string | null;
  readonly idTokenHasClaims: boolean;
  readonly issuedAt: number;
};

/** The claims as the person let them go, at that moment: taken when consent was checked, so that no token waits for a database. */
export type ReleasedClaims = { readonly idToken: PersonClaims; readonly userinfo: PersonClaims };

type Sealing = Pick<Vault, 'sealWithMaster' | 'openWithMaster'>;
const placeOf = (loginId: string) => ({ table: 'login', row: loginId, column: 'claims' });

/** SECURITY: personal data at rest in a login's object is sealed to that login. */
export async function sealClaims(vault: Sealing, loginId: string, claims: ReleasedClaims): Promise<string> {
  return encodeBase64Url(await vault.sealWithMaster(placeOf(loginId), encodeUtf8(JSON.stringify(claims))));
}

export async function openClaims(vault: Sealing, loginId: string, grant: Grant): Promise<ReleasedClaims> {
  if (grant.claims === null) return { idToken: {}, userinfo: {} };
  const bytes = decodeBase64Url(grant.claims);
  const opened = bytes.ok ? await vault.openWithMaster(placeOf(loginId), bytes.value) : bytes;
  const text = opened.ok ? decodeUtf8(opened.value) : opened;
  if (!text.ok) throw new Error(`sealed claims do not open: ${text.error.reason}`);
  return JSON.parse(text.value) as ReleasedClaims;
}

export function grantOf(json: Json): Grant {
  return json as unknown as Grant;
}

export function jsonOf(grant: Grant): Json {
  return grant;
}
