// Big-endian reading with a sticky refusal, and writing. Shared by the codecs of this room; knows no format.

/**
 * Reads forward through bytes. The FIRST refusal stays, and every read after it gives 0, so a codec can read straight
 * on and ask once at its end. Loops over counts must also stop at `failed`.
 */
export class Cursor<Reason extends string> {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #failure: { reason: Reason; offset: number } | undefined;
  readonly #truncated: Reason;

  constructor(bytes: Uint8Array, truncated: Reason) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#truncated = truncated;
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.bytes.length - this.#at;
  }

  get failure(): { readonly reason: Reason; readonly offset: number } | undefined {
    return this.#failure;
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  seek(offset: number): void {
    this.#at = offset;
  }

  u8(): number {
    return this.#take(1) ? this.#view.getUint8(this.#at - 1) : 0;
  }

  u16(): number {
    return this.#take(2) ? this.#view.getUint16(this.#at - 2) : 0;
  }

  u32(): number {
    return this.#take(4) ? this.#view.getUint32(this.#at - 4) : 0;
  }

  take(length: number): Uint8Array {
    return this.#take(length) ? this.bytes.slice(this.#at - length, this.#at) : new Uint8Array(0);
  }

  /** Records a refusal unless the condition holds; only the first one counts. */
  require(condition: boolean, reason: Reason): void {
    if (!condition) this.#failure ??= { reason, offset: this.#at };
  }

  #take(length: number): boolean {
    if (this.#failure !== undefined) return false;
    if (length > this.left) {
      this.#failure = { reason: this.#truncated, offset: this.#at };
      return false;
    }
    this.#at += length;
    return true;
  }
}

/** Writes big-endian numbers; values wider than their field are a bug of the caller and throw. */
export class Writer {
  readonly #out: number[] = [];

  get length(): number {
    return this.#out.length;
  }

  u8(value: number): void {
    this.#put(value, 1);
  }

  u16(value: number): void {
    this.#put(value, 2);
  }

  u32(value: number): void {
    this.#put(value, 4);
  }

  text(ascii: string): void {
    for (let i = 0; i < ascii.length; i++) this.u8(ascii.charCodeAt(i));
  }

  raw(bytes: Uint8Array): void {
    for (const byte of bytes) this.#out.push(byte);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#out);
  }

  #put(value: number, size: number): void {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** size) {
      throw new RangeError(`a field of ${size} bytes cannot hold ${value}`);
    }
    for (let shift = size - 1; shift >= 0; shift--) this.#out.push(Math.floor(value / 256 ** shift) % 256);
  }
}
