// Credentials that expired long ago leave, and their indices are given again: never one that a list or an order still speaks of.
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Bucket, type EpochSeconds, epochSeconds, type SubjectId } from '../../../shared/base/brands.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { expiredRetention, forgetExpired } from '../../../worker/issuer/forget-expired.ts';
import { statusListPublisher } from '../../../worker/issuer/routes.ts';
import { credentialInsert } from '../../../worker/store/credentials.ts';
import { setUpKeys } from './issuing-edge.ts';

const deps = depsOf(env as unknown as Env);
const { credentials, statusEntries } = deps;
const day = 86_400;
const start = deps.now();
const inDays = (days: number) => epochSeconds(start + days * day);
/** Of bucket 0: shard 0. */
const subjectId = '000AAAAAAAAAAAAAAAAAAAAAA' as SubjectId;
const indices = [11, 12, 13, 14, 15];

async function issued(statusIdx: number, expiresAt: number, status = 0): Promise<void> {
  await env.DIRECTORY.prepare(
    'INSERT INTO status_entries (idx, bucket, status, reason, changed_at) VALUES (?, 0, ?, ?, ?)',
  )
    .bind(statusIdx, status, status === 0 ? null : 'lost', inDays(-200))
    .run();
  const hash = `hash-${statusIdx}`;
  await credentialInsert(env.SHARD_0, {
    hash,
    subjectId,
    profile: 'A',
    statusIdx,
    kid: 'k',
    issuedAt: 0,
    expiresAt,
  }).run();
}

const run = (days: number, limits: Partial<typeof expiredRetention> = {}) =>
  forgetExpired({ credentials, statusEntries, now: () => inDays(days) }, { ...expiredRetention, ...limits });

async function kept(): Promise<number[]> {
  const { results } = await env.SHARD_0.prepare('SELECT status_idx FROM credentials ORDER BY 1').all();
  return results.map((row) => row['status_idx'] as number);
}

async function taken(): Promise<(number | null)[][]> {
  const { results } = await env.DIRECTORY.prepare('SELECT idx, status, free_at FROM status_entries ORDER BY idx').all();
  return results.map((row) => [row['idx'], row['status'], row['free_at']] as (number | null)[]);
}

/** The cron's publisher, in `days` days. */
async function publish(days: number): Promise<void> {
  vi.useFakeTimers({ now: inDays(days) * 1000, toFake: ['Date'] });
  try {
    deps.keyRing.forget();
    await statusListPublisher(deps)();
  } finally {
    // The same Date is every file's.
    vi.useRealTimers();
    deps.keyRing.forget();
  }
}

beforeAll(async () => {
  await setUpKeys();
});

beforeEach(async () => {
  await env.SHARD_0.prepare('DELETE FROM credentials').run();
  await env.DIRECTORY.prepare('DELETE FROM status_entries').run();
});

describe('a credential that expired long ago', () => {
  it('leaves, says valid in the next list, and its index is given again after that', async () => {
    await issued(11, inDays(-31));
    await issued(12, inDays(-31), 1);
    await issued(13, inDays(-29), 1);
    await publish(0);
    expect(await run(0)).toEqual({ forgotten: 2, freed: 0 });
    expect(await kept()).toEqual([13]);
    const freeAt = inDays(8);
    expect(await taken()).toEqual([
      [11, 0, freeAt],
      [12, 0, freeAt],
      [13, 1, null],
    ]);
    // Nobody's any more, and nobody else's yet.
    expect(await statusEntries.find(12)).toBeUndefined();
    expect(await statusEntries.find(13)).toBeDefined();
    expect((await run(1)).freed).toBe(0);
    // No list was published since: whoever holds the last one still reads "revoked" at 12.
    expect(await statusEntries.free(freeAt, 10)).toBe(1);
    expect((await taken()).map(([idx]) => idx)).toEqual([12, 13]);
    await publish(9);
    expect(await statusEntries.free(inDays(9), 10)).toBe(1);
    await issued(12, inDays(100));
  });

  it('stays while its status is still to move', async () => {
    await issued(11, inDays(-31));
    await env.SHARD_0.prepare(
      `INSERT INTO credential_orders (subject_id, status_idx, becomes, reason, actor, at)
       VALUES (?, 11, 'revoked', 'account_closed', 'system', 1)`,
    )
      .bind(subjectId)
      .run();
    expect((await run(0)).forgotten).toBe(0);
    await env.SHARD_0.prepare('DELETE FROM credential_orders').run();
    expect((await run(0)).forgotten).toBe(1);
  });

  it('is done again when a run was cut off, and its index is not free before its row is gone', async () => {
    await issued(11, inDays(-31));
    const broken = vi.spyOn(credentials, 'forget').mockRejectedValue(new Error('cut off'));
    await expect(run(0)).rejects.toThrow('cut off');
    expect(await taken()).toEqual([[11, 0, inDays(8)]]);
    await expect(run(20)).rejects.toThrow('cut off');
    expect(await taken()).toHaveLength(1);
    broken.mockRestore();
    await publish(20);
    expect(await run(21)).toEqual({ forgotten: 1, freed: 1 });
    expect([await kept(), await taken()]).toEqual([[], []]);
  });

  it('leaves with no more than its measure at once, the oldest first', async () => {
    for (const idx of indices) await issued(idx, inDays(-100 - idx));
    expect((await run(0, { rowsARun: 2 })).forgotten).toBe(2);
    expect(await kept()).toEqual([11, 12, 13]);
    expect((await run(0, { rowsARun: 2 })).forgotten).toBe(2);
    expect((await run(0, { rowsARun: 2 })).forgotten).toBe(1);
    await publish(9);
    // Of as many turns as there are shards.
    expect((await run(9, { rowsARun: 1 })).freed).toBe(4);
    expect((await run(9, { rowsARun: 1 })).freed).toBe(1);
  });

  it('is found by an index', async () => {
    const sql = `EXPLAIN QUERY PLAN SELECT hash, status_idx FROM credentials
      WHERE expires_at < 1 AND status_idx NOT IN (SELECT status_idx FROM credential_orders) ORDER BY expires_at LIMIT 9`;
    const { results } = await env.SHARD_0.prepare(sql).all<{ detail: string }>();
    expect(results[0]?.detail).toBe('SEARCH credentials USING INDEX credentials_expires (expires_at<?)');
  });
});

describe('an index that is being given', () => {
  it('is none of those that are retired', async () => {
    await issued(11, inDays(-31));
    await run(0);
    // Every candidate is 11.
    const eleven = (bytes: number) => new Uint8Array(new Uint32Array(bytes / 4).fill(11).buffer);
    await expect(statusEntries.reserve(0 as Bucket, start as EpochSeconds, eleven)).rejects.toThrow('no free status');
  });
});
