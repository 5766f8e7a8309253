// The fleet: invited → enrolled → revoked, each kiosk's one key, and the nonces of its signed requests. Knows no HTTP.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { type Centre, type CentreRow, centreOf } from './centres.ts';
import { brokenConstraint } from './constraint.ts';
import { journalInsert } from './journal-insert.ts';
import { type StoredBytes, storedBytes } from './stored-bytes.ts';

export type KioskState = 'invited' | 'enrolled' | 'revoked';
export type Kiosk = { readonly id: string; readonly name: string; readonly state: KioskState };
export type KioskAtCentre = { readonly kiosk: Kiosk; readonly centre: Centre };
export type ListedKiosk = KioskAtCentre & { readonly lastSeenAt: number | undefined };

/** What a signature proved: who asks, and the request's own nonce. */
export type SignedBy = { readonly kioskId: string; readonly nonce: string; readonly created: EpochSeconds };

type Row = CentreRow & { kiosk_id: string; name: string; state: string; last_seen_at: number | null };

const select = `SELECT k.id AS kiosk_id, k.name, k.state, k.last_seen_at, c.id AS centre_id, c.name_ar, c.name_en, c.type
  FROM kiosks k JOIN centres c ON c.id = k.centre_id`;

function kioskOf(row: Row): KioskAtCentre {
  return { kiosk: { id: row.kiosk_id, name: row.name, state: row.state as KioskState }, centre: centreOf(row) };
}

/** Keys that an isolate remembers. A kiosk's key never changes; whether the kiosk is still welcome is asked each time. */
const maxKnownKeys = 5000;
const lastSeenStepSeconds = 60;

export class Kiosks {
  readonly #db: D1Database;
  readonly #keys = new Map<string, Bytes>();

  constructor(directory: D1Database) {
    this.#db = directory;
  }

