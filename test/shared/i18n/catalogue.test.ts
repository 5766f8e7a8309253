// Every reason that a screen may be told has a sentence in both languages, and the forms of numbers, plurals, dates and digits hold.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  activationReasons,
  appointmentReasons,
  bridgeReasons,
  edgeReasons,
  enrolReasons,
  operatorReasons,
  outboxReasons,
  readerReasons,
  syncReasons,
} from '../../../kiosk/bridge/reasons.ts';
import { ActivationRefusal } from '../../../shared/contract/kiosk.ts';
import { CHECK_NAMES } from '../../../shared/credential/checks/table.ts';
import { type Catalogue, catalogueOf, type ReasonFamily, reasonText } from '../../../shared/i18n/catalogue.ts';
import { toAsciiDigits } from '../../../shared/i18n/digits.ts';
import { formatAge, formatDate, formatDuration, formatInstant, plural } from '../../../shared/i18n/format.ts';
import { locales, preferredLocale } from '../../../shared/i18n/locale.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/** Where a screen looks for a code: as kiosk/renderer/failure-notice.tsx and the verdict card do. */
const anywhere: readonly ReasonFamily[] = ['kioskActs', 'edge', 'reader', 'activation', 'problems'];

function known(catalogue: Catalogue, code: string, families: readonly ReasonFamily[]): boolean {
  return families.some((family) => Object.hasOwn(catalogue.reasons[family], code));
}

/** Reasons of problem documents, as they stand in this room's sources. */
function problemReasons(room: string): string[] {
  const sources = readdirSync(path.join(root, room)).filter((name) => name.endsWith('.ts'));
  const found = sources.flatMap((name) =>
    [...readFileSync(path.join(root, room, name), 'utf8').matchAll(/problem\(c, \{[^}]*?reason: '([a-z_]+)'/gs)].map(
      ([, reason = '']) => reason,
    ),
  );
  return [...new Set(found)];
}

describe.each(locales)('the catalogue in %s', (locale) => {
  const catalogue = catalogueOf(locale);

  it('has a sentence for every check of a verdict', () => {
    expect(CHECK_NAMES.filter((name) => !known(catalogue, name, ['check']))).toEqual([]);
    expect(Object.keys(catalogue.reasons.check).sort()).toEqual([...CHECK_NAMES].sort());
  });

  it('has a sentence for every refusal of an activation', () => {
    expect(ActivationRefusal.options.filter((name) => !known(catalogue, name, ['activation']))).toEqual([]);
  });

  it('has a sentence for every reason that crosses the bridge', () => {
    const reasons = [
      ...appointmentReasons,
      ...bridgeReasons,
      ...edgeReasons,
      ...enrolReasons,
      ...operatorReasons,
      ...readerReasons,
      ...activationReasons,
      ...outboxReasons,
      ...syncReasons,
    ];
    expect(reasons.filter((name) => !known(catalogue, name, anywhere))).toEqual([]);
  });

  it('has a sentence for every problem of the front door and of online verification', () => {
    const reasons = [...problemReasons('worker/http'), ...problemReasons('worker/verifier')];
    expect(reasons.length).toBeGreaterThan(6);
    expect(reasons.filter((name) => !known(catalogue, name, anywhere))).toEqual([]);
  });

  it('leaves no sentence empty, and says of an unknown code what it is', () => {
    for (const family of Object.values(catalogue.reasons)) {
      for (const { what, next } of Object.values(family)) expect(Math.min(what.length, next.length)).toBeGreaterThan(3);
    }
    expect(reasonText(catalogue, 'no_such_reason', 'check').what).toContain('no_such_reason');
    // A code is text from outside: it must not reach into the object's own machinery.
    expect(reasonText(catalogue, 'constructor', 'check').what).toContain('constructor');
  });

  it('is written in its own script', () => {
    const letters = JSON.stringify(catalogue.reasons);
    expect(/[\u0600-\u06ff]/.test(letters)).toBe(locale === 'ar');
  });
});

describe('numbers and times', () => {
  it('Arabic has six plural forms, each where the language wants it', () => {
    const { waiting } = catalogueOf('ar').kiosk.home;
    expect([0, 1, 2, 3, 11, 100].map(waiting)).toEqual([
      'لا تفعيل ينتظر الإرسال',
      'تفعيل واحد ينتظر الإرسال',
      'تفعيلان ينتظران الإرسال',
      '٣ تفعيلات تنتظر الإرسال',
      '١١ تفعيلًا ينتظر الإرسال',
      '١٠٠ تفعيل ينتظر الإرسال',
    ]);
    expect(plural('en', 1, { one: '# try', other: '# tries' })).toBe('1 try');
    expect(plural('en', 2, { one: '# try', other: '# tries' })).toBe('2 tries');
  });

  it('ages name the largest whole unit', () => {
    expect([3, 60, 7_199, 86_400 * 3].map((age) => formatAge('en', age))).toEqual([
      'now',
      '1 minute ago',
      '1 hour ago',
      '3 days ago',
    ]);
    expect(formatAge('ar', 180)).toBe('قبل ٣ دقائق');
    expect(formatAge('ar', -50)).toBe('الآن');
    expect(formatDuration('en', 61)).toBe('2 minutes');
  });

  it('dates are Gregorian in both languages, and in Arabic the Hijri date stands beside', () => {
    expect(formatDate('en', '19900203')).toBe('3 February 1990');
    expect(formatDate('ar', '1990-02-03')).toBe('٣ فبراير ١٩٩٠ (٧ رجب ١٤١٠ هـ)');
    expect(formatDate('en', 'soon')).toBe('soon');
    expect(formatInstant('en', 0, 'Asia/Riyadh')).toBe('1 Jan 1970, 03:00');
  });

  // First days of years as the country's calendar has them; outside its tables a date would be a guess.
  it.each([
    ['2024-07-07', '١ محرم ١٤٤٦ هـ'],
    ['2025-06-26', '١ محرم ١٤٤٧ هـ'],
    ['1937-03-14', '١ محرم ١٣٥٦ هـ'],
    ['2174-11-25', '٣٠ ذو الحجة ١٦٠٠ هـ'],
    ['1937-03-13', undefined],
    ['2174-11-26', undefined],
  ])('%s is named by the Umm al-Qura calendar, or not at all', (day, hijri) => {
    expect(/\((.+)\)$/.exec(formatDate('ar', day))?.[1]).toBe(hijri);
  });

  it('digits of every Arabic keyboard are the same digits', () => {
    expect(toAsciiDigits('٠١٢٣٤٥٦٧٨٩ ۰۱۲۳۴۵۶۷۸۹ 7a')).toBe('0123456789 0123456789 7a');
  });
});

describe('the language of a visitor', () => {
  it.each([
    [undefined, 'ar'],
    ['fr', 'ar'],
    ['en-GB,en;q=0.9', 'en'],
    ['fr;q=1, en;q=0.3, ar;q=0.5', 'ar'],
    ['EN', 'en'],
    ['en;q=banana', 'ar'],
  ] as const)('%s is answered in %s', (header, locale) => {
    expect(preferredLocale(header)).toBe(locale);
  });
});
