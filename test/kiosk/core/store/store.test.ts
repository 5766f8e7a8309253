import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StoreInUseError } from '../../../../kiosk/core/store/database.ts';
import { migrations } from '../../../../kiosk/core/store/migrations.ts';
import { sealerOf } from '../../../../kiosk/core/store/seal.ts';
import { openStore, type Store } from '../../../../kiosk/core/store/store.ts';
import { fileVault } from '../../../../kiosk/core/store/vault.ts';

let directory: string;
let store: Store | undefined;
const open = async () => {
  store = await openStore(directory, fileVault(directory));
  return store;
};
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'store-'));
});
afterEach(() => {
  store?.close();
  store = undefined;
  rmSync(directory, { recursive: true, force: true });
});

const id = 'AAAAAAAAAAAAAAAAAAAAAA';
const entry = { activationId: id, reference: 'ABCD-EFGH', recordedAt: 100 };
const body = new TextEncoder().encode('{"request":1}');

describe('the outbox', () => {
  test('keeps a request as it was given, through a restart', async () => {
    (await open()).outbox.record(entry, body);
    store?.close();
    expect((await open()).outbox.findWaiting(id)?.body).toEqual(Buffer.from(body));
  });
  test('takes the same id once', async () => {
    const { outbox } = await open();
    outbox.record(entry, body);
    outbox.record({ ...entry, recordedAt: 200 }, new TextEncoder().encode('other'));
    expect(outbox.counts().waiting).toBe(1);
    expect(outbox.findWaiting(id)?.body).toEqual(Buffer.from(body));
  });
  test('decides once, and then holds the decision and no longer the request', async () => {
    const { outbox } = await open();
    outbox.record(entry, body);
    const receipt = new Uint8Array(8);
    const issued = { credential: { text: 'QR', expiresAt: 1 } };
    expect(outbox.decide(id, { outcome: 'activated', decidedAt: 150, receipt, issued })).toBe(true);
    expect(outbox.decide(id, { outcome: 'refused', decidedAt: 151, receipt, reason: 'no_match' })).toBe(false);
    expect(outbox.find(id)).toMatchObject({ state: 'activated', decidedAt: 150, attempts: 1 });
    expect(outbox.findWaiting(id)).toBeUndefined();
    expect(outbox.issued(id)).toEqual(issued);
    outbox.record(entry, body);
    expect(outbox.find(id)?.state).toBe('activated');
  });
  test('recorded within one second, they still go and are listed in the order they were recorded', async () => {
    const { outbox } = await open();
    const ids = ['m', 'z', 'a', 'k'];
    for (const activationId of ids) outbox.record({ ...entry, activationId }, body);
    expect(outbox.waiting(1_000, 10).map(({ activationId }) => activationId)).toEqual(ids);
    expect(outbox.list(10).map(({ activationId }) => activationId)).toEqual(ids.toReversed());
  });
  test('gives what is due, oldest first', async () => {
    const { outbox } = await open();
    for (const n of [3, 1, 2]) outbox.record({ ...entry, activationId: `id-${n}`, recordedAt: n }, body);
    outbox.postpone('id-1', 'line_down', 500);
    expect(outbox.waiting(100, 10).map((w) => w.activationId)).toEqual(['id-2', 'id-3']);
    expect(outbox.waiting(500, 10).map((w) => w.activationId)).toEqual(['id-1', 'id-2', 'id-3']);
    expect(outbox.waiting(500, 1)).toHaveLength(1);
  });
  test('forgets what was issued and then the decision, never what waits', async () => {
    const { outbox } = await open();
    outbox.record(entry, body);
    outbox.record({ ...entry, activationId: 'waits' }, body);
    outbox.decide(id, { outcome: 'activated', decidedAt: 150, receipt: new Uint8Array(8), issued: {} });
    outbox.prune(151, 150);
    expect(outbox.issued(id)).toBeUndefined();
    expect(outbox.find(id)).toBeDefined();
    outbox.prune(1_000, 1_000);
    expect(outbox.find(id)).toBeUndefined();
    expect(outbox.find('waits')?.state).toBe('waiting');
  });
  test('a sealed request moved to another row cannot be opened', async () => {
    const { outbox } = await open();
    outbox.record(entry, body);
    outbox.record({ ...entry, activationId: 'other' }, body);
    store?.close();
    const raw = new DatabaseSync(path.join(directory, 'kiosk.sqlite'));
    raw.exec(
      `UPDATE outbox SET body = (SELECT body FROM outbox WHERE activation_id = 'other') WHERE activation_id = '${id}'`,
    );
    raw.close();
    const reopened = await open();
    expect(reopened.outbox.findWaiting(id)).toBeUndefined();
    expect(reopened.outbox.find(id)).toMatchObject({ state: 'waiting', lastProblem: 'entry_damaged' });
    expect(reopened.outbox.findWaiting('other')?.body).toEqual(Buffer.from(body));
  });
});

