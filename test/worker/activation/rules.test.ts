// The small rules of activation by themselves: masks, age groups, session names, locks, and what fits into a printed code.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EpochSeconds, epochSeconds, type SubjectId } from '../../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import type { PersonRecord } from '../../../shared/contract/registry.ts';
import { ed25519Signer } from '../../../shared/cose/sign1.ts';
import { claimsOf } from '../../../shared/credential/claims.ts';
import { decodeCredential } from '../../../shared/credential/decode.ts';
import { qrCode } from '../../../shared/credential/qr.ts';
import { generateEd25519 } from '../../../shared/crypto/ed25519.ts';
import { activationLock, lockAfter } from '../../../worker/activation/failure-rules.ts';
import { issueStaticCredential, mostTextLength } from '../../../worker/activation/issue-static.ts';
import { maskName } from '../../../worker/activation/mask-name.ts';
import { activationPolicy, ageGroupOf } from '../../../worker/activation/policy.ts';
import { openSessionId, sessionIdOf } from '../../../worker/activation/session-token.ts';
import { maxFaceBytes } from '../../../worker/registry/card-face.ts';

describe('a masked name', () => {
  it('shows one letter a word and not how long the words are', () => {
    expect(maskName({ ar: 'فاطمة ال سعد', en: '  Fatimah   Al Saad ' })).toEqual({
      ar: 'ف••• ا••• س•••',
      en: 'F••• A••• S•••',
    });
    expect(maskName({ ar: '𐤀𐤁', en: 'A B C D E F' })).toEqual({ ar: '𐤀•••', en: 'A••• B••• C••• D•••' });
  });
});

describe('an age group', () => {
  it('is found for every age, and changes on the birthdays that the policy names', () => {
    const groups = [0, 9, 10, 15, 16, 130].map((age) => ageGroupOf(activationPolicy, age)?.name);
    expect(groups).toEqual(['child', 'child', 'minor', 'minor', 'adult', 'adult']);
    expect(ageGroupOf(activationPolicy, -1)).toBeUndefined();
  });
});

describe('a lock', () => {
  it('comes with the fifth failure, doubles, and ends within a day', () => {
    const at = epochSeconds(1000);
    expect([0, 4].map((failures) => lockAfter(failures, at))).toEqual([0, 0]);
    expect([5, 6, 7].map((failures) => lockAfter(failures, at) - at)).toEqual([900, 1800, 3600]);
    expect(lockAfter(500, at) - at).toBe(activationLock.maxSeconds);
  });
});

describe('a session’s name', () => {
  const secret = new Uint8Array(32).fill(9);
  const binding = { subjectId: '0abcdef' as SubjectId, kioskId: 'k_1', nonce: 'n' };
  const end = epochSeconds(1_800_000_000);

  it('opens with its own binding only, and says when it ends', async () => {
    const id = await sessionIdOf(secret, binding, end);
    expect(id.length).toBeLessThanOrEqual(64);
    expect(await openSessionId(secret, id, binding)).toBe(end);
    for (const change of [{ subjectId: '0abcdeg' as SubjectId }, { kioskId: 'k_2' }, { nonce: 'm' }]) {
      expect(await openSessionId(secret, id, { ...binding, ...change })).toBeUndefined();
    }
    expect(await openSessionId(new Uint8Array(32), id, binding)).toBeUndefined();
  });

  it('does not open with any bit changed, nor as any other text', async () => {
    const id = await sessionIdOf(secret, binding, end);
    const bytes = decodeBase64Url(id);
    if (!bytes.ok) throw new Error('no base64url');
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.value.length * 8 - 1), async (bit) => {
        const bent = bytes.value.slice();
        bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(await openSessionId(secret, encodeBase64Url(bent), binding)).toBeUndefined();
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 64 }), async (text) => {
        expect(await openSessionId(secret, text, binding)).toBeUndefined();
      }),
    );
  });
});

