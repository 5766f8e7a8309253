import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type ReaderReason, readerReasons } from '../../../../kiosk/bridge/reasons.ts';
import { sbiErrors } from '../../../../kiosk/core/devices/fingerprint/sbi/errors.ts';
import { secugenErrors } from '../../../../kiosk/core/devices/fingerprint/secugen/errors.ts';
import { catalogueOf } from '../../../../shared/i18n/catalogue.ts';

const page = readFileSync(path.join(import.meta.dirname, '../../../../docs/device-errors.md'), 'utf8');
const sections = new Map(page.split('\n## ').map((section) => [section.split('\n', 1)[0], section]));
/** The rows of a section's table, cells trimmed, without its head. */
const rowsOf = (title: string) =>
  (sections.get(title) ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

test('the page has every reason, with the sentences of both languages as the screen shows them', () => {
  const [en, ar] = [catalogueOf('en').reasons.reader, catalogueOf('ar').reasons.reader];
  const cell = ({ what, next }: { what: string; next: string }) => `**${what}.** ${next}`;
  const expected = readerReasons.map((reason) => [`\`${reason}\``, cell(en[reason]), cell(ar[reason])]);
  expect(rowsOf('Reasons')).toEqual(expected);
});

test.each<[string, Readonly<Record<string, ReaderReason>>]>([
  ['SecuGen WebAPI: `ErrorCode`', secugenErrors],
  ['MOSIP SBI 0.9.5 and 1.0: `errorCode`', sbiErrors],
])('the page has every code of %s, with its reason', (title, errors) => {
  const rows = rowsOf(title);
  expect(rows.map(([code, , reason]) => [code, reason])).toEqual(
    Object.entries(errors).map(([code, reason]) => [code, `\`${reason}\``]),
  );
  for (const [, meaning] of rows) expect(meaning).not.toBe('');
});

test('what the driver finds out itself are reasons that exist', () => {
  const rows = rowsOf('What the SBI driver finds out itself');
  expect(rows.length).toBeGreaterThan(15);
  for (const [, reason = ''] of rows) expect(readerReasons).toContain(reason.replaceAll('`', ''));
});
