// What D1 forgets by the clock: nothing that is younger, nothing that something still waits for, and only so much at once.
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Bucket, EpochSeconds } from '../../../shared/base/brands.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';

const deps = depsOf(env as unknown as Env);
const before = 1_000 as EpochSeconds;

async function left(db: D1Database, table: string, column: string): Promise<unknown[]> {
  const { results } = await db.prepare(`SELECT ${column} AS it FROM ${table} ORDER BY rowid`).all();
  return results.map((row) => row['it']);
}

describe('what the clock forgets', () => {
  it("is operators' sessions that are over for long", async () => {
    for (const [id, expiresAt] of [
      ['a', 10],
      ['b', 20],
      ['c', 2_000],
      ['d', 30],
    ] as const) {
      await env.DIRECTORY.prepare("INSERT INTO operator_sessions VALUES (?1, ?2, 'o', 'k', 'c', 1, ?3, NULL)")
        .bind(new TextEncoder().encode(id), id, expiresAt)
        .run();
    }
    await deps.operators.forgetSessions(before, 1);
    expect(await left(env.DIRECTORY, 'operator_sessions', 'id')).toEqual(['b', 'c', 'd']);
    await deps.operators.forgetSessions(before, 10);
    expect(await left(env.DIRECTORY, 'operator_sessions', 'id')).toEqual(['c']);
  });

  it('is ids of activations whose requests are refused for their age', async () => {
    const claim = (activationId: string, receivedAt: number) =>
      env.DIRECTORY.batch([
        ...deps.activations.claim({
          activationId,
          kioskId: 'k',
          requestHash: new Uint8Array(32),
          bucket: 0 as Bucket,
          receivedAt: receivedAt as EpochSeconds,
        }),
      ]);
    for (const [id, at] of [
      ['a', 10],
      ['b', 20],
      ['c', 2_000],
    ] as const)
      await claim(id, at);
    await deps.activations.forgetClaims(before, 1);
    expect(await left(env.DIRECTORY, 'activation_requests', 'activation_id')).toEqual(['b', 'c']);
    await deps.activations.forgetClaims(before, 10);
    expect(await left(env.DIRECTORY, 'activation_requests', 'activation_id')).toEqual(['c']);
  });

  it('is appointments that have ended, not one that is booked', async () => {
    for (const [id, state, startsAt] of [
      ['a', 'kept', 10],
      ['b', 'no_show', 20],
      ['c', 'cancelled', 30],
      ['d', 'booked', 40],
      ['e', 'kept', 2_000],
    ] as const) {
      await env.DIRECTORY.prepare(
        `INSERT INTO appointments (id, centre_id, starts_at, subject_id, person_hmac, state, booked_at, changed_at)
         VALUES (?, 'c', ?, 's', x'00', ?, 1, 1)`,
      )
        .bind(id, startsAt, state)
        .run();
    }
    await deps.appointments.forgetEnded(before, 2);
    expect(await left(env.DIRECTORY, 'appointments', 'id')).toHaveLength(3);
    await deps.appointments.forgetEnded(before, 10);
    expect(await left(env.DIRECTORY, 'appointments', 'id')).toEqual(['d', 'e']);
  });

  it('is notifications of long ago that a gateway was given', async () => {
    for (const [at, handedOn] of [
      [10, 1],
      [20, 0],
      [30, 1],
      [2_000, 1],
    ]) {
      await env.SHARD_0.prepare(
        `INSERT INTO notifications (subject_id, at, kind, handed_on) VALUES ('s', ?, 'recovery.at_centre', ?)`,
      )
        .bind(at, handedOn)
        .run();
    }
    await deps.notifications.forget(before, 1);
    expect(await left(env.SHARD_0, 'notifications', 'at')).toEqual([20, 30, 2_000]);
    await deps.notifications.forget(before, 10);
    expect(await left(env.SHARD_0, 'notifications', 'at')).toEqual([20, 2_000]);
  });
});
