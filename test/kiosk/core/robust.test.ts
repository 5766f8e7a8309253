// A disk that is full or damaged, a clock that is wrong, an edge that answers anything: the screens are told which, and nothing is lost.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { faultedKiosk } from '../../../kiosk/core/faulted-kiosk.ts';
import { storeFaultOf } from '../../../kiosk/core/store/faults.ts';
import { openStore } from '../../../kiosk/core/store/store.ts';
import { fileVault } from '../../../kiosk/core/store/vault.ts';
import { kioskPaths } from '../../../shared/contract/kiosk.ts';
import { type Fake, fakeEdge } from '../support/fake-edge.ts';
import { newRig, type Rig } from '../support/rig.ts';

let edge: Fake;
let rig: Rig;
let directory: string;
beforeEach(async () => {
  edge = await fakeEdge();
  directory = mkdtempSync(path.join(tmpdir(), 'robust-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rig?.close().catch(() => undefined);
  rmSync(directory, { recursive: true, force: true });
});
const file = () => path.join(directory, 'kiosk.sqlite');

describe('a disk that changed what was on it', () => {
  /** One activation waits; then the kiosk stops. */
  async function recorded(): Promise<string> {
    rig = await newRig(edge, { directory });
    await rig.onDuty();
    rig.line.up = false;
    const activationId = await rig.captured();
    await rig.value('activation.submit', { activationId });
    return activationId;
  }
  const openFault = async () => {
    try {
      (await openStore(directory, fileVault(directory))).close();
      return 'opens';
    } catch (thrown) {
      return storeFaultOf(thrown);
    }
  };

  test.each([
    ['its beginning', (bytes: Buffer) => bytes.fill(0x37, 0, 64)],
    ['a page in the middle', (bytes: Buffer) => bytes.fill(0x37, 4096, 8192)],
    ['everything', (bytes: Buffer) => bytes.fill(0)],
  ])('in %s is told at the start, and not a byte is touched', async (_what, damage) => {
    await recorded();
    await rig.close();
    const bytes = readFileSync(file());
    damage(bytes);
    writeFileSync(file(), bytes);
    expect(await openFault()).toBe('state_damaged');
    expect(readFileSync(file()).equals(bytes)).toBe(true);
  });

  test('of a newer program, or without its key, is told apart', async () => {
    await recorded();
    await rig.close();
    const key = readFileSync(path.join(directory, 'vault.key'));
    rmSync(path.join(directory, 'vault.key'));
    expect(await openFault()).toBe('state_locked');
    writeFileSync(path.join(directory, 'vault.key'), key);
    expect(await openFault()).toBe('opens');
    const raw = new DatabaseSync(file());
    raw.exec('PRAGMA user_version = 9999');
    raw.close();
    expect(await openFault()).toBe('state_newer');
    expect(storeFaultOf(Object.assign(new Error('no space'), { code: 'ENOSPC' }))).toBe('disk_full');
    expect(storeFaultOf(new Error('a bug'))).toBeUndefined();
    const faulted = faultedKiosk('state_newer');
    expect(await faulted.call('state.get', {})).toEqual({ ok: false, error: { reason: 'state_newer' } });
    expect(await faulted.call('activation.begin', { number: 'x' })).toMatchObject({ ok: false });
  });

  test('in one waiting request leaves the others on their way, and that one on the list', async () => {
    const first = await recorded();
    const second = await rig.captured('1098765435');
    await rig.value('activation.submit', { activationId: second });
    await rig.close();
    const raw = new DatabaseSync(file());
    const row = raw.prepare('SELECT body FROM outbox WHERE activation_id = ?').get(first);
    const body = Buffer.from(row?.['body'] as Uint8Array);
    body[40] = (body[40] ?? 0) ^ 1;
    raw.prepare('UPDATE outbox SET body = ? WHERE activation_id = ?').run(body, first);
    raw.close();
    rig = await newRig(edge, { directory });
    expect(await rig.value('sync.now', {})).toMatchObject({ sent: 1, waiting: 1 });
    const { items } = await rig.value('outbox.list', { limit: 5 });
    expect(items.find(({ activationId }) => activationId === first)).toMatchObject({
      state: 'waiting',
      lastProblem: 'entry_damaged',
    });
    expect(items.find(({ activationId }) => activationId === second)?.state).toBe('activated');
    expect(await rig.reason('activation.submit', { activationId: first })).toBe('entry_damaged');
  });
});

test('a full disk is told; the activation stays on the desk and is recorded once there is room', async () => {
  let database: DatabaseSync | undefined;
  const plain = DatabaseSync.prototype.exec;
  vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (this: DatabaseSync, sql: string) {
    database = this;
    return plain.call(this, sql);
  });
  rig = await newRig(edge, { directory });
  await rig.onDuty();
  if (!database) throw new Error('the store opened no database');
  const { page_count: pages } = database.prepare('PRAGMA page_count').get() as { page_count: number };
  // The file may not grow: SQLite then fails as it does on a disk without room (SQLITE_FULL).
  database.exec(`PRAGMA max_page_count = ${pages}`);
  rig.line.up = false;
  let activationId = '';
  let reason = 'none';
  let recorded = -1;
  for (; reason === 'none' && recorded < 40; recorded++) {
    activationId = await rig.captured(`1${String(recorded + 10).padStart(9, '0')}`);
    reason = await rig.reason('activation.submit', { activationId });
  }
  expect(reason).toBe('disk_full');
  const full = await rig.value('state.get', {});
  expect(full.activation).toMatchObject({ activationId, ready: true });
  expect(full.outbox).toMatchObject({ waiting: recorded });
  database.exec('PRAGMA max_page_count = 100000');
  rig.line.up = true;
  expect(await rig.value('activation.submit', { activationId })).toMatchObject({ outcome: 'activated' });
  await rig.value('sync.now', {});
  expect(new Set(edge.state.arrived).size).toBe(recorded + 1);
  expect(edge.state.arrived).toHaveLength(recorded + 1);
});

test('a wrong clock is told by the first request that the edge refuses for it, whatever it was', async () => {
  rig = await newRig(edge, { directory });
  await rig.enrol();
  edge.now.shiftSeconds = 3600;
  expect(await rig.reason('operator.login', { username: 'op', password: 'right' })).toBe('clock_rejected');
  expect((await rig.value('state.get', {})).clock).toMatchObject({ knownGood: false, reason: 'differs' });
  edge.now.shiftSeconds = 0;
  await rig.value('operator.login', { username: 'op', password: 'right' });
  await rig.value('sync.now', {});
  expect((await rig.value('state.get', {})).clock).toMatchObject({ knownGood: true });
});

describe('an edge that is not well', () => {
  const page = (status: number) =>
    new Response('<!doctype html><title>Welcome to our Wi-Fi</title>', {
      status,
      headers: { 'content-type': 'text/html' },
    });
  const answers: readonly (readonly [string, () => Response | Promise<Response>, string, string])[] = [
    ['a gateway’s error page', () => page(502), 'edge_busy', 'recorded'],
    ['503 without a word', () => new Response(null, { status: 503 }), 'edge_busy', 'recorded'],
    ['somebody’s log-in page', () => page(200), 'edge_misbehaved', 'recorded edge_misbehaved'],
    ['a page that is not there', () => page(404), 'edge_misbehaved', 'recorded edge_misbehaved'],
    ['half an answer', () => new Response('{"activationId":"AAAA'), 'edge_misbehaved', 'recorded edge_misbehaved'],
    ['JSON of another kind', () => Response.json({ hello: 'world' }), 'edge_misbehaved', 'recorded edge_misbehaved'],
    [
      'nothing in time',
      () => Promise.reject(new DOMException('The operation timed out', 'TimeoutError')),
      'line_down',
      'recorded',
    ],
    ['more than can be meant', () => new Response('x'.repeat(400_000)), 'edge_misbehaved', 'recorded edge_misbehaved'],
  ];

  test.each(answers)(
    '%s: the request stays, and is decided once the edge is itself',
    async (_name, bad, sync, submit) => {
      rig = await newRig(edge, { directory });
      await rig.onDuty();
      const activationId = await rig.captured();
      edge.state.meddle = () => bad();
      const submitted = await rig.call('activation.submit', { activationId });
      if (!submitted.ok || submitted.value.outcome !== 'recorded') throw new Error('not recorded');
      const { outcome, problem, reference } = submitted.value;
      expect([outcome, problem].filter(Boolean).join(' ')).toBe(submit);
      expect(reference).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
      expect(await rig.reason('sync.now', {})).toBe(sync);
      expect(await rig.reason('operator.login', { username: 'op', password: 'right' })).toBe(sync);
      expect((await rig.value('state.get', {})).outbox).toMatchObject({ waiting: 1 });
      edge.state.meddle = undefined;
      await rig.value('sync.now', {});
      expect((await rig.value('state.get', {})).outbox).toMatchObject({ waiting: 0, activated: 1 });
      expect(edge.state.decidedNumbers.get('1234567897')).toBe(1);
    },
  );

  test('a session page that is somebody else’s begins nothing', async () => {
    rig = await newRig(edge, { directory });
    await rig.onDuty();
    edge.state.meddle = (at, answer) => (at === kioskPaths.session ? page(200) : answer);
    expect(await rig.reason('activation.begin', { number: '1234567897' })).toBe('edge_misbehaved');
    expect((await rig.value('state.get', {})).activation).toBeUndefined();
  });
});
