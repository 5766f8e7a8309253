// What a person is told about their own account: written in the batch of the act, shown to the person, handed on to a gateway's queue.
import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import type { NotificationKind, NotifyMessage } from '../../shared/contract/notification.ts';
import { bucketOfSubject, shardOf } from './shard-map.ts';

export type NewNotification = {
  readonly subjectId: SubjectId;
  readonly at: EpochSeconds;
  readonly kind: NotificationKind;
  /** Codes and ids: a type of authenticator, a client's id. Never personal data. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
};

export type StoredNotification = {
  readonly id: number;
  readonly at: number;
  readonly kind: NotificationKind;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
  readonly seenAt: number | null;
};

/** For an act's own batch; `if_changed` as in journalInsert. */
export function notificationInsert(
  db: D1Database,
  { subjectId, at, kind, detail }: NewNotification,
  when: 'always' | 'if_changed' = 'always',
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO notifications (subject_id, at, kind, detail) SELECT ?1, ?2, ?3, ?4${
        when === 'if_changed' ? ' WHERE changes() > 0' : ''
      }`,
    )
    .bind(subjectId, at, kind, detail ? JSON.stringify(detail) : null);
}

type Row = { seq: number; subject_id: string; at: number; kind: string; detail: string | null; seen_at: number | null };
const columns = 'seq, subject_id, at, kind, detail, seen_at';
/** A queue takes at most 100 messages at once. */
const messagesAtOnce = 100;

function detailOf(row: Row): StoredNotification['detail'] {
  return row.detail === null ? {} : (JSON.parse(row.detail) as StoredNotification['detail']);
}

export class Notifications {
  readonly #databases: readonly D1Database[];
  readonly #queue: Pick<Queue<NotifyMessage>, 'sendBatch'>;

  constructor(databases: readonly D1Database[], queue: Pick<Queue<NotifyMessage>, 'sendBatch'>) {
    this.#databases = databases;
    this.#queue = queue;
  }

  /** Of an act that writes nothing else to the person's shard. */
  async add(notification: NewNotification): Promise<void> {
    await notificationInsert(this.#of(notification.subjectId).db, notification).run();
  }

  /** Newest first, at most `limit`, those before the id `before`. */
  async ofSubject(subjectId: SubjectId, before: number, limit: number): Promise<readonly StoredNotification[]> {
    const { results } = await this.#of(subjectId)
      .db.prepare(`SELECT ${columns} FROM notifications WHERE subject_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?`)
      .bind(subjectId, before, limit)
      .all<Row>();
    return results.map((row) => ({
      id: row.seq,
      at: row.at,
      kind: row.kind as NotificationKind,
      detail: detailOf(row),
      seenAt: row.seen_at,
    }));
  }

  /** All up to and including the id `upTo` have been shown to the person. */
  async markSeen(subjectId: SubjectId, upTo: number, now: EpochSeconds): Promise<void> {
    await this.#of(subjectId)
      .db.prepare('UPDATE notifications SET seen_at = ? WHERE subject_id = ? AND seq <= ? AND seen_at IS NULL')
      .bind(now, subjectId, upTo)
      .run();
  }

  /** Behind an act's answer: what waits in the person's shard goes to the queue. At least once. */
  handOnOf(subjectId: SubjectId): Promise<number> {
    return this.#handOn(this.#of(subjectId).shard);
  }

  /** What waits anywhere, for the cron; answers how many. */
  async handOn(): Promise<number> {
    const counts = await Promise.all(this.#databases.map((_, shard) => this.#handOn(shard)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #handOn(shard: number): Promise<number> {
    const db = this.#databases[shard];
    if (!db) throw new RangeError('no such shard');
    for (let sent = 0; ; ) {
      const { results } = await db
        .prepare(`SELECT ${columns} FROM notifications WHERE handed_on = 0 ORDER BY seq LIMIT ?`)
        .bind(messagesAtOnce)
        .all<Row>();
      const last = results.at(-1);
      if (!last) return sent;
      await this.#queue.sendBatch(
        results.map((row) => ({
          body: {
            v: 1,
            id: `shard-${shard}:${row.seq}`,
            account: row.subject_id,
            kind: row.kind as NotificationKind,
            at: row.at,
            detail: detailOf(row),
          },
          contentType: 'json',
        })),
      );
      // A database has one writer and its numbers only grow: nothing below `last` can appear after it was read.
      await db.prepare('UPDATE notifications SET handed_on = 1 WHERE handed_on = 0 AND seq <= ?').bind(last.seq).run();
      sent += results.length;
      if (results.length < messagesAtOnce) return sent;
    }
  }

  /** What was handed on before, the oldest `limit` of each shard. */
  async forget(before: EpochSeconds, limit: number): Promise<void> {
    await Promise.all(
      this.#databases.map((db) =>
        db
          .prepare(
            `DELETE FROM notifications WHERE handed_on = 1 AND at < ?1
               AND seq IN (SELECT seq FROM notifications ORDER BY seq LIMIT ?2)`,
          )
          .bind(before, limit)
          .run(),
      ),
    );
  }

  #of(subjectId: SubjectId): { readonly db: D1Database; readonly shard: number } {
    const shard = shardOf(bucketOfSubject(subjectId), this.#databases.length);
    const db = this.#databases[shard];
    if (!db) throw new RangeError('no shard for this subject');
    return { db, shard };
  }
}
