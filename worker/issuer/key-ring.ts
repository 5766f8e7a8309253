// The edge's keys at work: which signs now, which opens evidence, which the world is told of. Read from the store at most every
// 30 seconds an isolate; private parts are opened when first needed and stay inside the platform's crypto. Longer than most: every purpose
// of a key is here, so that one file says which may do what.

import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { elapsed } from '../../shared/base/elapsed.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { decodeUtf8, encodeUtf8 } from '../../shared/bytes/text.ts';
import { kidOf } from '../../shared/cose/key.ts';
import { ed25519Signer, type Signer } from '../../shared/cose/sign1.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import { exportEd25519Pkcs8, generateEd25519, importEd25519Pkcs8 } from '../../shared/crypto/ed25519.ts';
import { exportEvidencePrivate, generateEvidenceKeyPair, importEvidencePrivate } from '../../shared/crypto/hpke.ts';
import type { Jwk, PlatformKey } from '../../shared/crypto/keys.ts';
import { exportP256Jwk, generateP256, importP256PrivateJwk } from '../../shared/crypto/p256.ts';
import { exportRs256Pkcs8, generateRs256, importRs256Pkcs8 } from '../../shared/crypto/rs256.ts';
import type { Actor } from '../journal/entry.ts';
import type { CertifiedKeyPurpose, EdgeKey, EdgeKeyPurpose, Keys, SealedEdgeKey } from '../store/keys.ts';
import type { Place, Vault } from '../store/vault.ts';
import { type IdTokenAlg, idTokenAlgs } from './id-token-algs.ts';

const freshForSeconds = 30;
const day = 86_400;

/** How long a key signs, and how long after that what it signed is accepted, in days. */
const lifetimes: Readonly<Record<PlainKeyPurpose, { readonly sign: number; readonly accept: number }>> = {
  credential: { sign: 180, accept: 400 },
  receipt: { sign: 400, accept: 3650 },
  status: { sign: 400, accept: 30 },
  evidence: { sign: 400, accept: 60 },
  id_token: { sign: 400, accept: 7 },
};

export type IdTokenKey = {
  readonly kid: string;
  readonly alg: IdTokenAlg;
  /** Public: what the JWKS shows, with kid, alg and use. */
  readonly jwk: Jwk;
};

export type IdTokenKeys = {
  readonly current: IdTokenSigningKey;
  /** The current key of each algorithm that has one; ES256's is `current`. */
  readonly byAlg: ReadonlyMap<IdTokenAlg, IdTokenSigningKey>;
  /** Next, current and those retired whose tokens may still be about. */
  readonly published: readonly IdTokenKey[];
};

export type IdTokenSigningKey = IdTokenKey & { readonly privateKey: PlatformKey };

/** The signing keys' purposes that speak COSE. */
export type SigningPurpose = 'credential' | 'receipt' | 'status';

/** Keys with certificates are made in certified-keys.ts; here they are only listed and moved. */
export type PlainKeyPurpose = Exclude<EdgeKeyPurpose, CertifiedKeyPurpose>;

export class NoKeyError extends Error {
  constructor(purpose: EdgeKeyPurpose) {
    super(`no ${purpose} key is current: make one with POST /v1/admin/keys`);
    this.name = 'NoKeyError';
  }
}

const privatePlace = (kid: string): Place => ({ table: 'keys', row: kid, column: 'sealed_private' });

export class KeyRing {
  readonly #keys: Pick<Keys, 'all' | 'add' | 'move'>;
  readonly #vault: Pick<Vault, 'sealWithMaster' | 'openWithMaster'>;
  readonly #now: () => EpochSeconds;
  // Values, not promises: a promise made in one request must not be awaited in another (workerd ties it to its request).
  #held: { readonly at: number; readonly keys: readonly SealedEdgeKey[] } | undefined;
  #idTokens: { readonly of: readonly SealedEdgeKey[]; readonly keys: IdTokenKeys } | undefined;
  readonly #opened = new Map<string, PlatformKey>();

  constructor(
    keys: Pick<Keys, 'all' | 'add' | 'move'>,
    vault: Pick<Vault, 'sealWithMaster' | 'openWithMaster'>,
    now: () => EpochSeconds,
  ) {
    this.#keys = keys;
    this.#vault = vault;
    this.#now = now;
  }

