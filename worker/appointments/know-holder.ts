// Whether somebody without an account is who they say: number, birth date and document serial together, and nothing less is said.
import type { UnifiedNumber } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import type { DocumentHolder } from '../../shared/contract/appointment.ts';
import type { PersonObject } from '../logins/person-object.ts';
import { parseUnifiedNumber } from '../registry/unified-number.ts';
import type { People } from '../store/people.ts';
import { directoryHmacOf } from '../store/person-index.ts';
import type { Booker } from './keep-appointment.ts';

/** Tries, right or wrong, in an hour: of a network, and about one number whoever asks. */
const holderLimits = { ofNetwork: 60, aboutNumber: 12, seconds: 3600 } as const;

export type HolderNeeds = {
  readonly people: Pick<People, 'loadForActivation'>;
  /** Counters named by anything: the same for a number that nobody has. */
  readonly counter: (name: Uint8Array) => Promise<Pick<PersonObject, 'spend'>>;
  readonly numberSecret: Uint8Array;
};

export type HolderError =
  | { readonly reason: 'person_not_recognised' | 'account_not_pending' }
  | { readonly reason: 'too_many_tries'; readonly retryAfterSeconds: number };

/**
 * SECURITY: an unknown number, a wrong date and a wrong serial are one reason. Only who knew all three is told that the account is
 * past booking.
 */
export async function knowHolder(
  needs: HolderNeeds,
  holder: DocumentHolder,
  network: string,
): Promise<Result<Booker, HolderError>> {
  const number = parseUnifiedNumber(holder.number);
  const personHmac = await directoryHmacOf(needs.numberSecret, holder.number as UnifiedNumber);
  const counters = [
    [encodeUtf8(`appointments ${network}`), holderLimits.ofNetwork],
    [personHmac, holderLimits.aboutNumber],
  ] as const;
  for (const [name, most] of counters) {
    const wait = await (await needs.counter(name)).spend('appointments', most, holderLimits.seconds);
    if (wait > 0) return err({ reason: 'too_many_tries', retryAfterSeconds: wait });
  }
  const person = number.ok ? await needs.people.loadForActivation(number.value) : undefined;
  const given = encodeUtf8(`${holder.birthDate} ${holder.documentSerial}`);
  const known = encodeUtf8(person ? `${person.record.birthDate} ${person.record.document.serial}` : '');
  if (!person || !equalBytes(given, known)) return err({ reason: 'person_not_recognised' });
  const state = person.account?.state ?? 'pending';
  if (state !== 'pending') return err({ reason: 'account_not_pending' });
  return ok({ subjectId: person.subjectId, personHmac, actor: `subject:${person.subjectId}` });
}
