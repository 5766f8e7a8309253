// JSON Web Tokens of our own (RFC 7515, 7519): signed with the current key of the ring, checked with the published ones.
// Other people's tokens (client assertions, request objects) are jose's business, see client-jwt.ts.

import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { decodeUtf8, encodeUtf8 } from '../../shared/bytes/text.ts';
import type { PlatformKey } from '../../shared/crypto/keys.ts';
import { importP256Public, signP256, verifyP256 } from '../../shared/crypto/p256.ts';
import { sha256Sync } from '../../shared/crypto/sha256.ts';
import type { IdTokenKey, IdTokenKeys } from '../issuer/key-ring.ts';

/** `typ` keeps one kind of token from being taken for another (RFC 8725 §3.11). */
export type TokenType = 'JWT' | 'at+jwt' | 'logout+jwt' | 'token-introspection+jwt';
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

export async function signJwt(keys: KeySource, typ: TokenType, claims: Claims): Promise<string> {
  const { current } = await keys.idTokenKeys();
  const input = `${headOf(typ, current.alg, current.kid)}.${encodeBase64Url(encodeUtf8(JSON.stringify(claims)))}`;
  return `${input}.${encodeBase64Url(await signP256(current.privateKey, encodeUtf8(input)))}`;
}

/** OpenID Connect Core §3.1.3.6: the left half of the hash that the signature's algorithm uses. */
export function halfHash(token: string): string {
  return encodeBase64Url(sha256Sync(encodeUtf8(token)).subarray(0, 16));
}

const imported = new Map<string, PlatformKey>();

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
  const publicKey = await publicKeyOf(key);
  if (!publicKey || !(await verifyP256(publicKey, encodeUtf8(`${head}.${body}`), signed.value))) return undefined;
  const bytes = decodeBase64Url(body);
  const text = bytes.ok ? decodeUtf8(bytes.value) : bytes;
  return text.ok ? (JSON.parse(text.value) as Claims) : undefined;
}

async function publicKeyOf(key: IdTokenKey): Promise<PlatformKey | undefined> {
  const known = imported.get(key.kid);
  if (known) return known;
  const [x, y] = [decodeBase64Url(key.jwk.x ?? ''), decodeBase64Url(key.jwk.y ?? '')];
  if (!x.ok || !y.ok) return undefined;
  const publicKey = await importP256Public(x.value, y.value);
  if (!publicKey.ok) return undefined;
  imported.set(key.kid, publicKey.value);
  return publicKey.value;
}
