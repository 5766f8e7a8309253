// The import rules can fail: a violation of each is planted in a copy of the tree's shape, and the rule must name it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const rules = createRequire(import.meta.url)(path.join(root, '.ci/import-rules.cjs')) as {
  forbidden: { name: string; comment: string }[];
};

/** rule → files that break it, and nothing else. */
const planted: Record<string, Record<string, string>> = {
  'no-circular': {
    'shared/base/a.ts': "import { b } from './b.ts';\nexport const a = () => b;\n",
    'shared/base/b.ts': "import { a } from './a.ts';\nexport const b = () => a;\n",
  },
  'shared-stands-alone': { 'shared/base/up.ts': "export { room } from '../../worker/registry/room.ts';\n" },
  'shared-is-pure': { 'shared/base/disk.ts': "export { readFileSync } from 'node:fs';\n" },
  'shared-small-libraries': { 'shared/base/big.ts': "export { Hono } from 'hono';\n" },
  'houses-never-meet': { 'worker/registry/visit.ts': "export { thing } from '../../kiosk/core/thing.ts';\n" },
  'local-asks-the-bridge': { 'worker/local/reach.ts': "export { thing } from '../../kiosk/core/thing.ts';\n" },
  'kiosk-never-imports-worker': { 'kiosk/core/visit.ts': "export { room } from '../../worker/registry/room.ts';\n" },
  'product-never-imports-tests': { 'kiosk/core/leans.ts': "export { probe } from '../../test/probe.ts';\n" },
  'one-room-does-crypto': { 'kiosk/core/own-crypto.ts': "export { verify } from '@noble/ed25519';\n" },
  'acts-know-no-http': { 'worker/registry/act.ts': "export { Hono } from 'hono';\n" },
  'stores-are-handed-in': { 'worker/registry/builds.ts': "export { People } from '../store/people.ts';\n" },
  'authn-knows-no-openid': { 'worker/authn/asks.ts': "export { authorize } from '../openid/authorize.ts';\n" },
  'the-edge-is-not-node': { 'worker/registry/disk.ts': "export { readFileSync } from 'node:fs';\n" },
  'the-edge-never-imports-local': { 'worker/registry/dev.ts': "export { start } from '../local/start.ts';\n" },
  'core-knows-no-electron': { 'kiosk/core/window.ts': "export { app } from 'electron';\n" },
  'renderer-asks-the-bridge': { 'kiosk/renderer/reach.ts': "export { thing } from '../core/thing.ts';\n" },
  'biometrics-stay-in-their-rooms': {
    'worker/openid/peek.ts': "export { match } from '../../shared/biometric/match.ts';\n",
  },
  'the-page-has-its-camera': { 'kiosk/renderer/camera.ts': "export { Html5Qrcode } from 'html5-qrcode';\n" },
  'no-rooms-without-a-subject': { 'worker/registry/uses.ts': "export { pad } from '../utils/pad.ts';\n" },
  'everything-resolves': { 'shared/base/lost.ts': "export { nothing } from './nowhere.ts';\n" },
};

const surroundings: Record<string, string> = {
  'worker/registry/room.ts': 'export const room = 1;\n',
  'worker/store/people.ts': 'export class People {}\n',
  'worker/openid/authorize.ts': 'export const authorize = 1;\n',
  'worker/local/start.ts': 'export const start = 1;\n',
  'worker/utils/pad.ts': 'export const pad = 1;\n',
  'kiosk/core/thing.ts': 'export const thing = 1;\n',
  'shared/biometric/match.ts': 'export const match = 1;\n',
  'test/probe.ts': 'export const probe = 1;\n',
};

let folder: string;
let violations: { rule: { name: string }; from: string }[];

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'house-'));
  const files = Object.assign({}, surroundings, ...Object.values(planted)) as Record<string, string>;
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  for (const file of ['package.json', 'tsconfig.json', 'test/tsconfig.json'])
    symlinkSync(path.join(root, file), path.join(folder, file));
  const cruise = [
    path.join(root, 'node_modules/.bin/depcruise'),
    '--config',
    path.join(root, '.ci/import-rules.cjs'),
    '--output-type',
    'json',
  ];
  const output = ((): string => {
    try {
      return execFileSync(process.execPath, [...cruise, 'shared', 'worker', 'kiosk'], {
        cwd: folder,
        encoding: 'utf8',
        maxBuffer: 64e6,
      });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  })();
  violations = (JSON.parse(output) as { summary: { violations: typeof violations } }).summary.violations;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the import rules', () => {
  it.each(rules.forbidden)('$name refuses what it is there to refuse', ({ name, comment }) => {
    expect(comment.length).toBeGreaterThan(20);
    const files = Object.keys(planted[name] ?? {});
    expect(files, `plant a violation of ${name}`).not.toHaveLength(0);
    const caught = violations.filter((violation) => violation.rule.name === name).map((violation) => violation.from);
    expect(caught).toEqual(expect.arrayContaining([files[0]]));
  });
});
