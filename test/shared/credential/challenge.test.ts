// A verifier's challenge in its QR code, and what is none.
import { describe, expect, it } from 'vitest';
import { challengeText, MAX_CHALLENGE_LENGTH, parseChallenge } from '../../../shared/credential/challenge.ts';

describe('a challenge', () => {
  it('fits a small QR code and is read back; anything else is refused with a reason', () => {
    const challenge = { audience: 'kiosk-0042', cnonce: new Uint8Array(16).fill(9) };
    const text = challengeText(challenge);
    expect(text.length).toBeLessThanOrEqual(58);
    expect(parseChallenge(text)).toEqual({ ok: true, value: challenge });
    const reason = (other: string) => {
      const parsed = parseChallenge(other);
      return parsed.ok ? 'taken' : parsed.error.reason;
    };
    const longest = challengeText({ audience: 'a'.repeat(64), cnonce: new Uint8Array(64) });
    expect([longest.length <= MAX_CHALLENGE_LENGTH, reason(longest)]).toEqual([true, 'taken']);
    expect(reason('TWQ1:ABC')).toBe('challenge_prefix');
    expect(reason(`${text}00`)).toBe('challenge_malformed');
    expect(reason('TWQC:')).toBe('challenge_malformed');
    expect(reason(`TWQC:${'0'.repeat(400)}`)).toBe('challenge_malformed');
    expect(reason(challengeText({ ...challenge, audience: '*' }))).toBe('challenge_malformed');
    expect(reason(challengeText({ ...challenge, cnonce: new Uint8Array(4) }))).toBe('challenge_malformed');
  });
});
