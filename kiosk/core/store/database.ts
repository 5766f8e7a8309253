// Opens the kiosk's one SQLite file: durable, exclusive, migrated. Knows no table's meaning.
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { migrations } from './migrations.ts';

/** A prepared-statement cache and a transaction over one connection. */
export type Database = {
  prepare(sql: string): StatementSync;
  /** All or nothing; a throw rolls back. `act` must not wait for anything. */
  transaction<T>(act: () => T): T;
  close(): void;
};

export class StoreInUseError extends Error {
  override readonly name = 'StoreInUseError';
}

/** Written by a newer version of the kiosk: an older one would break it. */
export class StoreNewerError extends Error {
  override readonly name = 'StoreNewerError';
}

/** `directory` is made if absent (mode 700). Throws StoreInUseError if another process has it open. */
export function openDatabase(directory: string): Database {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, 'kiosk.sqlite');
  const db = new DatabaseSync(file);
  try {
    // One process a kiosk: the lock is the operating system's, so it is gone as soon as the process is, however it ends.
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    db.exec('PRAGMA journal_mode = WAL');
    // A commit that has returned is on the disk: the power may go at the next instruction.
    db.exec('PRAGMA synchronous = FULL');
    db.exec('PRAGMA secure_delete = ON');
    db.exec('PRAGMA foreign_keys = ON');
    // A page that the disk gave back otherwise is told now, not in the middle of somebody's activation.
    if (db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] !== 'ok') throw damaged();
    migrate(db);
    chmodSync(file, 0o600);
  } catch (thrown) {
    db.close();
    if (thrown instanceof Error && /database is locked|busy/i.test(thrown.message)) {
      throw new StoreInUseError(`another process has ${file} open`, { cause: thrown });
    }
    throw thrown;
  }
  const statements = new Map<string, StatementSync>();
  return {
    prepare(sql) {
      const known = statements.get(sql);
      if (known) return known;
      const made = db.prepare(sql);
      statements.set(sql, made);
      return made;
    },
    transaction(act) {
      db.exec('BEGIN IMMEDIATE');
      try {
        const value = act();
        db.exec('COMMIT');
        return value;
      } catch (thrown) {
        db.exec('ROLLBACK');
        throw thrown;
      }
    },
    close: () => db.close(),
  };
}

/** As SQLite says it of a page that it stumbles over (SQLITE_CORRUPT). */
function damaged(): Error {
  return Object.assign(new Error('the state on this disk is damaged'), { errcode: 11 });
}

function migrate(db: DatabaseSync): void {
  const row = db.prepare('PRAGMA user_version').get();
  const at = Number(row?.['user_version'] ?? 0);
  if (at > migrations.length) throw new StoreNewerError('this state was written by a newer version of the kiosk');
  migrations.slice(at).forEach((step, i) => {
    db.exec(`BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${at + i + 1}; COMMIT;`);
  });
}
