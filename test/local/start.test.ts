// `npm start` as a person runs it: ready with a page in two languages, the same network after a restart (also when it was off for
// weeks, or its first start was cut), a clear word when a port is taken, nothing asked of the outside. Each test finds it running.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import AxeBuilder from '@axe-core/playwright';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { AdminClient } from '../../worker/local/admin-client.ts';
import { claimPort } from '../../worker/local/claim-port.ts';
import { edgeKeys, standingList } from '../../worker/local/key-acts.ts';
import { main as keys } from '../../worker/local/keys.ts';
import { kioskCalls } from '../../worker/local/kiosk-calls.ts';
import { main as line } from '../../worker/local/line.ts';
import type { NetworkState } from '../../worker/local/network-state.ts';
import { loadSecrets } from '../../worker/local/secrets.ts';
import { makeTrustList } from '../../worker/local/trust-ceremony.ts';
import { main as wallet } from '../../worker/local/wallet.ts';
import { chromiumFlags, requireChromium } from '../support/chromium.ts';
import { freePortsInARow } from '../support/free-ports.ts';
import { type Form, formsOf, UserAgent } from '../support/user-agent.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-start-'));
let first: number;
let page: string;

const argumentsFor = (port: number, state: string) => ['--port', String(port), '--state', state, '--people', '30'];

function start(port = first, state = folder): ChildProcess {
  return spawn(process.execPath, ['worker/local/start.ts', ...argumentsFor(port, state)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
    child.once('close', (code) => reject(new Error(`ended with ${code} before it said "${words}": ${text}`)));
  });
}

/** What a start that does not come up says, and its exit code. */
async function refused(child: ChildProcess): Promise<{ readonly code: number | null; readonly text: string }> {
  const text = await said(child, 'ready').catch((error: Error) => error.message);
  return { code: child.exitCode, text };
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', resolve));
}

async function stop(child: ChildProcess): Promise<number | null> {
  const gone = ended(child);
  child.kill('SIGTERM');
  return gone;
}

const networkState = () => JSON.parse(readFileSync(path.join(folder, 'network.json'), 'utf8')) as NetworkState;
const api = () => new AdminClient(networkState().edgeUrl, networkState().adminToken);
const journalled = async (event: string) =>
  ((await api().call('GET', `/v1/admin/journal?limit=500&event=${event}`)) as { entries: object[] }).entries.length;

let network: ChildProcess | undefined;
let heard = '';
let browser: Browser;

/** Starts it if it is not there. */
async function running(): Promise<void> {
  if (network && network.exitCode === null && network.signalCode === null) return;
  network = start();
  heard = await said(network, 'forgets it');
}

const standing = () => {
  if (!network) throw new Error('it does not run');
  return network;
};

beforeAll(async () => {
  first = await freePortsInARow(5);
  page = `http://localhost:${first}/`;
  // npm is killed in the middle of the first start: nothing runs on without it, and the one that every test meets is the second.
  const cut = spawn('npm', ['start', '--', ...argumentsFor(first, folder)], { stdio: ['ignore', 'pipe', 'pipe'] });
  await said(cut, 'first start');
  const all = descendants(cut.pid ?? 0);
  cut.kill('SIGKILL');
  await vi.waitFor(() => expect(all.filter((pid) => commandOf(pid) !== '')).toEqual([]), { timeout: 20_000 });
  browser = await chromium.launch({ executablePath: requireChromium(), args: chromiumFlags });
});

beforeEach(running);

afterAll(async () => {
  await browser?.close();
  if (network) await stop(network);
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
    const { operators } = networkState();
    const supervisor = operators.find(({ role }) => role === 'supervisor');
    expect(supervisor?.finger).toBe(true);
    const english = await (await fetch(`${page}?lang=en`)).text();
    const arabic = await (await fetch(page)).text();
    expect(english).toContain('No finger can be read');
    expect(arabic).toContain(`بصمة ${supervisor?.name.ar}`);
    const reader = await (await fetch(`http://localhost:${first + 4}/`)).text();
    expect(reader).toContain(`staff-${supervisor?.username}`);
    expect(await journalled('operator.finger_enrolled')).toBe(1);
  });

  it('logs in at the kiosk by itself: the first day ended with nobody at the desk', async () => {
    const kiosk = await kioskCalls(`http://localhost:${first + 2}/`);
    expect((await kiosk.must('state.get', {})).operator).toBeUndefined();
    expect(await journalled('operator.logged_in')).toBeGreaterThan(0);
  });
});