describe('the file', () => {
  test('belongs to its owner alone, and so do its key and its directory', async () => {
    await open();
    for (const [name, mode] of [
      ['kiosk.sqlite', 0o600],
      ['vault.key', 0o600],
    ] as const) {
      expect(statSync(path.join(directory, name)).mode & 0o777).toBe(mode);
    }
  });
  test('is one process’s at a time', async () => {
    await open();
    const other = new DatabaseSync(path.join(directory, 'kiosk.sqlite'));
    expect(() => other.exec('CREATE TABLE x (y)')).toThrow(/locked/);
    other.close();
    await expect(openStore(directory, fileVault(directory))).rejects.toThrow(StoreInUseError);
  });
  test('without its key, with another key, or with a key that others may read, is not opened', async () => {
    (await open()).outbox.record(entry, body);
    store?.close();
    const key = path.join(directory, 'vault.key');
    chmodSync(key, 0o644);
    await expect(open()).rejects.toThrow(/mode 600/);
    chmodSync(key, 0o600);
    writeFileSync(key, Buffer.alloc(32, 1));
    await expect(open()).rejects.toThrow();
    rmSync(key);
    await expect(open()).rejects.toThrow();
    store = undefined;
  });
  test('of a newer kiosk is left alone', async () => {
    await open();
    store?.close();
    const raw = new DatabaseSync(path.join(directory, 'kiosk.sqlite'));
    raw.exec(`PRAGMA user_version = ${migrations.length + 1}`);
    raw.close();
    await expect(open()).rejects.toThrow(/newer version/);
    store = undefined;
  });
});

describe('lists', () => {
  test('a version never goes back', async () => {
    const { lists } = await open();
    lists.keep('trust', { bytes: Buffer.from('two'), version: 2, etag: '"2"' }, 10);
    lists.keep('trust', { bytes: Buffer.from('one'), version: 1 }, 20);
    expect(lists.load('trust')).toMatchObject({ version: 2, fetchedAt: 10, etag: '"2"' });
    lists.confirm('trust', 30);
    expect(lists.load('trust')).toMatchObject({ fetchedAt: 10, confirmedAt: 30 });
  });
});

describe('facts', () => {
  test('one that no longer fits its shape is as if unknown', async () => {
    const { facts } = await open();
    facts.keep('lastContactAt', 5);
    expect(facts.load('lastContactAt')).toBe(5);
    facts.keep('lastContactAt', 'soon' as never);
    expect(facts.load('lastContactAt')).toBeUndefined();
  });
});

describe('sealing', () => {
  const sealer = sealerOf(Buffer.alloc(32, 7));
  const cell = { table: 't', row: 'r', column: 'c' };
  test('opens for its own cell only, and not when a byte has changed', () => {
    const sealed = sealer.sealText('secret', cell);
    expect(sealer.openText(sealed, cell)).toBe('secret');
    for (const other of [
      { ...cell, table: 'u' },
      { ...cell, row: 's' },
      { ...cell, column: 'd' },
    ]) {
      expect(() => sealer.openText(sealed, other)).toThrow();
    }
    for (let i = 0; i < sealed.length; i++) {
      const changed = Uint8Array.from(sealed);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(() => sealer.open(changed, cell), `byte ${i}`).toThrow();
    }
    expect(() => sealer.open(sealed.subarray(0, 20), cell)).toThrow(/malformed/);
    expect(() => sealerOf(Buffer.alloc(32, 8)).open(sealed, cell)).toThrow();
  });
  test('never gives the same blob twice', () => {
    expect(Buffer.from(sealer.sealText('x', cell)).equals(sealer.sealText('x', cell))).toBe(false);
  });
});

describe('the journal of checks', () => {
  test('gives back what was checked, newest first', async () => {
    const { checks } = await open();
    checks.append({ at: 1, context: 'gate', outcome: 'rejected', check: 'not_expired' });
    checks.append({ at: 2, context: 'counter', outcome: 'accepted', profile: 'S' });
    expect(checks.recent(5)).toEqual([
      { at: 2, context: 'counter', outcome: 'accepted', profile: 'S' },
      { at: 1, context: 'gate', outcome: 'rejected', check: 'not_expired' },
    ]);
  });
});
