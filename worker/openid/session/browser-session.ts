// One browser holds one session: a login goes on in the one that is there, or ends it if it is another person's. Knows no cookie's attributes.

import type { SubjectId } from '../../../shared/base/brands.ts';
import { endOwed } from '../../logins/end-owed.ts';
import { newLoginId, newSecret } from '../../logins/handle.ts';
import type { BegunSession, NewSession } from '../../logins/session-rules.ts';
import type { Later, Provider } from '../provider.ts';
import type { SessionCookie } from '../sealed-cookie.ts';
import { endEverywhere, finishEnding } from './end-session.ts';

/** A session may be relied on for half a day, and for an hour unused (SP 800-63B-4 §2.2.3). */
export const sessionSeconds = 12 * 3600;
export const sessionIdleSeconds = 3600;

type Proved = {
  readonly subject: SubjectId;
  readonly acr: string;
  readonly amr: readonly string[];
  readonly authTime: number;
  /** Browser and place, coarse. */
  readonly device: string;
};

/**
 * The session of whoever was just authenticated: `held` goes on if it is theirs, so that every service knows it by one name and a logout
 * reaches what came before. Its secret is new in any case.
 */
export async function sessionToBegin(
  provider: Provider,
  held: SessionCookie | undefined,
  proved: Proved,
  tries: NewSession['tries'],
): Promise<{ readonly cookie: SessionCookie; readonly newSession: NewSession }> {
  const { subject } = proved;
  const own = held?.subject === subject ? held : undefined;
  const goesOn = own && (await (await provider.objects.person(subject)).heldSession(own.id, own.secret));
  const cookie = { subject, id: goesOn?.id ?? newLoginId(provider.random), secret: newSecret(provider.random) };
  const lifetime = { expiresAt: provider.now() + sessionSeconds, idleSeconds: sessionIdleSeconds };
  const newSession = { session: { ...proved, ...cookie, ...lifetime }, tries };
  return { cookie, newSession: own && goesOn ? { ...newSession, continues: own.secret } : newSession };
}

/**
 * Ends what has lost its place: the session that this browser held for somebody else, before the answer; and those of this person that made
 * room, after it, as this login has no part in them. They answer for nobody from the moment it began. So ends what was given to a service and
 * taken back before, if it has not. If what came of one cannot be ended, it is tried twice more here; and the person's object hands it out at
 * each of their next logins until it was done.
 */
export async function endReplaced(
  provider: Provider,
  held: SessionCookie | undefined,
  begun: BegunSession & { readonly subject: string },
  later: Later,
): Promise<void> {
  const others = held && held.subject !== begun.subject ? held : undefined;
  const left = others && (await (await provider.objects.person(others.subject)).heldSession(others.id, others.secret));
  for (const session of begun.dropped)
    later(endAfterwards('session_not_ended', () => finishEnding(provider, session, later)));
  for (const owed of begun.owed ?? [])
    later(endAfterwards('consent_not_ended', () => endOwed(provider.objects, begun.subject as SubjectId, owed)));
  if (left) await endEverywhere(provider, left, later);
}

async function endAfterwards(failed: string, end: () => Promise<void>): Promise<void> {
  for (const pauseMs of [0, 1_000, 5_000]) {
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    try {
      return await end();
    } catch {
      console.error(failed);
    }
  }
}
