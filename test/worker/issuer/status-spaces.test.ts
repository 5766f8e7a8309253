// The two spaces of status indices: which credentials are in which, how they grow, and what happens when one is full.
import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Bucket, epochSeconds, epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { publicPaths } from '../../../shared/contract/public-paths.ts';
import { webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { CHUNK_LENGTH, verifyStatusList } from '../../../shared/trust/status-list.ts';
import { type NationalStatus, verifySnapshot } from '../../../shared/trust/status-snapshot.ts';
import { chunkReference, nationalStatus, wholeIndex } from '../../../shared/trust/status-source.ts';
import { verifyTrustList } from '../../../shared/trust/trust-list.ts';
import { type TrustView, trustView } from '../../../shared/trust/trust-view.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { growStatusSpaces } from '../../../worker/issuer/grow-status-spaces.ts';
import { type StatusSpace, statusSpaces } from '../../../worker/issuer/publication.ts';
import { statusListPublisher } from '../../../worker/issuer/routes.ts';
import { StatusEntries, StatusSpaceFullError } from '../../../worker/store/status-entries.ts';
import { publishedFiles } from '../../../worker/verifier/lists.ts';
import { OnlineChunks } from '../../../worker/verifier/online-chunks.ts';
import { aPerson } from '../openid/world.ts';
import { admin, roots, setUpKeys } from './issuing-edge.ts';

const deps = depsOf(env as unknown as Env);
const now = () => epochSecondsOfMs(Date.now());
const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
const get = (path: string) => exports.default.fetch(env.ISSUER + path);
const bytesAt = async (path: string) => new Uint8Array(await (await get(path)).arrayBuffer());
const baseUri = env.ISSUER + publicPaths.statusList;
const publish = statusListPublisher(deps);
const online = statusSpaces.online.firstChunk;

let trust: TrustView;
beforeAll(async () => {
  await setUpKeys();
  await publish();
  const list = await verifyTrustList(await bytesAt(publicPaths.trustList), { roots, now: now(), ed25519: webEd25519 });
  if (!list.ok) throw new Error(list.error.reason);
  trust = trustView(list.value);
});

const by = () => ({ trust, ed25519: webEd25519, now: now() });

async function snapshot(): Promise<NationalStatus> {
  const taken = await verifySnapshot(await bytesAt(publicPaths.statusSnapshot), { ...by(), baseUri, bits: 2 });
  if (!taken.ok) throw new Error(taken.error.reason);
  return taken.value;
}

async function listAt(path: string) {
  const list = await verifyStatusList(await bytesAt(path), { ...by(), uri: env.ISSUER + path });
  if (!list.ok) throw new Error(list.error.reason);
  return list.value;
}

async function revoke(statusIndex: number): Promise<void> {
  const answer = await admin('/v1/admin/credentials/revoke', 'POST', { which: { statusIndex }, reason: 'lost' });
  expect(await answer.json()).toMatchObject({ changed: 1 });
}

/** The act of the clock, as if one space were so full and the other empty. */
const look = (space: StatusSpace, share: number, at = now()) => {
  const { statusSpaces: real } = deps;
  const sizes = () => real.sizes();
  const fullness = async (asked: StatusSpace) => (asked === space ? share : 0);
  const grow: typeof real.grow = (...given) => real.grow(...given);
  const alarm: typeof real.alarm = (...given) => real.alarm(...given);
  return growStatusSpaces({ statusSpaces: { sizes, fullness, grow, alarm }, random, now: () => at });
};

const journalled = async (event: string) => {
  const sql = 'SELECT object, detail FROM journal WHERE event = ? ORDER BY seq';
  const { results } = await env.DIRECTORY.prepare(sql).bind(event).all<{ object: string; detail: string }>();
  return results.map(({ object, detail }) => [object, JSON.parse(detail) as unknown]);
};

describe('the space of credentials for online use', () => {
  it('is beside the nation’s: its chunks are published and revoked in, and kiosks hold none of it', async () => {
    const [a = 0, b = 0] = await deps.statusEntries.reserveMany(7 as Bucket, now(), random, 2);
    const reference = chunkReference(baseUri, a);
    expect([Math.floor(a / CHUNK_LENGTH), Math.floor(b / CHUNK_LENGTH)]).toEqual([online, online]);
    expect(reference.uri).toBe(`${baseUri}${online}`);
    expect(wholeIndex(baseUri, reference)).toBe(a);
    const before = await snapshot();
    await revoke(a);
    const { bitmap } = await listAt(`/s${online}`);
    expect([bitmap.get(a % CHUNK_LENGTH), bitmap.get(b % CHUNK_LENGTH)]).toEqual([1, 0]);
    const after = await snapshot();
    expect([after.length, nationalStatus(after).find(reference.uri, reference.index)]).toEqual([
      before.length,
      undefined,
    ]);
    // The clock's rounds, and a second change, keep what was said.
    await publish();
    await revoke(b);
    const again = (await listAt(`/s${online}`)).bitmap;
    expect([again.get(a % CHUNK_LENGTH), again.get(b % CHUNK_LENGTH)]).toEqual([1, 1]);
  });

  it('is built anew from the entries when what the publisher remembers of a chunk is not what it kept', async () => {
    const [a = 0, b = 0] = await deps.statusEntries.reserveMany(7 as Bucket, now(), random, 2);
    await revoke(a);
    const file = `private/status-state/${online}`;
    const version = Number((await deps.publications.kept(file))?.metadata['version']);
    await deps.publications.keep(file, version, new Uint8Array(CHUNK_LENGTH / 4));
    await revoke(b);
    const { bitmap } = await listAt(`/s${online}`);
    expect([bitmap.get(a % CHUNK_LENGTH), bitmap.get(b % CHUNK_LENGTH)]).toEqual([1, 1]);
  });

  it('is read by the edge chunk by chunk: kept for ten seconds, then looked at again, and never for another address', async () => {
    const [a = 0] = await deps.statusEntries.reserveMany(7 as Bucket, now(), random, 1);
    const bucket = publishedFiles(env.FILES);
    let reads = 0;
    const read: typeof bucket.read = (...asked) => {
      reads++;
      return bucket.read(...asked);
    };
    let ms = 1_000_000;
    const chunks = new OnlineChunks({
      files: { read },
      statusListUri: baseUri,
      ed25519: webEd25519,
      nowMs: () => ms,
      now,
    });
    const national = { status: nationalStatus(await snapshot()), trust };
    const { uri, index } = chunkReference(baseUri, a);
    const status = async (at = uri, its = index) => (await chunks.beside(national).find(at, its))?.status;
    expect([await status(), await status(), reads]).toEqual([0, 0, 1]);
    await revoke(a);
    expect([await status(), reads]).toEqual([0, 1]);
    ms += 10_001;
    expect([await status(), reads]).toEqual([1, 2]);
    ms += 10_001;
    expect([await status(), reads]).toEqual([1, 3]);
    for (const [at, its] of [
      [baseUri, a],
      [`${baseUri}0`, a],
      [`${baseUri}${online}`, CHUNK_LENGTH + 1],
      [`${baseUri}9999`, 1],
      ['https://elsewhere.example/s1024', 1],
    ] as const) {
      expect(await status(at, its), at).toBeUndefined();
    }
    expect([await status(`${baseUri}0`, 1), reads]).toEqual([0, 3]);
    // Under another trust list it is read again, and a signer that that one does not know is not believed.
    const stranger = trustView({ ...trust.list, keys: [] });
    expect(await chunks.beside({ ...national, trust: stranger }).find(uri, index)).toBeUndefined();
    expect([await status(), reads]).toEqual([1, 4]);
  });
});

describe('a space that is half full', () => {
  it('has twice the chunks in the next list and gives none of them out before; a follower takes the larger snapshot', async () => {
    const before = await snapshot();
    const taken = await deps.statusEntries.reserve(7 as Bucket, now(), random);
    await revoke(taken);
    expect(await look('national', 0.49)).toContainEqual({ space: 'national', percent: 49, is: 'well' });
    expect(await look('national', 0.5)).toContainEqual({ space: 'national', percent: 50, is: 'grown' });
    // It waits for its publication, however often the clock comes.
    expect(await look('national', 0.5)).toContainEqual({ space: 'national', percent: 50, is: 'well' });
    expect((await deps.statusSpaces.sizes()).national).toEqual({ chunks: 8, open: 4 });
    const ends = new Uint32Array(8).fill(7 * CHUNK_LENGTH + 5);
    const atTheEnd = () => new Uint8Array(ends.slice().buffer);
    const inside = await deps.statusEntries.reserve(7 as Bucket, now(), atTheEnd);
    expect(inside).toBe(3 * CHUNK_LENGTH + 5);
    expect((await get('/s7')).status).toBe(404);
    await publish();
    expect((await deps.statusSpaces.sizes()).national).toEqual({ chunks: 8, open: 8 });
    const outside = await deps.statusEntries.reserve(7 as Bucket, now(), atTheEnd);
    expect(outside).toBe(7 * CHUNK_LENGTH + 5);
    // No delta leads from one length to another.
    expect((await get(`${publicPaths.statusDeltas}?after=${before.sequence}`)).status).toBe(410);
    await revoke(outside);
    const { length, bitmap } = await snapshot();
    expect([length / before.length, bitmap.get(taken)]).toEqual([2, 1]);
    const { bitmap: whole } = await listAt('/s');
    expect([whole.length / before.length, whole.get(taken), whole.get(outside)]).toEqual([2, 1, 1]);
    expect((await listAt('/s7')).bitmap.get(5)).toBe(1);
    expect(await journalled('status_space.grown')).toEqual([
      ['status_space:national', { percent: 50, chunks: 4, to: 8 }],
    ]);
  });

  it('grows online too: the new chunks are there before an index of theirs is given', async () => {
    await look('online', 0.7);
    expect((await get(`/s${online + 1}`)).status).toBe(404);
    await publish();
    expect((await deps.statusSpaces.sizes()).online).toEqual({ chunks: 2, open: 2 });
    expect((await listAt(`/s${online + 1}`)).bitmap.length).toBe(CHUNK_LENGTH);
    const given = await deps.statusEntries.reserveMany(7 as Bucket, now(), random, 40);
    expect(new Set(given.map((idx) => Math.floor(idx / CHUNK_LENGTH)))).toEqual(new Set([online, online + 1]));
  });

  it('is found to be so by a sample', async () => {
    const [taken = 0] = await deps.statusEntries.reserveMany(7 as Bucket, now(), random, 1);
    const sample = Uint32Array.from({ length: 1000 }, (_, i) => (i < 300 ? taken : taken ^ 1));
    expect(await deps.statusSpaces.fullness('online', sample)).toBe(0.3);
  });
});

describe('a space that may not grow', () => {
  it('is spoken of from four fifths on, once a day', async () => {
    const { mostChunks: most } = statusSpaces.online;
    await env.DIRECTORY.prepare("UPDATE status_spaces SET chunks = ?1, open = ?1 WHERE space = 'online'")
      .bind(most)
      .run();
    const at = (hours: number) => epochSeconds(now() + hours * 3600);
    try {
      expect(await look('online', 0.79, at(0))).toContainEqual({ space: 'online', percent: 79, is: 'well' });
      for (const hours of [0, 23, 24])
        expect(await look('online', 0.8, at(hours))).toContainEqual({ space: 'online', percent: 80, is: 'alarm' });
    } finally {
      await env.DIRECTORY.prepare("UPDATE status_spaces SET chunks = 2, open = 2 WHERE space = 'online'").run();
    }
    const said = ['status_space:online', { percent: 80, chunks: most }];
    expect(await journalled('status_space.nearly_full')).toEqual([said, said]);
  });

  it('gives nothing when it is full: the answer says why and when to come back, and with room again all is as before', async () => {
    const { number } = await aPerson();
    const order = () => admin('/v1/admin/credentials/card', 'POST', { number });
    const full = vi.spyOn(StatusEntries.prototype, 'reserve').mockRejectedValue(new StatusSpaceFullError('full'));
    try {
      const answer = await order();
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '3600']);
      expect(await answer.json()).toMatchObject({ reason: 'status_space_full' });
    } finally {
      full.mockRestore();
    }
    expect((await order()).status).toBe(201);
  });
});
