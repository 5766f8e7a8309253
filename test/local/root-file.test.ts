// A file of roots at its owner's terminal: made under a passphrase, opened with it and with no other, and never half written.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { main } from '../../worker/local/keys.ts';
import { RootFileError, readOneRootFile, readRootFile } from '../../worker/local/root-file.ts';
import { openSealed, sealRoots, usualCost } from '../../worker/local/sealed-roots.ts';
import { newRootKey } from '../../worker/local/secrets.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-roots-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const passphrase = 'نخل البحر and five palms';
/** Of a test's own roots: a guess costs a tenth. */
const cheap = 2 ** 14;
let count = 0;
const at = (name: string) => path.join(folder, name);
const fresh = () => at(`${++count}.json`);

function passphraseFile(text: string, mode = 0o600): string {
  const file = at(`${++count}.txt`);
  writeFileSync(file, text, { mode });
  chmodSync(file, mode);
  return file;
}

/** `typed`: what is typed where nothing is shown, in order; undefined: nobody sits there. */
async function keys(args: readonly string[], typed?: string[], passphraseCost: number = cheap) {
  const [out, err, asked]: [string[], string[], string[]] = [[], [], []];
  const code = await main(args, {
    env: {},
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    now: () => 1_800_000_000 as EpochSeconds,
    askHidden:
      typed &&
      (async (question) => {
        asked.push(question);
        return typed.shift() ?? '';
      }),
    passphraseCost,
  });
  return { code, out: out.join('\n'), err: err.join('\n'), asked };
}

describe('a root that is made', () => {
  let file = '';
  let publicKey = '';
  beforeAll(async () => {
    file = fresh();
    const made = await keys(['root', file], [passphrase, passphrase], usualCost);
    expect(made).toMatchObject({ code: 0, err: '', asked: [`New passphrase for ${file}: `, 'The same again: '] });
    publicKey = made.out;
  });

  it('is under the passphrase that was typed twice: the file says whose it is and how it is sealed, and nothing else', () => {
    const text = readFileSync(file, 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      format: 'tawthiq sealed roots 1',
      kdf: { name: 'scrypt', N: usualCost, r: 8, p: 1 },
      publicKeys: [publicKey],
    });
    expect(text).not.toContain('privateKey');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readOneRootFile(file, passphrase).publicKey).toBe(publicKey);
    // However a keyboard composes it.
    expect(readOneRootFile(file, passphrase.normalize('NFD')).publicKey).toBe(publicKey);
  });

  it('does not open with another passphrase or none, and says so', () => {
    expect(() => readOneRootFile(file, `${passphrase}.`)).toThrow('the passphrase is another one');
    expect(() => readOneRootFile(file)).toThrow('is under a passphrase');
    expect(() => readRootFile(file, passphrase)).toThrow('does not hold two root keys');
  });

  it('signs nothing and writes nothing where the passphrase is wrong', async () => {
    const [list, to] = [at('list.json'), at('signed.json')];
    writeFileSync(list, '{}');
    const refused = await keys(['sign', list, to, '--root', file, '--yes'], ['another passphrase']);
    expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining('does not open') });
    const nobody = await keys(['sign', list, to, '--root', file, '--yes']);
    expect(nobody).toMatchObject({ code: 1, out: '', err: expect.stringContaining('--passphrase-file FILE') });
    // With the right one it is the list that is looked at next.
    const right = passphraseFile(`${passphrase}\n`);
    const next = await keys(['sign', list, to, '--root', file, '--yes', '--passphrase-file', right]);
    expect(next).toMatchObject({ code: 1, err: expect.stringContaining('is not what `keys prepare`') });
    expect(existsSync(to)).toBe(false);
  });
});

describe('nothing is written', () => {
  let before: string[] = [];
  beforeEach(() => {
    before = readdirSync(folder);
  });
  it.each([
    ['when the two are not the same', [passphrase, `${passphrase} `], 'the two are not the same'],
    ['for a short passphrase', ['short', 'short'], '12 characters at least'],
    ['for none', ['', ''], '12 characters at least'],
    ['where nobody sits', undefined, 'nobody is at this terminal'],
  ])('%s', async (_, typed, why) => {
    for (const command of ['root', 'roots']) {
      const refused = await keys([command, at('never.json')], typed && [...typed]);
      expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining(why) });
    }
    expect(readdirSync(folder)).toEqual(before);
  });

  it('over a file that is there, and nobody is asked for a passphrase first', async () => {
    const file = fresh();
    writeFileSync(file, '{}', { mode: 0o600 });
    const refused = await keys(['root', file], [passphrase, passphrase]);
    expect(refused).toMatchObject({ code: 1, asked: [], err: expect.stringContaining('will not be written over') });
  });

  it('with a passphrase that others can read, or a file without one', async () => {
    const open = passphraseFile(passphrase, 0o644);
    const empty = passphraseFile('\nsecond line');
    for (const [file, why] of [
      [open, 'can be read by others'],
      [empty, 'there is no passphrase in'],
      [at('no-such-file'), 'there is no passphrase in'],
    ] as const) {
      const refused = await keys(['root', at('never.json'), '--passphrase-file', file]);
      expect(refused).toMatchObject({ code: 1, err: expect.stringContaining(why) });
    }
    expect(existsSync(at('never.json'))).toBe(false);
  });
});

