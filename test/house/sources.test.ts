// Rules about the text of the sources that no linter knows: purity of shared/, migrations, rooms with a README, fixed top level.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file.length > 0 && existsSync(path.join(root, file)));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const withoutComments = (text: string) =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[^:'"`])\/\/.*$/gm, '$1');

/** Lines of a source that ask the platform for time, chance, network or disk. */
function impureLines(text: string): string[] {
  return withoutComments(text)
    .split('\n')
    .filter((line) =>
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bfetch\(|\bperformance\.|\bsetTimeout\b|from 'node:/.test(line),
    );
}

describe('the databases', () => {
  it('have no table of which docs/storage.md does not say what removes its rows', () => {
    const schema = ['directory', 'shard'].map((name) => read(`worker/store/schema/${name}.ts`)).join('');
    const tables = [...schema.matchAll(/sqliteTable\(\s*'(\w+)'/g)].map(([, name]) => name ?? '');
    expect(tables.length).toBeGreaterThan(30);
    const [, section = ''] = read('docs/storage.md').split('## What grows in D1');
    const named = new Set(section.split('\n## ')[0]?.match(/`\w+`/g));
    expect(tables.filter((table) => !named.has(`\`${table}\``))).toEqual([]);
  });
});

describe('shared/', () => {
  it('asks for no time, chance, network or disk', () => {
    const sources = tracked.filter((file) => /^shared\/(?!ui\/).*\.ts$/.test(file));
    expect(sources.length).toBeGreaterThan(30);
    const found = sources.flatMap((file) => impureLines(read(file)).map((line) => `${file}: ${line.trim()}`));
    expect(found).toEqual([]);
  });

  it('would be caught asking', () => {
    expect(impureLines('const now = Date.now();\n// Date.now() in a comment\n')).toHaveLength(1);
    expect(impureLines("import fs from 'node:fs';")).toHaveLength(1);
  });
});

describe('the tree', () => {
  it('has the fixed top level and nothing else', () => {
    const top = new Set(tracked.map((file) => file.split('/')[0] ?? ''));
    const allowed = [
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'wrangler.toml',
      'worker',
      'kiosk',
      'shared',
      'test',
      'docs',
    ];
    const words = [
      'README.md',
      'LICENSE',
      'CONTRIBUTING.md',
      'CHANGELOG.md',
      'biome.json',
      'knip.json',
      'vitest.config.ts',
    ];
    const strangers = [...top].filter(
      (name) => !name.startsWith('.') && !allowed.includes(name) && !words.includes(name),
    );
    expect(strangers).toEqual([]);
  });

  it('has a README of at most ten lines in every room', () => {
    const rooms = new Set(
      tracked
        .filter((file) => /^(shared|worker|kiosk)\/[^/]+\/.+\.tsx?$/.test(file))
        .map((file) => file.split('/').slice(0, 2).join('/')),
    );
    expect(rooms.size).toBeGreaterThan(15);
    const wrong = [...rooms].filter((room) => {
      const readme = path.join(root, room, 'README.md');
      return !existsSync(readme) || readFileSync(readme, 'utf8').trim().split('\n').length > 10;
    });
    expect(wrong).toEqual([]);
  });

  it('has its tests where the sources are, and some of every room', () => {
    const elsewhere: Readonly<Record<string, string>> = {
      'test/worker/openid4vc': 'issuer/openid4vci and verifier/openid4vp, each with the other as its other side',
      'test/worker/shared': 'what of shared/ may run differently inside workerd',
      'worker/local': 'Node’s, so in test/local and not where everything runs in workerd',
      'kiosk/preload': 'one bridge, looked at through test/kiosk/main',
      'shared/base': 'types, and what every other room’s tests use',
    };
    const tests = tracked.filter((file) => /^test\/(shared|worker|kiosk)\/.*\.test\.tsx?$/.test(file));
    const folders = new Set(tests.map((file) => path.dirname(file)));
    const astray = [...folders].filter((folder) => !existsSync(path.join(root, folder.slice('test/'.length))));
    const rooms = new Set(
      tracked
        .filter((file) => /^(shared|worker|kiosk)\/[^/]+\/.+\.tsx?$/.test(file))
        .map((file) => file.split('/').slice(0, 2).join('/')),
    );
    const bare = [...rooms].filter((room) => ![...folders].some((folder) => `${folder}/`.startsWith(`test/${room}/`)));
    expect([...astray, ...bare].sort()).toEqual(Object.keys(elsewhere).sort());
  });

  it('tells why where a file is longer than 250 lines', () => {
    const long = tracked.filter(
      (file) => /^(shared|worker|kiosk)\/.*\.tsx?$/.test(file) && read(file).split('\n').length > 250,
    );
    const silent = long.filter(
      (file) =>
        !/\blong(er)?\b|one (file|table|codec|algorithm|state machine)/i.test(
          read(file).split('\n').slice(0, 8).join('\n'),
        ),
    );
    expect(silent).toEqual([]);
  });
});

describe('the edge', () => {
  it('has no transaction that D1 would not keep, and nothing in KV', () => {
    const sources = tracked.filter((file) => /^worker\/.*\.tsx?$/.test(file));
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.filter((file) => /\.transaction\(/.test(withoutComments(read(file))))).toEqual([]);
    expect(sources.filter((file) => /\bKVNamespace\b/.test(withoutComments(read(file))))).toEqual([]);
    expect(read('wrangler.toml')).not.toContain('kv_namespaces');
  });
});

describe('migrations', () => {
  const folders = ['directory', 'shard'].map((name) => `worker/store/migrations/${name}`);

  it('are additive: none drops or rebuilds a table, none cascades', () => {
    const files = folders.flatMap((folder) => readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}`));
    const sql = files.filter((file) => file.endsWith('.sql'));
    expect(sql.length).toBeGreaterThanOrEqual(2);
    expect(sql.filter((file) => /DROP TABLE|DROP COLUMN|__new_|ON DELETE CASCADE/i.test(read(file)))).toEqual([]);
  });
});
