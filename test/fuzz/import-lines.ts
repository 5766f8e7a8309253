// Properties of the import's readers: lines from chunks, a person from a line. For the tests and for long runs.
import fc from 'fast-check';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { syntheticFinger } from '../../shared/biometric/constellation.ts';
import { encodeTemplate } from '../../shared/biometric/encode-template.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { decodeUtf8, encodeUtf8 } from '../../shared/bytes/text.ts';
import { PersonLine } from '../../shared/contract/registry.ts';
import { readLines } from '../../worker/registry/lines.ts';
import { parsePersonLine } from '../../worker/registry/person-line.ts';
import { parseUnifiedNumber, withCheckDigit } from '../../worker/registry/unified-number.ts';

const now = 1_800_000_000 as EpochSeconds;
const encoded = encodeTemplate(syntheticFinger('fuzz'));
const template = encoded.ok ? encodeBase64Url(encoded.value) : '';

const number = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 99_999_999 }))
  .map(([first, rest]) => withCheckDigit(`${first}${String(rest).padStart(8, '0')}`));

/** Mostly right, so that every check is reached; each part sometimes anything. */
const mostly = <T>(right: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 60, arbitrary: right }, { weight: 1, arbitrary: fc.jsonValue() });

/** The first mostly, the others now and then. */
const usually = <T>(first: T, ...others: T[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(first) }, { weight: 1, arbitrary: fc.constantFrom(first, ...others) });

const kinds = ['establishment', 'citizen', 'resident', 'visitor', 'visitor', 'visitor', 'visitor', 'establishment'];

const drawn = fc.record(
  {
    number: mostly(fc.oneof({ weight: 12, arbitrary: number }, { weight: 1, arbitrary: fc.constant('1000000017') })),
    kind: mostly(fc.constantFrom('citizen', 'resident', 'visitor')),
    name: mostly(
      fc.record({ ar: fc.string({ minLength: 1, maxLength: 30 }), en: fc.string({ minLength: 1, maxLength: 30 }) }),
    ),
    birthDate: mostly(usually('1990-02-28', '1990-02-29', '2030-01-01', '1800-01-01', '2016-12-31')),
    birthDateHijri: mostly(usually('1445-01-01', '1445-13-01', '1200-01-01', '')),
    sex: mostly(fc.constantFrom('male', 'female')),
    nationality: mostly(fc.constantFrom('SAU', 'IND')),
    document: mostly(fc.record({ serial: usually('A1234567', 'a'), expiresOn: usually('2030-01-01', '2030-13-01') })),
    guardians: mostly(fc.array(fc.record({ number, relation: fc.constantFrom('father', 'mother') }), { maxLength: 3 })),
    fingers: mostly(
      fc.array(
        fc.record({
          position: fc.integer({ min: 1, max: 10 }),
          sample: fc.integer({ min: 1, max: 3 }),
          extractor: fc.constant('synthetic'),
          quality: fc.integer({ min: 0, max: 100 }),
          template: usually(template, template.slice(0, -4), 'A'.repeat(40)),
        }),
        { maxLength: 3 },
      ),
    ),
    face: mostly(usually('UklGRggAAABXRUJQVlA4IA', 'UklGRgkAAABXRUJQVlA4IA', 'AAAAAAAAAAAAAAAAAAAAAAAAAA')),
  },
  { requiredKeys: ['number', 'kind', 'name', 'sex', 'nationality', 'document'] },
);

/** Mostly the kind that the number's first digit tells. */
const line = fc.tuple(drawn, fc.nat({ max: 9 })).map(([value, odd]) => {
  const kind = typeof value.number === 'string' ? kinds[Number(value.number[0])] : undefined;
  return odd > 0 && kind ? { ...value, kind } : value;
});

const lineBytes = fc.oneof(
  { weight: 8, arbitrary: line.map((value) => encodeUtf8(JSON.stringify(value))) },
  { weight: 1, arbitrary: fc.json().map(encodeUtf8) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  { weight: 1, arbitrary: fc.nat({ max: 5000 }).map((depth) => encodeUtf8('['.repeat(depth))) },
);

/** Accepted: it is what the contract says, and reads the same again. Refused: the refusal says nothing of what stood there. */
export const lineIsAPersonOrAReason = fc.property(lineBytes, (bytes) => {
  const parsed = parsePersonLine(bytes, now);
  if (!parsed.ok) {
    const text = JSON.stringify(parsed.error);
    return text.length < 400 && !/[1-7]\d{9}/.test(text);
  }
  const { canonical, record, fingers } = parsed.value;
  const again = parsePersonLine(encodeUtf8(canonical), now);
  return (
    again.ok &&
    again.value.canonical === canonical &&
    PersonLine.safeParse(JSON.parse(canonical)).success &&
    parseUnifiedNumber(record.number).ok &&
    record.guardians.every((guardian) => guardian.number !== record.number) &&
    new Set(fingers.map(({ position, sample }) => position * 10 + sample)).size === fingers.length
  );
});

const maxBytes = 12;

/** However a body is cut into chunks: the lines of its text, the long ones only counted. */
export const linesDoNotDependOnChunks = fc.asyncProperty(
  fc.array(fc.constantFrom('a', 'ب', '\n', '\r', '\r\n', 'bbbbb'), { maxLength: 40 }).map((parts) => parts.join('')),
  fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 }),
  async (text, cuts) => {
    const bytes = encodeUtf8(text);
    async function* chunks() {
      let at = 0;
      for (const cut of cuts) {
        yield bytes.subarray(at, at + cut);
        at += cut;
      }
      yield bytes.subarray(at);
    }
    const expected = text.split('\n').map((raw) => raw.replace(/\r$/, ''));
    // A body that ends in a line feed has no line behind it.
    if (text.endsWith('\n') || text === '') expected.pop();
    let i = 0;
    for await (const found of readLines(chunks(), maxBytes)) {
      const due = expected[i++];
      if (due === undefined || found.line !== i) return false;
      const tooLong = encodeUtf8(due).length > maxBytes;
      if ('tooLong' in found ? !tooLong : tooLong) return false;
      if (!('tooLong' in found)) {
        const read = decodeUtf8(found.bytes);
        if (!read.ok || read.value !== due) return false;
      }
    }
    return i === expected.length;
  },
);

export const importLineTargets = [
  { name: 'registry.person-line', property: lineIsAPersonOrAReason as fc.IRawProperty<unknown> },
  { name: 'registry.lines', property: linesDoNotDependOnChunks as fc.IRawProperty<unknown, boolean> },
] as const;