  /** Signs with the current key of a purpose; throws NoKeyError where there is none, or it may not sign any more. */
  async signer(purpose: SigningPurpose): Promise<Signer> {
    const key = await this.#current(purpose);
    return ed25519Signer(await this.#private(key), kidBytes(key));
  }

  /** What kiosks seal evidence to now. */
  async evidenceKey(): Promise<{ readonly kid: string; readonly publicKey: Bytes }> {
    const { kid, publicKey } = await this.#current('evidence');
    return { kid, publicKey };
  }

  /** Opens evidence sealed to this key, also a retired one; undefined for a key that is unknown, compromised or past its time. */
  async evidencePrivate(kid: string): Promise<PlatformKey | undefined> {
    const key = (await this.#all()).find((candidate) => candidate.kid === kid && candidate.purpose === 'evidence');
    if (!key || key.state === 'compromised' || key.acceptUntil < this.#now()) return undefined;
    return this.#private(key);
  }

  async idTokenKeys(): Promise<IdTokenKeys> {
    // Every token asks: built once each time the store is read.
    const all = await this.#all();
    if (this.#idTokens?.of === all) return this.#idTokens.keys;
    const byAlg = new Map<IdTokenAlg, IdTokenSigningKey>();
    for (const alg of idTokenAlgs) {
      const key = await this.#find('id_token', alg);
      if (key) byAlg.set(alg, { ...idTokenKeyOf(key), privateKey: await this.#private(key) });
    }
    const current = byAlg.get('ES256');
    if (!current) throw new NoKeyError('id_token');
    const published = all.filter(
      (key) => key.purpose === 'id_token' && key.state !== 'compromised' && key.acceptUntil >= this.#now(),
    );
    const keys = { current, byAlg, published: published.map(idTokenKeyOf) };
    this.#idTokens = { of: all, keys };
    return keys;
  }

  /** The same, if it was made and is still fresh: for whoever cannot wait. */
  idTokenKeysAtHand(): IdTokenKeys | undefined {
    const fresh = this.#held && elapsed(this.#now(), this.#held.at) < freshForSeconds;
    return fresh && this.#idTokens?.of === this.#held?.keys ? this.#idTokens?.keys : undefined;
  }

  /** Every key without its private part: what a trust list is made of. */
  async publicKeys(): Promise<EdgeKey[]> {
    return (await this.#all()).map(({ sealedPrivate: _, ...key }) => key);
  }

  /** `alg` is for ID tokens; every other purpose has its one. Makes a key pair here and keeps its private part sealed. The first of a purpose is current, later ones are next. */
  async create(purpose: PlainKeyPurpose, actor: Actor, alg: IdTokenAlg = 'ES256'): Promise<string> {
    const now = this.#now();
    const made = await newPair(purpose, alg);
    const { sign, accept } = lifetimes[purpose];
    await this.#keys.add(
      {
        kid: made.kid,
        purpose,
        alg: made.alg,
        publicKey: made.publicKey,
        sealedPrivate: await this.#vault.sealWithMaster(privatePlace(made.kid), made.secret),
        usableFrom: now,
        signUntil: epochSeconds(now + sign * day),
        acceptUntil: epochSeconds(now + (sign + accept) * day),
        createdAt: now,
      },
      { at: now, event: 'key.created', actor, object: made.kid, detail: { purpose } },
    );
    this.forget();
    return made.kid;
  }

  /** False when the key is not in a state from which it may move there. */
  async move(kid: string, to: 'current' | 'retired' | 'compromised', actor: Actor): Promise<boolean> {
    const moved = await this.#keys.move(kid, to, {
      at: this.#now(),
      event: 'key.moved',
      actor,
      object: kid,
      detail: { to },
    });
    this.forget();
    return moved;
  }

  /** The next question reads the store again. */
  forget(): void {
    this.#held = undefined;
  }

  async #all(): Promise<readonly SealedEdgeKey[]> {
    const now = this.#now();
    if (this.#held && elapsed(now, this.#held.at) < freshForSeconds) return this.#held.keys;
    const keys = await this.#keys.all();
    this.#held = { at: now, keys };
    return keys;
  }

  async #current(purpose: EdgeKeyPurpose): Promise<SealedEdgeKey> {
    const key = await this.#find(purpose);
    if (!key) throw new NoKeyError(purpose);
    return key;
  }

  async #find(purpose: EdgeKeyPurpose, alg?: IdTokenAlg): Promise<SealedEdgeKey | undefined> {
    const now = this.#now();
    return (await this.#all()).findLast(
      (candidate) =>
        candidate.purpose === purpose &&
        candidate.state === 'current' &&
        candidate.signUntil >= now &&
        (alg === undefined || candidate.alg === alg),
    );
  }

  async #private(key: SealedEdgeKey): Promise<PlatformKey> {
    const known = this.#opened.get(key.kid);
    if (known) return known;
    const opened = await this.#open(key);
    this.#opened.set(key.kid, opened);
    return opened;
  }

  async #open(key: SealedEdgeKey): Promise<PlatformKey> {
    const secret = await this.#vault.openWithMaster(privatePlace(key.kid), key.sealedPrivate);
    if (!secret.ok) throw new Error(`key ${key.kid} does not open: ${secret.error.reason}`);
    if (key.alg === 'EdDSA') return importEd25519Pkcs8(secret.value);
    if (key.alg === 'RS256') return importRs256Pkcs8(secret.value);
    if (key.alg === 'X25519') return importEvidencePrivate(secret.value);
    return importP256PrivateJwk(jsonOf(secret.value));
  }
}

