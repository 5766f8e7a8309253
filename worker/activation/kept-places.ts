// Where what this room seals is kept: the names that a sealed value belongs to, and the day in a photo's name. Pure.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import type { Place } from '../store/vault.ts';

/** A sample of an operator's own finger. */
export function operatorFingerPlace(finger: {
  readonly operatorId: string;
  readonly position: number;
  readonly sample: number;
}): Place {
  const { operatorId, position, sample } = finger;
  return { table: 'operator_fingers', row: `${operatorId}/${position}/${sample}`, column: 'sealed_template' };
}

export function documentPhotoPlace(activationId: string): Place {
  return { table: 'document_photos', row: activationId, column: 'jpeg' };
}

/** R2 keys of documents' photos begin with it. */
export const documentPhotoPrefix = 'private/documents/';

/** `YYYY-MM-DD` in UTC. */
export function documentPhotoDay(keepUntil: number): string {
  return new Date(keepUntil * 1000).toISOString().slice(0, 10);
}

/** The day after which it goes is in the name: nothing of the person is. */
export function documentPhotoFile(activationId: string, keepUntil: EpochSeconds): string {
  return `${documentPhotoPrefix}${documentPhotoDay(keepUntil)}/${activationId}`;
}
