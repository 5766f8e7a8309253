// What holds over all isolates: one business's limit and its idempotency keys, by two isolates' memories over one real object, and by
// an object that does not answer.
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { LeasedLimit, type Lessor } from '../../../worker/http/leased-limit.ts';
import { AnsweredBefore } from '../../../worker/verifier/answered-before.ts';
import { type BusinessObject, businessObjectName, businessSlices, claimMs } from '../../../worker/verifier/business.ts';

const { BUSINESS } = env as unknown as Env;
const { vault } = depsOf(env as unknown as Env);
const stubOf = (id: string) => BUSINESS.get(BUSINESS.idFromName(businessObjectName(id)));
const objectOf = (id: string) => stubOf(id) as unknown as BusinessObject;
const gone = (): never => {
  throw new Error('the object does not answer');
};
const limitOf = (lessor: Lessor, nowMs: () => number) => new LeasedLimit(lessor, nowMs, businessSlices);
const later = (work: Promise<unknown>) => void work;

function answers(objects = objectOf) {
  const place = (row: string) => ({ table: 'answers', row, column: 'sealed' });
  return new AnsweredBefore({
    objects,
    seal: (name, answer) => vault.sealWithMaster(place(name), answer),
    open: async (name, sealed) => {
      const opened = await vault.openWithMaster(place(name), sealed);
      return opened.ok ? opened.value : undefined;
    },
    nowMs: Date.now,
  });
}

