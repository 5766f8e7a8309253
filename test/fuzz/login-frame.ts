// Properties of the login page's code: any text is a value, a frame comes back as it was shown, any changed frame is not ours.
import fc from 'fast-check';
import {
  frameStep,
  judgeLoginFrame,
  loginFrameGrace,
  loginFrameSeconds,
  loginFrameText,
  parseLoginFrame,
} from '../../shared/contract/login-frame.ts';

const txn = fc.stringMatching(/^[A-Za-z0-9_-]{21}[AQgw]$/);
const secret = fc.stringMatching(/^[A-Za-z0-9_-]{43}$/);
const alphabet = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'];

/** Any text is read or refused with a reason. */
const textsHold = fc.property(
  fc.oneof(
    fc.string({ maxLength: 100 }),
    fc.array(fc.constantFrom(...alphabet), { minLength: 54, maxLength: 54 }).map((chars) => `TWL1:${chars.join('')}`),
  ),
  (text) => {
    const parsed = parseLoginFrame(text);
    return parsed.ok
      ? parsed.value.txn.length === 22 && parsed.value.mac.length === 16
      : parsed.error.reason === 'frame_malformed';
  },
);

/** Good for its seconds and no more, for its own login and secret and no other. */
const framesHold = fc.property(
  txn,
  secret,
  fc.integer({ min: 1_700_000_000, max: 4_000_000_000 }),
  fc.integer({ min: -60, max: 60 }),
  (id, hash, now, later) => {
    const parsed = parseLoginFrame(loginFrameText(hash, id, frameStep(now)));
    if (!parsed.ok || parsed.value.txn !== id) return false;
    const age = frameStep(now + later) - frameStep(now);
    const fresh = age >= 0 && age <= loginFrameGrace;
    return (
      judgeLoginFrame(parsed.value, hash, id, now + later) === (fresh ? 'good' : 'stale') &&
      judgeLoginFrame(parsed.value, `${hash}x`, id, now) === 'forged' &&
      judgeLoginFrame({ ...parsed.value, step: parsed.value.step + 1 }, hash, id, now + loginFrameSeconds) === 'forged'
    );
  },
);

export const loginFrameTargets = [
  { name: 'login-frame.texts', property: textsHold },
  { name: 'login-frame.frames', property: framesHold },
] as const;
