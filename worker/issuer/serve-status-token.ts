// The status list as a JWT for who asks for it by Accept: the published CWT's very bits, signed again with ES256 and x5c. Kept in the
// isolate by the file's ETag and the key, so that a list is signed once, not for every wallet, and nothing outlives its key.
import { decodeCbor } from '../../shared/cbor/decode.ts';
import { isCborMap } from '../../shared/cbor/value.ts';
import { decodeSign1 } from '../../shared/cose/sign1.ts';
import { signStatusToken } from '../../shared/sd-jwt/status-token.ts';
import { decodeStatusListToken } from '../../shared/trust/status-list.ts';
import type { Publications } from '../store/publications.ts';
import type { CertifiedKeys } from './certified-keys.ts';

export const statusTokenType = 'application/statuslist+jwt';

export type StatusTokenNeeds = {
  readonly publications: Pick<Publications, 'serveFile'>;
  readonly keys: Pick<CertifiedKeys, 'signer'>;
};

export type StatusTokenFile = {
  readonly etag: string;
  readonly kid: string;
  readonly version: string;
  readonly jwt: string;
};

const kept = new Map<string, StatusTokenFile>();
/** Some twenty thousand characters each at one in a hundred not valid; a nation has hundreds of chunks, and wallets of all of them. */
const maxKept = 200;

/** Undefined before the list was first published, or while there is no key to sign it with. */
export async function statusTokenOf(needs: StatusTokenNeeds, name: string): Promise<StatusTokenFile | undefined> {
  // SECURITY: the key is asked for before what is kept: a token of one that was taken away is signed again, or not served.
  const signer = await needs.keys.signer('sdjwt');
  if (!signer) return undefined;
  const known = kept.get(name);
  const held = known?.kid === signer.kid ? known : undefined;
  const conditions = new Headers(held ? { 'if-none-match': held.etag } : {});
  const file = await needs.publications.serveFile(name, conditions);
  if (!file) return undefined;
  if (!('body' in file)) return held;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const decoded = decodeStatusListToken(bytes);
  if (!decoded.ok) throw new Error(`a published status list does not read: ${decoded.error.reason}`);
  const { uri, issuedAt, expiresAt, ttlSeconds, bitmap } = decoded.value.list;
  const jwt = await signStatusToken(
    {
      uri,
      issuedAt,
      expiresAt: expiresAt ?? issuedAt + 86_400,
      ttlSeconds: ttlSeconds ?? 900,
      bits: bitmap.bits,
      compressed: compressedIn(bytes),
    },
    signer,
  );
  const token = { etag: file.httpEtag, kid: signer.kid, version: file.customMetadata?.['version'] ?? '0', jwt };
  const [oldest] = kept.keys();
  if (kept.size >= maxKept && oldest !== undefined) kept.delete(oldest);
  kept.set(name, token);
  return token;
}

/** The CWT's own `lst`: nothing is packed twice. */
function compressedIn(bytes: Uint8Array): Uint8Array {
  const message = decodeSign1(bytes, { maxBytes: bytes.length });
  const claims = message.ok ? decodeCbor(message.value.payload, { maxBytes: bytes.length }) : message;
  const list = claims.ok && isCborMap(claims.value) ? claims.value.get(65533) : undefined;
  const lst = list !== undefined && isCborMap(list) ? list.get('lst') : undefined;
  if (!(lst instanceof Uint8Array)) throw new Error('a published status list has no lst');
  return lst;
}
