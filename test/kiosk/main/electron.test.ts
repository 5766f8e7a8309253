// The real Electron, where its program is on the disk. REQUIRE_ELECTRON=1 makes its absence a failure: a packaging pipeline cannot
// skip this unseen.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { _electron } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { bundleShell } from '../../../kiosk/main/bundle.ts';
import { findElectron } from '../../../kiosk/main/launch.ts';
import type {} from '../../../kiosk/renderer/bridge.ts';
import { build } from '../../../worker/local/build.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const executablePath = findElectron(path.join(root, 'node_modules/electron'));
const required = process.env['REQUIRE_ELECTRON'] === '1';

describe.skipIf(!executablePath && !required)('in Electron itself', () => {
  test('the window shows the kiosk’s page, isolated, and the bridge answers', async () => {
    if (!executablePath) throw new Error('REQUIRE_ELECTRON=1, and Electron is not on this disk');
    const outdir = path.join(root, 'dist/electron');
    const home = mkdtempSync(path.join(tmpdir(), 'electron-home-'));
    await Promise.all([bundleShell(outdir), build()]);
    const app = await _electron.launch({
      executablePath,
      args: [
        path.join(outdir, 'main.mjs'),
        '--windowed',
        `--user-data-dir=${home}`,
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ],
    });
    try {
      const page = await app.firstWindow();
      expect(page.url()).toBe('app://kiosk/index.html');
      expect(await page.evaluate(() => ['require', 'process', 'module'].filter((name) => name in window))).toEqual([]);
      expect(await page.evaluate(() => window.tawthiq?.call('state.get', {}))).toMatchObject({ ok: true });
    } finally {
      await app.close();
      rmSync(home, { recursive: true, force: true });
    }
  });
});
