// Who calls the authority's API: a bearer token (RFC 6750) whose SHA-256 is known, or the bootstrap token of the deployment.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import type { AdminTokens } from '../store/admin-tokens.ts';
import { type AdminScope, adminScopes, isAdminScope } from './scopes.ts';

export type Admin = {
  /** For the journal: `admin:<tokenId>`. */
  readonly actor: `admin:${string}`;
  readonly tokenId: string;
  readonly scopes: readonly AdminScope[];
};

export type AuthRefusal = { readonly reason: 'token_missing' | 'token_unknown' | 'token_expired' | 'token_revoked' };

export type AuthNeeds = {
  readonly tokens: Pick<AdminTokens, 'findByHash'>;
  /** SHA-256 of the bootstrap token. */
  readonly bootstrapSha256: Uint8Array;
  readonly now: () => EpochSeconds;
};

/** `authorization` is the header as it came. At most one query, by the token's hash. */
export async function authenticateAdmin(
  needs: AuthNeeds,
  authorization: string | undefined,
): Promise<Result<Admin, AuthRefusal>> {
  const token = /^Bearer ([A-Za-z0-9._~+/-]{8,200}=*)$/i.exec(authorization ?? '')?.[1];
  if (!token) return err({ reason: 'token_missing' });
  // SECURITY: only hashes are compared, so that time tells nothing of a token's characters.
  const hash = await sha256(encodeUtf8(token));
  if (equalBytes(hash, needs.bootstrapSha256))
    return ok({ actor: 'admin:bootstrap', tokenId: 'bootstrap', scopes: adminScopes });
  const known = await needs.tokens.findByHash(hash);
  if (!known) return err({ reason: 'token_unknown' });
  if (known.revokedAt !== undefined) return err({ reason: 'token_revoked' });
  if (needs.now() >= known.expiresAt) return err({ reason: 'token_expired' });
  return ok({ actor: `admin:${known.id}`, tokenId: known.id, scopes: known.scopes.filter(isAdminScope) });
}
