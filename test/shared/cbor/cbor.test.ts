import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeHex } from '../../../shared/bytes/hex.ts';
import { decodeCbor } from '../../../shared/cbor/decode.ts';
import { encodeCbor } from '../../../shared/cbor/encode.ts';
import type { CborValue } from '../../../shared/cbor/value.ts';
import { cborTargets } from '../../fuzz/credential.ts';
import { hex, reasonOf, unwrap, vectorText } from '../bytes/vector.ts';

type Entry = { hex: string; roundtrip: boolean; decoded?: unknown; diagnostic?: string };

// The file holds whole numbers beyond 2^53, which JSON.parse would round.
const entries = JSON.parse(
  vectorText('cbor-appendix-a/appendix_a.json').replace(/("decoded":\s*)(-?\d{17,})/g, '$1"big:$2"'),
) as Entry[];

function same(value: CborValue, expected: unknown): boolean {
  if (typeof expected === 'string' && expected.startsWith('big:')) return String(value) === expected.slice(4);
  if (Array.isArray(expected)) {
    return (
      Array.isArray(value) && value.length === expected.length && expected.every((item, i) => same(value[i], item))
    );
  }
  if (typeof expected === 'object' && expected !== null) {
    if (!(value instanceof Map)) return false;
    const wanted = Object.entries(expected);
    return wanted.length === value.size && wanted.every(([key, item]) => same(value.get(key) as CborValue, item));
  }
  return Object.is(value, expected) || value === expected;
}

describe('RFC 8949 appendix A', () => {
  const bignum = (entry: Entry) => entry.hex.startsWith('c249') || entry.hex.startsWith('c349');

  it.each(entries.filter((entry) => 'decoded' in entry && !bignum(entry)))('decodes $hex', (entry) => {
    // A map with integer keys is written with text keys in the file's JSON.
    const value = unwrap(decodeCbor(hex(entry.hex), { tolerant: true }));
    const named = value instanceof Map ? new Map([...value].map(([key, item]) => [String(key), item])) : value;
    expect(same(named, entry.decoded)).toBe(true);
  });

  // A whole number is one number here, so a float that says one comes back as an integer.
  const wholeFloat = (entry: Entry) => /^f[9ab]/.test(entry.hex) && Number.isInteger(entry.decoded);

  it.each(entries.filter((entry) => entry.roundtrip && !wholeFloat(entry)))(
    'decodes and encodes $hex back',
    (entry) => {
      expect(encodeHex(encodeCbor(unwrap(decodeCbor(hex(entry.hex), { tolerant: true }))))).toBe(entry.hex);
    },
  );

  it('covers the whole file', () => {
    expect(entries.length).toBeGreaterThan(35);
  });
});

describe('strict decoding', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'cbor_truncated'],
    ['18', 'cbor_truncated'],
    ['4201', 'cbor_truncated'],
    ['820 1'.replace(' ', ''), 'cbor_truncated'],
    ['9bffffffffffffffff', 'cbor_truncated'],
    ['bb0000000100000000', 'cbor_truncated'],
    ['0000', 'cbor_trailing_bytes'],
    ['5f4101ff', 'cbor_indefinite_length'],
    ['9f01ff', 'cbor_indefinite_length'],
    ['bf0102ff', 'cbor_indefinite_length'],
    ['ff', 'cbor_indefinite_length'],
    ['1817', 'cbor_not_shortest'],
    ['1900ff', 'cbor_not_shortest'],
    ['1a0000ffff', 'cbor_not_shortest'],
    ['1b00000000ffffffff', 'cbor_not_shortest'],
    ['580101', 'cbor_not_shortest'],
    ['1c', 'cbor_reserved'],
    ['f818', 'cbor_reserved'],
    ['fc', 'cbor_reserved'],
    ['a1f500', 'cbor_key_type'],
    ['a1410000', 'cbor_key_type'],
    ['a201000100', 'cbor_duplicate_key'],
    ['a2616100616101', 'cbor_duplicate_key'],
    ['61ff', 'cbor_utf8'],
    ['f93c00', 'cbor_float'],
    ['fb3ff0000000000000', 'cbor_float'],
  ];

  it.each(cases)('refuses %s: %s', (text, reason) => {
    expect(reasonOf(decodeCbor(hex(text)))).toBe(reason);
  });

  it('refuses depth 17 and takes depth 16', () => {
    expect(decodeCbor(hex(`${'81'.repeat(15)}00`)).ok).toBe(true);
    expect(reasonOf(decodeCbor(hex(`${'81'.repeat(16)}00`)))).toBe('cbor_too_deep');
    expect(reasonOf(decodeCbor(hex('81'.repeat(4000))))).toBe('cbor_too_deep');
    expect(reasonOf(decodeCbor(hex('c1'.repeat(4000))))).toBe('cbor_too_deep');
  });

  it('refuses more bytes than the limit before reading any', () => {
    expect(reasonOf(decodeCbor(new Uint8Array(4097)))).toBe('cbor_too_long');
    expect(reasonOf(decodeCbor(hex('4101'), { maxBytes: 1 }))).toBe('cbor_too_long');
  });

  it('demands the order of keys only when deterministic', () => {
    expect(decodeCbor(hex('a2020001 00'.replace(' ', ''))).ok).toBe(true);
    expect(reasonOf(decodeCbor(hex('a202000100'), { deterministic: true }))).toBe('cbor_unsorted_keys');
    expect(decodeCbor(hex('a201000200'), { deterministic: true }).ok).toBe(true);
    expect(decodeCbor(hex('a218640020 00'.replace(' ', '')), { deterministic: true }).ok).toBe(true);
  });

  it('tells whole numbers beyond 2^53 as bigint', () => {
    expect(unwrap(decodeCbor(hex('1b001fffffffffffff')))).toBe(Number.MAX_SAFE_INTEGER);
    expect(unwrap(decodeCbor(hex('1b0020000000000000')))).toBe(2n ** 53n);
    expect(unwrap(decodeCbor(hex('3b001fffffffffffff')))).toBe(-(2n ** 53n));
    expect(unwrap(decodeCbor(hex('3bffffffffffffffff')))).toBe(-(2n ** 64n));
  });
});

describe('properties', () => {
  it.each(cborTargets)('$name', ({ property }) => {
    fc.assert(property as fc.IProperty<unknown>, { numRuns: 10_000 });
  });
});
