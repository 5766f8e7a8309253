// The kiosk as a real process on a real line that is cut, killed with SIGKILL at several moments, started again.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type SecugenSimulator,
  startSecugenSimulator,
} from '../../../kiosk/core/devices/fingerprint/secugen/simulated.ts';
import { connectLoopback, type LoopbackBridge } from '../../../kiosk/loopback/connect.ts';
import { type Line, startLine } from '../../support/line.ts';
import { type Fake, fakeEdge, serve } from '../support/fake-edge.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'kiosk-process-'));
const main = path.resolve(import.meta.dirname, '../../../kiosk/loopback/main.ts');
let edge: Fake;
let server: Server;
let line: Line;
let reader: SecugenSimulator;
const children: ChildProcess[] = [];

beforeAll(async () => {
  writeFileSync(path.join(directory, 'index.html'), '<!doctype html><html><head></head></html>');
  edge = await fakeEdge();
  const served = await serve(edge);
  server = served.server;
  line = await startLine(served.port);
  reader = await startSecugenSimulator({ port: 0, salt: 'process' });
  reader.glass.put({ seed: 'person' });
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await reader.close();
  await line.close();
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** How long after a round of sending begins the process is killed: in the middle of sending, answering and writing down. */
const killAfterMs = [2, 14, 29, 45];

async function start(name: string): Promise<{ child: ChildProcess; bridge: LoopbackBridge }> {
  const state = path.join(directory, name);
  const via = `http://127.0.0.1:${line.port}`;
  const flags = [
    '--port',
    '0',
    '--state',
    state,
    '--page',
    directory,
    '--via',
    via,
    '--reader',
    `secugen:${reader.url}`,
    '--sync-every',
    '0',
  ];
  const child = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let complaints = '';
  child.stderr?.on('data', (part: Buffer) => {
    complaints += part.toString();
  });
  const [ready] = (await Promise.race([
    once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error(complaints))),
  ])) as [string];
  return { child, bridge: await connectLoopback((JSON.parse(ready) as { url: string }).url) };
}

async function value<T>(
  answer: Promise<{ ok: true; value: T } | { ok: false; error: { reason: string } }>,
): Promise<T> {
  const came = await answer;
  if (!came.ok) throw new Error(came.error.reason);
  return came.value;
}

test('an activation made while the line is cut survives kill -9 and arrives exactly once', async () => {
  let { child, bridge } = await start('state');
  await value(bridge.call('kiosk.enrol', { invitation: edge.invitation, edge: edge.origin }));
  await value(bridge.call('operator.login', { username: 'op', password: 'right' }));
  expect((await value(bridge.call('state.get', {}))).reader).toMatchObject({ state: 'ready' });

  for (const [round, afterMs] of killAfterMs.entries()) {
    const number = `1${String(round).padStart(9, '0')}`;
    line.cut();
    const { activationId, mode } = await value(bridge.call('activation.begin', { number }));
    expect(mode).toBe('offline');
    await value(bridge.call('activation.capture', { activationId, position: 2 }));
    expect(await value(bridge.call('activation.submit', { activationId }))).toMatchObject({ outcome: 'recorded' });
    line.mend();
    const sync = bridge.call('sync.now', {}).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    child.kill('SIGKILL');
    await once(child, 'exit');
    await sync;
    ({ child, bridge } = await start('state'));
    const first = await bridge.call('sync.now', {});
    expect(first.ok || first.error.reason).toBe(true);
    expect((await value(bridge.call('outbox.list', { limit: 1 }))).items).toMatchObject([
      { activationId, state: 'activated' },
    ]);
    expect(edge.state.decidedNumbers.get(number)).toBe(1);
  }
  // A second process may not open the same state; the first one ends cleanly when asked to.
  await expect(start('state')).rejects.toThrow(/another process/);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a state that is damaged is said on the page, and nothing of it is touched', async () => {
  const before = await start('damaged');
  before.child.kill('SIGTERM');
  await once(before.child, 'exit');
  const file = path.join(directory, 'damaged', 'kiosk.sqlite');
  const damaged = Buffer.from(readFileSync(file)).fill(0x37, 0, 100);
  writeFileSync(file, damaged);
  const { child, bridge } = await start('damaged');
  expect(await bridge.call('state.get', {})).toEqual({ ok: false, error: { reason: 'state_damaged' } });
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect(readFileSync(file).equals(damaged)).toBe(true);
});
