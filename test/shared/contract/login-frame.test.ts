import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeLoginFrame, loginFrameText, parseLoginFrame } from '../../../shared/contract/login-frame.ts';
import { loginFrameTargets } from '../../fuzz/login-frame.ts';

const hash = 'h'.repeat(43);
const txn = 'AAAAAAAAAAAAAAAAAAAAAA';

describe('the frame of a login page', () => {
  it.each(loginFrameTargets)('$name holds', ({ property }) => {
    fc.assert(property as fc.IRawProperty<unknown>, { numRuns: 300 });
  });

  it('is 59 characters of the alphanumeric mode, and the secret is not in it', () => {
    const text = loginFrameText(hash, txn, 600_000_000);
    expect(text).toMatch(/^TWL1:[0-9A-Z $%*+\-./:]{54}$/);
    expect(text).not.toBe(loginFrameText(hash, txn, 600_000_001));
  });

  it('keyed by another secret, or moved to another login, is forged', () => {
    const parsed = parseLoginFrame(loginFrameText(hash, txn, 600_000_000));
    if (!parsed.ok) throw new Error(parsed.error.reason);
    const now = 600_000_000 * 3;
    expect(judgeLoginFrame(parsed.value, hash, txn, now)).toBe('good');
    expect(judgeLoginFrame(parsed.value, 'g'.repeat(43), txn, now)).toBe('forged');
    expect(judgeLoginFrame(parsed.value, hash, 'BAAAAAAAAAAAAAAAAAAAAA', now)).toBe('forged');
  });
});
