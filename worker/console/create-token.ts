// Makes an administrator's token; its text is given once and kept nowhere.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import type { AdminTokens } from '../store/admin-tokens.ts';
import type { Admin } from './auth.ts';
import type { AdminScope } from './scopes.ts';

export const maxTokenSeconds = 366 * 86_400;

export type CreateTokenNeeds = {
  readonly tokens: Pick<AdminTokens, 'add'>;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: () => EpochSeconds;
};

export type NewToken = { readonly id: string; readonly token: string; readonly expiresAt: number };

/** A token gives no scope that its maker lacks: `scope_not_held`. */
export async function createToken(
  needs: CreateTokenNeeds,
  admin: Admin,
  wanted: { readonly name: string; readonly scopes: readonly AdminScope[]; readonly lifetimeSeconds: number },
): Promise<Result<NewToken, { readonly reason: 'scope_not_held'; readonly scope: AdminScope }>> {
  // SECURITY: without this, whoever may make tokens may do everything.
  const missing = wanted.scopes.find((scope) => !admin.scopes.includes(scope));
  if (missing) return err({ reason: 'scope_not_held', scope: missing });
  const id = encodeBase64Url(needs.random(9));
  const token = `twa_${encodeBase64Url(needs.random(32))}`;
  const createdAt = needs.now();
  const expiresAt = createdAt + wanted.lifetimeSeconds;
  const scopes = [...new Set(wanted.scopes)].sort();
  await needs.tokens.add({ id, name: wanted.name, scopes, expiresAt, createdAt }, await sha256(encodeUtf8(token)), {
    at: createdAt,
    event: 'admin_token.created',
    actor: admin.actor,
    object: id,
    detail: { scopes: scopes.join(' '), expiresAt },
  });
  return ok({ id, token, expiresAt });
}
