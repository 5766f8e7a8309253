// The breached list's files in R2: parts below a version, and one object that says which version counts. Nothing in them is personal.
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha1 } from '../../shared/crypto/digest.ts';
import {
  type BreachedList,
  faultOfReplacing,
  hasEntry,
  partOf,
  type ReplaceFault,
  type StandingBreachedList,
} from '../authn/breached-list.ts';
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
  async list(): Promise<StandingBreachedList | undefined> {
    return (await this.#standing())?.list;
  }

  async #standing(): Promise<{ readonly list: StandingBreachedList; readonly etag: string } | undefined> {
    const file = await this.#files.get(inUse);
    if (!file) return undefined;
    const since = Math.floor(file.uploaded.getTime() / 1000);
    return { list: { ...((await file.json()) as BreachedList), since }, etag: file.etag };
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

  /**
   * From here on this list counts; the one before it, which `replaces` names, is deleted. The list that counts already changes nothing.
   * Journalled first: of two who replace the same one at once the journal has both, and one is refused.
   */
  async use(
    list: BreachedList,
    replaces: string | undefined,
    entry: JournalEntry,
  ): Promise<Result<undefined, { readonly reason: ReplaceFault }>> {
    const before = await this.#standing();
    const { version, bits, count } = list;
    if (before && before.list.version === version && before.list.bits === bits && before.list.count === count)
      return ok(undefined);
    const reason = faultOfReplacing(list, replaces, before?.list);
    if (reason) return err({ reason });
    await journalInsert(this.#db, entry).run();
    const onlyIf = before ? { etagMatches: before.etag } : { etagDoesNotMatch: '*' };
    const put = await this.#files.put(inUse, JSON.stringify({ version, bits, count }), { onlyIf });
    if (!put) return err({ reason: 'breached_list_changed' });
    if (!before) return ok(undefined);
    for (;;) {
      const { objects } = await this.#files.list({ prefix: `${place}${before.list.version}/`, limit: 1000 });
      if (objects.length === 0) return ok(undefined);
      await this.#files.delete(objects.map(({ key }) => key));
    }
  }
}
