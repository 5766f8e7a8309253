// User names: what one looks like and when two are the same. Compared in NFKC, lower case.

import { err, ok, type Result } from '../../shared/base/result.ts';

export type UsernameError = { readonly reason: 'username_malformed' };

/**
 * Four to 32 letters (Arabic or Latin, not both: names that look alike must not be two), digits, `.`, `_`, `-`; begins with a
 * letter, so that a unified number is never a user name.
 */
export function normaliseUsername(text: string): Result<string, UsernameError> {
  if (text.length > 64 || !text.isWellFormed()) return err({ reason: 'username_malformed' });
  const name = text.trim().normalize('NFKC').toLowerCase();
  const latin = /^[a-z][a-z0-9._-]{3,31}$/;
  const arabic = /^[\u0621-\u063a\u0641-\u064a][\u0621-\u063a\u0641-\u064a0-9\u0660-\u0669._-]{3,31}$/;
  return latin.test(name) || arabic.test(name) ? ok(name) : err({ reason: 'username_malformed' });
}
