// The edge's keys that certificates speak for: an authority of its own for each use, and the leaf that signs (docs/adr/0010). They are
// rows of the key ring's table; their public half is a JWK with `x5c` (RFC 7517 §4.7). Knows no token and no request.

import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { elapsed } from '../../shared/base/elapsed.ts';
import { decodeBase64, encodeBase64 } from '../../shared/bytes/base64.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { decodeUtf8, encodeUtf8 } from '../../shared/bytes/text.ts';
import { kidOf } from '../../shared/cose/key.ts';
import type { Jwk, PlatformKey } from '../../shared/crypto/keys.ts';
import { exportP256Jwk, generateP256, importP256PrivateJwk, signP256 } from '../../shared/crypto/p256.ts';
import type { SdJwtSigner } from '../../shared/sd-jwt/issue.ts';
import { p256JwkOfRaw } from '../../shared/sd-jwt/jwk.ts';
import { type Certificate, decodeCertificate, signCertificate } from '../../shared/x509/certificate.ts';
import type { Actor } from '../journal/entry.ts';
import type { CertifiedKeyPurpose, Keys, SealedEdgeKey } from '../store/keys.ts';
import type { Vault } from '../store/vault.ts';

type ChainedPurpose = Exclude<CertifiedKeyPurpose, 'sbi'>;

/** sdjwt: signs credentials and their status. access: signs what we ask wallets, and our issuer's metadata. */
export type LeafPurpose = 'sdjwt' | 'access';

const authorityOf = { sdjwt: 'sdjwt_ca', access: 'access_ca' } as const satisfies Record<LeafPurpose, ChainedPurpose>;
const leafOf = { sdjwt_ca: 'sdjwt', access_ca: 'access' } as const;
const isAuthority = (purpose: ChainedPurpose) => purpose in leafOf;

export const certifiedPurposes = [
  'sdjwt',
  'access',
  'sdjwt_ca',
  'access_ca',
] as const satisfies readonly ChainedPurpose[];

export function isCertified(purpose: string): purpose is ChainedPurpose {
  return (certifiedPurposes as readonly string[]).includes(purpose);
}

const names: Readonly<Record<ChainedPurpose, string>> = {
  sdjwt_ca: 'Tawthiq credential authority',
  sdjwt: 'Tawthiq credential issuer',
  access_ca: 'Tawthiq access authority',
  access: 'Tawthiq verifier',
};

const day = 86_400;
/** Days a key signs, and days after that its certificate still stands: an authority outlives every leaf it signs. */
const lifetimes: Readonly<Record<ChainedPurpose, { readonly sign: number; readonly accept: number }>> = {
  sdjwt_ca: { sign: 5 * 365, accept: 600 },
  sdjwt: { sign: 180, accept: 400 },
  access_ca: { sign: 5 * 365, accept: 600 },
  access: { sign: 400, accept: 30 },
};
/** Certificates begin this long before they are made: a wallet's clock may be behind ours. */
const backdatedSeconds = 3600;
const freshForSeconds = 30;

export class NoCertifiedKeyError extends Error {
  constructor(purpose: ChainedPurpose) {
    super(`no ${purpose} key is current: make one with POST /v1/admin/keys`);
    this.name = 'NoCertifiedKeyError';
  }
}

export type CertifiedSigner = SdJwtSigner & {
  readonly kid: string;
  /** DER of the leaf. */
  readonly certificate: Uint8Array;
};

type Held = { readonly key: SealedEdgeKey; readonly certificate: Certificate };

export class CertifiedKeys {
  readonly #keys: Pick<Keys, 'all' | 'add'>;
  readonly #vault: Pick<Vault, 'sealWithMaster' | 'openWithMaster'>;
  readonly #now: () => EpochSeconds;
  readonly #random: (bytes: number) => Uint8Array;
  readonly #origin: string;
  // Values, not promises: a promise made in one request must not be awaited in another (workerd ties it to its request).
  #held: { readonly at: number; readonly all: readonly Held[] } | undefined;
  readonly #opened = new Map<string, PlatformKey>();

  constructor(
    keys: Pick<Keys, 'all' | 'add'>,
    vault: Pick<Vault, 'sealWithMaster' | 'openWithMaster'>,
    setting: {
      readonly now: () => EpochSeconds;
      readonly random: (bytes: number) => Uint8Array;
      readonly origin: string;
    },
  ) {
    this.#keys = keys;
    this.#vault = vault;
    this.#now = setting.now;
    this.#random = setting.random;
    this.#origin = setting.origin;
  }

  /** The current key of a purpose with its chain; undefined where there is none, or it may not sign any more. */
  async signer(purpose: LeafPurpose): Promise<CertifiedSigner | undefined> {
    const held = await this.#current(purpose);
    if (!held) return undefined;
    const privateKey = await this.#private(held.key);
    const { der } = held.certificate;
    // HAIP 1.0 §6.1: the trusted authority itself is left out.
    const x5c = [encodeBase64(der)];
    return { kid: held.key.kid, certificate: der, x5c, sign: (message) => signP256(privateKey, message) };
  }

