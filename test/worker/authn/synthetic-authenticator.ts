// A passkey device in software: makes keys and signs challenges as WebAuthn §6 says, and misbehaves where a test asks it to.
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { concatBytes } from '../../../shared/bytes/concat.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { encodeCbor } from '../../../shared/cbor/encode.ts';
import type { CborValue } from '../../../shared/cbor/value.ts';
import { sha256 } from '../../../shared/crypto/digest.ts';
import { generateP256, type P256KeyPair, signP256 } from '../../../shared/crypto/p256.ts';

/** What may be wrong with an answer. `extraKey`: signs with a key that was never bound. */
export type Misbehaviour = {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly userVerified?: boolean;
  readonly userPresent?: boolean;
  readonly counter?: number;
  readonly synced?: boolean;
  readonly otherKey?: boolean;
  readonly attestation?: { readonly fmt: string; readonly attStmt: CborValue };
};

const flag = { up: 0x01, uv: 0x04, be: 0x08, bs: 0x10, at: 0x40 } as const;

export class SyntheticAuthenticator {
  readonly #keys: P256KeyPair;
  readonly #id = crypto.getRandomValues(new Uint8Array(32));
  readonly #synced: boolean;
  #userHandle = '';
  counter: number;

  private constructor(keys: P256KeyPair, synced: boolean) {
    this.#keys = keys;
    this.#synced = synced;
    this.counter = synced ? 0 : 1;
  }

  static async make(kind: 'synced' | 'device_bound'): Promise<SyntheticAuthenticator> {
    return new SyntheticAuthenticator(await generateP256({ extractable: false }), kind === 'synced');
  }

  /** RegistrationResponseJSON. */
  async create(
    options: {
      readonly challenge: string;
      readonly rp: { readonly id?: string };
      readonly user: { readonly id: string };
    },
    origin: string,
    wrong: Misbehaviour = {},
  ) {
    this.#userHandle = options.user.id;
    const { publicRaw } = this.#keys;
    const coseKey = encodeCbor(
      new Map<number, CborValue>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, publicRaw.slice(1, 33)],
        [-3, publicRaw.slice(33)],
      ]),
    );
    const length = new Uint8Array([this.#id.length >> 8, this.#id.length & 0xff]);
    const attested = concatBytes(new Uint8Array(16), length, this.#id, coseKey);
    const authData = concatBytes(await this.#head(options.rp.id ?? '', flag.at, this.counter, wrong), attested);
    const { fmt, attStmt } = wrong.attestation ?? { fmt: 'none', attStmt: new Map() };
    const object = encodeCbor(
      new Map<string, CborValue>([
        ['fmt', fmt],
        ['attStmt', attStmt],
        ['authData', authData],
      ]),
    );
    const id = encodeBase64Url(this.#id);
    return {
      id,
      rawId: id,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: encodeBase64Url(clientData('webauthn.create', options.challenge, origin, wrong)),
        attestationObject: encodeBase64Url(object),
      },
    };
  }

  /** AuthenticationResponseJSON; the counter grows with each where the key has one. */
  async get(options: { readonly challenge: string; readonly rpId?: string }, origin: string, wrong: Misbehaviour = {}) {
    if (!this.#synced) this.counter++;
    const client = clientData('webauthn.get', options.challenge, origin, wrong);
    const authData = await this.#head(options.rpId ?? '', 0, wrong.counter ?? this.counter, wrong);
    const key = wrong.otherKey ? (await generateP256({ extractable: false })).privateKey : this.#keys.privateKey;
    const raw = await signP256(key as CryptoKey, concatBytes(authData, await sha256(client)));
    const id = encodeBase64Url(this.#id);
    return {
      id,
      rawId: id,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: encodeBase64Url(client),
        authenticatorData: encodeBase64Url(authData),
        signature: encodeBase64Url(derOf(raw)),
        userHandle: this.#userHandle,
      },
    };
  }

  async #head(rpId: string, more: number, counter: number, wrong: Misbehaviour): Promise<Uint8Array> {
    const backup = (wrong.synced ?? this.#synced) ? flag.be | flag.bs : 0;
    const flags = (wrong.userPresent === false ? 0 : flag.up) | (wrong.userVerified === false ? 0 : flag.uv) | backup;
    const tail = new Uint8Array(5);
    tail[0] = flags | more;
    new DataView(tail.buffer).setUint32(1, counter);
    return concatBytes(await sha256(encodeUtf8(wrong.rpId ?? rpId)), tail);
  }
}

function clientData(type: string, challenge: string, origin: string, wrong: Misbehaviour): Uint8Array {
  const data = { type: wrong.type ?? type, challenge: wrong.challenge ?? challenge, origin: wrong.origin ?? origin };
  return encodeUtf8(JSON.stringify({ ...data, crossOrigin: false }));
}

/** WebAuthn carries ECDSA signatures as ASN.1 (§6.5.5); WebCrypto makes r and s. */
function derOf(raw: Uint8Array): Uint8Array {
  const integer = (bytes: Uint8Array) => {
    const from = bytes.findIndex((byte) => byte !== 0);
    const short = bytes.slice(from);
    const positive = (short[0] ?? 0) >= 0x80 ? concatBytes(new Uint8Array(1), short) : short;
    return concatBytes(new Uint8Array([2, positive.length]), positive);
  };
  const body = concatBytes(integer(raw.slice(0, 32)), integer(raw.slice(32)));
  return concatBytes(new Uint8Array([0x30, body.length]), body);
}