type NewPair = {
  readonly kid: string;
  readonly alg: EdgeKey['alg'];
  readonly publicKey: Bytes;
  readonly secret: Bytes;
};

async function newPair(purpose: PlainKeyPurpose, alg: IdTokenAlg): Promise<NewPair> {
  if (purpose === 'evidence') {
    const pair = await generateEvidenceKeyPair();
    const kid = encodeBase64Url(kidOf({ curve: 'X25519', x: pair.publicRaw }));
    return { kid, alg: 'X25519', publicKey: pair.publicRaw, secret: await exportEvidencePrivate(pair.privateKey) };
  }
  if (purpose === 'id_token' && alg === 'RS256') {
    const pair = await generateRs256();
    // Named by its modulus, as long as the other kids are.
    const kid = encodeBase64Url((await sha256(encodeUtf8(`RSA ${pair.publicJwk.n}`))).subarray(0, 8));
    const jwk = { ...pair.publicJwk, kid, alg, use: 'sig' };
    return { kid, alg, publicKey: encodeUtf8(JSON.stringify(jwk)), secret: await exportRs256Pkcs8(pair.privateKey) };
  }
  if (purpose === 'id_token' && alg === 'EdDSA') {
    const pair = await generateEd25519({ extractable: true });
    const kid = encodeBase64Url(kidOf({ curve: 'Ed25519', x: pair.publicRaw }));
    const jwk: Jwk = { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(pair.publicRaw), kid, alg, use: 'sig' };
    const secret = await exportEd25519Pkcs8(pair.privateKey);
    return { kid, alg, publicKey: encodeUtf8(JSON.stringify(jwk)), secret };
  }
  if (purpose === 'id_token') {
    const pair = await generateP256({ extractable: true });
    const { x, y } = { x: pair.publicRaw.slice(1, 33), y: pair.publicRaw.slice(33, 65) };
    const kid = encodeBase64Url(kidOf({ curve: 'P-256', x, y }));
    const jwk: Jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: encodeBase64Url(x),
      y: encodeBase64Url(y),
      kid,
      alg: 'ES256',
      use: 'sig',
    };
    const secret = encodeUtf8(JSON.stringify(await exportP256Jwk(pair.privateKey)));
    return { kid, alg: 'ES256', publicKey: encodeUtf8(JSON.stringify(jwk)), secret };
  }
  const pair = await generateEd25519({ extractable: true });
  const kid = encodeBase64Url(kidOf({ curve: 'Ed25519', x: pair.publicRaw }));
  return { kid, alg: 'EdDSA', publicKey: pair.publicRaw, secret: await exportEd25519Pkcs8(pair.privateKey) };
}

function kidBytes(key: EdgeKey): Bytes {
  const kid = decodeBase64Url(key.kid);
  if (!kid.ok) throw new Error(`key id ${key.kid} is not base64url`);
  return kid.value;
}

function idTokenKeyOf(key: EdgeKey): IdTokenKey {
  return { kid: key.kid, alg: key.alg as IdTokenAlg, jwk: jsonOf(key.publicKey) };
}

function jsonOf(bytes: Uint8Array): Jwk {
  const text = decodeUtf8(bytes);
  if (!text.ok) throw new Error('a stored JWK is not UTF-8');
  return JSON.parse(text.value) as Jwk;
}
