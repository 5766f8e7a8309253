// The kiosk dies at every step of an activation, one step after the other: what is on the disk at that moment is opened by a new
// kiosk. Nothing is lost, nothing is doubled.
import { appendFileSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { fileVault } from '../../../kiosk/core/store/vault.ts';
import { type Fake, fakeEdge } from '../support/fake-edge.ts';
import { newRig, TestClock } from '../support/rig.ts';

// In memory where there is such a place: these rounds look at what was written, not at how long the disk takes.
const root = mkdtempSync(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'crash-'));
const onDuty = path.join(root, 'on-duty');
let edge: Fake;

beforeAll(async () => {
  edge = await fakeEdge();
  const rig = await newRig(edge, { directory: onDuty, vault: fileVault(onDuty) });
  await rig.onDuty();
  await rig.close();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

type Mode = 'line up' | 'line down, then up' | 'first answer lost';
let rounds = 0;

/** Runs one activation and stops the world at `step` (counted over every request and every write); answers how many steps there were. */
async function round(
  mode: Mode,
  step: number,
): Promise<{ steps: number; recorded: boolean; decided: number; torn: boolean }> {
  const number = `1${String(++rounds).padStart(9, '0')}`;
  const directory = path.join(root, `r${rounds}`);
  const image = `${directory}-image`;
  cpSync(onDuty, directory, { recursive: true });
  let steps = 0;
  let dead = false;
  const torn = rounds % 2 === 0;
  const at = (moment: 'before' | 'after') => {
    if (dead || ++steps !== step) return;
    dead = true;
    cpSync(directory, image, { recursive: true });
    // A write that the power cut: bytes that no commit has vouched for, behind those that one has.
    const wal = path.join(image, 'kiosk.sqlite-wal');
    if (torn && moment === 'before' && existsSync(wal)) appendFileSync(wal, Buffer.alloc(4_200, 0x37));
  };
  for (const [target, name] of [
    [StatementSync.prototype, 'run'],
    [DatabaseSync.prototype, 'exec'],
  ] as const) {
    const plain = (target as unknown as Record<string, (...all: unknown[]) => unknown>)[name];
    vi.spyOn(target as unknown as Record<string, () => unknown>, name).mockImplementation(function (
      this: unknown,
      ...all: unknown[]
    ) {
      at('before');
      const result = plain?.apply(this, all);
      at('after');
      return result;
    } as never);
  }
  let lost = 0;
  const line = { up: true };
  const fetch = (async (url: string, init: RequestInit) => {
    at('before');
    if (dead || !line.up) throw new TypeError('fetch failed');
    const answer = await edge.fetch(url, init);
    at('after');
    if (dead || (mode === 'first answer lost' && url.endsWith('/v1/activations') && lost++ === 0))
      throw new TypeError('terminated');
    return answer;
  }) as typeof globalThis.fetch;
  const rig = await newRig(edge, { directory, vault: fileVault(directory), fetch, backoffMs: [0] });
  line.up = mode !== 'line down, then up';
  const begun = await rig.call('activation.begin', { number });
  if (begun.ok) {
    const { activationId } = begun.value;
    await rig.call('activation.capture', { activationId, position: 2 });
    await rig.call('activation.submit', { activationId });
    line.up = true;
    await rig.call('sync.now', {});
  }
  await rig.close();
  vi.restoreAllMocks();
  if (!dead) cpSync(directory, image, { recursive: true });

  const reborn = await newRig(edge, { directory: image, vault: fileVault(image), clock: new TestClock() });
  const before = (await reborn.value('outbox.list', { limit: 10 })).items;
  const recorded = before.length === 1;
  const decidedBefore = edge.state.decidedNumbers.get(number) ?? 0;
  expect(before.length).toBeLessThanOrEqual(1);
  // What reached the edge was on the disk first.
  if (decidedBefore > 0) expect(recorded).toBe(true);
  await reborn.value('sync.now', {});
  expect(await reborn.value('sync.now', {})).toMatchObject({ sent: 0, waiting: 0 });
  const after = (await reborn.value('outbox.list', { limit: 10 })).items;
  expect(after.map((item) => item.state)).toEqual(recorded ? ['activated'] : []);
  await reborn.close();
  rmSync(directory, { recursive: true });
  rmSync(image, { recursive: true });
  return { steps, recorded, decided: edge.state.decidedNumbers.get(number) ?? 0, torn };
}

test.each<Mode>(['line up', 'line down, then up', 'first answer lost'])(
  'killed at any step while the mode is “%s”, an activation that was recorded arrives exactly once, and no other arrives',
  async (mode) => {
    const whole = await round(mode, Number.POSITIVE_INFINITY);
    expect(whole).toMatchObject({ recorded: true, decided: 1 });
    expect(whole.steps).toBeGreaterThan(20);
    const outcomes = new Set<string>();
    // Each step twice: with a clean disk and with a torn write behind the last commit.
    for (let step = 1; step <= whole.steps; step++) {
      for (let i = 0; i < 2; i++) {
        const { recorded, decided } = await round(mode, step);
        expect(decided, `step ${step}`).toBe(recorded ? 1 : 0);
        outcomes.add(String(recorded));
      }
    }
    // Both kinds of death were met, or the rounds prove nothing.
    expect(outcomes).toEqual(new Set(['true', 'false']));
  },
);
