// Arabic prose has Arabic-Indic digits, wherever in the sources it stands; numbers in it come from format.ts. Names (UTF-8, RFC 9457) keep theirs.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { noticeText, texts } from '../../../worker/openid/pages/texts.ts';

const root = path.resolve(import.meta.dirname, '../../..');
/** What people type as a password is no prose. */
const notProse = ['worker/authn/blocklist.ts'];

/** A literal's text without what is filled in and without names in Latin letters and the number after them. */
const proseOf = (literal: string) => literal.replace(/\$\{[^}]*\}/g, '').replace(/[A-Za-z][\w.-]*( [\d.]+)?/g, '');

function strays(source: string): string[] {
  const literals = source.match(/'[^'\n]*'|`[^`\n]*`/g) ?? [];
  return literals.filter((literal) => /\p{Script=Arabic}/u.test(literal) && /[0-9]/.test(proseOf(literal)));
}

it('a stray digit would be found, a name’s is left alone', () => {
  expect(strays(`const a = 'انتظر 30 ثانية'; const b = \`رمز من \${seconds} و 4\`;`)).toHaveLength(2);
  expect(strays(`const a = 'بترميز UTF-8'; const b = 'وثيقة RFC 9457'; const c = \`بعد \${wait(30)}\`;`)).toEqual([]);
});

it('no Arabic sentence in the sources has an ASCII digit', () => {
  const files = ['shared', 'worker', 'kiosk'].flatMap((room) =>
    readdirSync(path.join(root, room), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => `${room}/${name}`),
  );
  expect(files.length).toBeGreaterThan(300);
  const found = files
    .filter((file) => !notProse.includes(file))
    .flatMap((file) => strays(readFileSync(path.join(root, file), 'utf8')).map((literal) => `${file}: ${literal}`));
  expect(found).toEqual([]);
});

it('how long to wait is told in words and digits of the language, in the unit that fits', () => {
  expect([30, 120, 300].map((seconds) => noticeText('ar', 'too_many_tries', seconds))).toEqual(
    ['٣٠ ثانية', 'دقيقتان', '٥ دقائق'].map((wait) => expect.stringContaining(`وقت الانتظار: ${wait}.`)),
  );
  expect(noticeText('en', 'too_many_tries', 30)).toContain('Wait 30 seconds and');
  expect(noticeText('en', 'too_many_tries', 3_600)).toContain('Wait 1 hour and');
  for (const locale of ['ar', 'en'] as const) {
    const unfilled = Object.entries(texts[locale].notice).filter(([, text]) => text.includes('{'));
    expect(unfilled.map(([reason]) => reason)).toEqual([
      'network_asks_often',
      'network_begins_often',
      'too_many_tries',
    ]);
  }
});
