// The journal's line of one check, written by hand as entryText (journal/entry.ts) would write it: one of these is made for every code, and to
// make an entry only to have it written costs as much as to encode the receipt.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { VerifyContext } from '../../shared/contract/verify.ts';
import type { Profile, Verdict } from '../../shared/credential/verdict.ts';

export type Answer = {
  readonly verdict: Verdict;
  /** Of a credential that its issuer signed; undefined for every other text. */
  readonly profile: Profile | undefined;
  readonly hash: Uint8Array;
};

/** JSON in ASCII. Every text in it is a word, an id or a hash of ours: none needs an escape. */
export function answeredEntry(
  { verdict, profile, hash }: Answer,
  context: VerifyContext,
  verifierId: string,
  at: EpochSeconds,
): string {
  const front = `{"at":${at},"event":"verification.answered","actor":"verifier:${verifierId}"`;
  const { outcome } = verdict;
  const said = outcome === 'accepted' ? '' : `,"check":"${verdict.check}"`;
  // SECURITY: the hash of a signed credential says nothing of its holder; that of any other text could be guessed back.
  if (profile === undefined) return `${front},"detail":{"outcome":"${outcome}","context":"${context}"${said}}}`;
  const object = encodeBase64Url(hash);
  return `${front},"object":"${object}","detail":{"outcome":"${outcome}","context":"${context}"${said},"profile":"${profile}"}}`;
}
