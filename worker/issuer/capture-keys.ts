// The key pair that fingerprint readers seal captures to, with its certificate: a row of the key ring's table whose public half is
// the certificate (DER). Its private part opens captures and signs nothing but that certificate. Knows no capture.

import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { elapsed } from '../../shared/base/elapsed.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { encodeHex } from '../../shared/bytes/hex.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import type { PlatformKey } from '../../shared/crypto/keys.ts';
import { exportRs256Pkcs8, generateRs256, signRs256 } from '../../shared/crypto/rs256.ts';
import { importRsaOaepPrivate } from '../../shared/crypto/rsa-oaep.ts';
import { selfSignedRsa } from '../../shared/x509/self-signed-rsa.ts';
import type { Actor } from '../journal/entry.ts';
import type { Keys, SealedEdgeKey } from '../store/keys.ts';
import type { Vault } from '../store/vault.ts';
import type { KeyRing } from './key-ring.ts';

const day = 86_400;
/** Readers are told of a new certificate by hand: it stands for long, and what was sealed to it opens for as long as evidence may wait. */
const lifetime = { sealDays: 2 * 365, openDays: 60 } as const;
const freshForSeconds = 30;

export class CaptureKeys {
  readonly #keys: Pick<Keys, 'all' | 'add'>;
  readonly #vault: Pick<Vault, 'sealWithMaster' | 'openWithMaster'>;
  readonly #now: () => EpochSeconds;
  readonly #ring: Pick<KeyRing, 'publicKeys' | 'forget'>;
  // Values, not promises: a promise made in one request must not be awaited in another (workerd ties it to its request).
  #held: { readonly at: number; readonly keys: readonly SealedEdgeKey[] } | undefined;
  readonly #opened = new Map<string, PlatformKey>();

  constructor(
    keys: Pick<Keys, 'all' | 'add'>,
    vault: Pick<Vault, 'sealWithMaster' | 'openWithMaster'>,
    now: () => EpochSeconds,
    ring: Pick<KeyRing, 'publicKeys' | 'forget'>,
  ) {
    this.#keys = keys;
    this.#vault = vault;
    this.#now = now;
    this.#ring = ring;
  }

  /** DER of the certificate that readers seal to now; undefined where none was made. Costs no trip where the key ring is fresh. */
  async certificate(): Promise<Bytes | undefined> {
    const now = this.#now();
    return (await this.#ring.publicKeys()).findLast(
      (key) => key.purpose === 'sbi' && key.state === 'current' && key.signUntil >= now,
    )?.publicKey;
  }

  /** By the upper-case hex of SHA-256 of its certificate; also a retired one; undefined for one compromised or past its time. */
  async privateOf(thumbprint: string): Promise<PlatformKey | undefined> {
    for (const key of await this.#all()) {
      if (key.state === 'compromised' || key.acceptUntil < this.#now()) continue;
      if (encodeHex(await sha256(key.publicKey)).toUpperCase() === thumbprint.toUpperCase()) return this.#private(key);
    }
    return undefined;
  }

  /** Answers the kid. */
  async create(actor: Actor): Promise<string> {
    const now = this.#now();
    const pair = await generateRs256();
    const [modulus, exponent] = [bytesOf(pair.publicJwk.n), bytesOf(pair.publicJwk.e)];
    const name = await sha256(modulus);
    const kid = encodeBase64Url(name.subarray(0, 8));
    const sealUntil = epochSeconds(now + lifetime.sealDays * day);
    const certificate = await selfSignedRsa({
      modulus,
      exponent,
      commonName: `Tawthiq fingerprint captures ${kid}`,
      serial: name.slice(0, 16).map((byte, i) => (i === 0 ? (byte & 0x3f) | 0x40 : byte)),
      notBefore: now - 3600,
      notAfter: sealUntil,
      sign: (message) => signRs256(pair.privateKey, message),
    });
    const secret = await exportRs256Pkcs8(pair.privateKey);
    await this.#keys.add(
      {
        kid,
        purpose: 'sbi',
        alg: 'RSA-OAEP-256',
        publicKey: certificate,
        sealedPrivate: await this.#vault.sealWithMaster(privatePlace(kid), secret),
        usableFrom: now,
        signUntil: sealUntil,
        acceptUntil: epochSeconds(sealUntil + lifetime.openDays * day),
        createdAt: now,
      },
      { at: now, event: 'key.created', actor, object: kid, detail: { purpose: 'sbi' } },
    );
    secret.fill(0);
    this.forget();
    return kid;
  }

  /** The next question reads the store again. */
  forget(): void {
    this.#held = undefined;
    this.#ring.forget();
  }

  async #all(): Promise<readonly SealedEdgeKey[]> {
    const now = this.#now();
    if (this.#held && elapsed(now, this.#held.at) < freshForSeconds) return this.#held.keys;
    const keys = (await this.#keys.all()).filter(({ purpose }) => purpose === 'sbi');
    this.#held = { at: now, keys };
    return keys;
  }

  async #private(key: SealedEdgeKey): Promise<PlatformKey> {
    const known = this.#opened.get(key.kid);
    if (known) return known;
    const secret = await this.#vault.openWithMaster(privatePlace(key.kid), key.sealedPrivate);
    const opened = secret.ok ? await importRsaOaepPrivate(secret.value) : secret;
    if (!opened.ok) throw new Error(`key ${key.kid} does not open: ${opened.error.reason}`);
    this.#opened.set(key.kid, opened.value);
    return opened.value;
  }
}

const privatePlace = (kid: string) => ({ table: 'keys', row: kid, column: 'sealed_private' });

function bytesOf(text: string): Bytes {
  const bytes = decodeBase64Url(text);
  if (!bytes.ok) throw new Error('a JWK of the platform is not base64url');
  return bytes.value;
}
