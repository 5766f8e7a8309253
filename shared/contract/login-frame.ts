// The animated code of a login page: what a wallet reads off the screen. A frame names its login and a moment, and proves that it was
// shown to the browser that holds the login. Knows no clock: who checks says when it is.
import { err, ok, type Result } from '../base/result.ts';
import { decodeBase45, encodeBase45 } from '../bytes/base45.ts';
import { decodeBase64Url, encodeBase64Url } from '../bytes/base64url.ts';
import { equalBytes } from '../bytes/equal.ts';
import { encodeUtf8 } from '../bytes/text.ts';
import { sha256Sync } from '../crypto/sha256.ts';

/** Before the base45 text, so that a scanner knows a login from a credential. */
export const loginFramePrefix = 'TWL1:';
/** Seconds between two frames. */
export const loginFrameSeconds = 3;
/** Frames before the newest that are still taken: a hand is slow, a network too. A frame is dead after at most twelve seconds. */
export const loginFrameGrace = 3;

const txnBytes = 16;
const macBytes = 16;
const frameBytes = txnBytes + 4 + macBytes;

export type LoginFrame = {
  /** The login's id, 22 characters. */
  readonly txn: string;
  /** Which frame: `frameStep` of the moment it was shown. */
  readonly step: number;
  readonly mac: Uint8Array;
};
export type LoginFrameError = { readonly reason: 'frame_malformed' };

export function frameStep(nowSeconds: number): number {
  return Math.floor(nowSeconds / loginFrameSeconds);
}

/**
 * What proves a frame: keyed by `holderHash` (login and browser share it; it is never shown). Every part has a fixed length, the key is
 * hashed in twice (RFC 2104's shape), and half of the digest is kept: 128 bits for a life of seconds.
 */
function macOf(holderHash: string, txn: string, step: number): Uint8Array {
  const inner = sha256Sync(encodeUtf8(`tawthiq login frame v1\0${holderHash}\0${txn}\0${step}`));
  return sha256Sync(encodeUtf8(`tawthiq login frame v1 outer\0${holderHash}\0${encodeBase64Url(inner)}`)).slice(
    0,
    macBytes,
  );
}

/** The text of the code, 59 characters of a QR code's alphanumeric mode. `txn`: a login's id. */
export function loginFrameText(holderHash: string, txn: string, step: number): string {
  const id = decodeBase64Url(txn);
  if (!id.ok || id.value.length !== txnBytes) throw new RangeError('a login id has 16 bytes');
  const bytes = new Uint8Array(frameBytes);
  bytes.set(id.value);
  new DataView(bytes.buffer).setUint32(txnBytes, step);
  bytes.set(macOf(holderHash, txn, step), txnBytes + 4);
  return loginFramePrefix + encodeBase45(bytes);
}

/** Reads a scanned text; says nothing of whether it is genuine or fresh. */
export function parseLoginFrame(text: string): Result<LoginFrame, LoginFrameError> {
  if (text.length !== loginFramePrefix.length + (frameBytes * 3) / 2 || !text.startsWith(loginFramePrefix))
    return err({ reason: 'frame_malformed' });
  const bytes = decodeBase45(text.slice(loginFramePrefix.length));
  if (!bytes.ok || bytes.value.length !== frameBytes) return err({ reason: 'frame_malformed' });
  const { buffer, byteOffset } = bytes.value;
  return ok({
    txn: encodeBase64Url(bytes.value.subarray(0, txnBytes)),
    step: new DataView(buffer, byteOffset).getUint32(txnBytes),
    mac: bytes.value.slice(txnBytes + 4),
  });
}

/** SECURITY: a frame that is not ours is refused before its age is looked at, in constant time. */
export function judgeLoginFrame(
  frame: Pick<LoginFrame, 'step' | 'mac'>,
  holderHash: string,
  txn: string,
  nowSeconds: number,
): 'good' | 'forged' | 'stale' {
  if (!equalBytes(macOf(holderHash, txn, frame.step), frame.mac)) return 'forged';
  const age = frameStep(nowSeconds) - frame.step;
  return age >= 0 && age <= loginFrameGrace ? 'good' : 'stale';
}
