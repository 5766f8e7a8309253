// Service centres: where kiosks stand and operators work. What a type of centre may do is worker/kiosks/centre.ts's to say.
import type { CentreType } from '../../shared/contract/kiosk.ts';
import type { Name } from '../../shared/contract/wire.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalInsert } from './journal-insert.ts';

export type Centre = { readonly id: string; readonly name: Name; readonly type: CentreType };

export type CentreRow = { centre_id: string; name_ar: string; name_en: string; type: string };

export function centreOf(row: CentreRow): Centre {
  return { id: row.centre_id, name: { ar: row.name_ar, en: row.name_en }, type: row.type as CentreType };
}

export class Centres {
  readonly #db: D1Database;

  constructor(directory: D1Database) {
    this.#db = directory;
  }

  /** False when the id is taken. */
  async add(centre: Centre, entry: JournalEntry): Promise<boolean> {
    const [made] = await this.#db.batch([
      this.#db
        .prepare(
          `INSERT INTO centres (id, name_ar, name_en, type, state, created_at) VALUES (?, ?, ?, ?, 'open', ?)
           ON CONFLICT (id) DO NOTHING`,
        )
        .bind(centre.id, centre.name.ar, centre.name.en, centre.type, entry.at),
      journalInsert(this.#db, entry, 'if_changed'),
    ]);
    return made?.meta.changes === 1;
  }

  async list(): Promise<Centre[]> {
    const { results } = await this.#db
      .prepare('SELECT id AS centre_id, name_ar, name_en, type FROM centres ORDER BY created_at, id LIMIT 10000')
      .all<CentreRow>();
    return results.map(centreOf);
  }
}