  /** Certificates of the authorities whose leaves may still be believed: current and retired ones. */
  async authorities(purpose: LeafPurpose): Promise<readonly Certificate[]> {
    const now = this.#now();
    return (await this.#all())
      .filter(
        ({ key }) => key.purpose === authorityOf[purpose] && key.state !== 'compromised' && key.acceptUntil >= now,
      )
      .map(({ certificate }) => certificate);
  }

  /** The keys of compromised leaves: their certificates are in time, and they are believed no more. */
  async withdrawn(purpose: LeafPurpose): Promise<(publicKey: Uint8Array) => boolean> {
    const refused = (await this.#all())
      .filter(({ key }) => key.purpose === purpose && key.state === 'compromised')
      .map(({ certificate }) => encodeBase64Url(certificate.publicKey));
    return (publicKey) => refused.includes(encodeBase64Url(publicKey));
  }

  /** Makes a key and its certificate; a leaf without an authority gets one first. Answers the leaf's (or the authority's) kid. */
  async create(purpose: ChainedPurpose, actor: Actor): Promise<string> {
    // Another isolate may have made or moved an authority since this one looked.
    this.forget();
    if (isAuthority(purpose)) return this.#make(purpose, undefined, actor);
    const ca = authorityOf[purpose as LeafPurpose];
    if (!(await this.#current(ca))) await this.#make(ca, undefined, actor);
    const authority = await this.#current(ca);
    if (!authority) throw new NoCertifiedKeyError(ca);
    return this.#make(purpose, authority, actor);
  }

  /** The next question reads the store again. */
  forget(): void {
    this.#held = undefined;
  }

  async #make(purpose: ChainedPurpose, authority: Held | undefined, actor: Actor): Promise<string> {
    const now = this.#now();
    const pair = await generateP256({ extractable: true });
    const kid = encodeBase64Url(
      kidOf({ curve: 'P-256', x: pair.publicRaw.subarray(1, 33), y: pair.publicRaw.subarray(33) }),
    );
    const { sign: signDays, accept } = lifetimes[purpose];
    const acceptUntil = epochSeconds(now + (signDays + accept) * day);
    const signingKey = authority ? await this.#private(authority.key) : pair.privateKey;
    const subject = { organization: new URL(this.#origin).host, commonName: `${names[purpose]} ${kid}` };
    const certificate = await signCertificate({
      publicKey: pair.publicRaw,
      subject,
      issuer: authority?.certificate.subject ?? subject,
      issuerPublicKey: authority?.certificate.publicKey ?? pair.publicRaw,
      isAuthority: isAuthority(purpose),
      serial: positive(this.#random(16)),
      notBefore: now - backdatedSeconds,
      // A leaf never outlives its authority.
      notAfter: Math.min(acceptUntil, authority?.certificate.notAfter ?? acceptUntil),
      ...(authority ? { origin: this.#origin } : {}),
      sign: (message) => signP256(signingKey, message),
    });
    const jwk = { ...p256JwkOfRaw(pair.publicRaw), kid, alg: 'ES256', x5c: [encodeBase64(certificate)] };
    const secret = encodeUtf8(JSON.stringify(await exportP256Jwk(pair.privateKey)));
    await this.#keys.add(
      {
        kid,
        purpose,
        alg: 'ES256',
        publicKey: encodeUtf8(JSON.stringify(jwk)),
        sealedPrivate: await this.#vault.sealWithMaster(privatePlace(kid), secret),
        usableFrom: now,
        signUntil: epochSeconds(now + signDays * day),
        acceptUntil,
        createdAt: now,
      },
      { at: now, event: 'key.created', actor, object: kid, detail: { purpose } },
    );
    this.forget();
    return kid;
  }

  async #all(): Promise<readonly Held[]> {
    const now = this.#now();
    if (this.#held && elapsed(now, this.#held.at) < freshForSeconds) return this.#held.all;
    const purposes: readonly string[] = certifiedPurposes;
    const keys = (await this.#keys.all()).filter((key) => purposes.includes(key.purpose));
    const all = keys.map((key) => ({ key, certificate: certificateOf(key) }));
    this.#held = { at: now, all };
    return all;
  }

  async #current(purpose: ChainedPurpose): Promise<Held | undefined> {
    const now = this.#now();
    return (await this.#all()).findLast(
      ({ key }) => key.purpose === purpose && key.state === 'current' && key.signUntil >= now,
    );
  }

  async #private(key: SealedEdgeKey): Promise<PlatformKey> {
    const known = this.#opened.get(key.kid);
    if (known) return known;
    const secret = await this.#vault.openWithMaster(privatePlace(key.kid), key.sealedPrivate);
    if (!secret.ok) throw new Error(`key ${key.kid} does not open: ${secret.error.reason}`);
    const opened = await importP256PrivateJwk(jsonOf(secret.value) as Jwk);
    this.#opened.set(key.kid, opened);
    return opened;
  }
}

const privatePlace = (kid: string) => ({ table: 'keys', row: kid, column: 'sealed_private' });

/** A serial number is positive and never begins with a zero byte. */
function positive(serial: Uint8Array): Uint8Array {
  return serial.map((byte, i) => (i === 0 ? (byte & 0x3f) | 0x40 : byte));
}

function certificateOf(key: SealedEdgeKey): Certificate {
  const { x5c } = jsonOf(key.publicKey) as { readonly x5c?: readonly string[] };
  const bytes = decodeBase64(x5c?.[0] ?? '');
  const certificate = bytes.ok ? decodeCertificate(bytes.value) : bytes;
  if (!certificate.ok) throw new Error(`the certificate of key ${key.kid} does not read: ${certificate.error.reason}`);
  return certificate.value;
}

function jsonOf(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  if (!text.ok) throw new Error('a stored JWK is not UTF-8');
  return JSON.parse(text.value) as unknown;
}
