// Identity claims and their form on the wire: Claim 169 (MOSIP, version 1.2), a map of small integers.
// The name in Arabic stands in attribute 4 and the one in Latin letters in 19; either alone stands in 4. Languages are named if both are there.

import { err, ok, type Result } from '../base/result.ts';
import { type CborKey, type CborMap, type CborValue, isCborMap } from '../cbor/value.ts';
import { isPlainText } from './plain-text.ts';

/** What a person's credential says. Every member is optional: a profile and a policy decide which are there. */
export type IdentityClaims = {
  readonly id?: string;
  readonly nameArabic?: string;
  readonly nameLatin?: string;
  readonly firstName?: string;
  readonly middleName?: string;
  readonly lastName?: string;
  /** Civil calendar, YYYY-MM-DD. */
  readonly birthDate?: string;
  readonly gender?: 'male' | 'female' | 'other';
  readonly address?: string;
  readonly email?: string;
  readonly phone?: string;
  /** ISO 3166-1, two or three letters. */
  readonly nationality?: string;
  readonly maritalStatus?: number;
  readonly guardian?: string;
  readonly locationCode?: string;
  readonly legalStatus?: string;
  readonly countryOfIssuance?: string;
  /** The end of the card or passport it was issued from, YYYY-MM-DD. Attribute 40, unassigned by Claim 169. */
  readonly documentExpiresOn?: string;
  /** At least this many years old, and nothing else about the birth date. Attribute 41, unassigned by Claim 169. */
  readonly ageAtLeast?: number;
  readonly face?: Face;
};

export type FaceFormat = 'png' | 'jpeg' | 'jp2' | 'avif' | 'webp';
export type Face = { readonly bytes: Uint8Array; readonly format: FaceFormat };

export type ClaimsReason = 'claims_shape' | 'claims_text' | 'claims_date' | 'claims_face';
export type ClaimsError = { readonly reason: ClaimsReason };

type TextClaim =
  | 'id'
  | 'firstName'
  | 'middleName'
  | 'lastName'
  | 'address'
  | 'email'
  | 'phone'
  | 'nationality'
  | 'guardian'
  | 'locationCode'
  | 'legalStatus'
  | 'countryOfIssuance';

const TEXT_KEYS: readonly (readonly [number, TextClaim])[] = [
  [1, 'id'],
  [5, 'firstName'],
  [6, 'middleName'],
  [7, 'lastName'],
  [10, 'address'],
  [11, 'email'],
  [12, 'phone'],
  [13, 'nationality'],
  [15, 'guardian'],
  [21, 'locationCode'],
  [22, 'legalStatus'],
  [23, 'countryOfIssuance'],
];
const TEXT_OF = new Map(TEXT_KEYS);
const LANGUAGE = 3;
const NAME = 4;
const BIRTH_DATE = 8;
const GENDER = 9;
const MARITAL = 14;
const SECOND_NAME = 19;
const SECOND_LANGUAGE = 20;
const DOCUMENT_EXPIRY = 40;
/** The attribute an age pass consists of. */
export const AGE_AT_LEAST = 41;
const FACE = 62;
const GENDERS = ['male', 'female', 'other'] as const;
const FACE_FORMATS: readonly FaceFormat[] = ['png', 'jpeg', 'jp2', 'avif', 'webp'];

/** To the map of claim 169. Refuses texts and dates that {@link claimsOf} would refuse. */
export function encodeClaims(claims: IdentityClaims): Result<CborMap, ClaimsError> {
  const map = new Map<CborKey, CborValue>();
  for (const [key, name] of TEXT_KEYS) {
    const value = claims[name];
    if (value !== undefined) map.set(key, value);
  }
  const { nameArabic, nameLatin } = claims;
  if (nameArabic !== undefined && nameLatin !== undefined) {
    map.set(LANGUAGE, 'ara');
    map.set(NAME, nameArabic);
    map.set(SECOND_NAME, nameLatin);
    map.set(SECOND_LANGUAGE, 'eng');
  } else if (nameArabic !== undefined || nameLatin !== undefined) map.set(NAME, nameArabic ?? nameLatin);
  if (claims.birthDate !== undefined) map.set(BIRTH_DATE, claims.birthDate.replaceAll('-', ''));
  if (claims.gender !== undefined) map.set(GENDER, GENDERS.indexOf(claims.gender) + 1);
  if (claims.maritalStatus !== undefined) map.set(MARITAL, claims.maritalStatus);
  if (claims.documentExpiresOn !== undefined) map.set(DOCUMENT_EXPIRY, claims.documentExpiresOn.replaceAll('-', ''));
  if (claims.ageAtLeast !== undefined) map.set(AGE_AT_LEAST, claims.ageAtLeast);
  if (claims.face !== undefined) {
    const subFormat = FACE_FORMATS.indexOf(claims.face.format);
    // An array of maps, as the text of the specification says; its example shows a bare map.
    map.set(FACE, [new Map<CborKey, CborValue>([[0, claims.face.bytes], [1, 0], [2, subFormat]])]); // biome-ignore format: one row
  }
  const back = claimsOf(map);
  return back.ok ? ok(map) : back;
}