describe('what the page offers to try', () => {
  it('can be done: a login at the service by the number, typed in npm run wallet', async () => {
    const { people } = networkState();
    const person = people.find(({ login }) => login);
    const tab = new UserAgent();
    const identify = await tab.get(`http://localhost:${first + 3}/login?lang=en`);
    const ask = formsOf(identify).find(({ action }) => new URL(action).pathname.endsWith('/number'));
    const shown = await tab.submit(ask as Form, { number: person?.number ?? '' });
    const digits = /id="number"[^>]*>\s*(\d+)/.exec(shown.html)?.[1] ?? '';
    const out: string[] = [];
    const code = await wallet(['--state', folder, '--wait', '20'], {
      env: { LANG: 'ar_SA.UTF-8' },
      input: Readable.from([`${digits}\n`]),
      out: (text) => void out.push(text),
      err: (text) => void out.push(text),
    });
    expect([code, out.join('')]).toEqual([0, expect.stringContaining('مكتبة المدينة')]);
    let at = await tab.get(shown.url);
    const consent = formsOf(at).find(({ buttons }) => buttons.some(({ value }) => value === 'allow'));
    if (consent) at = await tab.submit(consent, { decision: 'allow' });
    expect(new URL(at.url).port).toBe(String(first + 3));
    expect(at.html).toContain('data-claim="sub"');
  });

  it('can be done: whoever needs an appointment finds free slots at the centre, today or tomorrow', async () => {
    const { centre, edgeUrl } = networkState();
    const free: number[] = [];
    for (const days of [0, 1]) {
      const date = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
      const answer = await fetch(`${edgeUrl}/v1/centres/${centre.id}/slots?date=${date}`);
      const { slots } = (await answer.json()) as { slots: { free: number }[] };
      free.push(...slots.map((slot) => slot.free));
    }
    expect(free.filter((seats) => seats > 0).length).toBeGreaterThan(10);
  });
});

