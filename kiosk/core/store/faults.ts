// What is wrong with the disk, read from what SQLite or the system threw: for a screen to say. Knows no table.
import { StoreInUseError, StoreNewerError } from './database.ts';
import { VaultRefusedError } from './store.ts';

/** `state_locked`: the vault does not open what is on the disk. */
export type StoreFault =
  | 'disk_full'
  | 'disk_failed'
  | 'state_damaged'
  | 'state_newer'
  | 'state_in_use'
  | 'state_locked';

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const sqliteFaults: Readonly<Record<number, StoreFault>> = {
  8: 'disk_failed', // READONLY
  10: 'disk_failed', // IOERR
  11: 'state_damaged', // CORRUPT
  13: 'disk_full', // FULL
  14: 'disk_failed', // CANTOPEN
  26: 'state_damaged', // NOTADB
};
const systemFaults: Readonly<Record<string, StoreFault>> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  EIO: 'disk_failed',
  EROFS: 'disk_failed',
  EACCES: 'disk_failed',
};

/** Undefined: it is not the disk's fault but a bug. */
export function storeFaultOf(thrown: unknown): StoreFault | undefined {
  if (thrown instanceof StoreInUseError) return 'state_in_use';
  if (thrown instanceof StoreNewerError) return 'state_newer';
  if (thrown instanceof VaultRefusedError) return 'state_locked';
  if (!(thrown instanceof Error)) return undefined;
  const { errcode, code } = thrown as Error & { readonly errcode?: unknown; readonly code?: unknown };
  // The low byte is the primary code, whatever an extended one adds.
  if (typeof errcode === 'number') return sqliteFaults[errcode & 0xff];
  return typeof code === 'string' ? systemFaults[code] : undefined;
}
