// How many credentials a person may fetch in a day: each takes an index of the nation's lists for as long as it lives, so one wallet in a
// loop would use up everybody's. Counted in the person's own object, whatever wallet, client or offer asks. Knows no wire.

import type { SubjectId } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { LoginObjects } from '../logins/objects.ts';

export const issueWindowSeconds = 86_400;

/** In that window. A phone fetches one a quarter, an online wallet a batch of ten; offers by setup code are counted by their codes. */
export const mostIssues = { device: 20, online: 50, offer: 20 } as const;
export type IssueKind = keyof typeof mostIssues;

export type IssueCounters = Pick<LoginObjects, 'person'>;
export type IssueLimitRefusal = { readonly reason: 'too_many_credentials'; readonly waitSeconds: number };

/**
 * Takes `count` off the person's day, or nothing at all if fewer are left; then after how many seconds the day is over.
 * SECURITY: before an index is reserved, and one step of one object: requests at once cannot all find the last place free.
 */
export async function spendIssues(
  counters: IssueCounters,
  subjectId: SubjectId,
  kind: IssueKind,
  count: number,
): Promise<Result<null, IssueLimitRefusal>> {
  const person = await counters.person(subjectId);
  const waitSeconds = await person.spend(`issued ${kind}`, mostIssues[kind], issueWindowSeconds, count);
  return waitSeconds === 0 ? ok(null) : err({ reason: 'too_many_credentials', waitSeconds });
}