describe('the network', () => {
  it('says how it is forgotten, with the folder that it is in', () => {
    expect(heard).toContain(`npm run reset -- --state ${folder} forgets it`);
  });

  it('has a line that can be cut and mended: no edge answers meanwhile, and what was there is there after', async () => {
    const out: string[] = [];
    const told = (...words: string[]) => line(words, (text) => void out.push(text));
    const { edgeUrl } = networkState();
    const health = () => fetch(`${edgeUrl}/healthz`).then(({ ok }) => ok);
    expect(await told('cut', '--state', folder)).toBe(0);
    await expect(health()).rejects.toThrow();
    const kiosk = await kioskCalls(`http://localhost:${first + 2}/`);
    expect((await kiosk.must('state.get', {})).enrolment.state).toBe('enrolled');
    expect(await told('mend', '--state', folder)).toBe(0);
    expect(await health()).toBe(true);
    expect(await journalled('operator.finger_enrolled')).toBe(1);
    expect(out.map((text) => text.slice(0, 17))).toEqual(['The line is cut. ', 'The line is whole']);
  });

  it('has no line to cut where none runs, and takes no other word', async () => {
    const out: string[] = [];
    const told = (...words: string[]) => line(words, (text) => void out.push(text));
    expect(await told('cut', '--state', path.join(folder, 'none'))).toBe(1);
    for (const words of [[], ['stop'], ['cut', 'mend'], ['cut', '--bogus']]) expect(await told(...words)).toBe(2);
    expect(out[0]).toContain('npm start first');
    expect(out.slice(1).every((text) => text.includes('npm run line -- mend'))).toBe(true);
  });

  it('keeps its secrets readable by their owner alone', () => {
    for (const file of ['secrets.json', 'network.json', 'wallets/hessah.json'])
      expect(statSync(path.join(folder, file)).mode & 0o077).toBe(0);
  });

  it('begins anew after a first start that was cut', async () => {
    expect(existsSync(path.join(folder, 'unfinished.json'))).toBe(false);
    const { centres } = (await api().call('GET', '/v1/admin/centres')) as { centres: object[] };
    expect(centres).toHaveLength(1);
  });

  it('says plainly that a port is taken, and by what it is needed', async () => {
    const { code, text } = await refused(start());
    expect(text).toContain(`port ${first} is taken, and the start page needs it`);
    expect(text).toContain('--port 9000 --state DIR');
    expect([code, text.includes('    at ')]).toEqual([1, false]);
  });

  it('keeps its ports: others are refused, and the refusal says what to do', async () => {
    const { code, text } = await refused(start(first + 100));
    expect(text).toContain(`has its ports from ${first} on, and keeps them`);
    expect(text).toContain(`npm start -- --port ${first + 100} --state DIR`);
    expect([code, text.includes('    at ')]).toEqual([1, false]);
    expect((await fetch(page)).status).toBe(200);
  });

  it('touches nothing of a folder whose network.json is gone, and says what to do', async () => {
    const broken = mkdtempSync(path.join(tmpdir(), 'tawthiq-broken-'));
    writeFileSync(path.join(broken, 'secrets.json'), '{}');
    const { code, text } = await refused(start(await freePortsInARow(5), broken));
    expect([code, text]).toEqual([1, expect.stringContaining(`npm run reset -- --state ${broken}`)]);
    expect(readdirSync(broken)).toEqual(['secrets.json']);
    rmSync(broken, { recursive: true });
  });

  it('finds after weeks what was there, with keys that sign and lists that verifiers take', async () => {
    const before = networkState();
    const now = Math.floor(Date.now() / 1000) as EpochSeconds;
    const { roots } = loadSecrets(folder);
    const work = { api: api(), edgeUrl: before.edgeUrl, roots };
    const standingNow = await standingList({ ...work, now: () => now });
    const old = await makeTrustList({
      ...{
        issuer: before.edgeUrl,
        version: (standingNow?.version ?? 0) + 1,
        prevHash: standingNow?.hash ?? new Uint8Array(),
      },
      ...{ roots, keys: await edgeKeys({ ...work, now: () => now }), validSeconds: 90 * 86_400 },
      now: (now - 31 * 86_400) as EpochSeconds,
    });
    await api().call('PUT', '/v1/admin/trust-list', old, 'application/octet-stream');
    const credentialKeys = async () =>
      (await edgeKeys({ ...work, now: () => now })).filter(({ purpose }) => purpose === 'credential');
    const [aged] = await credentialKeys();
    expect(aged?.state).toBe('current');
    await stop(standing());
    endKeySoon(path.join(folder, 'edge'), aged?.kid ?? '', now + 5 * 86_400);
    await running();
    expect(networkState()).toEqual(before);
    expect(heard).toContain('new keys took over: credential');
    const list = await standingList({ ...work, now: () => now });
    expect(now - (list?.issuedAt ?? 0)).toBeLessThan(600);
    expect((await credentialKeys()).map(({ kid, state }) => [kid === aged?.kid, state])).toEqual([
      [true, 'retired'],
      [false, 'current'],
    ]);
    expect(list?.keys.filter(({ purposes }) => purposes.includes('credential'))).toHaveLength(2);
    const out: string[] = [];
    const say = (line: string) => void out.push(line);
    expect(await keys(['list', '--state', folder], { env: {}, out: say, err: say, now: () => now })).toBe(0);
    expect(out.join('\n')).toContain(`version ${list?.version}`);
    const discovery = (await (await fetch(`${before.edgeUrl}/.well-known/openid-configuration`)).json()) as object;
    expect(discovery).toMatchObject({ issuer: before.edgeUrl });
    expect(await api().call('GET', `/v1/admin/clients/${before.client.clientId}`)).toBeDefined();
  });

  it('frees every port when it is told to end, and makes up for the cron when it starts again', async () => {
    const published = await journalled('status_list.published');
    expect(await stop(standing())).toBe(0);
    for (let port = first; port < first + 5; port++) await claimPort(port, 'nobody');
    await running();
    expect(heard).not.toContain('trust list');
    expect(await journalled('status_list.published')).toBeGreaterThan(published);
  });
});

