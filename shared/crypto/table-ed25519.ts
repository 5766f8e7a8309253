// Ed25519 for whoever checks one issuer's signatures all day: once a key has earned it, a table of its multiples does a check in half the
// time of the platform's (docs/adr/0032). The platform stays the judge: it has the last word on what a table refuses, and is asked now
// and then about what a table accepts.

import { Point } from '@noble/ed25519';
import { encodeHex } from '../bytes/hex.ts';
import { type Ed25519, isPlausibleSignature, type VerifyKey } from './ed25519.ts';

export type TableOptions = {
  /** So many checks of a key are the platform's: the milliseconds of making a table are paid back in about as many. */
  readonly earnedBy?: number;
  /** One in so many signatures that a table accepts is put before the platform too. */
  readonly confirmedEvery?: number;
  /** Told when a table and the platform contradict each other. The platform is believed, and no table is asked again. */
  readonly onDisagreement?: () => void;
};

/** 576 KiB each, and one more for the base point. An issuer has two or three keys at a time. */
const mostTables = 8;

/** `compiled`: ed25519-tables.wasm. By a table `verify` answers at once. */
export function tableEd25519(compiled: WebAssembly.Module, platform: Ed25519, options: TableOptions = {}): Ed25519 {
  const { earnedBy = 100, confirmedEvery = 1000, onDisagreement } = options;
  let tables: Tables | undefined;
  let believed = true;

  const earn = (key: CountedKey): void => {
    try {
      tables ??= new Tables(compiled);
      key.table = tables.tableOf(key.raw);
    } catch {
      // No memory for so much: the platform goes on alone.
      believed = false;
    }
  };

  const judged = (byTable: boolean, byPlatform: boolean): boolean => {
    if (byTable !== byPlatform) {
      believed = false;
      onDisagreement?.();
    }
    return byPlatform;
  };

  return {
    async importPublicKey(raw) {
      // SECURITY: one copy for both, taken at once: the platform judges the very key that a table is made of.
      const own = raw.slice();
      const key = await platform.importPublicKey(own);
      return key && new CountedKey(key, own);
    },
    verify(key, message, signature) {
      const counted = key as CountedKey;
      const checks = ++counted.checks;
      if (checks === earnedBy) earn(counted);
      const { table } = counted;
      // SECURITY: an address means something in one memory only.
      if (table === undefined || table.of !== tables || !believed || message.length > table.of.mostBytes) {
        return platform.verify(counted.platform, message, signature);
      }
      if (!isPlausibleSignature(signature)) return false;
      const holds = table.of.verify(table.at, message, signature);
      if (holds && checks % confirmedEvery !== 0) return true;
      const platformHolds = platform.verify(counted.platform, message, signature);
      return platformHolds instanceof Promise
        ? platformHolds.then((it) => judged(holds, it))
        : judged(holds, platformHolds);
    },
  };
}

class CountedKey {
  readonly platform: VerifyKey;
  readonly raw: Uint8Array;
  checks = 0;
  table: Table | undefined;
  constructor(platform: VerifyKey, raw: Uint8Array) {
    this.platform = platform;
    this.raw = raw;
  }
}

type Table = { readonly of: Tables; readonly at: number };

/** What ed25519-tables/verify.ts exports: addresses, and functions on what stands there. */
type Exports = {
  readonly memory: WebAssembly.Memory;
  readonly mostBytes: WebAssembly.Global;
  readonly signature: WebAssembly.Global;
  readonly message: WebAssembly.Global;
  readonly key: WebAssembly.Global;
  readonly point: WebAssembly.Global;
  makeTable(): number;
  verify(base: number, table: number, length: number): number;
};

/** The tables of one instance, the base point's among them. */
class Tables {
  readonly mostBytes: number;
  readonly #exports: Exports;
  readonly #signature: number;
  readonly #message: number;
  readonly #base: number;
  /** SECURITY: a table's place is never given to another key: whoever holds its address would check under that one. */
  readonly #made = new Map<string, Table>();
  #bytes: Uint8Array;

  constructor(compiled: WebAssembly.Module) {
    this.#exports = new WebAssembly.Instance(compiled).exports as Exports;
    const { memory, mostBytes, signature, message } = this.#exports;
    this.mostBytes = mostBytes.value;
    this.#signature = signature.value;
    this.#message = message.value;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#base = this.#make(Point.BASE, new Uint8Array(32));
  }

  /** Undefined when there is no room for one more, or no such point. */
  tableOf(raw: Uint8Array): Table | undefined {
    const name = encodeHex(raw);
    const made = this.#made.get(name);
    if (made !== undefined) return made;
    const point = pointOf(raw);
    if (point === undefined || this.#base === 0 || this.#made.size === mostTables) return undefined;
    const at = this.#make(point.negate(), raw);
    if (at === 0) return undefined;
    const table = { of: this, at };
    this.#made.set(name, table);
    return table;
  }

  /** `table`: its address. */
  verify(table: number, message: Uint8Array, signature: Uint8Array): boolean {
    this.#bytes.set(signature, this.#signature);
    this.#bytes.set(message, this.#message);
    return this.#exports.verify(this.#base, table, message.length) === 1;
  }

  /** noble finds x and says whether there is one; the rest is reckoned where it is used. */
  #make(point: Point, raw: Uint8Array): number {
    const { x, y } = point.toAffine();
    const { key, point: at } = this.#exports;
    this.#bytes.set(raw, key.value);
    this.#bytes.set(littleEndian(x), at.value);
    this.#bytes.set(littleEndian(y), at.value + 32);
    const table = this.#exports.makeTable();
    // The memory has grown: what was seen of it is gone.
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    return table;
  }
}

function pointOf(raw: Uint8Array): Point | undefined {
  try {
    return Point.fromBytes(raw, false);
  } catch {
    // Half of all y have no x: the platform refuses every signature under such a key.
    return undefined;
  }
}

const littleEndian = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
