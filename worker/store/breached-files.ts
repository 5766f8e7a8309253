// The breached list's files in R2: parts below a version, and one object that says which version counts. Nothing in them is personal.
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha1 } from '../../shared/crypto/digest.ts';
import { type BreachedList, hasEntry, partOf } from '../authn/breached-list.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalInsert } from './journal-insert.ts';

const place = 'private/breached/';
const inUse = `${place}in-use`;
const partFile = (version: string, part: number) => `${place}${version}/${part.toString(16).padStart(4, '0')}`;

export class BreachedFiles {
  readonly #db: D1Database;
  readonly #files: R2Bucket;

  constructor(directory: D1Database, files: R2Bucket) {
    this.#db = directory;
    this.#files = files;
  }

  /** Undefined before the first import. */
  async list(): Promise<BreachedList | undefined> {
    const file = await this.#files.get(inUse);
    return file ? ((await file.json()) as BreachedList) : undefined;
  }

  /** Two small reads, one of them of the part that the password would be in. `password`: normalised. */
  async has(password: string): Promise<boolean> {
    const list = await this.list();
    if (!list) return false;
    const hash = await sha1(encodeUtf8(password));
    const file = await this.#files.get(partFile(list.version, partOf(hash, list.bits)));
    return file ? hasEntry(new Uint8Array(await file.arrayBuffer()), hash) : false;
  }

  async putPart(version: string, part: number, bytes: Bytes): Promise<void> {
    await this.#files.put(partFile(version, part), bytes);
  }

  /** From here on this list counts; the one before it is deleted. Journalled first. */
  async use(list: BreachedList, entry: JournalEntry): Promise<void> {
    const before = await this.list();
    await journalInsert(this.#db, entry).run();
    await this.#files.put(inUse, JSON.stringify(list));
    if (!before || before.version === list.version) return;
    for (;;) {
      const { objects } = await this.#files.list({ prefix: `${place}${before.version}/`, limit: 1000 });
      if (objects.length === 0) return;
      await this.#files.delete(objects.map(({ key }) => key));
    }
  }
}
