// What a holder of a root reads before signing: everything that is not as it was has a line of its own, and is marked.
import { describe, expect, it } from 'vitest';
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { credentialIssuer } from '../../shared/contract/public-paths.ts';
import { type CoseKey, kidOf } from '../../shared/cose/key.ts';
import type { TrustKey } from '../../shared/trust/trust-list.ts';
import type { ReadList } from '../../worker/local/list-file.ts';
import { listWords } from '../../worker/local/list-words.ts';

const day = 86_400;
const at = (days: number): EpochSeconds => epochSeconds(1_800_000_000 + days * day);
const keyOf = (byte: number): CoseKey => ({ curve: 'Ed25519', x: new Uint8Array(32).fill(byte) });

function aKey(byte: number, change: Partial<TrustKey> = {}): TrustKey {
  return {
    kid: kidOf(keyOf(byte)),
    issuer: credentialIssuer,
    key: keyOf(byte),
    usableFrom: at(-10),
    signUntil: at(100),
    acceptUntil: at(200),
    purposes: ['credential'],
    state: 'active',
    compromisedAt: undefined,
    ...change,
  };
}

function aList(version: number, change: Partial<ReadList> = {}): ReadList {
  return {
    issuer: 'https://id.example',
    version,
    issuedAt: at(0),
    expiresAt: at(90),
    prevHash: new Uint8Array(32),
    roots: [keyOf(1), keyOf(2)],
    keys: [aKey(10), aKey(11)],
    hash: new Uint8Array(32),
    ...change,
  };
}

const kid = (byte: number) => encodeBase64Url(kidOf(keyOf(byte)));
const marked = (list: ReadList, standing?: ReadList) =>
  listWords(list, standing).filter((line) => line.startsWith('!'));

describe('the words of a list', () => {
  it('mark nothing where only the dates of the list are others', () => {
    const words = listWords(aList(8), aList(7, { issuedAt: at(-80) }));
    expect(words.filter((line) => line.startsWith('!'))).toEqual([]);
    expect(words[0]).toBe('Trust list of https://id.example, version 8, after version 7');
    for (const byte of [10, 11])
      expect(words.some((line) => line.includes(`${kid(byte)}  credential  active`))).toBe(true);
  });

  it('name every key and both roots of the first list', () => {
    const words = listWords(aList(1), undefined);
    expect(words[0]).toContain('version 1, the first');
    expect(words.filter((line) => /^!? {2,}\S+ {2}credential/.test(line))).toHaveLength(2);
    for (const byte of [1, 2]) expect(words.join('\n')).toContain(encodeBase64Url(keyOf(byte).x));
  });

  it.each<[string, Partial<ReadList>, Partial<ReadList>, (string | RegExp)[]]>([
    ['a new key', {}, { keys: [aKey(10), aKey(11), aKey(12)] }, [`${kid(12)}  credential  NEW, active`]],
    [
      'a stolen key, and from when',
      {},
      { keys: [aKey(10), aKey(11, { state: 'compromised', compromisedAt: at(-3) })] },
      [`${kid(11)}  credential  COMPROMISED: nothing that it signed from 2027-01-12T08:00:00.000Z on counts`, 'active'],
    ],
    [
      'a stolen key of which nothing counts',
      {},
      { keys: [aKey(10), aKey(11, { state: 'compromised' })] },
      ['COMPROMISED: nothing that it signed counts', 'active'],
    ],
    [
      'a compromise that is taken back',
      { keys: [aKey(10), aKey(11, { state: 'compromised', compromisedAt: at(-3) })] },
      {},
      [kid(11), /compromised, nothing that it signed from 2027-01-12T\S+ on counts/, 'THIS TAKES A COMPROMISE BACK'],
    ],
    [
      'a compromise that begins later',
      { keys: [aKey(10), aKey(11, { state: 'compromised', compromisedAt: at(-3) })] },
      { keys: [aKey(10), aKey(11, { state: 'compromised', compromisedAt: at(-1) })] },
      ['from 2027-01-14', 'until now: nothing that it signed from 2027-01-12', 'THIS TAKES A COMPROMISE BACK'],
    ],
    [
      'a compromise of everything that becomes one from a date',
      { keys: [aKey(10), aKey(11, { state: 'compromised' })] },
      { keys: [aKey(10), aKey(11, { state: 'compromised', compromisedAt: at(-1) })] },
      ['from 2027-01-14', 'until now: nothing that it signed counts', 'THIS TAKES A COMPROMISE BACK'],
    ],
    [
      'a compromise that begins earlier',
      { keys: [aKey(10), aKey(11, { state: 'compromised', compromisedAt: at(-1) })] },
      { keys: [aKey(10), aKey(11, { state: 'compromised', compromisedAt: at(-3) })] },
      ['from 2027-01-12', 'until now: nothing that it signed from 2027-01-14'],
    ],
    ['another state', {}, { keys: [aKey(10), aKey(11, { state: 'retired' })] }, ['retired', 'until now: active']],
    ['another purpose', {}, { keys: [aKey(10), aKey(11, { purposes: ['status'] })] }, ['status', 'for credential']],
    ['a name that is not the authority’s', {}, { keys: [aKey(10), aKey(11, { issuer: 'XYZ' })] }, ['of XYZ', 'of TWQ']],
    [
      'other times',
      {},
      { keys: [aKey(10), aKey(11, { usableFrom: at(-9), signUntil: at(101), acceptUntil: at(201) })] },
      [kid(11), 'signs from 2027-01-05, signs to 2027-04-25, accepted to 2027-08-03'],
    ],
    [
      'a key for ever',
      {},
      { keys: [aKey(10), aKey(11, { acceptUntil: epochSeconds(2 ** 53 - 1) })] },
      ['accepted to never (9007199254740991)', 'accepted to 2027-08-03'],
    ],
    ['a key that goes early', {}, { keys: [aKey(10)] }, [`${kid(11)}  credential  NO LONGER LISTED, before its time`]],
    [
      'a key whose time is over',
      { keys: [aKey(10), aKey(11, { acceptUntil: at(-1) })] },
      { keys: [aKey(10)] },
      ['NO LONGER LISTED, its time was over on 2027-01-14'],
    ],
    ['another address', { issuer: 'https://old.example' }, {}, ['it was https://old.example']],
    ['other roots', {}, { roots: [keyOf(1), keyOf(3)] }, ['THE ROOTS CHANGE', kid(1), kid(2), kid(1), kid(3)]],
    [
      'whom readers seal to',
      { captureCertificates: [new Uint8Array(32).fill(1)] },
      { captureCertificates: [new Uint8Array(32).fill(2)] },
      [`seal captures to certificate ${'02'.repeat(32)}`, `seal no more to certificate ${'01'.repeat(32)}`],
    ],
  ])('mark %s', (_what, before, after, lines) => {
    const said = marked(aList(8, after), aList(7, before));
    expect(said).toHaveLength(lines.length);
    for (const [i, line] of lines.entries())
      expect(said[i]).toEqual(typeof line === 'string' ? expect.stringContaining(line) : expect.stringMatching(line));
  });

  it('send a terminal nothing that it would obey', () => {
    const hostile = 'https://id.example\u001b[2J\u202e\r\nversion 9';
    const words = listWords(aList(8, { issuer: hostile, keys: [aKey(10, { issuer: hostile })] }), aList(7)).join('\n');
    expect(words).toMatch(/^[\x20-\x7e\n]*$/);
    expect(words).toContain('\\u{1b}[2J\\u{202e}\\u{d}\\u{a}version 9');
  });
});