describe('a part that is killed while the network runs', () => {
  const told = async (lang: string) =>
    ((await (await fetch(`${page}parts?lang=${lang}`)).json()) as readonly string[]).join('\n');

  it.each([
    ['reader', 'simulated.ts', 'the simulated reader', 'The simulated reader', 'قارئ البصمة المحاكى'],
    ['kiosk', 'loopback/main.ts', 'the kiosk', 'The kiosk', 'الكشك'],
    ['edge', 'workerd', 'the edge', 'The edge', 'الحافة'],
  ])(
    'runs again with what it kept, and the terminal and the start page say so: the %s',
    async (_, program, name, en, ar) => {
      const runsAgain = said(standing(), `${name} had ended by itself and runs again, with what it kept`);
      const [pid, ...others] = descendants(standing().pid ?? 0, program);
      expect([pid === undefined, others]).toEqual([false, []]);
      process.kill(pid ?? 0, 'SIGKILL');
      await runsAgain;
      expect(await told('en')).toContain(`${en} ended by itself and runs again`);
      expect(await told('ar')).toContain(ar);
      expect(descendants(standing().pid ?? 0, program)).toHaveLength(1);
      for (const port of [1, 2, 4]) expect((await fetch(`http://localhost:${first + port}/`)).status).toBeLessThan(500);
      const kiosk = await kioskCalls(`http://localhost:${first + 2}/`);
      expect((await kiosk.must('state.get', {})).enrolment.state).toBe('enrolled');
      expect((await kiosk.must('reader.discover', {})).state).toBe('ready');
      expect(await journalled('operator.finger_enrolled')).toBe(1);
    },
  );

  it('is told on a page that is open, and so is the end of npm start: nothing of a network outlives it', async () => {
    const tab = await browser.newPage();
    await tab.goto(`${page}?lang=en`);
    expect(await tab.locator('#parts').innerText()).toContain('The kiosk ended by itself');
    const all = descendants(standing().pid ?? 0);
    expect(all.length).toBeGreaterThan(2);
    standing().kill('SIGKILL');
    await ended(standing());
    await tab.getByText('npm start has ended').waitFor({ timeout: 10_000 });
    await expect.poll(() => all.filter((pid) => commandOf(pid) !== ''), { timeout: 10_000 }).toEqual([]);
    for (let port = first; port < first + 5; port++) await claimPort(port, 'nobody');
    await tab.close();
  });
});

/** What runs as process `pid`; empty: nothing (a process that ended and was not waited for yet is nothing). */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Children of a process and theirs, by Linux's own list; of those whose program is so named. */
function descendants(pid: number, program = ''): readonly number[] {
  const parentOf = (child: string) => {
    try {
      return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${child}/stat`, 'utf8'))?.[1]);
    } catch {
      return 0;
    }
  };
  const below = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
  const found = below.filter((child) =>
    commandOf(Number(child))
      .split(' ')
      .slice(0, 2)
      .some((word) => word.endsWith(program)),
  );
  return [...found.map(Number), ...below.flatMap((child) => descendants(Number(child), program))];
}

/** As if it had been made months ago. */
function endKeySoon(edgeDir: string, kid: string, signUntil: number): void {
  const files = readdirSync(edgeDir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sqlite'));
  let changed = 0;
  for (const file of files) {
    const database = new DatabaseSync(path.join(edgeDir, file));
    const has = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'keys'").get();
    if (has)
      changed += Number(database.prepare('UPDATE keys SET sign_until = ? WHERE kid = ?').run(signUntil, kid).changes);
    database.close();
  }
  expect(changed).toBe(1);
}
