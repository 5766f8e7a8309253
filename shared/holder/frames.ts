// What the holder's screen shows: a new frame every five seconds while it is shown, or one answer to a verifier's challenge. Time and
// its passing are handed in; what is drawn is the text of a QR code.
import type { EpochSeconds } from '../base/brands.ts';
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
