// A kiosk asks before it captures: is there such a person, what do they need, which fingers are enrolled. Two D1 batches, side by side.
import { type EpochSeconds, epochSeconds, type UnifiedNumber } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { ActivationPolicy, SessionAnswer } from '../../shared/contract/kiosk.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { type AdmissionReason, operatorTokenHash } from '../kiosks/operator-session.ts';
import { ageAt } from '../registry/calendar.ts';
import type { Kiosks, SignedBy } from '../store/kiosks.ts';
import type { Operators } from '../store/operators.ts';
import type { People } from '../store/people.ts';
import { wasOnDuty } from './checks.ts';
import { maskName } from './mask-name.ts';
import { ageGroupOf } from './policy.ts';
import { sessionIdOf } from './session-token.ts';

const sessionSeconds = 900;

export type SessionNeeds = {
  readonly kiosks: Pick<Kiosks, 'admit'>;
  readonly operators: Pick<Operators, 'sessionQuery' | 'sessionOf'>;
  readonly people: Pick<People, 'loadForActivation'>;
  /** Durable and without D1: who looked at whom is kept before the answer. */
  readonly journal: { append(entries: readonly JournalEntry[]): Promise<void> };
  readonly sessionSecret: Uint8Array;
  readonly policy: ActivationPolicy;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: () => EpochSeconds;
};

export type SessionError =
  | { readonly reason: AdmissionReason | 'operator_not_on_duty' | 'unknown_person' }
  | { readonly reason: 'account_locked'; readonly retryAfterSeconds: number };

/** What the person may not have (an age, a state) is in the answer, for the operator to explain; only a lock is a refusal here. */
export async function openSession(
  needs: SessionNeeds,
  signed: SignedBy,
  ask: { readonly operatorToken: string; readonly number: UnifiedNumber },
): Promise<Result<SessionAnswer, SessionError>> {
  const now = needs.now();
  const tokenHash = (await operatorTokenHash(ask.operatorToken)) ?? new Uint8Array();
  const [admitted, person] = await Promise.all([
    needs.kiosks.admit(signed, now, [needs.operators.sessionQuery(tokenHash)]),
    needs.people.loadForActivation(ask.number),
  ]);
  if (!admitted.ok) return admitted;
  const { kiosk, results } = admitted.value;
  const operator = needs.operators.sessionOf(results[0]);
  // SECURITY: nothing about the person is said, not even that there is one, to a kiosk without an operator on duty.
  if (
    !operator ||
    !wasOnDuty(operator, { kioskId: kiosk.id, request: { recordedAt: now } }) ||
    operator.endedAt !== undefined
  ) {
    return err({ reason: 'operator_not_on_duty' });
  }
  await needs.journal.append([
    {
      at: now,
      event: 'activation.session_opened',
      actor: `operator:${operator.operatorId}`,
      ...(person ? { subjectId: person.subjectId } : {}),
      object: kiosk.id,
      detail: { known: person !== undefined },
    },
  ]);
  if (!person) return err({ reason: 'unknown_person' });
  const lockedUntil = person.account?.lockedUntil ?? 0;
  if (lockedUntil > now) return err({ reason: 'account_locked', retryAfterSeconds: lockedUntil - now });

  const group = ageGroupOf(needs.policy, ageAt(person.record.birthDate, now));
  const nonce = encodeBase64Url(needs.random(16));
  const expiresAt = epochSeconds(now + sessionSeconds);
  const binding = { subjectId: person.subjectId, kioskId: kiosk.id, nonce };
  const byQuality = [...person.enrolled].sort((a, b) => b.quality - a.quality);
  return ok({
    sessionId: await sessionIdOf(needs.sessionSecret, binding, expiresAt),
    maskedName: maskName(person.record.name),
    accountState: person.account?.state ?? 'none',
    ageGroup: group?.name ?? 'none',
    requires: group?.requires ?? ['none'],
    positions: [...new Set(byQuality.map(({ position }) => position))],
    policyVersion: needs.policy.version,
    nonce,
    expiresAt,
  });
}
