// Ed25519 by Node's own crypto: it answers at once, without WebCrypto's trip through the thread pool.

import { createPublicKey, type KeyObject, type VerifyJsonWebKeyInput, verify } from 'node:crypto';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { equalBytes } from '../../../shared/bytes/equal.ts';
import { type Ed25519, isPlausibleSignature, isUsablePublicKey } from '../../../shared/crypto/ed25519.ts';

type KeyInput = VerifyJsonWebKeyInput;

/** A key is parsed from its bytes for its first signature and is the platform's object from its second one on. */
class NodeKey {
  readonly raw: Uint8Array;
  #used: boolean;
  #object: KeyObject | undefined;

  constructor(raw: Uint8Array, used: boolean) {
    this.raw = raw;
    this.#used = used;
  }

  verify(message: Uint8Array, signature: Uint8Array): boolean {
    if (this.#object === undefined && this.#used)
      this.#object = withoutTraces(() => createPublicKey(inputOf(this.raw)));
    this.#used = true;
    const object = this.#object;
    if (object !== undefined) return verify(null, message, object, signature);
    // A stranger's key is used once: an object that only the collector can free costs more than parsing 32 bytes again.
    return withoutTraces(() => verify(null, message, inputOf(this.raw), signature));
  }
}

/** Node finds out what kind of key it was given by what throws, inside. The stack traces, which nobody sees, cost a quarter of a verify. */
function withoutTraces<T>(parse: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return parse();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

export const nodeEd25519: Ed25519 = {
  importPublicKey: (raw) => (isUsablePublicKey(raw) ? remembered(raw) : undefined),
  verify: (key, message, signature) => isPlausibleSignature(signature) && (key as NodeKey).verify(message, signature),
};

// A phone in front of a camera shows frame after frame under one key. A key has one place, by its first bytes; the place knows who came
// last, and keeps the key from its second frame on: strangers in a row leave nothing behind for the collector.
const PLACES = 16;
const lastWord = new Int32Array(PLACES);
const kept: (NodeKey | undefined)[] = new Array<undefined>(PLACES).fill(undefined);

function remembered(raw: Uint8Array): NodeKey {
  const [a = 0, b = 0, c = 0, d = 0] = raw;
  const word = (a << 24) | (b << 16) | (c << 8) | d;
  const place = d % PLACES;
  const held = kept[place];
  // SECURITY: the word is a hint; a key is another's unless all its bytes are the same.
  if (held !== undefined && equalBytes(held.raw, raw)) return held;
  const again = lastWord[place] === word;
  lastWord[place] = word;
  const key = again ? new NodeKey(raw.slice(), true) : new NodeKey(raw, false);
  kept[place] = again ? key : undefined;
  return key;
}

type InputOf = (raw: Uint8Array) => KeyInput;

const asJwk: InputOf = (raw) => ({ key: { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(raw) }, format: 'jwk' });

// A quarter faster where Node takes the raw bytes.
const asRaw: InputOf = (raw) => {
  const input: unknown = { key: raw, format: 'raw-public', asymmetricKeyType: 'ed25519' };
  return input as KeyInput;
};

const inputOf = takesRaw() ? asRaw : asJwk;

/** Node 24.21 does, older ones and Electron's may not. */
function takesRaw(): boolean {
  const base = Uint8Array.of(0x58, ...new Array<number>(31).fill(0x66));
  try {
    return createPublicKey(asRaw(base)).equals(createPublicKey(asJwk(base)));
  } catch {
    return false;
  }
}
