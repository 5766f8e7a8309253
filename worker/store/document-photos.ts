// Photos of documents that stood in for a finger: R2 objects sealed with the person's own data key, named by the day after which they
// go, so that whatever was left behind goes too. Who looks at one is journalled first.
import type { Bucket, EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { documentPhotoDay, documentPhotoPrefix } from '../activation/kept-places.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalInsert } from './journal-insert.ts';
import type { Shards } from './shard-map.ts';

export type DocumentPhoto = { readonly activationId: string; readonly file: string; readonly keepUntil: EpochSeconds };

const prefix = documentPhotoPrefix;
const daySeconds = 86_400;
/** Objects that one round of forgetting takes at most. */
const mostForgotten = 500;

export class DocumentPhotos {
  readonly #files: R2Bucket;
  readonly #directory: D1Database;
  readonly #shards: Shards;

  constructor(files: R2Bucket, directory: D1Database, shards: Shards) {
    this.#files = files;
    this.#directory = directory;
    this.#shards = shards;
  }

  /** Before the batch that names it: one that no batch names goes with its day. */
  async put(file: string, sealed: Uint8Array): Promise<void> {
    await this.#files.put(file, sealed);
  }

  /** Where an activation's photo is, and whose it is; undefined when there is none, or not any more. */
  async find(
    activationId: string,
  ): Promise<{ readonly bucket: Bucket; readonly subjectId: SubjectId; readonly file: string } | undefined> {
    const claim = await this.#directory
      .prepare('SELECT bucket FROM activation_requests WHERE activation_id = ?')
      .bind(activationId)
      .first<{ bucket: number }>();
    if (!claim) return undefined;
    const bucket = claim.bucket as Bucket;
    const row = await this.#shards
      .ofBucket(bucket)
      .$client.prepare('SELECT subject_id, file FROM document_photos WHERE activation_id = ?')
      .bind(activationId)
      .first<{ subject_id: string; file: string }>();
    return row ? { bucket, subjectId: row.subject_id as SubjectId, file: row.file } : undefined;
  }

  /** SECURITY: the journal's row is written before anything is read: what is not in the journal is not seen. */
  async open(bucket: Bucket, file: string, entry: JournalEntry): Promise<Bytes | undefined> {
    await journalInsert(this.#shards.ofBucket(bucket).$client, entry).run();
    const object = await this.#files.get(file);
    return object ? new Uint8Array(await object.arrayBuffer()) : undefined;
  }

  /** Removes what may not be kept any longer: objects by the day in their name, and the rows that named them. */
  async forget(now: EpochSeconds): Promise<void> {
    const today = documentPhotoDay(now);
    const { objects } = await this.#files.list({ prefix, limit: mostForgotten });
    const past = objects.map(({ key }) => key).filter((key) => key.slice(prefix.length, prefix.length + 10) < today);
    if (past.length > 0) await this.#files.delete(past);
    const before = Math.floor(now / daySeconds) * daySeconds;
    await Promise.all(
      this.#shards.all.map((db) =>
        db.$client.prepare('DELETE FROM document_photos WHERE keep_until < ?').bind(before).run(),
      ),
    );
  }
}

/** For the activation's batch. */
export function documentPhotoInsert(db: D1Database, photo: DocumentPhoto, subjectId: SubjectId): D1PreparedStatement {
  return db
    .prepare('INSERT INTO document_photos (activation_id, subject_id, file, keep_until) VALUES (?, ?, ?, ?)')
    .bind(photo.activationId, subjectId, photo.file, photo.keepUntil);
}
