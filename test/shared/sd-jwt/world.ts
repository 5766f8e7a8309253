// An issuer with its authority, a holder and a verifier for tests of SD-JWT VC: real keys, fixed time.
import type { EpochSeconds } from '../../../shared/base/brands.ts';
import { encodeBase64 } from '../../../shared/bytes/base64.ts';
import { generateP256, type P256KeyPair, signP256 } from '../../../shared/crypto/p256.ts';
import { type IssuedSdJwt, issueSdJwt, type SdJwtSigner } from '../../../shared/sd-jwt/issue.ts';
import { p256JwkOfRaw } from '../../../shared/sd-jwt/jwk.ts';
import { type KeyBinding, presentSdJwt } from '../../../shared/sd-jwt/present.ts';
import { type PresentationInputs, presentationPolicy } from '../../../shared/sd-jwt/verify.ts';
import { StatusBitmap } from '../../../shared/trust/status-bitmap.ts';
import { StatusLists } from '../../../shared/trust/status-source.ts';
import { type Certificate, decodeCertificate, signCertificate } from '../../../shared/x509/certificate.ts';
import { unwrap } from '../bytes/vector.ts';

export const now = 1_900_000_000 as EpochSeconds;
export const issuer = 'https://id.example';
export const statusUri = `${issuer}/s`;
export const type = 'urn:example:identity:1';
export const person = {
  name: 'سارة بنت أحمد',
  unified_number: '1000000008',
  age_over_18: true,
  nationalities: ['SAU'],
};

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
const authorityName = { organization: 'Example', commonName: 'Example authority' };

export type Authority = { readonly keys: P256KeyPair; readonly certificate: Certificate };

export async function anAuthority(change: { readonly notAfter?: number } = {}): Promise<Authority> {
  const keys = await generateP256({ extractable: false });
  const bytes = await signCertificate({
    publicKey: keys.publicRaw,
    subject: authorityName,
    issuer: authorityName,
    issuerPublicKey: keys.publicRaw,
    isAuthority: true,
    serial: random(16),
    notBefore: now - 86_400,
    notAfter: now + 365 * 86_400,
    sign: (message) => signP256(keys.privateKey, message),
    ...change,
  });
  return { keys, certificate: unwrap(decodeCertificate(bytes)) };
}

export type Leaf = { readonly keys: P256KeyPair; readonly certificate: Uint8Array; readonly signer: SdJwtSigner };

export async function aLeaf(
  authority: Authority,
  change: { readonly notAfter?: number; readonly isAuthority?: boolean; readonly notBefore?: number } = {},
): Promise<Leaf> {
  const keys = await generateP256({ extractable: true });
  const certificate = await signCertificate({
    publicKey: keys.publicRaw,
    subject: { organization: 'Example', commonName: 'Example issuer' },
    issuer: authorityName,
    issuerPublicKey: authority.keys.publicRaw,
    isAuthority: false,
    serial: random(16),
    notBefore: now - 86_400,
    notAfter: now + 30 * 86_400,
    origin: issuer,
    sign: (message) => signP256(authority.keys.privateKey, message),
    ...change,
  });
  const sign = (message: Uint8Array) => signP256(keys.privateKey, message);
  return { keys, certificate, signer: { x5c: [encodeBase64(certificate)], sign } };
}

export const audience = 'x509_hash:example';
export const nonce = 'n-0S6_WzA2Mj';

export async function aWorld() {
  const authority = await anAuthority();
  const leaf = await aLeaf(authority);
  const holder = await generateP256({ extractable: true });
  const bitmap = StatusBitmap.empty(2, 1024);
  const status = new StatusLists();
  status.put({ uri: statusUri, issuedAt: now, expiresAt: undefined, ttlSeconds: 900, bitmap });

  const issue = (change: Partial<Parameters<typeof issueSdJwt>[0]> = {}, signer = leaf.signer): Promise<IssuedSdJwt> =>
    issueSdJwt(
      {
        issuer,
        type,
        issuedAt: now - 60,
        expiresAt: now + 86_400,
        holder: p256JwkOfRaw(holder.publicRaw),
        status: { uri: statusUri, index: 7 },
        claims: person,
        ...change,
      },
      signer,
      random,
    );
  const binding = (change: Partial<KeyBinding> = {}): KeyBinding => ({
    audience,
    nonce,
    issuedAt: now,
    sign: (message) => signP256(holder.privateKey, message),
    ...change,
  });
  const present = async (names: readonly string[], change: Partial<KeyBinding> = {}, credential?: string) =>
    presentSdJwt(credential ?? (await issue()).text, names, binding(change));
  const inputs: PresentationInputs = {
    anchors: [authority.certificate],
    isWithdrawn: () => false,
    issuer,
    types: [type],
    audience,
    nonce,
    status,
    now,
    policy: presentationPolicy,
  };
  return { authority, leaf, holder, bitmap, issue, present, binding, inputs };
}
