// The edge's own keys: public parts, sealed private parts, and which of them signs now. Knows no cryptography.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalInsert } from './journal-insert.ts';
import { type StoredBytes, storedBytes } from './stored-bytes.ts';

/** Keys that certificates speak for: an authority and what it signs (worker/issuer/certified-keys.ts), and `sbi` (capture-keys.ts). */
export type CertifiedKeyPurpose = 'sdjwt_ca' | 'sdjwt' | 'access_ca' | 'access' | 'sbi';
export type EdgeKeyPurpose = 'credential' | 'receipt' | 'status' | 'evidence' | 'id_token' | CertifiedKeyPurpose;
export type EdgeKeyAlg = 'EdDSA' | 'ES256' | 'RS256' | 'X25519' | 'RSA-OAEP-256';
/** next → current → retired; from any of them to compromised. */
export type EdgeKeyState = 'next' | 'current' | 'retired' | 'compromised';

export type EdgeKey = {
  /** base64url of the 8 bytes of `kidOf`. */
  readonly kid: string;
  readonly purpose: EdgeKeyPurpose;
  readonly alg: EdgeKeyAlg;
  /** Raw for Ed25519 and X25519; for id_token and certified keys the public JWK as UTF-8 JSON; the certificate's DER for sbi. */
  readonly publicKey: Bytes;
  readonly state: EdgeKeyState;
  readonly usableFrom: EpochSeconds;
  readonly signUntil: EpochSeconds;
  readonly acceptUntil: EpochSeconds;
  readonly createdAt: EpochSeconds;
};

export type SealedEdgeKey = EdgeKey & { readonly sealedPrivate: Bytes };

/** From which states a key may come to each other state. */
const comesFrom: Readonly<Record<'current' | 'retired' | 'compromised', readonly EdgeKeyState[]>> = {
  current: ['next'],
  retired: ['next', 'current'],
  compromised: ['next', 'current', 'retired'],
};

type Row = {
  kid: string;
  purpose: string;
  alg: string;
  public_key: StoredBytes;
  sealed_private: StoredBytes;
  state: string;
  usable_from: number;
  sign_until: number;
  accept_until: number;
  created_at: number;
};

function keyOf(row: Row): SealedEdgeKey {
  return {
    kid: row.kid,
    purpose: row.purpose as EdgeKeyPurpose,
    alg: row.alg as EdgeKeyAlg,
    publicKey: storedBytes(row.public_key),
    sealedPrivate: storedBytes(row.sealed_private),
    state: row.state as EdgeKeyState,
    usableFrom: row.usable_from as EpochSeconds,
    signUntil: row.sign_until as EpochSeconds,
    acceptUntil: row.accept_until as EpochSeconds,
    createdAt: row.created_at as EpochSeconds,
  };
}

export class Keys {
  readonly #db: D1Database;

  constructor(directory: D1Database) {
    this.#db = directory;
  }

  async all(): Promise<SealedEdgeKey[]> {
    const { results } = await this.#db.prepare('SELECT * FROM keys ORDER BY created_at, kid').all<Row>();
    return results.map(keyOf);
  }

  /** The first key of a purpose (and, for ID tokens, of an algorithm) becomes current at once, so that a new house can sign; later ones wait as next. */
  async add(key: Omit<SealedEdgeKey, 'state'>, entry: JournalEntry): Promise<void> {
    await this.#db.batch([
      this.#db
        .prepare(
          `INSERT INTO keys (kid, purpose, alg, public_key, sealed_private, state, usable_from, sign_until, accept_until, created_at)
           SELECT ?1, ?2, ?3, ?4, ?5,
             CASE WHEN EXISTS (SELECT 1 FROM keys WHERE purpose = ?2 AND alg = ?3 AND state = 'current') THEN 'next' ELSE 'current' END,
             ?6, ?7, ?8, ?9`,
        )
        .bind(
          key.kid,
          key.purpose,
          key.alg,
          key.publicKey,
          key.sealedPrivate,
          key.usableFrom,
          key.signUntil,
          key.acceptUntil,
          key.createdAt,
        ),
      journalInsert(this.#db, entry),
    ]);
  }

  /** Moves a key; a key that becomes current retires the one that was, in the same batch. False if it was not in a state to. */
  async move(kid: string, to: keyof typeof comesFrom, entry: JournalEntry): Promise<boolean> {
    const states = JSON.stringify(comesFrom[to]);
    const allowed = 'SELECT 1 FROM keys k WHERE k.kid = ?1 AND k.state IN (SELECT value FROM json_each(?2))';
    const [, moved] = await this.#db.batch([
      this.#db
        .prepare(
          `UPDATE keys SET state = 'retired' WHERE ?3 = 'current' AND state = 'current' AND kid <> ?1
             AND (purpose, alg) = (SELECT purpose, alg FROM keys WHERE kid = ?1) AND EXISTS (${allowed})`,
        )
        .bind(kid, states, to),
      this.#db
        .prepare('UPDATE keys SET state = ?3 WHERE kid = ?1 AND state IN (SELECT value FROM json_each(?2))')
        .bind(kid, states, to),
      journalInsert(this.#db, entry, 'if_changed'),
    ]);
    return moved?.meta.changes === 1;
  }
}
