// The product's own page, preload and shell in a real browser: what the policy, the bridge and the handlers do when met for real.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { bundlePreload } from '../../../kiosk/main/bundle.ts';
import { startShell } from '../../../kiosk/main/main.ts';
import type {} from '../../../kiosk/renderer/bridge.ts';
import { build } from '../../../worker/local/build.ts';
import { type Host, hostOf } from './chromium-host.ts';
import * as electron from './fake-electron.ts';

vi.mock('electron', () => import('./fake-electron.ts'));

const out = mkdtempSync(path.join(tmpdir(), 'preload-'));
const root = path.resolve(import.meta.dirname, '../../..');
let host: Host;

beforeAll(async () => {
  const preload = path.join(out, 'preload.cjs');
  await Promise.all([build(), bundlePreload(preload)]);
  electron.windowHooks.loadURL = async (url, window) => {
    host = await hostOf(url, window, preload);
  };
  const page = path.join(root, 'dist/kiosk');
  await startShell({
    page,
    preload,
    windowed: false,
    reader: 'secugen:http://127.0.0.1:9',
    edge: 'https://edge.example',
  });
});
afterAll(async () => {
  await host.close();
  electron.app.emit('before-quit');
  for (const directory of [out, electron.app.userData]) rmSync(directory, { recursive: true, force: true });
});

test('the screens come up in Arabic under the whole policy, and ask for the invitation', async () => {
  await expect.poll(() => host.page.locator('input').count()).toBeGreaterThan(0);
  expect(await host.page.evaluate(() => document.documentElement.dir)).toBe('rtl');
  expect(await host.page.evaluate(() => document.body.innerText)).toMatch(/[\u0600-\u06FF]{3}/);
  expect(host.violations).toEqual([]);
});

describe('the bridge', () => {
  test('answers across the page’s border, and what was not allowed comes back as a value', async () => {
    const state = await host.page.evaluate(() => window.tawthiq?.call('state.get', {}));
    expect(state).toMatchObject({
      ok: true,
      value: { enrolment: { state: 'not_enrolled', suggestedEdge: 'https://edge.example' } },
    });
    const refused = await host.page.evaluate(() => window.tawthiq?.call('activation.begin', { number: 'x' }));
    expect(refused).toEqual({ ok: false, error: { reason: 'bad_input' } });
    const unknown = await host.page.evaluate(() => window.tawthiq?.call('store.dump' as 'state.get', {}));
    expect(unknown).toMatchObject({ ok: false });
  });
  test('tells the present state and then the next', async () => {
    const seen = await host.page.evaluate(async () => {
      const states: string[] = [];
      const several = Promise.withResolvers<void>();
      const stop = window.tawthiq?.onEvent((event) => {
        if (event.type === 'state' && states.push(event.state.reader.state) > 1) several.resolve();
      });
      await window.tawthiq?.call('reader.discover', {});
      await Promise.race([several.promise, new Promise((done) => setTimeout(done, 20_000))]);
      stop?.();
      return states;
    });
    expect(seen.length).toBeGreaterThan(1);
  });
  test('cannot be replaced by the page', async () => {
    const same = await host.page.evaluate(() => {
      const before = window.tawthiq;
      try {
        Object.defineProperty(window, 'tawthiq', { value: {} });
      } catch {
        // as it should
      }
      return before === window.tawthiq && Object.isFrozen(before);
    });
    expect(same).toBe(true);
  });
});

describe('the policy', () => {
  /** From the page itself: what the debugger evaluates is not held to the policy. */
  const fromPage = (act: string) =>
    host.page.evaluate(
      (kind) =>
        new Promise<string>((resolve) => {
          setTimeout(() => {
            try {
              // biome-ignore lint/security/noGlobalEval: it must not work, that is the test
              if (kind === 'eval') resolve(String(globalThis.eval('1')));
              if (kind === 'html') {
                document.createElement('div').innerHTML = '<b>x</b>';
                resolve('set');
              }
              if (kind === 'inline') {
                const script = document.createElement('script');
                script.append('window.ran = true');
                document.head.append(script);
                resolve(String('ran' in globalThis));
              }
            } catch (thrown) {
              resolve((thrown as Error).name);
            }
          }, 0);
        }),
      act,
    );
  test('no eval, no markup from text, no inline script', async () => {
    expect(await fromPage('eval')).toBe('EvalError');
    expect(await fromPage('html')).toBe('TypeError');
    expect(await fromPage('inline')).not.toBe('true');
  });
  test('no network', async () => {
    const outcome = await host.page.evaluate(() =>
      fetch('https://evil.example/').then(
        () => 'fetched',
        () => 'blocked',
      ),
    );
    expect(outcome).toBe('blocked');
  });
  test('WebAssembly, for the QR decoder', async () => {
    const kind = await host.page.evaluate(async () => {
      const bytes = await (await fetch('/zxing_reader.wasm')).arrayBuffer();
      return Object.prototype.toString.call(await WebAssembly.compile(bytes));
    });
    expect(kind).toBe('[object WebAssembly.Module]');
  });
});

test('the camera is allowed, the microphone is not', async () => {
  const ask = (constraints: MediaStreamConstraints) =>
    host.page.evaluate(
      (wanted) =>
        navigator.mediaDevices.getUserMedia(wanted).then(
          (stream) => {
            for (const track of stream.getTracks()) track.stop?.();
            return 'given';
          },
          (thrown: Error) => thrown.name,
        ),
      constraints,
    );
  expect(await ask({ video: true })).toBe('given');
  expect(await ask({ audio: true })).toBe('NotAllowedError');
});

test('the page cannot be left and opens no window', async () => {
  const before = host.page.url();
  await host.page.evaluate(() => {
    location.href = 'https://evil.example/';
  });
  await expect.poll(() => host.blocked).toContain('https://evil.example/');
  expect(host.page.url()).toBe(before);
  await host.page.evaluate(() => void window.open('about:blank#popup'));
  await expect.poll(() => host.blocked.some((entry) => entry.startsWith('popup'))).toBe(true);
  await expect.poll(() => host.page.context().pages().length).toBe(1);
});