describe('roots of before', () => {
  it('without a passphrase are read, which is said, and sealed in another file', async () => {
    const [open, sealed] = [fresh(), fresh()];
    const made = await keys(['root', open, '--no-passphrase']);
    expect(made.code).toBe(0);
    expect(readOneRootFile(open).publicKey).toBe(made.out);
    const done = await keys(['seal', open, sealed], [passphrase, passphrase]);
    expect(done).toMatchObject({ code: 0, out: `${sealed} is sealed; destroy ${open}` });
    expect(done.err).toContain(`${open} has no passphrase`);
    expect(readOneRootFile(sealed, passphrase)).toEqual(readOneRootFile(open));
    // Another passphrase, and the former one is asked for first.
    const again = fresh();
    const wrong = await keys(['seal', sealed, again], ['not that one at all', passphrase, passphrase]);
    expect(wrong).toMatchObject({ code: 1, asked: [`Passphrase of ${sealed}: `] });
    const next = 'other words of its owner';
    expect((await keys(['seal', sealed, again], [passphrase, next, next])).err).toBe('');
    expect(readOneRootFile(again, next).publicKey).toBe(made.out);
  });

  it('of one file are taken apart, each under a passphrase of its own', async () => {
    const [both, a, b] = [fresh(), fresh(), fresh()];
    const file = passphraseFile(passphrase);
    const made = await keys(['roots', both, '--passphrase-file', file]);
    const typed = [passphrase, 'of the first holder', 'of the first holder', 'of the second one', 'of the second one'];
    const split = await keys(['split', both, a, b], typed);
    expect(split.out).toBe(`${made.out}\ndestroy ${both}: it holds both`);
    const names = [readOneRootFile(a, 'of the first holder'), readOneRootFile(b, 'of the second one')];
    expect(made.out).toBe(`TRUST_ROOTS=${names.map(({ publicKey }) => publicKey).join(',')}`);
    expect(() => readOneRootFile(both, passphrase)).toThrow('holds both roots');
  });
});

describe('what was changed in the file', () => {
  const sealed = sealRoots({ root: newRootKey() }, ['A'.repeat(43)], passphrase, cheap);
  const changed = (member: string, text: string) => ({ ...sealed, [member]: text });
  const flip = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);

  it.each([
    ['what is sealed', changed('sealed', flip(sealed.sealed))],
    ['the nonce', changed('nonce', flip(sealed.nonce))],
    ['the salt', { ...sealed, kdf: { ...sealed.kdf, salt: flip(sealed.kdf.salt) } }],
    ['the cost', { ...sealed, kdf: { ...sealed.kdf, N: cheap * 2 } }],
    ['whose it is', { ...sealed, publicKeys: ['B'.repeat(43)] }],
  ])('keeps it shut: %s', (_, json) => {
    expect(() => openSealed(json, passphrase, 'file')).toThrow('file does not open');
  });

  it.each([
    ['a later format', changed('format', 'tawthiq sealed roots 2'), 'format'],
    ['a cost that protects nobody', { ...sealed, kdf: { ...sealed.kdf, N: 1024 } }, 'kdf.N'],
    ['a cost that stops the machine', { ...sealed, kdf: { ...sealed.kdf, N: 2 ** 24 } }, 'kdf.N'],
    ['another function', { ...sealed, kdf: { ...sealed.kdf, name: 'pbkdf2' } }, 'kdf.name'],
  ])('is no file of ours: %s', (_, json, where) => {
    expect(() => openSealed(json, passphrase, 'file')).toThrow(`file is not a file of sealed root keys: ${where}`);
  });

  it('a public half that is not of the private one is no root', () => {
    const file = fresh();
    const root = { ...newRootKey(), publicKey: newRootKey().publicKey };
    writeFileSync(file, JSON.stringify({ root }), { mode: 0o600 });
    expect(() => readOneRootFile(file)).toThrow(RootFileError);
    expect(() => readOneRootFile(file)).toThrow('does not hold a root key');
  });
});

describe('the secrets of an edge', () => {
  it('are written once, for its owner alone, with both roots; the first token is shown and only its hash is in the file', async () => {
    const file = fresh();
    const pair = [newRootKey().publicKey, newRootKey().publicKey].join(',');
    const made = await keys(['secrets', file, '--trust-roots', pair]);
    expect(made.code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const secrets = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    // What wrangler.toml says that a deployed Worker is given.
    const named = /# What secrets hold on a deployed Worker: ([A-Z0-9_ ]+)/.exec(readFileSync('wrangler.toml', 'utf8'));
    expect(Object.keys(secrets).sort()).toEqual(named?.[1]?.trim().split(' ').sort());
    expect(secrets['TRUST_ROOTS']).toBe(pair);
    const token = made.out.split('\n').at(-1) ?? '';
    expect(token).toMatch(/^twa_/);
    expect(readFileSync(file, 'utf8')).not.toContain(token);
    expect(createHash('sha256').update(token).digest('base64url')).toBe(secrets['ADMIN_TOKEN_SHA256']);
    expect(await keys(['secrets', file, '--trust-roots', pair])).toMatchObject({ code: 1, out: '' });
    const one = pair.split(',')[0] ?? '';
    for (const wrong of [[], ['--trust-roots', one], ['--trust-roots', `${one},${one}`]])
      expect(await keys(['secrets', at('never.json'), ...wrong])).toMatchObject({ code: 2, out: '' });
    expect(existsSync(at('never.json'))).toBe(false);
  });
});
