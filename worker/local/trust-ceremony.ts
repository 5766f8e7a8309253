// The act of the root keys: a trust list that names the edge's public keys, signed where the roots are (here: this laptop's secrets
// file; in a country: machines without a network, see list-ceremony.ts), then handed to the edge, which holds no root.
import { createHash, createPrivateKey, sign } from 'node:crypto';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { credentialIssuer } from '../../shared/contract/public-paths.ts';
import { ALG } from '../../shared/cose/header.ts';
import { type CoseKey, kidOf } from '../../shared/cose/key.ts';
import type { Signer } from '../../shared/cose/sign1.ts';
import { type KeyPurpose, type KeyState, signTrustList, type TrustListContent } from '../../shared/trust/trust-list.ts';
import type { RootKey } from './secrets.ts';

/** A key of the edge, as its administration's API lists it. */
export type PublishedKey = {
  readonly purpose: string;
  readonly alg: string;
  readonly publicKey: string;
  /** next | current | retired | compromised, as the edge has it. */
  readonly state?: string;
  readonly usableFrom: number;
  readonly signUntil: number;
  readonly acceptUntil: number;
};

/** Which of the edge's purposes go into the trust list; ID tokens have their own list (the JWKS). */
const listed: readonly string[] = ['credential', 'receipt', 'status', 'evidence'] satisfies KeyPurpose[];
export const isListed = (purpose: string) => listed.includes(purpose);

function bytesOf(text: string): Uint8Array {
  const bytes = decodeBase64Url(text);
  if (!bytes.ok) throw new Error('a key is not base64url');
  return bytes.value;
}

export function rootSigner(root: RootKey): Signer {
  const key = createPrivateKey({ key: Buffer.from(root.privateKeyPkcs8, 'base64url'), format: 'der', type: 'pkcs8' });
  return {
    alg: ALG.EdDSA,
    kid: kidOf({ curve: 'Ed25519', x: bytesOf(root.publicKey) }),
    sign: async (message) => new Uint8Array(sign(null, message, key)),
  };
}

/** What a list says. */
export type ListInput = {
  readonly issuer: string;
  readonly version: number;
  readonly prevHash: Uint8Array;
  /** What it stands on from then on. */
  readonly roots: readonly Pick<RootKey, 'publicKey'>[];
  readonly keys: readonly PublishedKey[];
  /** By kid (base64url): from when nothing counts; undefined, or the edge alone calls it compromised: nothing ever counts. */
  readonly compromisedAt?: ReadonlyMap<string, number | undefined>;
  readonly now: EpochSeconds;
  /** When the next list is due at the latest. */
  readonly validSeconds: number;
};

export type Ceremony = ListInput & {
  readonly roots: readonly [RootKey, RootKey];
  /** For a change of roots: those that the list stands on now. They sign too. */
  readonly formerRoots?: readonly RootKey[];
};

/**
 * A key on its way in is as good as the current one: that is what makes a rotation overlap. Whom the list calls compromised, it calls
 * so whatever state the edge has it in.
 */
function stateOf(key: PublishedKey, named: boolean): KeyState {
  if (named) return 'compromised';
  return key.state === 'retired' || key.state === 'compromised' ? key.state : 'active';
}

function coseKeyOf(key: PublishedKey): CoseKey {
  return { curve: key.alg === 'X25519' ? 'X25519' : 'Ed25519', x: bytesOf(key.publicKey) };
}

/** Fingerprint readers seal to its certificate, which is its public key here; a retired one still opens, and is sealed to no more. */
function isCaptureKey({ purpose, state }: PublishedKey): boolean {
  return purpose === 'sbi' && state !== 'retired' && state !== 'compromised';
}

const certificateHash = ({ publicKey }: PublishedKey): Uint8Array =>
  new Uint8Array(createHash('sha256').update(bytesOf(publicKey)).digest());

/** What there is to sign; nobody has. */
export function trustListContent(input: ListInput): TrustListContent {
  return {
    issuer: input.issuer,
    version: input.version,
    issuedAt: input.now,
    expiresAt: (input.now + input.validSeconds) as EpochSeconds,
    prevHash: input.prevHash,
    roots: input.roots.map((root): CoseKey => ({ curve: 'Ed25519', x: bytesOf(root.publicKey) })),
    keys: input.keys
      .filter((key) => isListed(key.purpose))
      .map((key) => {
        const kid = encodeBase64Url(kidOf(coseKeyOf(key)));
        return {
          issuer: credentialIssuer,
          key: coseKeyOf(key),
          usableFrom: key.usableFrom as EpochSeconds,
          signUntil: key.signUntil as EpochSeconds,
          acceptUntil: key.acceptUntil as EpochSeconds,
          purposes: [key.purpose as KeyPurpose],
          state: stateOf(key, input.compromisedAt?.has(kid) ?? false),
          compromisedAt: input.compromisedAt?.get(kid) as EpochSeconds | undefined,
        };
      }),
    captureCertificates: input.keys.filter(isCaptureKey).map(certificateHash),
  };
}

/** The list's bytes, signed by both roots (and both former ones): good for a routine change and for a change of roots. */
export function makeTrustList(ceremony: Ceremony): Promise<Uint8Array> {
  return signTrustList(
    trustListContent(ceremony),
    [...ceremony.roots, ...(ceremony.formerRoots ?? [])].map(rootSigner),
  );
}
