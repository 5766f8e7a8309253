// JSON Web Tokens of our own (RFC 7515, 7519): signed with a current key of the ring, checked with the published ones.
// Other people's tokens (client assertions, request objects, proofs) are jose's business.

import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { decodeUtf8, encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha512 } from '../../shared/crypto/digest.ts';
import { importEd25519Jwk, signEd25519, webEd25519 } from '../../shared/crypto/ed25519.ts';
import type { Jwk, PlatformKey } from '../../shared/crypto/keys.ts';
import { importP256Public, signP256, verifyP256 } from '../../shared/crypto/p256.ts';
import { importRs256Jwk, type RsaJwk, signRs256, verifyRs256 } from '../../shared/crypto/rs256.ts';
import { sha256Sync } from '../../shared/crypto/sha256.ts';
import type { IdTokenAlg } from '../issuer/id-token-algs.ts';
import type { IdTokenKey, IdTokenKeys } from '../issuer/key-ring.ts';

/** `typ` keeps one kind of token from being taken for another (RFC 8725 §3.11). */
export type TokenType = 'JWT' | 'at+jwt' | 'logout+jwt' | 'token-introspection+jwt' | 'mfa+jwt';
export type Claims = Readonly<Record<string, unknown>>;

export type KeySource = { idTokenKeys(): Promise<IdTokenKeys> };

const heads = new Map<string, string>();

function headOf(typ: TokenType, alg: string, kid: string): string {
  const name = `${typ} ${alg} ${kid}`;
  const known = heads.get(name);
  if (known) return known;
  const head = encodeBase64Url(encodeUtf8(JSON.stringify({ alg, typ, kid })));
  heads.set(name, head);
  return head;
}

/** `alg`: the client's choice; a house without such a key cannot have registered it. */
export async function signJwt(
  keys: KeySource,
  typ: TokenType,
  claims: Claims,
  alg: IdTokenAlg = 'ES256',
): Promise<string> {
  const key = (await keys.idTokenKeys()).byAlg.get(alg);
  if (!key) throw new Error(`no ${alg} key for ID tokens is current`);
  const input = `${headOf(typ, alg, key.kid)}.${encodeBase64Url(encodeUtf8(JSON.stringify(claims)))}`;
  return `${input}.${encodeBase64Url(await algorithms[alg].sign(key.privateKey, encodeUtf8(input)))}`;
}

type Algorithm = {
  readonly sign: (key: PlatformKey, message: Uint8Array) => Promise<Uint8Array>;
  readonly verify: (key: PlatformKey, message: Uint8Array, signature: Uint8Array) => Promise<boolean>;
  readonly importJwk: (jwk: Jwk) => Promise<PlatformKey>;
};
const algorithms: Readonly<Record<IdTokenAlg, Algorithm>> = {
  ES256: { sign: signP256, verify: verifyP256, importJwk: importP256Jwk },
  EdDSA: {
    sign: signEd25519,
    verify: async (key, message, signature) => webEd25519.verify(key, message, signature),
    importJwk: importEd25519Jwk,
  },
  RS256: { sign: signRs256, verify: verifyRs256, importJwk: (jwk) => importRs256Jwk(jwk as RsaJwk) },
};

async function importP256Jwk(jwk: Jwk): Promise<PlatformKey> {
  const [x, y] = [decodeBase64Url(jwk.x ?? ''), decodeBase64Url(jwk.y ?? '')];
  const key = x.ok && y.ok ? await importP256Public(x.value, y.value) : undefined;
  if (!key?.ok) throw new Error('a published key is not on its curve');
  return key.value;
}

/** OpenID Connect Core §3.1.3.6: the left half of the hash that the signature's algorithm uses. */
export async function halfHash(token: string, alg: IdTokenAlg): Promise<string> {
  // Ed25519 hashes with SHA-512 inside, and libraries follow it.
  if (alg === 'EdDSA') return encodeBase64Url((await sha512(encodeUtf8(token))).subarray(0, 32));
  return encodeBase64Url(sha256Sync(encodeUtf8(token)).subarray(0, 16));
}

const imported = new Map<string, PlatformKey>();

/**
 * Tokens whose signature held: they are shown again and again within their five minutes, and checking it is the dearest part of looking
 * at one. In this isolate's memory only; the oldest go first.
 */
const known = new Map<string, { readonly kid: string; readonly claims: Claims }>();
const mostKnown = 4096;

/** Claims of a token that we signed, or undefined for anything else. Times are the caller's to judge. */
export async function verifyJwt(keys: KeySource, typ: TokenType, token: string): Promise<Claims | undefined> {
  if (token.length > 16_384) return undefined;
  const [head = '', body = '', signature = '', ...more] = token.split('.');
  if (more.length > 0) return undefined;
  const { published } = await keys.idTokenKeys();
  // SECURITY: the header is compared with the few we could have written, never interpreted: no alg, jku or typ of a stranger counts.
  const key = published.find((candidate) => headOf(typ, candidate.alg, candidate.kid) === head);
  const signed = decodeBase64Url(signature);
  if (!key || !signed.ok) return undefined;
  // SECURITY: the same text, character by character, and only while its key is still published.
  const before = known.get(token);
  if (before?.kid === key.kid) return before.claims;
  const publicKey = await publicKeyOf(key);
  if (!(await algorithms[key.alg].verify(publicKey, encodeUtf8(`${head}.${body}`), signed.value))) return undefined;
  const bytes = decodeBase64Url(body);
  const text = bytes.ok ? decodeUtf8(bytes.value) : bytes;
  if (!text.ok) return undefined;
  const claims = JSON.parse(text.value) as Claims;
  const [oldest] = known.keys();
  if (known.size >= mostKnown && oldest !== undefined) known.delete(oldest);
  known.set(token, { kid: key.kid, claims });
  return claims;
}

async function publicKeyOf(key: IdTokenKey): Promise<PlatformKey> {
  const known = imported.get(key.kid);
  if (known) return known;
  const publicKey = await algorithms[key.alg].importJwk(key.jwk);
  imported.set(key.kid, publicKey);
  return publicKey;
}
