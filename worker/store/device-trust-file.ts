// The file that names whose fingerprint readers are trusted: one object in R2, replaced whole, each time with a journal entry.
import type { Bytes } from '../../shared/bytes/bytes.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalInsert } from './journal-insert.ts';

/** Not below `public/`: nobody but the edge needs it. */
const place = 'private/device-trust';

export class DeviceTrustFile {
  readonly #db: D1Database;
  readonly #files: R2Bucket;

  constructor(directory: D1Database, files: R2Bucket) {
    this.#db = directory;
    this.#files = files;
  }

  /** Undefined before the first. */
  async read(): Promise<Bytes | undefined> {
    const file = await this.#files.get(place);
    return file ? new Uint8Array(await file.arrayBuffer()) : undefined;
  }

  /** Journalled first: a change that is not in the journal does not happen. */
  async replace(bytes: Uint8Array, entry: JournalEntry): Promise<void> {
    await journalInsert(this.#db, entry).run();
    await this.#files.put(place, bytes);
  }
}
