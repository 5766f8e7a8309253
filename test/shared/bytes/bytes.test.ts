import { deflateRawSync, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase45, encodeBase45 } from '../../../shared/bytes/base45.ts';
import { decodeBase64Url, encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { concatBytes } from '../../../shared/bytes/concat.ts';
import { deflateZlib } from '../../../shared/bytes/deflate.ts';
import { equalBytes } from '../../../shared/bytes/equal.ts';
import { decodeHex, encodeHex } from '../../../shared/bytes/hex.ts';
import { inflateZlib } from '../../../shared/bytes/inflate.ts';
import { decodeUtf8, encodeUtf8 } from '../../../shared/bytes/text.ts';
import { zlibStored } from '../../../shared/bytes/zlib-stored.ts';
import { bytesTargets } from '../../fuzz/credential.ts';
import { hex, reasonOf, unwrap, vectorJson } from './vector.ts';

describe('base45 (RFC 9285)', () => {
  const vectors = vectorJson<{
    encode: { text: string; base45: string }[];
    must_fail: { base45: string; why: string }[];
  }>('base45-rfc9285/rfc9285.json');

  it.each(vectors.encode)('encodes and decodes the example $text', ({ text, base45 }) => {
    expect(encodeBase45(encodeUtf8(text))).toBe(base45);
    expect(unwrap(decodeUtf8(unwrap(decodeBase45(base45))))).toBe(text);
  });

  it.each(vectors.must_fail)('refuses $base45: $why', ({ base45 }) => {
    expect(decodeBase45(base45).ok).toBe(false);
  });

  it('names what is wrong', () => {
    expect(reasonOf(decodeBase45('A'))).toBe('base45_length');
    expect(reasonOf(decodeBase45('ab1'))).toBe('base45_character');
    expect(reasonOf(decodeBase45('A٣1'))).toBe('base45_character');
    expect(reasonOf(decodeBase45('GGW'))).toBe('base45_overflow');
    expect(reasonOf(decodeBase45('::'))).toBe('base45_overflow');
  });

  it('decodes from a position', () => {
    expect(unwrap(decodeBase45('TWQ1:BB8', 5))).toEqual(encodeUtf8('AB'));
  });
});

describe('base64url (RFC 4648)', () => {
  it('has the spellings of Node', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(encodeBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
      }),
    );
  });

  it('refuses padding, the other alphabet, impossible lengths and second spellings', () => {
    expect(reasonOf(decodeBase64Url('AA=='))).toBe('base64url_character');
    expect(reasonOf(decodeBase64Url('A+/A'))).toBe('base64url_character');
    expect(reasonOf(decodeBase64Url('AAAAA'))).toBe('base64url_length');
    expect(reasonOf(decodeBase64Url('AB'))).toBe('base64url_not_canonical');
  });
});

describe('hex, text and comparison', () => {
  it('reads either case and refuses the rest', () => {
    expect(unwrap(decodeHex('00fFA9'))).toEqual(Uint8Array.of(0, 255, 169));
    expect(encodeHex(Uint8Array.of(0, 255, 169))).toBe('00ffa9');
    expect(reasonOf(decodeHex('0'))).toBe('hex_length');
    expect(reasonOf(decodeHex('0g'))).toBe('hex_character');
  });

  it('refuses malformed UTF-8 and keeps a byte order mark', () => {
    expect(reasonOf(decodeUtf8(hex('ff')))).toBe('utf8_malformed');
    expect(reasonOf(decodeUtf8(hex('c0af')))).toBe('utf8_malformed');
    expect(unwrap(decodeUtf8(hex('efbbbf41')))).toBe('\ufeffA');
    expect(unwrap(decodeUtf8(encodeUtf8('محمد')))).toBe('محمد');
  });

  it('compares contents and lengths', () => {
    expect(equalBytes(hex('0102'), hex('0102'))).toBe(true);
    expect(equalBytes(hex('0102'), hex('0103'))).toBe(false);
    expect(equalBytes(hex('0102'), hex('010200'))).toBe(false);
    expect(concatBytes(hex('01'), hex(''), hex('0203'))).toEqual(hex('010203'));
  });
});

