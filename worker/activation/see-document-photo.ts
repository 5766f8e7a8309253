// The act: the authority looks at the photo of a document that stood in for a finger. First the journal, then the picture.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import type { Actor } from '../journal/entry.ts';
import type { DocumentPhotos } from '../store/document-photos.ts';
import type { People } from '../store/people.ts';
import { opened } from '../store/vault.ts';
import { documentPhotoPlace } from './kept-places.ts';

export type SeePhotoNeeds = {
  readonly documentPhotos: Pick<DocumentPhotos, 'find' | 'open'>;
  readonly people: Pick<People, 'sealerOf'>;
  readonly now: () => EpochSeconds;
};

/** JPEG bytes; undefined when there is none, or its time is over. Who looked, and what for, is in the person's own history. */
export async function seeDocumentPhoto(
  needs: SeePhotoNeeds,
  actor: Actor,
  activationId: string,
  purpose: string,
): Promise<Bytes | undefined> {
  const found = await needs.documentPhotos.find(activationId);
  if (!found) return undefined;
  const { bucket, subjectId, file } = found;
  const about = { at: needs.now(), actor, subjectId, object: activationId } as const;
  const entry = { ...about, event: 'activation.document_seen', detail: { for: purpose } } as const;
  const sealed = await needs.documentPhotos.open(bucket, file, entry);
  const sealer = sealed && (await needs.people.sealerOf(subjectId));
  if (!sealed || !sealer) return undefined;
  const place = documentPhotoPlace(activationId);
  return opened(place, await sealer.open(place, sealed));
}
