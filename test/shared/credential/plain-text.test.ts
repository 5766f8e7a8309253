import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlainText } from '../../../shared/credential/plain-text.ts';

const hex = (code: number) => `U+${code.toString(16).padStart(4, '0')}`;

describe('the text of a claim', () => {
  it('may be a name of any script, with its marks, and lines of an address', () => {
    const names = [
      'عَبْدُ اللَّه بن محمد آل سعود',
      'Nguyễn Thị Ánh Tuyết O’Brien-Smith',
      'Nguye\u0302\u0303n',
      'Œuvre Štěpán Łukasz Ðorđe',
      'दीपिका',
      '李小龍',
      'یوسف ۱۲۳ ـ',
      'line\nline, 12/4 (B)',
      '𠮷野',
    ];
    for (const name of names) expect(isPlainText(name), name).toBe(true);
  });

  it('may part the letters of one Arabic word from another without a gap, as Persian is spelled, and nothing else', () => {
    for (const name of ['علی\u200cرضا', 'می\u200cرود', 'ا\u200cب\u200cج', 'بِ\u200cب']) {
      expect(isPlainText(name), name).toBe(true);
    }
    const odd = ['\u200cعلی', 'علی\u200c', 'علی\u200c\u200cرضا', 'علی \u200cرضا', 'Ali\u200cReza', 'علی\u200ca'];
    // Between digits it would make two numbers of one look.
    for (const name of [...odd, '12\u200c34', '١٢\u200c٣٤', '۱۲\u200c۳۴', 'علی\u200d', '\u200cعلی\u200cرضا']) {
      expect(isPlainText(name), JSON.stringify(name)).toBe(false);
    }
  });

  it.each([
    ['turns the direction', [0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2069]],
    ['is not seen', [0x00ad, 0x034f, 0x115f, 0x180b, 0x180e, 0x200b, 0x200c, 0x200d, 0x2060, 0x2064, 0x3164, 0xfeff]],
    ['changes what it follows', [0xfe00, 0xfe0f, 0xe0100, 0xe0041, 0xe007f]],
    ['controls a device or ends a paragraph', [0x00, 0x07, 0x09, 0x0d, 0x1b, 0x7f, 0x85, 0x9f, 0x2028, 0x2029, 0xfffa]],
    ['is half a character', [0xd800, 0xdfff]],
  ])('has nothing that %s', (_what, codes) => {
    for (const code of codes) {
      for (const text of ['Ali#123', 'محمد#علي', 'محمد#', '#1012345672', '101#2345672']) {
        // Between letters of Arabic script this one has its place.
        if (code === 0x200c && text === 'محمد#علي') continue;
        expect(isPlainText(text.replace('#', String.fromCodePoint(code))), `${hex(code)} in ${text}`).toBe(false);
      }
    }
  });

  it('ends at 512 units', () => {
    expect([isPlainText('x'.repeat(512)), isPlainText('x'.repeat(513))]).toEqual([true, false]);
  });

  it('is judged the same with letters around it, whatever it is', () => {
    const drawn = fc.string({ unit: 'binary', maxLength: 40 });
    fc.assert(
      fc.property(drawn, (text) => isPlainText(text) === isPlainText(`é ${text} é`)),
      { numRuns: 5000 },
    );
  });
});
