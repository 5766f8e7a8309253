// What online verification keeps in the isolate, with clocks and sources of the test's own: callers, lists, receipt key, journal.
import { describe, expect, it } from 'vitest';
import { type EpochSeconds, epochSeconds } from '../../../shared/base/brands.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeCbor } from '../../../shared/cbor/encode.ts';
import type { CborKey, CborValue } from '../../../shared/cbor/value.ts';
import { receiptKeys, receiptKinds } from '../../../shared/contract/receipt.ts';
import { maxBatchCodes } from '../../../shared/contract/verify.ts';
import { type CoseKey, kidOf } from '../../../shared/cose/key.ts';
import { ed25519Signer, signSign1 } from '../../../shared/cose/sign1.ts';
import { CHECK_NAMES } from '../../../shared/credential/checks/table.ts';
import { generateEd25519, webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { StatusBitmap } from '../../../shared/trust/status-bitmap.ts';
import { signStatusList } from '../../../shared/trust/status-list.ts';
import { signTrustList, type TrustKey } from '../../../shared/trust/trust-list.ts';
import { entryText, type JournalEntry } from '../../../worker/journal/entry.ts';
import { Callers } from '../../../worker/verifier/callers.ts';
import { JournalBatch } from '../../../worker/verifier/journal-batch.ts';
import { Lists, listFiles, type PublishedFiles } from '../../../worker/verifier/lists.ts';
import {
  encodeBatchReceipt,
  encodeReceipt,
  HeldSigner,
  signBatchReceipt,
  signReceipt,
} from '../../../worker/verifier/receipt.ts';
import type { Verifier } from '../../../worker/verifier/verifier.ts';

const uri = 'https://id.example/v1/status-list';

describe('callers', () => {
  const verifier: Verifier = {
    id: 'v',
    name: { ar: 'أ', en: 'A' },
    keyHash: new Uint8Array(32),
    policy: { contexts: ['counter'], claims: [], profiles: ['S', 'D', 'C', 'A'], maxListAgeSeconds: 60 },
    state: 'active',
    createdAt: epochSeconds(1),
    clientId: undefined,
  };

  function setUp() {
    const world = { nowMs: 0, epoch: 1, state: 'active' as Verifier['state'], finds: 0, epochs: 0 };
    const source = {
      find: async () => {
        world.finds++;
        return { ...verifier, state: world.state };
      },
      findByClient: async () => ({ ...verifier, state: world.state, clientId: 'c' }),
      revokedTokens: async () => (world.epoch > 1 ? ['taken-back'] : []),
      epoch: async () => {
        world.epochs++;
        return world.epoch;
      },
    };
    const background: Promise<unknown>[] = [];
    const callers = new Callers(source, () => world.nowMs);
    const later = (work: Promise<unknown>) => void background.push(work);
    return { world, background, callers, later, find: () => callers.find('v', later) };
  }

  it('a known caller is answered at once, without a question', async () => {
    const { world, find } = setUp();
    await find();
    world.nowMs = 1_500;
    expect(find()).not.toBeInstanceOf(Promise);
    expect(world).toMatchObject({ finds: 1, epochs: 1 });
  });

  it('a token that was taken back is known with the next look at the epoch', async () => {
    const { world, callers, later } = setUp();
    await callers.findByClient('c', later);
    expect(callers.isRevoked('taken-back')).toBe(false);
    Object.assign(world, { epoch: 2, nowMs: 5_000 });
    expect(await callers.findByClient('c', later)).toMatchObject({ clientId: 'c' });
    expect(callers.isRevoked('taken-back')).toBe(true);
    expect(callers.isRevoked('another')).toBe(false);
  });

  it('under load a suspension is seen by a question in the background', async () => {
    const { world, background, find } = setUp();
    await find();
    Object.assign(world, { epoch: 2, state: 'suspended', nowMs: 2_500 });
    expect(find()).toMatchObject({ state: 'active' });
    expect(find()).toMatchObject({ state: 'active' });
    expect(background).toHaveLength(1);
    await Promise.all(background);
    expect(await find()).toMatchObject({ state: 'suspended' });
  });

  it('after a rest the question comes before the answer, so no suspension is older than five seconds', async () => {
    const { world, find } = setUp();
    await find();
    Object.assign(world, { epoch: 2, state: 'suspended', nowMs: 4_600 });
    expect(await find()).toMatchObject({ state: 'suspended' });
  });

  it('a caller is loaded anew after thirty seconds even when nobody raised the epoch', async () => {
    const { world, find } = setUp();
    await find();
    Object.assign(world, { state: 'suspended', nowMs: 30_001 });
    expect(await find()).toMatchObject({ state: 'suspended' });
  });
});

describe('lists', () => {
  async function setUp() {
    const [rootA, rootB, statusKey] = await Promise.all([0, 1, 2].map(() => generateEd25519({ extractable: false })));
    if (!rootA || !rootB || !statusKey) throw new Error('no keys');
    const cose = (pair: typeof rootA): CoseKey => ({ curve: 'Ed25519', x: pair.publicRaw });
    const signerOf = (pair: typeof rootA) => ed25519Signer(pair.privateKey, kidOf(cose(pair)));
    const at = (seconds: number) => seconds as EpochSeconds;
    const key = (state: TrustKey['state']): Omit<TrustKey, 'kid'> => ({
      issuer: 'https://id.example',
      key: cose(statusKey),
      usableFrom: at(0),
      signUntil: at(1e9),
      acceptUntil: at(1e9),
      purposes: ['status'],
      state,
      compromisedAt: state === 'compromised' ? at(1) : undefined,
    });
    const files = new Map<string, { etag: string; bytes: Uint8Array }>();
    let etags = 0;
    const world = {
      nowMs: 1_000_000,
      broken: false,
      reads: 0,
      async trust(version: number, prevHash: Uint8Array, state: TrustKey['state'] = 'active', by = [rootA]) {
        const content = {
          issuer: 'https://id.example',
          version,
          issuedAt: at(1000),
          expiresAt: at(90_000),
          prevHash,
          roots: [cose(rootA), cose(rootB)],
          keys: [key(state)],
        };
        files.set(listFiles.trustList, { etag: `t${++etags}`, bytes: await signTrustList(content, by.map(signerOf)) });
      },
      async status(issuedAt: number, revoked: readonly number[]) {
        const bitmap = StatusBitmap.empty(2, 1000);
        for (const index of revoked) bitmap.set(index, 1);
        const list = { uri, issuedAt: at(issuedAt), expiresAt: undefined, ttlSeconds: undefined, bitmap };
        files.set(listFiles.statusList, {
          etag: `s${++etags}`,
          bytes: await signStatusList(list, signerOf(statusKey)),
        });
      },
    };
    const source: PublishedFiles = {
      async read(name, etag) {
        world.reads++;
        if (world.broken) throw new Error('R2 is away');
        const file = files.get(name);
        return file === undefined ? 'missing' : file.etag === etag ? 'same' : file;
      },
    };
    const lists = new Lists({
      files: source,
      roots: [cose(rootA), cose(rootB)],
      statusListUri: uri,
      ed25519: webEd25519,
      nowMs: () => world.nowMs,
      now: () => epochSeconds(Math.floor(world.nowMs / 1000)),
    });
    const background: Promise<unknown>[] = [];
    return {
      world,
      files,
      background,
      roots: [rootA, rootB],
      lists: () => lists.current((work) => void background.push(work)),
    };
  }

  it('there is nothing to check against before a trust list is published', async () => {
    const { lists } = await setUp();
    expect(await lists()).toBeUndefined();
  });

  it('are held without a question for ten seconds and looked at behind the answer after that', async () => {
    const { world, background, lists } = await setUp();
    await world.trust(1, new Uint8Array(32));
    await world.status(1000, []);
    await lists();
    const { reads } = world;
    world.nowMs += 9_000;
    expect(lists()).not.toBeInstanceOf(Promise);
    expect(world.reads).toBe(reads);
    await world.status(1005, [5]);
    world.nowMs += 2_000;
    const old = lists();
    expect(old).not.toBeInstanceOf(Promise);
    await Promise.all(background);
    const fresh = await lists();
    expect(fresh?.status.find(uri, 5)?.status).toBe(1);
  });

  it('after a long rest are looked at before the answer', async () => {
    const { world, lists } = await setUp();
    await world.trust(1, new Uint8Array(32));
    await world.status(1000, []);
    await lists();
    await world.status(1030, [5]);
    world.nowMs += 31_000;
    expect((await lists())?.status.find(uri, 5)?.status).toBe(1);
  });

  it('an older status list never takes a newer one’s place', async () => {
    const { world, lists } = await setUp();
    await world.trust(1, new Uint8Array(32));
    await world.status(1000, [5]);
    await lists();
    await world.status(900, []);
    world.nowMs += 31_000;
    expect((await lists())?.status.find(uri, 5)?.status).toBe(1);
  });

  it('what is held stays when the store is away, and a forged list is not taken', async () => {
    const { world, files, lists } = await setUp();
    await world.trust(1, new Uint8Array(32));
    await world.status(1000, [5]);
    const held = await lists();
    world.broken = true;
    world.nowMs += 31_000;
    expect((await lists())?.trust).toBe(held?.trust);
    world.broken = false;
    const file = files.get(listFiles.trustList);
    if (!file) throw new Error('no file');
    const forged = file.bytes.slice();
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
    files.set(listFiles.trustList, { etag: 'forged', bytes: forged });
    world.nowMs += 31_000;
    expect((await lists())?.trust).toBe(held?.trust);
  });

  it('that contradict each other are remembered until both roots have settled it; what one root signs later does not', async () => {
    const { world, roots, lists } = await setUp();
    const none = new Uint8Array(32);
    const look = async () => {
      world.nowMs += 31_000;
      return (await lists())?.trust;
    };
    await world.trust(1, none);
    await world.status(1000, []);
    const held = await look();
    expect(held?.contradicted).toBe(false);
    await world.trust(1, none.with(0, 1));
    expect([(await look())?.contradicted, (await look())?.list.hash]).toEqual([true, held?.list.hash]);
    await world.trust(1, none);
    expect((await look())?.contradicted).toBe(true);
    await world.trust(2, held?.list.hash ?? none);
    const byOne = await look();
    expect([byOne?.list.version, byOne?.contradicted]).toEqual([2, true]);
    await world.trust(3, byOne?.list.hash ?? none, 'active', roots);
    expect((await look())?.contradicted).toBe(false);
  });

  it('an older status list does not come back beside the next trust list, while its signer is believed', async () => {
    const { world, lists } = await setUp();
    await world.trust(1, new Uint8Array(32));
    await world.status(1000, [5]);
    const held = await lists();
    await world.trust(2, held?.trust.list.hash ?? new Uint8Array(32));
    await world.status(900, []);
    world.nowMs += 31_000;
    const next = await lists();
    expect([next?.trust.list.version, next?.status.find(uri, 5)]).toEqual([2, undefined]);
    await world.status(1001, [5]);
    world.nowMs += 31_000;
    expect((await lists())?.status.find(uri, 5)?.status).toBe(1);
  });

  it('a status list whose key the next trust list calls compromised counts no more', async () => {
    const { world, lists } = await setUp();
    await world.trust(1, new Uint8Array(32));
    await world.status(1000, [5]);
    const held = await lists();
    await world.trust(2, held?.trust.list.hash ?? new Uint8Array(32), 'compromised');
    world.nowMs += 31_000;
    const next = await lists();
    expect(next?.trust.list.version).toBe(2);
    expect(next?.statusIssuedAt).toBeUndefined();
    expect(next?.status.find(uri, 5)).toBeUndefined();
  });
});

describe('the receipt key', () => {
  it('is at hand, renewed behind the answer, and awaited only after thirty seconds', async () => {
    let nowMs = 0;
    let loads = 0;
    const pair = await generateEd25519({ extractable: false });
    const held = new HeldSigner(
      async () => {
        loads++;
        return ed25519Signer(pair.privateKey);
      },
      () => nowMs,
    );
    const background: Promise<unknown>[] = [];
    const current = () => held.current((work) => void background.push(work));
    await current();
    nowMs = 14_000;
    expect(current()).not.toBeInstanceOf(Promise);
    expect(loads).toBe(1);
    nowMs = 16_000;
    expect(current()).not.toBeInstanceOf(Promise);
    await Promise.all(background);
    expect(loads).toBe(2);
    nowMs = 46_001;
    expect(current()).toBeInstanceOf(Promise);
  });
});

describe('the journal of the hot path', () => {
  const entry = (n: number): JournalEntry => ({
    at: epochSeconds(n),
    event: 'verification.answered',
    actor: 'verifier:v',
  });

  function setUp(fail = 0) {
    const groups: (readonly JournalEntry[])[] = [];
    const work: Promise<unknown>[] = [];
    let failures = fail;
    const sink = {
      append: async (group: string) => {
        if (failures-- > 0) throw new Error('moved');
        groups.push(JSON.parse(group) as JournalEntry[]);
      },
    };
    const batch = new JournalBatch(sink, async () => {});
    return { groups, work, add: (n: number) => batch.add(entryText(entry(n)), (later) => void work.push(later)) };
  }

  it('one request carries the group of all that came with it', async () => {
    const { groups, work, add } = setUp();
    for (let n = 0; n < 7; n++) add(n);
    expect(work).toHaveLength(1);
    await Promise.all(work);
    expect(groups.map((group) => group.length)).toEqual([7]);
  });

  it('a full group goes at once', async () => {
    const { groups, work, add } = setUp();
    for (let n = 0; n < 400; n++) add(n);
    expect(work).toHaveLength(2);
    await Promise.all(work);
    expect(groups.flat()).toHaveLength(400);
  });

  it('nothing is lost when the object has moved, nor when it stays away and the next group takes them along', async () => {
    const moved = setUp(2);
    moved.add(1);
    await Promise.all(moved.work);
    expect(moved.groups.flat()).toHaveLength(1);
    const away = setUp(4);
    away.add(1);
    await Promise.all(away.work);
    expect(away.groups).toEqual([]);
    away.add(2);
    await Promise.all(away.work);
    expect(away.groups.flat().map((kept) => kept.at)).toEqual([1, 2]);
  });
});

describe('a receipt', () => {
  it('is the COSE_Sign1 of the map that the generic encoder makes', async () => {
    const pair = await generateEd25519({ extractable: false });
    const signer = ed25519Signer(pair.privateKey, new Uint8Array(8).fill(3));
    for (const [verdict, context, profile] of [
      [{ outcome: 'accepted' }],
      [{ outcome: 'accepted' }, 'age', 'S'],
      [{ outcome: 'rejected', check: 'not_revoked', stage: 'R' }, 'counter', 'D'],
      [{ outcome: 'rejected', check: 'issuer_known', stage: 'K' }, 'border'],
      [{ outcome: 'undecided', check: 'a_check_with_a_name_of_more_than_23_letters', stage: 'R' }, undefined, 'V'],
    ] as const) {
      const said = { hash: new Uint8Array(32).fill(9), verdict, verifierId: 'abcdefghijkl', at: 1_795_000_000 };
      const receipt = { ...said, context, profile };
      const map = new Map<CborKey, CborValue>([
        [receiptKeys.kind, receiptKinds.verification],
        [receiptKeys.object, receipt.hash],
        [receiptKeys.outcome, verdict.outcome],
        [receiptKeys.actor, receipt.verifierId],
        [receiptKeys.at, receipt.at],
      ]);
      if (verdict.outcome !== 'accepted') map.set(receiptKeys.reason, verdict.check);
      if (context !== undefined) map.set(receiptKeys.context, context);
      if (profile !== undefined) map.set(receiptKeys.profile, profile);
      expect(encodeReceipt(receipt)).toEqual(encodeCbor(map));
      expect(await signReceipt(receipt, signer)).toBe(encodeBase64Url(await signSign1(encodeCbor(map), signer)));
    }
  });

  it('of a batch is so too, of one code and of a hundred', async () => {
    const pair = await generateEd25519({ extractable: false });
    const signer = ed25519Signer(pair.privateKey, new Uint8Array(8).fill(3));
    const longest = [...CHECK_NAMES].sort((a, b) => b.length - a.length)[0] ?? '';
    for (const count of [1, 23, 24, maxBatchCodes]) {
      const lines = Array.from({ length: count }, (_, i) => ({
        hash: new Uint8Array(32).fill(i),
        verdict: i % 2 === 0 ? ({ outcome: 'undecided', check: longest } as const) : ({ outcome: 'accepted' } as const),
        context: i % 3 === 0 ? undefined : 'counter',
        profile: i % 5 === 0 ? undefined : 'S',
      }));
      const batch = { lines, verifierId: 'abcdefghijkl', at: 1_795_000_000 };
      const map = new Map<CborKey, CborValue>([
        [receiptKeys.kind, receiptKinds.batch],
        [
          receiptKeys.object,
          lines.map(({ hash, verdict, context, profile }) => {
            const check = 'check' in verdict ? verdict.check : null;
            if (profile !== undefined) return [hash, verdict.outcome, check, context ?? null, profile];
            if (context !== undefined) return [hash, verdict.outcome, check, context];
            return check === null ? [hash, verdict.outcome] : [hash, verdict.outcome, check];
          }),
        ],
        [receiptKeys.actor, batch.verifierId],
        [receiptKeys.at, batch.at],
      ]);
      expect(encodeBatchReceipt(batch)).toEqual(encodeCbor(map));
      expect(await signBatchReceipt(batch, signer)).toBe(encodeBase64Url(await signSign1(encodeCbor(map), signer)));
    }
  });

  it('is its own, however many are signed at once and in whatever order they end', async () => {
    const pair = await generateEd25519({ extractable: false });
    const kid = new Uint8Array(8).fill(3);
    const prompt = ed25519Signer(pair.privateKey, kid);
    let waited = 0;
    const late = {
      ...prompt,
      sign: async (message: Uint8Array) => {
        const signature = await prompt.sign(message);
        for (let turns = (++waited * 7) % 11; turns > 0; turns--) await Promise.resolve();
        return signature;
      },
    };
    // Ids of three lengths: what is over of a payload goes with the signature.
    const receipts = Array.from({ length: 60 }, (_, i) => ({
      ...{ hash: new Uint8Array(32).fill(i), verifierId: `business${'x'.repeat(i % 3)}`, at: 1_795_000_000 + i },
      verdict: i % 4 ? ({ outcome: 'accepted' } as const) : ({ outcome: 'rejected', check: 'not_revoked' } as const),
    }));
    const signed = await Promise.all(receipts.map((receipt) => signReceipt(receipt, late)));
    for (const [i, receipt] of receipts.entries()) {
      const whole = await signSign1(encodeReceipt(receipt).slice(), ed25519Signer(pair.privateKey, kid));
      expect(signed[i]).toBe(encodeBase64Url(whole));
    }
  });

  it('has no room for a word that is not ours', () => {
    const line = { hash: new Uint8Array(32), verdict: { outcome: 'rejected', check: 'x'.repeat(65) } } as const;
    expect(() => encodeReceipt({ ...line, verifierId: 'a', at: 1 })).toThrow(RangeError);
    expect(() => encodeBatchReceipt({ lines: Array(101).fill(line), verifierId: 'a', at: 1 })).toThrow(RangeError);
  });
});
