import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase45 } from '../../../shared/bytes/base45.ts';
import { inflateZlib } from '../../../shared/bytes/inflate.ts';
import { decodeCbor } from '../../../shared/cbor/decode.ts';
import { encodeCbor } from '../../../shared/cbor/encode.ts';
import { type CborMap, type CborValue, isCborMap } from '../../../shared/cbor/value.ts';
import { decodeSign1, sigStructure } from '../../../shared/cose/sign1.ts';
import { ageOn, claimsOf, encodeClaims, type IdentityClaims } from '../../../shared/credential/claims.ts';
import { webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { hex, reasonOf, unwrap, vectorJson, vectorNames } from '../bytes/vector.ts';
import { noiseFace, PERSON } from './world.ts';

type Vector = {
  name: string;
  category: string;
  qr_data: string;
  signing_key?: { public_key_hex: string };
  encryption_key?: unknown;
  expected_error?: string;
  expected_claim169?: Record<string, unknown>;
  expected_cwt_meta?: { issuer: string; expiresAt: number; issuedAt: number };
};

/** The codec's own steps on a foreign code: its issuer puts the kid where we do not, and is not in our trust list. */
function read(text: string) {
  const packed = decodeBase45(text);
  if (!packed.ok) return packed;
  const inflated = inflateZlib(packed.value, { maxBytes: 65_536 });
  if (!inflated.ok) return inflated;
  return decodeSign1(inflated.value, { anyUnprotected: true, maxBytes: 65_536 });
}

/** The payload of a vector whose signature is a dummy of a few bytes. */
function payloadOf(text: string): Uint8Array {
  const bytes = unwrap(inflateZlib(unwrap(decodeBase45(text)), { maxBytes: 65_536 }));
  const item = unwrap(decodeCbor(bytes, { maxBytes: 65_536 })) as { tag: number; value: readonly CborValue[] };
  expect(item.tag).toBe(18);
  return item.value[2] as Uint8Array;
}

describe('Claim 169 vectors', () => {
  const vectors = vectorNames('claim-169').map((name) => vectorJson<Vector>(name));

  it.each(vectors.filter((vector) => vector.expected_error !== undefined).map((v) => [v.name, v] as const))(
    'refuses %s',
    (_, vector) => {
      expect(read(vector.qr_data).ok).toBe(false);
    },
  );

  const readable = vectors.filter(
    (vector) => vector.expected_error === undefined && vector.encryption_key === undefined,
  );

  it.each(readable.map((vector) => [vector.name, vector] as const))('reads %s', async (_, vector) => {
    const payload = payloadOf(vector.qr_data);
    const cwt = unwrap(decodeCbor(payload, { maxBytes: 65_536, tolerant: true })) as CborMap;
    const identity = cwt.get(169) as CborMap;
    expect(isCborMap(identity)).toBe(true);
    const meta = vector.expected_cwt_meta;
    expect([cwt.get(1), cwt.get(4), cwt.get(6)]).toEqual([meta?.issuer, meta?.expiresAt, meta?.issuedAt]);
    const claims = unwrap(claimsOf(identity));
    const expected = vector.expected_claim169 ?? {};
    expect(claims.id).toBe(expected['id']);
    expect(claims.nameLatin).toBe(expected['fullName']);
    if (expected['dateOfBirth'] !== undefined)
      expect(claims.birthDate?.replaceAll('-', '')).toBe(expected['dateOfBirth']);
    for (const name of [
      'firstName',
      'lastName',
      'address',
      'email',
      'phone',
      'nationality',
      'guardian',
      'legalStatus',
    ] as const) {
      expect(claims[name]).toBe(expected[name]);
    }
    if (expected['face'] !== undefined) {
      // The beginning of a JPEG. The base64 that the file expects says other bytes: it was made by a lossy conversion.
      expect(claims.face?.bytes).toEqual(hex('ffd8ffe00010'));
      expect(claims.face?.format).toBe('jpeg');
    }
    if (vector.signing_key === undefined) {
      expect(reasonOf(read(vector.qr_data))).toBe('cose_signature_length');
    } else {
      const message = unwrap(read(vector.qr_data));
      const over = sigStructure(message.protected, message.payload);
      for (const [raw, valid] of [
        [vector.signing_key.public_key_hex, true],
        [`${'11'.repeat(31)}22`, false],
      ] as const) {
        const key = await webEd25519.importPublicKey(hex(raw));
        expect(key !== undefined && (await webEd25519.verify(key, over, message.signature))).toBe(valid);
      }
    }
  });

  it('has a signed one, a photo, and broken ones', () => {
    expect(vectors.some((vector) => vector.signing_key !== undefined)).toBe(true);
    expect(readable.length).toBeGreaterThanOrEqual(6);
  });
});

describe('EU digital certificates, the same stack', () => {
  type Dcc = { PREFIX: string; COSE?: string; EXPECTEDRESULTS: Record<string, boolean> };
  const files = vectorNames('eu-dcc').map((name) => [name, vectorJson<Dcc>(name)] as const);

  it.each(files)('%s unpacks to its COSE bytes, or is refused where it should be', (name, file) => {
    if (typeof file.PREFIX !== 'string') return;
    const results = file.EXPECTEDRESULTS;
    const bad =
      results['EXPECTEDUNPREFIX'] === false ||
      results['EXPECTEDB45DECODE'] === false ||
      results['EXPECTEDCOMPRESSION'] === false;
    const text = file.PREFIX.startsWith('HC1:') ? file.PREFIX.slice(4) : undefined;
    const packed = text === undefined ? undefined : decodeBase45(text);
    const inflated = packed?.ok ? inflateZlib(packed.value, { maxBytes: 65_536 }) : undefined;
    if (bad) {
      expect(inflated?.ok ?? false, name).toBe(false);
      return;
    }
    if (!inflated?.ok) throw new Error(`${name}: not unpacked`);
    if (file.COSE !== undefined) expect(Buffer.from(inflated.value).toString('hex')).toBe(file.COSE.toLowerCase());
    // One is not a message at all: it does not verify because nothing is signed.
    if (results['EXPECTEDVERIFY'] === false && !decodeCbor(inflated.value, { maxBytes: 65_536, tolerant: true }).ok)
      return;
    // Some of them keep alg or kid outside the signature or leave the tag away; what is inside must still be readable.
    const item = unwrap(decodeCbor(inflated.value, { maxBytes: 65_536, tolerant: true }));
    const parts = (
      Array.isArray(item) ? item : (item as { value: readonly CborValue[] }).value
    ) as readonly CborValue[];
    expect(parts.length).toBe(4);
    expect(decodeCbor(parts[2] as Uint8Array, { maxBytes: 65_536, tolerant: true }).ok).toBe(true);
  });

  it('has good and bad ones', () => {
    expect(files.length).toBeGreaterThan(70);
  });
});

describe('identity claims', () => {
  const digits = fc
    .date({ min: new Date('1900-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
    .map((d) => d.toISOString().slice(0, 10));
  const latin = fc.string({ unit: fc.constantFrom(..."abc DEF-\u00e9'."), maxLength: 40 });
  const arabic = fc.string({ unit: fc.constantFrom(...'محمدعبدالله '), maxLength: 40 }).map((it) => `م${it}`);
  const person = fc.record(
    {
      id: latin,
      nameArabic: arabic,
      nameLatin: latin.map((it) => `A${it}`),
      birthDate: digits,
      gender: fc.constantFrom('male', 'female', 'other'),
      nationality: fc.constantFrom('SA', 'SAU'),
      guardian: arabic,
      documentExpiresOn: digits,
      ageAtLeast: fc.nat({ max: 150 }),
      face: fc.record({
        bytes: fc.uint8Array({ minLength: 1, maxLength: 50 }),
        format: fc.constantFrom('webp', 'jpeg'),
      }),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<IdentityClaims>;

  it('come back from their bytes', () => {
    fc.assert(
      fc.property(person, (claims) => {
        const bytes = encodeCbor(unwrap(encodeClaims(claims)));
        expect(unwrap(claimsOf(unwrap(decodeCbor(bytes)) as CborMap))).toEqual(claims);
      }),
      { numRuns: 1000 },
    );
  });

  it('put the Arabic name first and name the languages when there are two', () => {
    const both = unwrap(encodeClaims({ nameArabic: 'محمد', nameLatin: 'Muhammad' }));
    expect([3, 4, 19, 20].map((key) => both.get(key))).toEqual(['ara', 'محمد', 'Muhammad', 'eng']);
    expect([...unwrap(encodeClaims({ nameArabic: 'محمد' })).keys()]).toEqual([4]);
  });

  it('are refused with a name that could read as another', () => {
    for (const mark of ['\u202e', '\u2066', '\u0007', '\u007f', '\u0085']) {
      expect(reasonOf(encodeClaims({ nameLatin: `Ali${mark}123` }))).toBe('claims_text');
      expect(reasonOf(claimsOf(new Map([[4, `Ali${mark}123`]])))).toBe('claims_text');
    }
    expect(reasonOf(encodeClaims({ address: 'x'.repeat(513) }))).toBe('claims_text');
    expect(encodeClaims({ address: 'line\nline' }).ok).toBe(true);
  });

  it('are refused with days that do not exist, wrong kinds, and faces that are none', () => {
    for (const birthDate of ['1990-02-29', '1990-13-01', '1990-00-10', '1990-01-32', '90-01-01', '١٩٩٠٠١٠١']) {
      expect(reasonOf(encodeClaims({ birthDate })), birthDate).toBe('claims_date');
    }
    expect(encodeClaims({ birthDate: '2000-02-29' }).ok).toBe(true);
    expect(reasonOf(encodeClaims({ birthDate: '1900-02-29' }))).toBe('claims_date');
    expect(reasonOf(claimsOf(new Map([[1, 7]])))).toBe('claims_shape');
    expect(reasonOf(claimsOf(new Map([[9, 4]])))).toBe('claims_shape');
    expect(reasonOf(claimsOf(new Map([[41, -1]])))).toBe('claims_shape');
    for (const face of [
      [],
      [1],
      [new Map([[0, 'x']])],
      [
        new Map<number, CborValue>([
          [0, hex('00')],
          [2, 9],
        ]),
      ],
    ]) {
      expect(reasonOf(claimsOf(new Map<number, CborValue>([[62, face]])))).toBe('claims_face');
    }
    expect(reasonOf(encodeClaims({ face: { ...noiseFace(1), bytes: new Uint8Array(0) } }))).toBe('claims_face');
  });

  it('take a bare face map as the example of the specification shows it, and pass unknown attributes over', () => {
    const bare = new Map<number, CborValue>([
      [
        62,
        new Map<number, CborValue>([
          [0, hex('ff')],
          [2, 4],
        ]),
      ],
      [47, 'x'],
      [2, '1.0'],
    ]);
    expect(unwrap(claimsOf(bare))).toEqual({ face: { bytes: hex('ff'), format: 'webp' } });
    expect(unwrap(claimsOf(unwrap(encodeClaims(PERSON))))).toEqual(PERSON);
  });
});

describe('age', () => {
  it.each([
    ['2008-09-21', '2026-09-20', 17],
    ['2008-09-21', '2026-09-21', 18],
    ['2008-02-29', '2026-02-28', 17],
    ['2008-02-29', '2026-03-01', 18],
    ['2026-01-01', '2026-01-01', 0],
  ])('born %s, on %s: %i', (born, today, age) => {
    expect(ageOn(born, today)).toBe(age);
  });
});
