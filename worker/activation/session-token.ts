// The name of an activation session: stateless, and worth nothing to whoever did not get it. It binds a person, a kiosk, a nonce and
// an end without naming any of them: expiry (4 bytes) ‖ the first 24 bytes of an HMAC over all of it.
import { type EpochSeconds, epochSeconds, type SubjectId } from '../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { concatBytes } from '../../shared/bytes/concat.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { hmacSha256, importHmacKey } from '../../shared/crypto/hmac.ts';

export type SessionBinding = {
  readonly subjectId: SubjectId;
  readonly kioskId: string;
  /** base64url, as the session's answer gave it. */
  readonly nonce: string;
};

const tagLength = 24;

async function tagOf(secret: Uint8Array, binding: SessionBinding, expiresAt: EpochSeconds): Promise<Uint8Array> {
  const { subjectId, kioskId, nonce } = binding;
  const text = `activation session v1\0${subjectId}\0${kioskId}\0${nonce}\0${expiresAt}`;
  return (await hmacSha256(await importHmacKey(secret), encodeUtf8(text))).subarray(0, tagLength);
}

export async function sessionIdOf(
  secret: Uint8Array,
  binding: SessionBinding,
  expiresAt: EpochSeconds,
): Promise<string> {
  const expiry = new Uint8Array(4);
  new DataView(expiry.buffer).setUint32(0, expiresAt);
  return encodeBase64Url(concatBytes(expiry, await tagOf(secret, binding, expiresAt)));
}

/** When the session ends, if this id is the one of a session with this binding. */
export async function openSessionId(
  secret: Uint8Array,
  sessionId: string,
  binding: SessionBinding,
): Promise<EpochSeconds | undefined> {
  const bytes = decodeBase64Url(sessionId);
  if (!bytes.ok || bytes.value.length !== 4 + tagLength) return undefined;
  const expiresAt = epochSeconds(new DataView(bytes.value.buffer).getUint32(0));
  const tag = await tagOf(secret, binding, expiresAt);
  return equalBytes(tag, bytes.value.subarray(4)) ? expiresAt : undefined;
}
