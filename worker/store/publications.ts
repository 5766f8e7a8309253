// What was published, version by version: the row is the referee of a version, the file in R2 is what the world fetches.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { type Bytes, ownBytes } from '../../shared/bytes/bytes.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import { type PublicationKind, publicFile } from '../issuer/publication.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalInsert } from './journal-insert.ts';
import { type StoredBytes, storedBytes } from './stored-bytes.ts';

export type Publication = {
  readonly kind: PublicationKind;
  readonly version: number;
  readonly hash: Bytes;
  readonly publishedAt: EpochSeconds;
};

export class Publications {
  readonly #db: D1Database;
  readonly #files: R2Bucket;

  constructor(directory: D1Database, files: R2Bucket) {
    this.#db = directory;
    this.#files = files;
  }

  /** The highest version of each kind, 0 where nothing was published; one query. */
  async versions(): Promise<Readonly<Record<PublicationKind, number>>> {
    return this.versionsOf(await this.versionsQuery().all());
  }

  /** The same for somebody else's batch. */
  versionsQuery(): D1PreparedStatement {
    return this.#db.prepare('SELECT kind, max(version) AS version FROM publications GROUP BY kind');
  }

  versionsOf(result: D1Result | undefined): Readonly<Record<PublicationKind, number>> {
    const rows = (result?.results ?? []) as { kind: PublicationKind; version: number }[];
    const of = (kind: PublicationKind) => rows.find((row) => row.kind === kind)?.version ?? 0;
    return {
      trust_list: of('trust_list'),
      status_list: of('status_list'),
      status_snapshot: of('status_snapshot'),
      status_deltas: of('status_deltas'),
    };
  }

  async latest(kind: PublicationKind): Promise<Publication | undefined> {
    const row = await this.#db
      .prepare('SELECT version, hash, published_at FROM publications WHERE kind = ? ORDER BY version DESC LIMIT 1')
      .bind(kind)
      .first<{ version: number; hash: StoredBytes; published_at: number }>();
    if (!row) return undefined;
    return { kind, version: row.version, hash: storedBytes(row.hash), publishedAt: row.published_at as EpochSeconds };
  }

  /**
   * Takes a version and puts its bytes where the world fetches them. False if that version, or a higher one, is another's.
   * Repeating it with the same bytes is harmless and finishes a publication that was cut off between the row and the file.
   * `alsoAt`: another file of the same bytes, which is there before anybody can fetch the first.
   */
  async publish(
    kind: PublicationKind,
    version: number,
    bytes: Uint8Array,
    entry: JournalEntry,
    alsoAt?: string,
  ): Promise<boolean> {
    const hash = await sha256(bytes);
    await this.#db.batch([
      this.#db
        .prepare(
          `INSERT INTO publications (kind, version, hash, file, published_at)
           SELECT ?1, ?2, ?3, ?4, ?5
           WHERE ?2 > (SELECT coalesce(max(version), 0) FROM publications WHERE kind = ?1)`,
        )
        .bind(kind, version, hash, publicFile[kind], entry.at),
      journalInsert(this.#db, entry, 'if_changed'),
    ]);
    const latest = await this.latest(kind);
    if (!latest || latest.version !== version || !equalBytes(latest.hash, hash)) return false;
    for (const file of alsoAt === undefined ? [publicFile[kind]] : [alsoAt, publicFile[kind]]) {
      await this.keep(file, version, ownBytes(bytes));
    }
    return true;
  }

  /** Two publishers may arrive in either order: the put is conditional on what it replaces, and never replaces a newer version. */
  async keep(
    file: string,
    version: number,
    bytes: Bytes,
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    for (let tries = 0; tries < 5; tries++) {
      const held = await this.#files.head(file);
      if (held && Number(held.customMetadata?.['version'] ?? 0) > version) return;
      const options = { customMetadata: { ...metadata, version: String(version) } };
      const put = await this.#files.put(
        file,
        bytes,
        held ? { ...options, onlyIf: { etagMatches: held.etag } } : options,
      );
      if (put) return;
    }
    throw new Error(`${file} was written by others each time`);
  }

  /** The current file; undefined before the first publication. */
  async read(kind: PublicationKind): Promise<{ readonly bytes: Bytes; readonly version: number } | undefined> {
    const file = await this.#files.get(publicFile[kind]);
    if (!file) return undefined;
    return {
      bytes: new Uint8Array(await file.arrayBuffer()),
      version: Number(file.customMetadata?.['version'] ?? 0),
    };
  }

  /** A file that `keep` wrote, with what it wrote beside it. */
  async kept(file: string): Promise<{ readonly bytes: Bytes; readonly metadata: Record<string, string> } | undefined> {
    const object = await this.#files.get(file);
    return object
      ? { bytes: new Uint8Array(await object.arrayBuffer()), metadata: object.customMetadata ?? {} }
      : undefined;
  }

  /** For a conditional GET of a file that `keep` wrote. */
  serveFile(file: string, conditions: Headers): Promise<R2ObjectBody | R2Object | null> {
    return this.#files.get(file, { onlyIf: conditions });
  }

  /** For a conditional GET: what R2 says to the request's own If-None-Match. */
  serve(kind: PublicationKind, conditions: Headers): Promise<R2ObjectBody | R2Object | null> {
    return this.serveFile(publicFile[kind], conditions);
  }
}
