// A kiosk asks before it captures: is there such a person, what do they need, which fingers are enrolled. Two D1 batches, side by side.
import { type EpochSeconds, epochSeconds, type UnifiedNumber } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { ActivationPolicy, AppointmentStanding, SessionAnswer } from '../../shared/contract/kiosk.ts';
import { standingOf } from '../appointments/standing.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { mayDo } from '../kiosks/centre.ts';
import { isOnDuty } from '../kiosks/on-duty.ts';
import { type AdmissionReason, operatorTokenHash } from '../kiosks/operator-session.ts';
import { ageAt, isExpired } from '../registry/calendar.ts';
import { relationOf } from '../registry/guardian-relation.ts';
import type { Appointments } from '../store/appointments.ts';
import type { KioskFailures } from '../store/kiosk-failures.ts';
import type { Kiosks, SignedBy } from '../store/kiosks.ts';
import type { Operators } from '../store/operators.ts';
import type { People, PersonForActivation } from '../store/people.ts';
import { directoryHmacOf, indexOfNumber } from '../store/person-index.ts';
import { mayStandFor } from './checks.ts';
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
  readonly appointments: Pick<Appointments, 'arrival' | 'heldOf'>;
  readonly kioskFailures: Pick<KioskFailures, 'recent' | 'recentOf'>;
  readonly numberSecret: Uint8Array;
  readonly sessionSecret: Uint8Array;
  readonly policy: ActivationPolicy;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: () => EpochSeconds;
};

export type SessionError =
  | {
      readonly reason:
        | AdmissionReason
        | 'operator_not_on_duty'
        | 'unknown_person'
        | 'kiosk_held'
        | 'guardian_not_related'
        | 'guardian_not_eligible';
    }
  | { readonly reason: 'account_locked'; readonly retryAfterSeconds: number };

export type SessionAsk = {
  readonly operatorToken: string;
  readonly number: UnifiedNumber;
  readonly guardian?: UnifiedNumber | undefined;
};

/**
 * What the person may not have (an age, a state, no appointment) is in the answer, for the operator to explain; a lock, a held kiosk
 * and a guardian who is none are refusals here.
 */
export async function openSession(
  needs: SessionNeeds,
  signed: SignedBy,
  ask: SessionAsk,
): Promise<Result<SessionAnswer, SessionError>> {
  const now = needs.now();
  const tokenHash = (await operatorTokenHash(ask.operatorToken)) ?? new Uint8Array();
  const personHmac = await directoryHmacOf(needs.numberSecret, ask.number);
  const [admitted, person, named, index] = await Promise.all([
    needs.kiosks.admit(signed, now, [
      needs.operators.sessionQuery(tokenHash),
      ...needs.appointments.arrival(personHmac, signed.kioskId, tokenHash, now),
      needs.kioskFailures.recent(signed.kioskId, now),
    ]),
    needs.people.loadForActivation(ask.number),
    ask.guardian && needs.people.loadForActivation(ask.guardian),
    ask.guardian && indexOfNumber(needs.numberSecret, ask.guardian),
  ]);
  if (!admitted.ok) return admitted;
  const { kiosk, centre, results } = admitted.value;
  const operator = needs.operators.sessionOf(results[0]);
  // SECURITY: nothing about the person is said, not even that there is one, to a kiosk without an operator on duty.
  if (!operator || !isOnDuty(operator, kiosk.id, now)) return err({ reason: 'operator_not_on_duty' });
  if (needs.kioskFailures.recentOf(results[3], now).held) return err({ reason: 'kiosk_held' });
  const relation = person && index && relationOf(person.guardians, index);
  const opened = { at: now, event: 'activation.session_opened', actor: `operator:${operator.operatorId}` } as const;
  await needs.journal.append([
    {
      ...opened,
      ...(person ? { subjectId: person.subjectId } : {}),
      object: kiosk.id,
      detail: { known: person !== undefined, ...(ask.guardian ? { guardian: relation ?? 'none' } : {}) },
    },
    // Who is looked up as a guardian sees it too.
    ...(named && relation ? [{ ...opened, subjectId: named.subjectId, object: kiosk.id }] : []),
  ]);
  if (!person) return err({ reason: 'unknown_person' });
  const lockedUntil = person.account?.lockedUntil ?? 0;
  if (lockedUntil > now) return err({ reason: 'account_locked', retryAfterSeconds: lockedUntil - now });
  // SECURITY: of somebody who is not this person's guardian nothing is said, not even whether the registry knows them.
  if (ask.guardian && !(named && relation)) return err({ reason: 'guardian_not_related' });
  if (named && !mayStandFor(named, now)) return err({ reason: 'guardian_not_eligible' });

  const group = ageGroupOf(needs.policy, ageAt(person.record.birthDate, now));
  const requires = group?.requires ?? ['none'];
  const nonce = encodeBase64Url(needs.random(16));
  const expiresAt = epochSeconds(now + sessionSeconds);
  const binding = { subjectId: person.subjectId, kioskId: kiosk.id, nonce };
  const appointment: AppointmentStanding = requires.includes('appointment')
    ? standingOf(needs.appointments.heldOf(results.slice(1, 3)), centre.id, now)
    : 'not_needed';
  return ok({
    sessionId: await sessionIdOf(needs.sessionSecret, binding, expiresAt),
    maskedName: maskName(person.record.name),
    accountState: person.account?.state ?? 'none',
    ageGroup: group?.name ?? 'none',
    requires,
    positions: positionsOf(person),
    policyVersion: needs.policy.version,
    nonce,
    expiresAt,
    appointment,
    mayExcept: mayDo(centre.type, 'activate_by_exception'),
    documentExpired: isExpired(person.record.document.expiresOn, now),
    ...(requires.includes('guardian_fingerprint')
      ? { guardians: person.guardians.map((guardian) => guardian.relation) }
      : {}),
    ...(named && relation
      ? { guardian: { maskedName: maskName(named.record.name), relation, positions: positionsOf(named) } }
      : {}),
  });
}

/** Each finger once, the best first. */
function positionsOf({ enrolled }: PersonForActivation): number[] {
  const byQuality = [...enrolled].sort((a, b) => b.quality - a.quality);
  return [...new Set(byQuality.map(({ position }) => position))];
}
