// The hidden question of `npm run keys` at a real pseudo-terminal, which `script` makes (bsdutils: every Debian has it): what shows while a
// passphrase is typed, and how the terminal is afterwards.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readOneRootFile } from '../../worker/local/root-file.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-prompt-'));
const file = path.join(folder, 'root.json');
const version = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '';
const why = version.includes('util-linux') ? '' : 'no pseudo-terminal: `script` of util-linux is not here';

const passphrase = 'correct horse battery staple';
const backspace = '\u007f';
const first = `New passphrase for ${file}: `;
const again = 'The same again: ';

type Key = readonly [shown: string, typed: string];
type Seen = { readonly screen: string; readonly code: number; readonly modes: string };

/** `keys root FILE` at a terminal: each `typed` once its `shown` stands last on the screen. `modes`: what stty says afterwards. */
async function atTerminal(...keys: readonly Key[]): Promise<Seen> {
  const command = `'${process.execPath}' worker/local/keys.ts root '${file}'; echo "[ended $?]"; stty -a`;
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    cwd: root,
    // Nothing that could have Node say more: the screen is compared whole.
    env: { PATH: process.env['PATH'], SHELL: '/bin/sh' },
  });
  let all = '';
  const left = [...keys];
  child.stdout.on('data', (chunk: Buffer) => {
    all += chunk.toString('utf8').replaceAll('\r', '');
    const next = left[0];
    if (!next || !all.endsWith(next[0])) return;
    left.shift();
    child.stdin.write(next[1]);
  });
  // Who waits for another question than the one that came is sent away: the screen says which it was.
  const patience = setTimeout(() => child.kill(), 20_000);
  await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(patience);
  const [screen = '', code = '', modes = ''] = all.split(/\[ended (\d+)\]\n/);
  return { screen, code: Number(code), modes };
}

/** What the shell lacks in which the command was typed: echo, whole lines, Ctrl+C. */
const lacking = (modes: string) => ['echo', 'icanon', 'isig'].filter((mode) => !modes.split(/[\s;]+/).includes(mode));

describe('a passphrase at a terminal', () => {
  if (why) console.warn(`skipped: ${why}`);
  beforeEach((test) => test.skip(why !== '', why));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is not the other one that was typed: nothing is written', async () => {
    const seen = await atTerminal([first, `${passphrase}\r`], [again, `${passphrase}s\r`]);
    expect(seen.screen).toBe(`${first}\n${again}\nthe two are not the same; nothing was written\n`);
    expect([seen.code, existsSync(file), lacking(seen.modes)]).toEqual([1, false, []]);
  });

  it.each([
    ['Ctrl+C at once', [[first, '\u0003']], `${first}\n`],
    [
      'Ctrl+C behind half of it',
      [
        [first, `${passphrase}\r`],
        [again, 'correct\u0003'],
      ],
      `${first}\n${again}\n`,
    ],
    ['Ctrl+D', [[first, '\u0004']], `${first}\n`],
  ] as const)('%s: nothing is written, and the terminal is as it was', async (_name, keys, screen) => {
    const seen = await atTerminal(...keys);
    expect(seen.screen).toBe(`${screen}nothing was typed; nothing was done\n`);
    expect([seen.code, existsSync(file), lacking(seen.modes)]).toEqual([1, false, []]);
  });

  it('shows nothing of what is typed, takes back what a backspace takes back, and opens the root', async () => {
    const mistyped = `wrong${backspace.repeat(5)}${passphrase}x${backspace}`;
    const seen = await atTerminal([first, `${mistyped}\r`], [again, `${passphrase}\r`]);
    const { publicKey } = readOneRootFile(file, passphrase);
    expect(seen.screen).toBe(`${first}\n${again}\n${publicKey}\n`);
    expect([seen.code, lacking(seen.modes)]).toEqual([0, []]);
  });
});
