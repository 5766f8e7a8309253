// How somebody stands to a minor, by the registry's own entries. Pure: whoever loaded them hands them in.
import { equalBytes } from '../../shared/bytes/equal.ts';
import type { Guardian, Relation } from '../store/guardianships.ts';
import type { PersonIndex } from '../store/person-index.ts';

/** How this person stands to the minor whose `guardians` were loaded; undefined: not a guardian. */
export function relationOf(guardians: readonly Guardian[], person: PersonIndex): Relation | undefined {
  return guardians.find((guardian) => equalBytes(guardian.numberHmac, person.hmac))?.relation;
}
