// What an isolate remembers by its clock, when that clock is set back: it is asked for again, and never believed till the clock is there.
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { elapsed } from '../../../shared/base/elapsed.ts';
import { publicPaths } from '../../../shared/contract/public-paths.ts';
import type { Signer } from '../../../shared/cose/sign1.ts';
import { webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { ClientCache } from '../../../worker/clients/client-cache.ts';
import { LeasedLimit } from '../../../worker/http/leased-limit.ts';
import { CertifiedKeys } from '../../../worker/issuer/certified-keys.ts';
import { KeyRing } from '../../../worker/issuer/key-ring.ts';
import { businessSlices } from '../../../worker/verifier/business.ts';
import { Callers } from '../../../worker/verifier/callers.ts';
import { Lists, publishedFiles } from '../../../worker/verifier/lists.ts';
import { HeldSigner } from '../../../worker/verifier/receipt.ts';

import { roots, setUpKeys } from '../issuer/issuing-edge.ts';

const hour = 3_600_000;
const background: Promise<unknown>[] = [];
const later = (work: Promise<unknown>) => void background.push(work);

/** Counts, and gives back what the store answers. */
type Ask = <T>(answer: T) => T;

/** Looks once, sets the clock back an hour, looks twice more within the second: how often each look asked the store. */
async function asked(make: (nowMs: () => number, ask: Ask) => () => unknown): Promise<number[]> {
  let nowMs = Date.UTC(2026, 0, 1);
  let count = 0;
  const look = make(
    () => nowMs,
    (answer) => {
      count++;
      return answer;
    },
  );
  const after: number[] = [];
  const lookAndCount = async () => {
    await look();
    await Promise.all(background.splice(0));
    after.push(count);
    count = 0;
  };
  await lookAndCount();
  nowMs += 1_000;
  await lookAndCount();
  nowMs -= hour;
  await lookAndCount();
  nowMs += 1_000;
  await lookAndCount();
  return after.map((each) => Math.min(each, 1));
}
const afresh = [1, 0, 1, 0];

describe('after the clock was set back', () => {
  const vault = {} as never;

  it('a time still to come is long ago', () => {
    expect([elapsed(5, 3), elapsed(3, 3), elapsed(3, 5)]).toEqual([2, 0, Number.POSITIVE_INFINITY]);
  });

  it('businesses are looked up again, and then remembered', async () => {
    const made = (nowMs: () => number, ask: Ask) => {
      const source = {
        find: async () => undefined,
        findByClient: async () => undefined,
        revokedTokens: async () => [],
        epoch: async () => ask(1),
      };
      const callers = new Callers(source, nowMs);
      return () => callers.find('b', later);
    };
    expect(await asked(made)).toEqual(afresh);
  });

  it('clients are looked up again, and then remembered', async () => {
    const made = (nowMs: () => number, ask: Ask) => {
      const cache = new ClientCache({ find: async () => undefined, epoch: async () => ask(1) }, nowMs);
      return () => cache.find('c', later);
    };
    expect(await asked(made)).toEqual(afresh);
  });

  it('keys are read again, with certificates and without', async () => {
    const store = (ask: Ask) => ({ all: async () => ask([]), add: vault, move: vault });
    const ring = (nowMs: () => number, ask: Ask) => {
      const keys = new KeyRing(store(ask), vault, () => epochSecondsOfMs(nowMs()));
      return () => keys.publicKeys();
    };
    expect(await asked(ring)).toEqual(afresh);
    const certified = (nowMs: () => number, ask: Ask) => {
      const setting = { now: () => epochSecondsOfMs(nowMs()), random: vault, origin: 'https://id.example' };
      const keys = new CertifiedKeys(store(ask), vault, setting);
      return () => keys.authorities('sdjwt');
    };
    expect(await asked(certified)).toEqual(afresh);
    const signer = (nowMs: () => number, ask: Ask) => {
      const held = new HeldSigner(async () => ask({} as Signer), nowMs);
      return () => held.current(later);
    };
    expect(await asked(signer)).toEqual(afresh);
  });

  it('a refusal of the limit is not one for an hour', async () => {
    let nowMs = Date.UTC(2026, 0, 1);
    let granted = 0;
    const limit = new LeasedLimit(
      () => ({
        lease: async (_caller, _least, wanted) => ({ granted: granted && wanted, waitSeconds: granted ? 0 : 1 }),
      }),
      () => nowMs,
      businessSlices,
    );
    expect(await limit.take('b', 100, later)).toBe(1);
    nowMs -= hour;
    granted = 1;
    expect(await limit.take('b', 100, later)).toBe(0);
  });

  it('lists are looked for again', async () => {
    await setUpKeys();
    const files = publishedFiles(env.FILES);
    const made = (nowMs: () => number, ask: Ask) => {
      const lists = new Lists({
        files: { read: async (key, etag) => ask(await files.read(key, etag)) },
        roots,
        statusListUri: env.ISSUER + publicPaths.statusList,
        ed25519: webEd25519,
        nowMs,
        now: () => epochSecondsOfMs(Date.now()),
      });
      return () => lists.current(later);
    };
    expect(await asked(made)).toEqual(afresh);
  });
});
