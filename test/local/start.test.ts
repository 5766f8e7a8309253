// `npm start` as a person runs it: ready with a page in two languages, the same network after a restart, a clear word when a port
// is taken, nothing asked of the outside.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NetworkState } from '../../worker/local/network-state.ts';
import { chromiumFlags, requireChromium } from '../support/chromium.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-start-'));
/** Below the range from which the system takes ports for outgoing connections. */
const first = 20_000 + (process.pid % 1200) * 10;
const page = `http://localhost:${first}/`;

function start(): ChildProcess {
  const args = ['worker/local/start.ts', '--port', String(first), '--state', folder, '--people', '30'];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

function said(child: ChildProcess, words: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const listen = (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.includes(words)) resolve(text);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it said "${words}": ${text}`)));
  });
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', resolve));
}

const networkState = () => JSON.parse(readFileSync(path.join(folder, 'network.json'), 'utf8')) as NetworkState;

let network: ChildProcess;
let browser: Browser;

beforeAll(async () => {
  network = start();
  await said(network, 'ready');
  browser = await chromium.launch({ executablePath: requireChromium(), args: chromiumFlags });
});

afterAll(async () => {
  await browser.close();
  const gone = ended(network);
  network.kill('SIGTERM');
  await gone;
  rmSync(folder, { recursive: true, force: true });
});

describe('the start page', () => {
  it.each([
    ['ar', 'rtl', 'ثلاثة أشياء للتجربة'],
    ['en', 'ltr', 'Three things to try'],
  ])(
    'says in %s where everything is, without a fault that axe finds and without a request elsewhere',
    async (lang, dir, words) => {
      const context = await browser.newContext();
      const tab = await context.newPage();
      const elsewhere: string[] = [];
      const complaints: string[] = [];
      tab.on('request', (request) => {
        if (!request.url().startsWith(page)) elsewhere.push(request.url());
      });
      tab.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      await tab.goto(`${page}?lang=${lang}`);
      expect(await tab.locator('html').getAttribute('dir')).toBe(dir);
      expect(await tab.locator('main').innerText()).toContain(words);
      const { violations } = await new AxeBuilder({ page: tab }).setLegacyMode(true).analyze();
      expect(violations.map((violation) => violation.id)).toEqual([]);
      expect([elsewhere, complaints]).toEqual([[], []]);
      const places = await tab
        .locator('.places a')
        .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href));
      for (const place of places) expect([place, (await fetch(place)).status]).toEqual([place, 200]);
      expect(places).toHaveLength(6);
      await context.close();
    },
  );
});

describe('the staff', () => {
  it('has a supervisor whose own finger is enrolled and on the reader, and the page says what it is for', async () => {
    const { operators, edgeUrl, adminToken } = networkState();
    const supervisor = operators.find(({ role }) => role === 'supervisor');
    expect(supervisor?.finger).toBe(true);
    const english = await (await fetch(`${page}?lang=en`)).text();
    const arabic = await (await fetch(page)).text();
    expect(english).toContain('No finger can be read');
    expect(arabic).toContain(`بصمة ${supervisor?.name.ar}`);
    const reader = await (await fetch(`http://localhost:${first + 4}/`)).text();
    expect(reader).toContain(`staff-${supervisor?.username}`);
    const journal = await fetch(`${edgeUrl}/v1/admin/journal?limit=500`, {
      headers: { Authorization: `Bearer ${adminToken}` },
    });
    const { entries } = (await journal.json()) as { entries: { event: string }[] };
    expect(entries.filter(({ event }) => event === 'operator.finger_enrolled')).toHaveLength(1);
  });
});

describe('the network', () => {
  it('keeps its secrets readable by their owner alone', () => {
    for (const file of ['secrets.json', 'network.json']) expect(statSync(path.join(folder, file)).mode & 0o077).toBe(0);
  });

  it('says plainly that a port is taken, and by what it is needed', async () => {
    const second = start();
    const text = await said(second, 'is taken').catch((error: Error) => error.message);
    expect(text).toContain(`port ${first} is taken, and the start page needs it`);
    expect(text).toContain('--port');
    expect(text).not.toContain('    at ');
  });

  it('finds after a restart what was there', async () => {
    const before = networkState();
    const gone = ended(network);
    network.kill('SIGTERM');
    await gone;
    network = start();
    await said(network, 'ready');
    expect(networkState()).toEqual(before);
    const { client, edgeUrl } = before;
    const discovery = (await (await fetch(`${edgeUrl}/.well-known/openid-configuration`)).json()) as { issuer: string };
    expect(discovery.issuer).toBe(edgeUrl);
    const list = await fetch(`${edgeUrl}/v1/admin/clients/${client.clientId}`, {
      headers: { Authorization: `Bearer ${before.adminToken}` },
    });
    expect(list.status).toBe(200);
  });

  it('frees every port when it is told to end', async () => {
    const gone = ended(network);
    network.kill('SIGTERM');
    expect(await gone).toBe(0);
    for (let port = first; port < first + 5; port++) {
      await new Promise<void>((resolve, reject) => {
        const server = createServer().once('error', reject);
        server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
      });
    }
  });
});
