// Who this kiosk is: its key (sealed), its edge, its centre, the roots it trusts. One row, one kiosk.
import type { EnrolAnswer } from '../../../shared/contract/kiosk.ts';
import type { Database } from './database.ts';
import type { Cell, Sealer } from './seal.ts';

type Keys = {
  readonly edge: string;
  readonly publicKey: Uint8Array;
  /** PKCS#8 of the Ed25519 key. */
  readonly privateKey: Uint8Array;
};
export type Joining = Keys & { readonly state: 'joining'; readonly invitationHash: string };
export type Enrolled = Keys & {
  readonly state: 'enrolled' | 'revoked';
  readonly kioskId: string;
  readonly name: string;
  readonly centre: EnrolAnswer['centre'];
  readonly trustRoots: readonly [Uint8Array, Uint8Array];
};
export type Identity = Joining | Enrolled;

const privateKeyCell: Cell = { table: 'identity', row: '1', column: 'private_key' };
// Public, but sealed all the same: whoever can write to the disk must not be able to choose whom this kiosk trusts.
const rootsCell: Cell = { table: 'identity', row: '1', column: 'trust_roots' };

export class IdentityStore {
  readonly #db: Database;
  readonly #sealer: Sealer;

  constructor(db: Database, sealer: Sealer) {
    this.#db = db;
    this.#sealer = sealer;
  }

  load(): Identity | undefined {
    const row = this.#db.prepare('SELECT * FROM identity WHERE id = 1').get();
    if (!row) return undefined;
    const keys: Keys = {
      edge: row['edge'] as string,
      publicKey: row['public_key'] as Uint8Array,
      privateKey: this.#sealer.open(row['private_key'] as Uint8Array, privateKeyCell),
    };
    if (row['state'] === 'joining')
      return { ...keys, state: 'joining', invitationHash: row['invitation_hash'] as string };
    const about = JSON.parse(row['about'] as string) as Pick<Enrolled, 'name' | 'centre'>;
    const roots = this.#sealer.open(row['trust_roots'] as Uint8Array, rootsCell);
    return {
      ...keys,
      ...about,
      state: row['state'] as Enrolled['state'],
      kioskId: row['kiosk_id'] as string,
      trustRoots: [roots.slice(0, 32), roots.slice(32, 64)],
    };
  }

  /**
   * Keeps the key before the code is spent: if the answer is lost, the same key asks again. Takes the place of another joining
   * or of a revoked identity, never of an enrolled one.
   */
  join(joining: Omit<Joining, 'state'>): void {
    const sealed = this.#sealer.seal(joining.privateKey, privateKeyCell);
    this.#db
      .prepare(
        `INSERT INTO identity (id, state, edge, invitation_hash, public_key, private_key) VALUES (1, 'joining', ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET state = 'joining', edge = excluded.edge, invitation_hash = excluded.invitation_hash,
           public_key = excluded.public_key, private_key = excluded.private_key WHERE identity.state <> 'enrolled'`,
      )
      .run(joining.edge, joining.invitationHash, joining.publicKey, sealed);
  }

  /** What an earlier identity knew of its edge (lists, policy, keys, operator) goes; the outbox stays: its requests are sealed. */
  enrol(
    kioskId: string,
    about: Pick<Enrolled, 'name' | 'centre'>,
    trustRoots: readonly [Uint8Array, Uint8Array],
  ): void {
    const roots = this.#sealer.seal(Buffer.concat(trustRoots), rootsCell);
    this.#db.transaction(() => {
      const set = "UPDATE identity SET state = 'enrolled', kiosk_id = ?, about = ?, trust_roots = ?";
      this.#db.prepare(`${set} WHERE id = 1 AND state = 'joining'`).run(kioskId, JSON.stringify(about), roots);
      for (const table of ['lists', 'status_chain', 'facts', 'operator_session'])
        this.#db.prepare(`DELETE FROM ${table}`).run();
    });
  }

  /** What sync says of this kiosk: a new name or centre, or that it is revoked. */
  update(state: Enrolled['state'], about: Pick<Enrolled, 'name' | 'centre'>): void {
    this.#db
      .prepare("UPDATE identity SET state = ?, about = ? WHERE id = 1 AND state <> 'joining'")
      .run(state, JSON.stringify(about));
  }

  /** The roots that a verified trust list names; unchanged ones are not written again. */
  keepRoots(trustRoots: readonly [Uint8Array, Uint8Array]): void {
    const wanted = Buffer.concat(trustRoots);
    const self = this.load();
    if (!self || self.state === 'joining' || Buffer.concat(self.trustRoots).equals(wanted)) return;
    this.#db.prepare('UPDATE identity SET trust_roots = ? WHERE id = 1').run(this.#sealer.seal(wanted, rootsCell));
  }

  revoke(): void {
    this.#db.prepare("UPDATE identity SET state = 'revoked' WHERE id = 1 AND state = 'enrolled'").run();
  }
}