/** From the map of claim 169. Unknown attributes are passed over; a known one of the wrong kind is refused. */
export function claimsOf(map: CborMap): Result<IdentityClaims, ClaimsError> {
  const claims: { -readonly [K in keyof IdentityClaims]: IdentityClaims[K] } = {};
  let language: string | undefined;
  let name: string | undefined;
  let secondLanguage: string | undefined;
  let secondName: string | undefined;
  for (const [key, value] of map) {
    if (typeof key !== 'number') continue;
    const text = TEXT_OF.get(key);
    if (text !== undefined || key === NAME || key === SECOND_NAME) {
      if (typeof value !== 'string') return err({ reason: 'claims_shape' });
      if (!isPlainText(value)) return err({ reason: 'claims_text' });
      if (key === NAME) name = value;
      else if (key === SECOND_NAME) secondName = value;
      else if (text !== undefined) claims[text] = value;
    } else if (key === LANGUAGE && typeof value === 'string') language = value;
    else if (key === SECOND_LANGUAGE && typeof value === 'string') secondLanguage = value;
    else if (key === BIRTH_DATE || key === DOCUMENT_EXPIRY) {
      const date = typeof value === 'string' ? dateOf(value) : undefined;
      if (date === undefined) return err({ reason: 'claims_date' });
      claims[key === BIRTH_DATE ? 'birthDate' : 'documentExpiresOn'] = date;
    } else if (key === GENDER) {
      const gender = typeof value === 'number' ? GENDERS[value - 1] : undefined;
      if (gender === undefined) return err({ reason: 'claims_shape' });
      claims.gender = gender;
    } else if (key === MARITAL || key === AGE_AT_LEAST) {
      if (typeof value !== 'number' || value < 0 || value > 150) return err({ reason: 'claims_shape' });
      claims[key === MARITAL ? 'maritalStatus' : 'ageAtLeast'] = value;
    } else if (key === FACE) {
      const face = faceOf(value);
      if (face === undefined) return err({ reason: 'claims_face' });
      claims.face = face;
    }
  }
  if (name !== undefined) claims[isArabic(name, language) ? 'nameArabic' : 'nameLatin'] = name;
  if (secondName !== undefined) {
    const arabic = isArabic(secondName, secondLanguage);
    if (arabic && claims.nameArabic === undefined) claims.nameArabic = secondName;
    else if (!arabic && claims.nameLatin === undefined) claims.nameLatin = secondName;
  }
  return ok(claims);
}

function isArabic(name: string, language: string | undefined): boolean {
  return language === undefined ? /\p{Script=Arabic}/u.test(name) : language === 'ara' || language === 'ar';
}

/** YYYYMMDD, a day that exists, as YYYY-MM-DD. Some write the dashes: those are taken too. */
function dateOf(text: string): string | undefined {
  const dashed = text.length === 10 && text[4] === '-' && text[7] === '-';
  if (!dashed && text.length !== 8) return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, dashed ? 5 : 4, 2);
  const day = digits(text, dashed ? 8 : 6, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  return dashed ? text : `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
}

/** The number that `count` ASCII digits say, or −1. */
function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

function faceOf(value: CborValue): Face | undefined {
  const items: readonly CborValue[] = Array.isArray(value) ? value : [value];
  const [item] = items;
  if (item === undefined || !isCborMap(item)) return undefined;
  const bytes = item.get(0);
  const subFormat = item.get(2);
  const format = typeof subFormat === 'number' ? FACE_FORMATS[subFormat] : undefined;
  if (!(bytes instanceof Uint8Array) || bytes.length === 0 || format === undefined) return undefined;
  const kind = item.get(1);
  return kind === undefined || kind === 0 ? { bytes, format } : undefined;
}

/** Whole years from `birthDate` to the day of `todayIso` (both YYYY-MM-DD, civil). Born on 29 February: a year older on 1 March. */
export function ageOn(birthDate: string, todayIso: string): number {
  const years = Number(todayIso.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return todayIso.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

const NO_FACE: Face = { bytes: new Uint8Array(0), format: 'webp' };

/** Takes the values out of claims whose object stays in memory. Members and their types stay as they were. */
export function blankClaims(claims: IdentityClaims): void {
  const blank = claims as Record<string, unknown>;
  for (const name in blank) {
    const value = blank[name];
    blank[name] = typeof value === 'string' ? '' : typeof value === 'number' ? 0 : NO_FACE;
  }
}
