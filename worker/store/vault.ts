// Seals personal columns and the edge's private keys: each person has a data key, wrapped by the key-encryption key.
// A sealed value names its key and belongs to its table, row and column: moved anywhere else it does not open.
import { ok, type Result } from '../../shared/base/result.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { encodeHex } from '../../shared/bytes/hex.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import {
  importSealingKey,
  type OpenError,
  open,
  type SealingKey,
  seal,
  sealedKeyId,
} from '../../shared/crypto/aes-gcm.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import { randomBytes } from '../../shared/crypto/random.ts';

/** Where a sealed value lives. `row` is the row's key; parts of a composite key are joined by `/`. */
export type Place = { readonly table: string; readonly row: string; readonly column: string };

function aadOf(place: Place): Bytes {
  for (const part of [place.table, place.row, place.column]) {
    if (part.includes('\0')) throw new RangeError('a place has no NUL in it');
  }
  // SECURITY: what a blob belongs to. Change a part and nothing sealed before opens again.
  return encodeUtf8(`${place.table}\0${place.row}\0${place.column}`);
}

/** A sealed value that does not open is a changed or moved row, or a lost key: never an expected refusal. Names no person. */
export class SealBrokenError extends Error {
  constructor(place: Place, reason: OpenError['reason']) {
    super(`${place.table}.${place.column} does not open: ${reason}`);
    this.name = 'SealBrokenError';
  }
}

/** The opened value, or SealBrokenError. */
export function opened<T>(place: Place, result: Result<T, OpenError>): T {
  if (!result.ok) throw new SealBrokenError(place, result.error.reason);
  return result.value;
}

/** Eight bytes that name a key and tell nothing of it: the start of SHA-256 under a label of its own. */
async function keyIdOf(raw: Uint8Array): Promise<Bytes> {
  const label = encodeUtf8('tawthiq key id v1\0');
  const input = new Uint8Array(label.length + raw.length);
  input.set(label);
  input.set(raw, label.length);
  return (await sha256(input)).slice(0, 8);
}

async function sealingKeyOf(raw: Uint8Array): Promise<SealingKey> {
  return importSealingKey(await keyIdOf(raw), raw);
}

/** Seals and opens under one key. */
export class Sealer {
  readonly #keys: readonly SealingKey[];

  /** Seals with the first, opens with any. */
  constructor(keys: readonly SealingKey[]) {
    this.#keys = keys;
  }

  async seal(place: Place, plaintext: Uint8Array): Promise<Bytes> {
    const [first] = this.#keys;
    if (!first) throw new RangeError('no key to seal with');
    return seal(first, plaintext, aadOf(place));
  }

  async open(place: Place, sealed: Uint8Array): Promise<Result<Bytes, OpenError>> {
    return open((id) => this.#keys.find((key) => encodeHex(key.keyId) === id), sealed, aadOf(place));
  }

  /** Whether the blob is sealed under the key that seals now. */
  isCurrent(sealed: Uint8Array): boolean {
    const [first] = this.#keys;
    return first !== undefined && encodeHex(first.keyId) === sealedKeyId(sealed);
  }
}

const personKeyPlace = (subjectId: string): Place => ({ table: 'people', row: subjectId, column: 'sealed_key' });

export class Vault {
  readonly #raw: readonly Uint8Array[];
  // The value, not a promise of it: one request must not wait for another's work, which may be cancelled.
  #masterSealer: Sealer | undefined;

  /** Raw key-encryption keys, 32 bytes each. New values are wrapped under `current`; `previous` still opens old ones. */
  constructor(current: Uint8Array, previous?: Uint8Array) {
    this.#raw = previous ? [current, previous] : [current];
  }

  /** The eight bytes by which values sealed under the current key-encryption key are told from others. */
  currentKeyId(): Promise<Bytes> {
    return keyIdOf(this.#raw[0] ?? new Uint8Array(0));
  }

  async #master(): Promise<Sealer> {
    this.#masterSealer ??= new Sealer(await Promise.all(this.#raw.map(sealingKeyOf)));
    return this.#masterSealer;
  }

  /** A fresh data key for a person, and what `people.sealed_key` holds of it. */
  async newPersonKey(subjectId: string): Promise<{ readonly person: Sealer; readonly sealedKey: Bytes }> {
    const raw = randomBytes(32);
    const sealedKey = await (await this.#master()).seal(personKeyPlace(subjectId), raw);
    return { person: new Sealer([await sealingKeyOf(raw)]), sealedKey };
  }

  /** Fails when the key was wrapped by an unknown key-encryption key, or belongs to another person. */
  async openPersonKey(subjectId: string, sealedKey: Uint8Array): Promise<Result<Sealer, OpenError>> {
    const raw = await (await this.#master()).open(personKeyPlace(subjectId), sealedKey);
    return raw.ok ? ok(new Sealer([await sealingKeyOf(raw.value)])) : raw;
  }

  /** The same data key wrapped under the current key-encryption key; undefined when it already is. */
  async rewrapPersonKey(subjectId: string, sealedKey: Uint8Array): Promise<Result<Bytes | undefined, OpenError>> {
    return this.#rewrap(personKeyPlace(subjectId), sealedKey);
  }

  /** For what belongs to no person: the edge's own keys. */
  async sealWithMaster(place: Place, plaintext: Uint8Array): Promise<Bytes> {
    return (await this.#master()).seal(place, plaintext);
  }

  async openWithMaster(place: Place, sealed: Uint8Array): Promise<Result<Bytes, OpenError>> {
    return (await this.#master()).open(place, sealed);
  }

  /** The same value sealed under the current key-encryption key; undefined when it already is. */
  async rewrapWithMaster(place: Place, sealed: Uint8Array): Promise<Result<Bytes | undefined, OpenError>> {
    return this.#rewrap(place, sealed);
  }

  async #rewrap(place: Place, sealed: Uint8Array): Promise<Result<Bytes | undefined, OpenError>> {
    const master = await this.#master();
    if (master.isCurrent(sealed)) return ok(undefined);
    const plaintext = await master.open(place, sealed);
    return plaintext.ok ? ok(await master.seal(place, plaintext.value)) : plaintext;
  }
}
