// What a machine without what is needed is told: a sentence, and the line that whoever runs the tests reads, never a stack trace.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { NoChromium, requireChromium } from '../support/chromium.ts';

const root = path.resolve(import.meta.dirname, '../..');
const guard = './.ci/needs-node-24.mjs';

/** The guard as a Node of `version` loads it, before a file that would say that it ran. */
function guarded(version: string, script: string) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, '--import', guard];
  const env = { ...process.env, npm_lifecycle_event: script };
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args, '--eval', 'console.log("ran")'], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('a machine with an older Node', () => {
  it.each(['20.0.0', '23.11.1'])('is told what to install by every command: %s', (version) => {
    const told = guarded(version, 'start');
    expect(told).toEqual({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining(`Node ${version} runs this command`),
    });
    expect(told.stderr).not.toContain('    at ');
  });

  it('hears of its tests by the usual last line', () => {
    expect(guarded('20.0.0', 'test').stdout).toBe('0 passed, 1 failed\n');
  });

  it('is only stopped if it is older', () => expect(guarded('24.0.0', 'test').stdout).toBe('ran\n'));

  it('meets the guard in every command that is TypeScript', () => {
    const scripts = Object.values(packageJson.scripts).filter((script) => /\bnode\b/.test(script));
    expect(scripts.length).toBeGreaterThan(10);
    expect(scripts.filter((script) => !script.startsWith(`node --import ${guard} `))).toEqual([]);
  });
});

describe('a machine without a browser', () => {
  const nowhere = () => undefined;

  it('is told what to install', () => {
    const refuse = () => requireChromium(nowhere, () => false);
    expect(refuse).toThrow(NoChromium);
    expect(refuse).toThrow('install it (Debian: apt-get install chromium), or set CHROME_PATH');
  });
});