describe('zlib (RFC 1950, 1951)', () => {
  const samples = [
    new Uint8Array(0),
    encodeUtf8('a'),
    encodeUtf8('Hello, hello, hello! '.repeat(400)),
    new Uint8Array(60_000),
    Uint8Array.from({ length: 70_000 }, (_, i) => (i * i * 31) >> 5),
  ];

  it('reads what zlib writes, stored, fixed and dynamic', () => {
    for (const sample of samples) {
      for (const level of [0, 1, 6, 9]) {
        for (const strategy of [0, 2, 4]) {
          const packed = new Uint8Array(deflateSync(sample, { level, strategy }));
          expect(equalBytes(unwrap(inflateZlib(packed, { maxBytes: 100_000 })), sample)).toBe(true);
        }
      }
    }
  });

  it('reads what the platform stream and the stored form write', async () => {
    for (const sample of samples) {
      expect(equalBytes(unwrap(inflateZlib(await deflateZlib(sample), { maxBytes: 100_000 })), sample)).toBe(true);
      expect(equalBytes(unwrap(inflateZlib(zlibStored(sample), { maxBytes: 100_000 })), sample)).toBe(true);
    }
  });

  it('stops a bomb at the limit, whatever its kind', () => {
    const bomb = new Uint8Array(deflateSync(new Uint8Array(50_000_000), { level: 9 }));
    const before = process.memoryUsage().arrayBuffers;
    expect(reasonOf(inflateZlib(bomb, { maxBytes: 65_536 }))).toBe('zlib_too_long');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2_000_000);
    expect(reasonOf(inflateZlib(zlibStored(new Uint8Array(101)), { maxBytes: 100 }))).toBe('zlib_too_long');
    expect(unwrap(inflateZlib(zlibStored(new Uint8Array(100)), { maxBytes: 100 })).length).toBe(100);
  });

  it('names what is wrong', () => {
    const limit = { maxBytes: 1000 };
    const good = new Uint8Array(deflateSync(encodeUtf8('abcabcabcabc')));
    const changed = (at: number, to: number) => good.map((byte, i) => (i === at ? to : byte));
    expect(reasonOf(inflateZlib(good.subarray(0, 5), limit))).toBe('zlib_truncated');
    expect(reasonOf(inflateZlib(good.subarray(0, -1), limit))).toBe('zlib_truncated');
    expect(reasonOf(inflateZlib(concatBytes(good, hex('00')), limit))).toBe('zlib_trailing_bytes');
    expect(reasonOf(inflateZlib(changed(good.length - 1, 0), limit))).toBe('zlib_checksum');
    expect(reasonOf(inflateZlib(changed(0, 0x79), limit))).toBe('zlib_header');
    expect(reasonOf(inflateZlib(changed(1, 0xbb), limit))).toBe('zlib_header');
    expect(reasonOf(inflateZlib(hex('789c07000000000000'), limit))).toBe('zlib_block');
    expect(reasonOf(inflateZlib(hex('789c0101000000aa0000'), limit))).toBe('zlib_block');
    // A dynamic block whose code lengths are all zero; a copy from before the beginning.
    expect(reasonOf(inflateZlib(hex('789c0500000000000000'), limit))).toBe('zlib_codes');
    expect(reasonOf(inflateZlib(hex('789c03020000000000'), limit))).toBe('zlib_distance');
    // Not zlib at all.
    expect(inflateZlib(new Uint8Array(deflateRawSync(encodeUtf8('abc'))), limit).ok).toBe(false);
  });
});

describe('properties', () => {
  it.each(bytesTargets)('$name', ({ property }) => {
    fc.assert(property as fc.IProperty<unknown>, { numRuns: 10_000 });
  });
});
