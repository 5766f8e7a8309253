// Which public keys a relying party may sign with, and why another may not be registered. Specifications: RFC 7517 §4, RFC 7518 §3.3 and §6,
// RFC 9864, FAPI 2.0 Security Profile §5.4. Knows no client.

import { decodeBase64Url } from '../../shared/bytes/base64url.ts';

export type PublicJwk = Readonly<Record<string, unknown>>;

/** One algorithm: its name of RFC 8037, and the fully specified one of RFC 9864, which newer libraries write. */
const ed25519Names = ['EdDSA', 'Ed25519'] as const;

/** The names that a header may give what was registered as `alg`. */
export const namesOf = (alg: string): readonly string[] =>
  ed25519Names.some((name) => name === alg) ? ed25519Names : [alg];

/** What a client's signature may be made with; an `alg` in the key must be one of its kind. */
const kinds = [
  { kty: 'EC', crv: 'P-256', algs: ['ES256'] },
  { kty: 'OKP', crv: 'Ed25519', algs: ed25519Names },
  { kty: 'RSA', crv: undefined, algs: ['RS256', 'PS256'] },
] as const;
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const rsaBits = { least: 2048, most: 8192 } as const;

const kindOf = ({ kty, crv }: PublicJwk) =>
  kinds.find((kind) => kind.kty === kty && (kind.crv === undefined || kind.crv === crv));

/** A key set may hold keys of other uses beside (OpenID Connect Registration §2): they verify nothing here. */
function isForSigning({ use, key_ops: ops }: PublicJwk): boolean {
  return use === 'sig' || (use === undefined && (ops === undefined || includes(ops, 'verify')));
}

const includes = (list: unknown, one: string) => Array.isArray(list) && list.includes(one);

/** Why a key may not be registered, in words for whoever wrote it; undefined if it may. */
export function refusePublicKey(jwk: PublicJwk): string | undefined {
  const { use, key_ops: ops, alg } = jwk;
  if (privateMembers.some((member) => member in jwk)) return 'must be a public key';
  if (use !== undefined && use !== 'sig' && use !== 'enc') return 'use must be sig or enc';
  if (ops !== undefined && !Array.isArray(ops)) return 'key_ops must be a list';
  // RFC 7517 §4.3: both may be there, and then say the same.
  if (use === 'sig' && ops !== undefined && !includes(ops, 'verify')) return 'use is sig, but key_ops has no verify';
  if (use === 'enc' && includes(ops, 'verify')) return 'use is enc, but key_ops has verify';
  if (!isForSigning(jwk)) return undefined;
  const kind = kindOf(jwk);
  if (!kind) return 'must be EC P-256, OKP Ed25519 or RSA, or be marked use: enc';
  if (alg !== undefined && !kind.algs.some((one) => one === alg))
    return `alg must be ${kind.algs.join(' or ')}, or not there`;
  return kind.kty === 'RSA' ? refuseRsa(jwk) : refusePoint(jwk, kind.kty);
}

/** SECURITY: 2048 bits at least (RFC 7518 §3.3); with an exponent of 1 whatever is shown would be its own signature. */
function refuseRsa({ n, e }: PublicJwk): string | undefined {
  const [bits, exponent] = [numberOf(n), numberOf(e)];
  if (bits === undefined || exponent === undefined) return 'n and e must be base64url';
  const size = bits === 0n ? 0 : bits.toString(2).length;
  if (size < rsaBits.least || size > rsaBits.most)
    return `RSA must have ${rsaBits.least} to ${rsaBits.most} bits, this has ${size}`;
  // FIPS 186-5 §5.4: odd, above 2^16.
  return exponent % 2n === 1n && exponent > 65_536n ? undefined : 'e must be odd and at least 65537';
}

function numberOf(text: unknown): bigint | undefined {
  const bytes = typeof text === 'string' && text.length <= 4096 ? decodeBase64Url(text) : undefined;
  if (!bytes?.ok || bytes.value.length === 0) return undefined;
  return bytes.value.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function refusePoint({ x, y }: PublicJwk, kty: 'EC' | 'OKP'): string | undefined {
  const coordinates = kty === 'EC' ? [x, y] : [x];
  const are32Bytes = coordinates.every((one) => typeof one === 'string' && /^[A-Za-z0-9_-]{43}$/.test(one));
  return are32Bytes ? undefined : `${kty === 'EC' ? 'x and y' : 'x'} must be 32 bytes in base64url`;
}

/** Whether a signature may be checked with it; `alg`: by which algorithm, if only one is taken. */
export function canVerify(jwk: unknown, alg?: string): jwk is PublicJwk {
  if (typeof jwk !== 'object' || jwk === null) return false;
  const key = jwk as PublicJwk;
  if (!isForSigning(key) || refusePublicKey(key) !== undefined) return false;
  return (
    alg === undefined ||
    (kindOf(key)?.algs.some((one) => one === alg) === true && namesOf(alg).some((name) => name === (key['alg'] ?? alg)))
  );
}
