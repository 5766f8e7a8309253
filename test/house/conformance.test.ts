// Every behaviour that the conformance lists name has a test of the same name, or a line here that says why it does not apply.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import names from '../vectors/conformance-modules/names.json' with { type: 'json' };

const root = join(import.meta.dirname, '../..');
const lists = names as Readonly<Record<string, readonly string[]>>;
const all = [...new Set(Object.values(lists).flat())];

const brazil = "Open Banking Brasil's own profile";
const connectId = "ConnectID Australia's own profile: purpose, card hints and payments are parameters of that scheme";
const mtls = 'no certificates of clients here: tokens are bound by DPoP, which FAPI-CIBA allows in their place';

/** Name, or the beginning of several, → why it does not apply. */
const notApplicable: Readonly<Record<string, string>> = {
  'fapi-ciba-id1-brazil-discovery-end-point-verification': brazil,
  'fapi-ciba-id1-ensure-requested-expiry-is-ignored-for-brazil': brazil,
  'fapi-ciba-id1-connectid-': connectId,
  'fapi-ciba-id1-ensure-mtls-holder-of-key-required': mtls,
  'fapi-ciba-id1-ping-with-mtls-ciba-notification-endpoint-response-401-and-require-server-does-not-retry': mtls,
  'fapi2-security-profile-final-ensure-server-handles-non-matching-intent-id':
    'intent ids are of banking profiles: there is no consent API whose id a request could name',
  'fapi2-security-profile-final-plain-fapi-tolerate-unregistered-redirect-uri':
    'a licence to accept unregistered redirect URIs in a push: we do not, see ensure-registered-redirect-uri',
};

/** The text of every test that git knows, without lines that are comments. */
function testText(): string {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'test'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file.endsWith('.test.ts') && file !== 'test/house/conformance.test.ts');
  return files
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n')
    .split('\n')
    .filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line))
    .join('\n');
}

const isNamed = (text: string, name: string) => new RegExp(`['\` ]${name}(?![A-Za-z0-9_-])`).test(text);
const excuseOf = (name: string) =>
  Object.entries(notApplicable).find(([key]) => (key.endsWith('-') ? name.startsWith(key) : name === key))?.[1];

describe('the conformance lists', () => {
  it('are whole', () => {
    const counts = Object.fromEntries(Object.entries(lists).map(([list, of]) => [list, of.length]));
    expect(counts).toEqual({
      basic: 37,
      config: 1,
      dynamic: 23,
      'rp-initiated-logout': 11,
      'back-channel-logout': 2,
      'fapi-ciba': 66,
      'fapi2-security-profile': 63,
    });
  });

  it('each name is a test’s, or has a reason', () => {
    const text = testText();
    expect(all.filter((name) => !excuseOf(name) && !isNamed(text, name))).toEqual([]);
  });

  it('no reason is given for what is tested, or for what no list names', () => {
    const text = testText();
    expect(all.filter((name) => excuseOf(name) && isNamed(text, name))).toEqual([]);
    const idle = Object.keys(notApplicable).filter((key) => !all.some((name) => name === key || name.startsWith(key)));
    expect(idle).toEqual([]);
  });

  it('a name that is only the beginning of another is not taken for it', () => {
    expect(isNamed("it('oidcc-codereuse-30seconds', …)", 'oidcc-codereuse')).toBe(false);
    expect(isNamed("it('oidcc-codereuse: once', …)", 'oidcc-codereuse')).toBe(true);
  });
});
