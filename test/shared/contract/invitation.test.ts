// A typed invitation: what is read, what is forgiven, what is refused.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  crockford,
  formatInvitation,
  newInvitation,
  parseInvitation,
  rootsFingerprint,
} from '../../../shared/contract/invitation.ts';

const roots = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const;

describe('an invitation', () => {
  it('comes back as it was made, in groups of five', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 7, maxLength: 7 }), (random) => {
        const made = newInvitation(random, roots);
        const text = formatInvitation(made);
        expect(text).toMatch(/^TWK(-[0-9A-HJKMNP-TV-Z]{5}){5}$/);
        expect(parseInvitation(text)).toEqual({ ok: true, value: made });
      }),
    );
  });

  it('is read in any case, with spaces, and with the letters people confuse', () => {
    const made = { code: '01ABC23DEF', roots: '0123456789ABCDE' };
    const text = ' twk oiabc 23def  o123456789abcde';
    expect(parseInvitation(text)).toEqual({ ok: true, value: made });
    expect(parseInvitation('TWKL1ABC-23DEF-0123456789ABCDE')).toMatchObject({ value: { code: '11ABC23DEF' } });
  });

  it('is refused with the reason', () => {
    const reasonOf = (text: string) => {
      const parsed = parseInvitation(text);
      return parsed.ok ? 'ok' : parsed.error.reason;
    };
    expect(reasonOf('01ABC-23DEF-01234-56789-ABCDE')).toBe('invitation_prefix');
    expect(reasonOf('TWK-01ABC-23DEF-01234-56789-ABCD')).toBe('invitation_length');
    expect(reasonOf('TWK-01ABC-23DEF-01234-56789-ABCDEF')).toBe('invitation_length');
    expect(reasonOf(`TWK${' '.repeat(100)}`)).toBe('invitation_length');
    expect(reasonOf('TWK-U1ABC-23DEF-01234-56789-ABCDE')).toBe('invitation_character');
    expect(reasonOf('TWK-٠1ABC-23DEF-01234-56789-ABCDE')).toBe('invitation_character');
  });

  it('names the roots: other roots, or the same in another order, have another fingerprint', () => {
    expect(rootsFingerprint(roots)).toHaveLength(15);
    expect(rootsFingerprint([roots[1], roots[0]])).not.toBe(rootsFingerprint(roots));
    expect(rootsFingerprint([roots[0], new Uint8Array(32).fill(3)])).not.toBe(rootsFingerprint(roots));
  });

  it('uses the first bits, most significant first', () => {
    expect(crockford(new Uint8Array([0b00000_000, 0b01_00010_0, 0b0011_0010]), 4)).toBe('0123');
    expect(() => crockford(new Uint8Array(6), 10)).toThrow('too few bits');
  });
});
