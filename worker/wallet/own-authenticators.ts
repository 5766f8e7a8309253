// What a person may do with their own authenticators on the account page, and how freshly and surely they must have logged in for it.

import { type Level, levelOfAcr, reaches } from '../../shared/assurance/level.ts';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { lostWithout, neededToRemove } from '../authn/reach.ts';
import { newSetupCode, type SetupUse } from '../authn/setup-code.ts';
import type { SessionRecord } from '../logins/session-rules.ts';
import type { Authenticators } from '../store/authenticators.ts';
import type { LoginSubject } from '../store/login-subjects.ts';

/** Seconds after a login in which it vouches for a change. */
export const freshSeconds = 300;

export type OwnNeeds = {
  readonly authenticators: Pick<Authenticators, 'remove' | 'rename' | 'issueSetup'>;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: EpochSeconds;
};

/** `level`: what a fresh login must reach for this. */
export type FreshRefusal = { readonly reason: 'fresh_login_needed'; readonly level: Level };
export type RemoveRefusal =
  /** `codeIsEnough`: so is a fresh login with the password and a code. */
  | (FreshRefusal & { readonly codeIsEnough: boolean })
  | { readonly reason: 'authenticator_unknown' }
  /** Nothing else reaches these: the person must say that this is meant. */
  | { readonly reason: 'last_for_level'; readonly levels: readonly Level[] };

export function isFresh(session: Pick<SessionRecord, 'acr' | 'authTime'>, level: Level, now: number): boolean {
  const reached = levelOfAcr(session.acr);
  return now - session.authTime <= freshSeconds && reached !== undefined && reaches(reached, level);
}

/**
 * A fresh login with the password and one code more: of the app, or on paper. Low as it may be, it takes a wallet away, so that whoever
 * lost the phone can end what it shows before there is another; it adds nothing.
 */
function provedTwice(session: Pick<SessionRecord, 'acr' | 'amr' | 'authTime'>, now: number): boolean {
  return isFresh(session, 'low', now) && session.amr.includes('pwd') && session.amr.includes('otp');
}

/** What the page lists: the person's own, not the codes of a moment. */
export function listed(subject: LoginSubject): LoginSubject['authenticators'] {
  return subject.authenticators.filter(({ type }) => type !== 'setup_code');
}

export async function removeAuthenticator(
  needs: OwnNeeds,
  who: { readonly subject: LoginSubject; readonly session: SessionRecord },
  input: { readonly id: string; readonly confirmed: boolean },
): Promise<Result<null, RemoveRefusal>> {
  const { subjectId, account } = who.subject;
  const all = listed(who.subject);
  const one = all.find(({ id }) => id === input.id);
  if (!one) return err({ reason: 'authenticator_unknown' });
  const level = neededToRemove(one, all, account.identityLevel);
  // SECURITY: of wallets alone, and only to take one away: who holds these two things can bind a new one by /recover anyhow.
  const isLostPhone = one.type === 'wallet_key' && provedTwice(who.session, needs.now);
  if (!isLostPhone && !isFresh(who.session, level, needs.now))
    return err({ reason: 'fresh_login_needed', level, codeIsEnough: one.type === 'wallet_key' });
  const levels = lostWithout(all, one.id, account.identityLevel);
  if (levels.length > 0 && !input.confirmed) return err({ reason: 'last_for_level', levels });
  const removed = await needs.authenticators.remove(
    subjectId,
    one.id,
    {
      at: needs.now,
      event: 'authenticator.removed',
      actor: `subject:${subjectId}`,
      subjectId,
      object: one.id,
      detail: { type: one.type },
    },
    { subjectId, at: needs.now, kind: 'authenticator.removed', detail: { type: one.type } },
  );
  return removed ? ok(null) : err({ reason: 'authenticator_unknown' });
}

/** 1 to 60 characters that can be seen; the person's own words for a thing of theirs. */
export function nameOf(text: string): string | undefined {
  const name = text.normalize('NFC').replaceAll(/\s+/g, ' ').trim();
  return /^[\p{L}\p{N}\p{P}\p{S} \p{M}]{1,60}$/u.test(name) ? name : undefined;
}

/** What may be added on the page, and the level that vouches for it. */
export const addable = {
  password: 'low',
  wallet: 'substantial',
  passkey: 'substantial',
  totp: 'substantial',
} as const satisfies Partial<Record<SetupUse, Level>>;
export type Addable = keyof typeof addable;

export function isAddable(text: string): text is Addable {
  return Object.hasOwn(addable, text);
}

/** A code for one binding, good for ten minutes; what is bound with it earns no more than the login that asked for it. */
export async function offerBinding(
  needs: OwnNeeds,
  who: { readonly subject: LoginSubject; readonly session: SessionRecord },
  use: Addable,
): Promise<Result<{ readonly setupCode: string }, FreshRefusal>> {
  const { subjectId } = who.subject;
  // SECURITY: what needs two factors is not bound on one, or a password would make its own second factor.
  const level = addable[use];
  const mostLevel = levelOfAcr(who.session.acr);
  if (mostLevel === undefined || !isFresh(who.session, level, needs.now))
    return err({ reason: 'fresh_login_needed', level });
  const limits = { uses: [use], lifetimeSeconds: 600, mostLevel };
  const { code, row } = await newSetupCode(subjectId, needs.random, needs.now, limits);
  await needs.authenticators.issueSetup(
    row,
    {
      at: needs.now,
      event: 'authenticator.binding_offered',
      actor: `subject:${subjectId}`,
      subjectId,
      detail: { type: use },
    },
    { subjectId, at: needs.now, kind: 'setup_code.issued', detail: { type: use } },
  );
  return ok({ setupCode: code });
}