describe('the credential of an activation', () => {
  const issuedAt = epochSeconds(1_800_000_000);
  const record = (ar: string, en: string): PersonRecord => ({
    number: '1000000008',
    kind: 'citizen',
    name: { ar, en },
    birthDate: '1990-05-17',
    sex: 'female',
    nationality: 'SAU',
    document: { serial: 'A1234567', expiresOn: '2027-03-01' },
    guardians: [],
  });

  async function issue(person: PersonRecord, faceBytes: number, statusUri = 'http://localhost:8787/s') {
    const { privateKey } = await generateEd25519({ extractable: false });
    const face = faceBytes > 0 ? crypto.getRandomValues(new Uint8Array(faceBytes)) : undefined;
    const input = { record: person, face, statusUri, statusIndex: 33_554_431, issuedAt };
    const issued = await issueStaticCredential(input, ed25519Signer(privateKey, new Uint8Array(8)));
    const decoded = decodeCredential(issued.text);
    if (!decoded.ok) throw new Error(decoded.error.reason);
    const claims = claimsOf(decoded.value.payload.identity);
    if (!claims.ok) throw new Error(claims.error.reason);
    return { ...issued, claims: claims.value };
  }

  it('with the face that is made of a photo and a full name is at most 1,100 characters', async () => {
    const short = record('نورة سعد الحربي', 'Noura Saad Alharbi');
    const long = record('عبدالعزيز خالد سلمان الدوسري', 'Abdulaziz Khalid Salman Aldosari');
    for (const [person, name] of [
      [short, { nameArabic: short.name.ar }],
      [long, { nameLatin: long.name.en }],
    ] as const) {
      const { text, claims } = await issue(person, maxFaceBytes);
      expect(text.length).toBeLessThanOrEqual(1100);
      expect(claims.face?.bytes.length).toBe(maxFaceBytes);
      expect(claims).toMatchObject({ ...name, birthDate: '1990-05-17', gender: 'female', nationality: 'SAU' });
    }
  });

  it('keeps a large face with a long name by a few characters more, in a QR code of the same size', async () => {
    const long = record('عبدالعزيز خالد سلمان الدوسري', 'Abdulaziz Khalid Salman Aldosari');
    const { text, claims } = await issue(long, 510);
    expect([claims.face?.bytes.length, claims.nameLatin]).toEqual([510, long.name.en]);
    expect(text.length).toBeGreaterThan(1100);
    const wide = 'A'.repeat(mostTextLength);
    expect([qrCode(text, 'L').version, qrCode(text, 'M').version]).toEqual([19, 22]);
    expect([qrCode(wide, 'L').version, qrCode(wide, 'M').version]).toEqual([19, 22]);
  });

  it('says the name in both scripts where they fit, and never the unified number', async () => {
    const { text, claims } = await issue(record('نورة الحربي', 'Noura Alharbi'), 380);
    expect(text.length).toBeLessThanOrEqual(1100);
    expect(claims).toMatchObject({ nameArabic: 'نورة الحربي', nameLatin: 'Noura Alharbi', nationality: 'SAU' });
    expect(claims.face?.bytes.length).toBe(380);
    expect(claims.id).toBeUndefined();
  });

  it('leaves out a face that cannot fit, and holds until the document ends', async () => {
    const { text, claims, expiresAt } = await issue(record('نورة الحربي', 'Noura Alharbi'), 1000);
    expect(claims.face).toBeUndefined();
    expect(text.length).toBeLessThanOrEqual(1100);
    expect(new Date(expiresAt * 1000).toISOString()).toBe('2027-03-01T20:59:59.000Z');
    const long = { ...record('ن', 'N'), document: { serial: 'A1234567', expiresOn: '2035-01-01' } };
    expect((await issue(long, 0)).expiresAt).toBe((issuedAt + 365 * 86_400) as EpochSeconds);
  });
});
