// What the holder's screen shows: a new frame every five seconds while it is shown, or one answer to a verifier's challenge. Time and
// its passing are handed in; what is drawn is the text of a QR code.
import type { EpochSeconds } from '../base/brands.ts';
import { err, ok, type Result } from '../base/result.ts';
import { decodeBase45, encodeBase45 } from '../bytes/base45.ts';
import { decodeCbor } from '../cbor/decode.ts';
import { encodeCbor } from '../cbor/encode.ts';
import type { Challenge } from '../credential/checks/work.ts';
import { FRAME_SECONDS, showCredential } from '../credential/token.ts';
import { type HolderKey, holderSigner } from './holder-key.ts';

/** A clock that can be waited on: `after` answers how to call it off. */
export type FrameClock = {
  readonly now: () => EpochSeconds;
  readonly after: (seconds: number, act: () => void) => () => void;
};

export type Shown = { readonly cose: Uint8Array; readonly holder: HolderKey };

/**
 * Draws a frame now and one every five seconds until the answered function is called. A frame that could not be signed is handed to
 * `failed`, and the next is tried in its time; nothing is drawn after the end, however late a signature comes.
 */
export function showFrames(
  shown: Shown,
  clock: FrameClock,
  draw: (text: string) => void,
  failed: (error: unknown) => void,
): () => void {
  let ended = false;
  let cancel = () => {};
  const signer = holderSigner(shown.holder);
  const next = (): void => {
    cancel = clock.after(FRAME_SECONDS, next);
    showCredential({ cose: shown.cose, now: clock.now() }, signer).then(
      (text) => {
        if (!ended) draw(text);
      },
      (error: unknown) => {
        if (!ended) failed(error);
      },
    );
  };
  next();
  return () => {
    ended = true;
    cancel();
  };
}

/** The one answer to a challenge (profile C): good for that verifier, whatever the clocks say. */
export function answerChallenge(shown: Shown, challenge: Challenge, now: EpochSeconds): Promise<string> {
  return showCredential({ cose: shown.cose, now, challenge }, holderSigner(shown.holder));
}

/** Before a verifier's challenge in its QR code. */
export const CHALLENGE_PREFIX = 'TWQC:';

/** `audience`: the verifier's id, 1 to 64 characters. `cnonce`: 16 fresh random bytes, used once. */
export function challengeText({ audience, cnonce }: Challenge): string {
  return CHALLENGE_PREFIX + encodeBase45(encodeCbor([audience, cnonce]));
}

export type ChallengeError = { readonly reason: 'challenge_prefix' | 'challenge_malformed' };

/** What a wallet scanned; anything but a challenge of ours is refused. */
export function parseChallenge(text: string): Result<Challenge, ChallengeError> {
  if (!text.startsWith(CHALLENGE_PREFIX)) return err({ reason: 'challenge_prefix' });
  if (text.length > 200) return err({ reason: 'challenge_malformed' });
  const bytes = decodeBase45(text, CHALLENGE_PREFIX.length);
  const decoded = bytes.ok ? decodeCbor(bytes.value, { maxBytes: 128 }) : undefined;
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