  /** False when there is no such centre. */
  async invite(
    kiosk: { readonly id: string; readonly name: string; readonly centreId: string },
    inviteHash: Uint8Array,
    expiresAt: EpochSeconds,
    entry: JournalEntry,
  ): Promise<boolean> {
    const [made] = await this.#db.batch([
      this.#db
        .prepare(
          `INSERT INTO kiosks (id, centre_id, name, state, invite_hash, invite_expires_at, created_at)
           SELECT ?1, id, ?3, 'invited', ?4, ?5, ?6 FROM centres WHERE id = ?2 AND state = 'open'`,
        )
        .bind(kiosk.id, kiosk.centreId, kiosk.name, inviteHash, expiresAt, entry.at),
      journalInsert(this.#db, entry, 'if_changed'),
    ]);
    return made?.meta.changes === 1;
  }

  /**
   * One conditional write spends the invitation for one key. The same invitation with the same key answers again (the first
   * answer may have been lost); with another key it is spent. `key_in_use`: this key is another kiosk's.
   */
  async enrol(
    inviteHash: Uint8Array,
    publicKey: Uint8Array,
    entry: (kioskId: string) => JournalEntry,
    now: EpochSeconds,
  ): Promise<Result<KioskAtCentre, { readonly reason: 'invitation_refused' | 'key_in_use' }>> {
    const invited = await this.#db
      .prepare(`SELECT id FROM kiosks WHERE invite_hash = ? AND state IN ('invited', 'enrolled')`)
      .bind(inviteHash)
      .first<{ id: string }>();
    if (!invited) return err({ reason: 'invitation_refused' });
    try {
      const [, , found] = await this.#db.batch<Row>([
        this.#db
          .prepare(
            `UPDATE kiosks SET state = 'enrolled', public_key = ?2, enrolled_at = ?3, last_seen_at = ?3
             WHERE invite_hash = ?1 AND state = 'invited' AND invite_expires_at >= ?3`,
          )
          .bind(inviteHash, publicKey, now),
        journalInsert(this.#db, entry(invited.id), 'if_changed'),
        this.#db
          .prepare(`${select} WHERE k.invite_hash = ? AND k.public_key = ? AND k.state = 'enrolled'`)
          .bind(inviteHash, publicKey),
      ]);
      const row = found?.results[0];
      return row ? ok(kioskOf(row)) : err({ reason: 'invitation_refused' });
    } catch (error) {
      if (brokenConstraint(error) === 'unique:kiosks.public_key') return err({ reason: 'key_in_use' });
      throw error;
    }
  }

  /** Ed25519, raw; also of a revoked kiosk, so that only it is told that it is revoked. A query only once an isolate. */
  async publicKey(kioskId: string): Promise<Bytes | undefined> {
    const known = this.#keys.get(kioskId);
    if (known) return known;
    const row = await this.#db
      .prepare('SELECT public_key FROM kiosks WHERE id = ? AND public_key IS NOT NULL')
      .bind(kioskId)
      .first<{ public_key: StoredBytes }>();
    if (!row) return undefined;
    if (this.#keys.size >= maxKnownKeys) this.#keys.clear();
    const key = storedBytes(row.public_key);
    this.#keys.set(kioskId, key);
    return key;
  }

  /**
   * Lets a signed request in, in one batch with whatever else it has to do: `also`. The nonce's row is the referee: it fails,
   * and the batch with it, when the nonce was used before or the kiosk is not enrolled at this moment.
   */
  async admit(
    signed: SignedBy,
    now: EpochSeconds,
    also: readonly D1PreparedStatement[],
  ): Promise<
    Result<
      KioskAtCentre & { readonly results: readonly D1Result[] },
      { readonly reason: 'nonce_replayed' | 'kiosk_revoked' | 'kiosk_unknown' }
    >
  > {
    const { kioskId, nonce, created } = signed;
    try {
      const [, , kiosk, ...results] = await this.#db.batch([
        // SECURITY: a revoked kiosk's id becomes NULL here, which the column refuses: nothing of `also` is done for it.
        this.#db
          .prepare(
            `INSERT INTO kiosk_nonces (kiosk_id, nonce, created_at)
             VALUES ((SELECT id FROM kiosks WHERE id = ? AND state = 'enrolled'), ?, ?)`,
          )
          .bind(kioskId, nonce, created),
        this.#db
          .prepare('UPDATE kiosks SET last_seen_at = ?2 WHERE id = ?1 AND coalesce(last_seen_at, 0) < ?3')
          .bind(kioskId, now, now - lastSeenStepSeconds),
        this.#db.prepare(`${select} WHERE k.id = ?`).bind(kioskId),
        ...also,
      ]);
      const row = kiosk?.results[0] as Row | undefined;
      if (!row) throw new Error('an enrolled kiosk has no centre');
      return ok({ ...kioskOf(row), results });
    } catch (error) {
      const broken = brokenConstraint(error);
      if (broken?.startsWith('unique:kiosk_nonces')) return err({ reason: 'nonce_replayed' });
      if (broken !== 'not_null:kiosk_nonces.kiosk_id') throw error;
      const row = await this.#db
        .prepare('SELECT state FROM kiosks WHERE id = ?')
        .bind(kioskId)
        .first<{ state: string }>();
      return err({ reason: row?.state === 'revoked' ? 'kiosk_revoked' : 'kiosk_unknown' });
    }
  }

  /** False when it was revoked before or never was. An open invitation is revoked too. */
  async revoke(kioskId: string, entry: JournalEntry): Promise<boolean> {
    const [moved] = await this.#db.batch([
      this.#db
        .prepare(`UPDATE kiosks SET state = 'revoked' WHERE id = ? AND state IN ('invited', 'enrolled')`)
        .bind(kioskId),
      journalInsert(this.#db, entry, 'if_changed'),
    ]);
    return moved?.meta.changes === 1;
  }

  async list(): Promise<ListedKiosk[]> {
    const { results } = await this.#db.prepare(`${select} ORDER BY k.created_at, k.id LIMIT 10000`).all<Row>();
    return results.map((row) => ({ ...kioskOf(row), lastSeenAt: row.last_seen_at ?? undefined }));
  }

  /** Forgets nonces whose requests are refused by their age alone. */
  async forgetNonces(createdBefore: EpochSeconds): Promise<void> {
    await this.#db.prepare('DELETE FROM kiosk_nonces WHERE created_at < ?').bind(createdBefore).run();
  }
}