export function sharedMemoryCases(): void {
  describe('the limit of a business', () => {
    async function takeUntilRefused(limits: readonly LeasedLimit[], cost: number, name: string) {
      const taken = limits.map(() => 0);
      let refusals = 0;
      for (let i = 0; refusals < limits.length * 3 && i < 5_000; i++) {
        const at = i % limits.length;
        if ((await limits[at]?.take(name, cost, later)) === 0) taken[at] = (taken[at] ?? 0) + cost;
        else refusals++;
      }
      return taken;
    }

    it('is one for two isolates: together they get one burst, not two', async () => {
      const startedMs = Date.now();
      const taken = await takeUntilRefused([limitOf(objectOf, Date.now), limitOf(objectOf, Date.now)], 10, 'two');
      const total = taken.reduce((a, b) => a + b, 0);
      // A burst of 2,000, what is free in each, and what flowed in meanwhile; slices that are not used up are at most what is missing.
      expect(total).toBeGreaterThan(1_500);
      expect(total).toBeLessThanOrEqual(2_000 + 2 * 20 + ((Date.now() - startedMs) / 1000 + 1) * 200);
      for (const one of taken) expect(one).toBeGreaterThan(0);
    });

    it('costs few questions: a busy isolate asks once in about two hundred checks', async () => {
      let leases = 0;
      const counting = (id: string) => ({
        lease: (caller: string, least: number, wanted: number) => {
          leases++;
          return objectOf(id).lease(caller, least, wanted);
        },
      });
      const limit = limitOf(counting, () => 0);
      const work: Promise<unknown>[] = [];
      for (let i = 0; i < 1_500; i++) {
        expect(await limit.take('busy', 1, (one) => void work.push(one))).toBe(0);
        if (i % 10 === 0) await Promise.all(work);
      }
      expect(leases).toBeLessThan(16);
    });

    it('a slice is as large as what will be used of it before it is forgotten, and never a business’s whole burst', async () => {
      let nowMs = 0;
      let wantedLast = 0;
      const limit = limitOf(
        () => ({
          lease: async (_caller, _least, wanted) => {
            wantedLast = wanted;
            return { granted: wanted, waitSeconds: 0 };
          },
        }),
        () => nowMs,
      );
      const askedFor = async (seconds: number, perSecond: number) => {
        const work: Promise<unknown>[] = [];
        for (let i = 0; i < perSecond * seconds; i++) {
          nowMs += 1000 / perSecond;
          await limit.take('paced', 1, (one) => void work.push(one));
          await Promise.all(work.splice(0));
        }
        return wantedLast;
      };
      expect(await askedFor(9, 400)).toBe(500);
      const slower = await askedFor(40, 25);
      expect(slower).toBeGreaterThanOrEqual(80);
      expect(slower).toBeLessThanOrEqual(140);
    });

    it('an isolate counts alone while the object does not answer', async () => {
      const limit = limitOf(gone, () => 0);
      expect(await limit.take('a', 1_990, later)).toBe(0);
      expect(await limit.take('a', 120, later)).toBe(1);
    });

    it('a slice that was not used is forgotten, and says when to come again', async () => {
      let nowMs = 0;
      const granted: number[] = [];
      const limit = limitOf(
        () => ({
          lease: async (_caller, _least, wanted) => {
            granted.push(wanted);
            return granted.length < 3 ? { granted: wanted, waitSeconds: 0 } : { granted: 0, waitSeconds: 7 };
          },
        }),
        () => nowMs,
      );
      // A few are free, and nobody is asked.
      expect(limit.take('a', 10, later)).toBe(0);
      expect(granted).toEqual([]);
      expect(await limit.take('a', 30, later)).toBe(0);
      nowMs = 11_000;
      expect(limit.take('a', 5, later)).toBe(0);
      expect(await limit.take('a', 40, later)).toBe(0);
      expect(granted).toEqual([40, 40]);
      expect(await limit.take('a', 100, later)).toBe(7);
      // It does not ask again at once.
      expect(await limit.take('a', 100, later)).toBe(1);
      expect(granted).toHaveLength(3);
    });
  });

  describe('an idempotency key', () => {
    it('is known to every isolate, and its first answer is everybody’s', async () => {
      const [one, two] = [answers(), answers()];
      expect(await one.claim('shop', 'key-00001', 'body')).toBeUndefined();
      expect(await one.keep('shop', 'key-00001', 'body', 'first')).toBe('first');
      expect(await two.claim('shop', 'key-00001', 'body')).toBe('first');
      expect(await two.claim('shop', 'key-00001', 'another body')).toBe('other_body');
      // The second judged the same code at the same time.
      expect(await two.keep('shop', 'key-00001', 'body', 'second')).toBe('first');
      expect(await two.keep('shop', 'key-00001', 'another body', 'third')).toBe('other_body');
      expect(await two.claim('other shop', 'key-00001', 'body')).toBeUndefined();
    });

    it('whose answer is being made is waited for by every isolate; once it was refused, the next one tries', async () => {
      const [one, two, three] = [answers(), answers(), answers()];
      expect(await one.claim('busy-shop', 'key-00004', 'body')).toBeUndefined();
      const others = [two.claim('busy-shop', 'key-00004', 'body'), three.claim('busy-shop', 'key-00004', 'another')];
      const first = await Promise.race([...others, one.keep('busy-shop', 'key-00004', 'body', 'judged once')]);
      expect(first).toBe('judged once');
      expect(await Promise.all(others)).toEqual(['judged once', 'other_body']);

      expect(await one.claim('busy-shop', 'key-00005', 'body')).toBeUndefined();
      const turns = [two.claim('busy-shop', 'key-00005', 'body'), three.claim('busy-shop', 'key-00005', 'body')];
      await one.release('busy-shop', 'key-00005');
      // One of the two is told that it is its turn, the other waits on.
      expect(await Promise.race(turns)).toBeUndefined();
      await two.keep('busy-shop', 'key-00005', 'body', 'at last');
      expect((await Promise.all(turns)).filter((answer) => answer !== undefined)).toEqual(['at last']);
    });

    it('that was claimed by one who is gone is free again after five seconds', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      try {
        expect(await answers().claim('lost-shop', 'key-00006', 'body')).toBeUndefined();
        const next = answers().claim('lost-shop', 'key-00006', 'body');
        await expect(Promise.race([next, scheduler.wait(20).then(() => 'waits')])).resolves.toBe('waits');
        // The object's timers are the object's to run.
        await runInDurableObject(stubOf('lost-shop') as never, () => void vi.advanceTimersByTime(claimMs));
        expect(await next).toBeUndefined();
        await answers().release('lost-shop', 'key-00006');
      } finally {
        vi.useRealTimers();
      }
    });

    it('leaves nothing readable in the object', async () => {
      await answers().keep('sealed-shop', 'key-00002', 'body', 'Nora Salem');
      const kept = await objectOf('sealed-shop').claimAnswer('sealed-shop', 'key-00002');
      expect(kept?.sealed.length).toBeGreaterThan(10);
      expect(new TextDecoder().decode(kept?.sealed)).not.toContain('Nora');
      // Swept by its alarm when its time is over, not before.
      await runDurableObjectAlarm(stubOf('sealed-shop') as never);
      expect(await objectOf('sealed-shop').claimAnswer('sealed-shop', 'key-00002')).toBeDefined();
    });

    it('is remembered by the isolate alone while the object does not answer', async () => {
      const one = answers(gone);
      expect(await one.claim('shop', 'key-00003', 'body')).toBeUndefined();
      expect(await one.keep('shop', 'key-00003', 'body', 'first')).toBe('first');
      expect(await one.claim('shop', 'key-00003', 'body')).toBe('first');
    });
  });
}
