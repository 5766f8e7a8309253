// A verifier's challenge as the text of a QR code: TWQC: + base45([audience, cnonce]). Both ends of profile C read it; it knows no keys.
import { err, ok, type Result } from '../base/result.ts';
import { decodeBase45, encodeBase45 } from '../bytes/base45.ts';
import { decodeCbor } from '../cbor/decode.ts';
import { encodeCbor } from '../cbor/encode.ts';
import type { Challenge } from './checks/work.ts';

/** Before a verifier's challenge in its QR code. */
export const CHALLENGE_PREFIX = 'TWQC:';
/** The longest text: an audience of 64 characters and a nonce of 64 bytes. */
export const MAX_CHALLENGE_LENGTH = 220;
/** What a verifier makes: it must never come twice, nor be guessed. */
export const CNONCE_BYTES = 16;

/** `audience`: the verifier's id, 1 to 64 characters. `cnonce`: 16 fresh random bytes, used once. */
export function challengeText({ audience, cnonce }: Challenge): string {
  return CHALLENGE_PREFIX + encodeBase45(encodeCbor([audience, cnonce]));
}

export type ChallengeError = { readonly reason: 'challenge_prefix' | 'challenge_malformed' };

/** What was scanned or sent; anything but a challenge of ours is refused. */
export function parseChallenge(text: string): Result<Challenge, ChallengeError> {
  if (!text.startsWith(CHALLENGE_PREFIX)) return err({ reason: 'challenge_prefix' });
  if (text.length > MAX_CHALLENGE_LENGTH) return err({ reason: 'challenge_malformed' });
  const bytes = decodeBase45(text, CHALLENGE_PREFIX.length);
  const decoded = bytes.ok ? decodeCbor(bytes.value, { maxBytes: 144 }) : undefined;
  if (!decoded?.ok || !Array.isArray(decoded.value)) return err({ reason: 'challenge_malformed' });
  const [audience, cnonce, more] = decoded.value as readonly unknown[];
  // SECURITY: "*" is the audience of broadcast frames: an answer for everybody would be a frame that never ages.
  if (typeof audience !== 'string' || audience.length < 1 || audience.length > 64 || audience === '*') {
    return err({ reason: 'challenge_malformed' });
  }
  if (!(cnonce instanceof Uint8Array) || cnonce.length < 8 || cnonce.length > 64 || more !== undefined) {
    return err({ reason: 'challenge_malformed' });
  }
  return ok({ audience, cnonce });
}
