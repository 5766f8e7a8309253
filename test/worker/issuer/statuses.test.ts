// Statuses as the world and kiosks follow them: chunks, a snapshot, deltas; and what a follower does when the chain is broken.
import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bucket, epochSecondsOfMs, type SubjectId } from '../../../shared/base/brands.ts';
import { decodeCbor } from '../../../shared/cbor/decode.ts';
import { publicPaths } from '../../../shared/contract/public-paths.ts';
import { webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { CHUNK_LENGTH, verifyStatusList } from '../../../shared/trust/status-list.ts';
import { applyDeltas, type NationalStatus, verifySnapshot } from '../../../shared/trust/status-snapshot.ts';
import { chunkReference, nationalStatus } from '../../../shared/trust/status-source.ts';
import { verifyTrustList } from '../../../shared/trust/trust-list.ts';
import { type TrustView, trustView } from '../../../shared/trust/trust-view.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { type Place, revokePeriod } from '../../../worker/issuer/revoke-period.ts';
import { statusListPublisher } from '../../../worker/issuer/routes.ts';
import { credentialInsert } from '../../../worker/store/credentials.ts';
import { admin, roots, setUpKeys } from './issuing-edge.ts';

const deps = depsOf(env as unknown as Env);
const now = () => epochSecondsOfMs(Date.now());
const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
const get = (path: string, headers: Record<string, string> = {}) =>
  exports.default.fetch(env.ISSUER + path, { headers });
const bytesAt = async (path: string) => new Uint8Array(await (await get(path)).arrayBuffer());
const baseUri = env.ISSUER + publicPaths.statusList;

let trust: TrustView;

async function snapshot(): Promise<NationalStatus> {
  const expected = { trust, ed25519: webEd25519, now: now(), baseUri, bits: 2 } as const;
  const taken = await verifySnapshot(await bytesAt(publicPaths.statusSnapshot), expected);
  if (!taken.ok) throw new Error(taken.error.reason);
  return taken.value;
}

async function follow(from: NationalStatus): Promise<NationalStatus> {
  const decoded = decodeCbor(await bytesAt(`${publicPaths.statusDeltas}?after=${from.sequence}`));
  if (!decoded.ok) throw new Error(decoded.error.reason);
  const done = await applyDeltas(from, decoded.value as Uint8Array[], { trust, ed25519: webEd25519, now: now() });
  if (!done.ok) throw new Error(done.error.reason);
  return done.value;
}

const move = async (verb: string, statusIndex: number) => {
  const answer = await admin(`/v1/admin/credentials/${verb}`, 'POST', { which: { statusIndex }, reason: 'lost' });
  expect(answer.status).toBe(200);
};
const reserve = () => deps.statusEntries.reserve(9 as Bucket, now(), random);

beforeAll(async () => {
  await setUpKeys();
  await statusListPublisher(deps)();
  const list = await verifyTrustList(await bytesAt(publicPaths.trustList), { roots, now: now(), ed25519: webEd25519 });
  if (!list.ok) throw new Error(list.error.reason);
  trust = trustView(list.value);
});

describe('statuses', () => {
  it('a kiosk that holds the snapshot follows revoke, suspend and reinstate by deltas alone', async () => {
    const held = await snapshot();
    const before = await follow(held);
    const [a, b] = [await reserve(), await reserve()];
    const status = (state: NationalStatus, index: number) => {
      const reference = chunkReference(baseUri, index);
      const source = nationalStatus(state);
      expect(source.find(baseUri, index)).toEqual(source.find(reference.uri, reference.index));
      return source.find(reference.uri, reference.index)?.status;
    };
    await move('revoke', a);
    await move('suspend', b);
    const middle = await follow(before);
    expect([status(middle, a), status(middle, b)]).toEqual([1, 2]);
    await move('reinstate', b);
    const after = await follow(middle);
    expect([status(after, a), status(after, b)]).toEqual([1, 0]);
    expect(after.sequence).toBe(before.sequence + 3);
    // The one that missed a round comes to the same state at once.
    expect((await follow(held)).hash).toEqual(after.hash);
    expect((await snapshot()).sequence).toBe(held.sequence);
  });

  it('the chunk that a credential names says the same, at once, with its type and its ETag', async () => {
    const index = await reserve();
    await move('revoke', index);
    const reference = chunkReference(baseUri, index);
    const path = reference.uri.slice(env.ISSUER.length);
    const answer = await get(path);
    expect(answer.headers.get('content-type')).toBe('application/statuslist+cwt');
    const expected = { trust, ed25519: webEd25519, now: now(), uri: reference.uri };
    const list = await verifyStatusList(new Uint8Array(await answer.arrayBuffer()), expected);
    expect(list.ok && [list.value.bitmap.length, list.value.bitmap.get(reference.index)]).toEqual([CHUNK_LENGTH, 1]);
    const again = await get(path, { 'if-none-match': answer.headers.get('etag') ?? '' });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await get('/s4')).status).toBe(404);
    const foreign = await verifyStatusList(await bytesAt(path), { ...expected, uri: `${baseUri}4` });
    expect(!foreign.ok && foreign.error.reason).toBe('status_list_uri');
  });

  it('nothing new is an empty answer, the same again is 304, and a lost chain sends to the snapshot', async () => {
    const state = await follow(await snapshot());
    const path = `${publicPaths.statusDeltas}?after=${state.sequence}`;
    const answer = await get(path);
    expect(answer.headers.get('tawthiq-version')).toBe(String(state.sequence));
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(Uint8Array.of(0x80));
    const again = await get(path, { 'if-none-match': answer.headers.get('etag') ?? '' });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const gone = await get(`${publicPaths.statusDeltas}?after=${state.sequence + 1}`);
    expect([gone.status, ((await gone.json()) as { reason: string }).reason]).toEqual([410, 'deltas_gone']);
    expect((await get(`${publicPaths.statusDeltas}?after=`)).status).toBe(422);
  });

  it('a publisher that ended half-way leaves no wrong chain: the next begins a new one with a snapshot', async () => {
    const index = await reserve();
    const before = await follow(await snapshot());
    // As if it had taken the row and written nothing after it.
    await deps.publications.publish('status_deltas', before.sequence + 1, Uint8Array.of(0x80), {
      at: now(),
      event: 'status_list.published',
      actor: 'system',
      object: 'status:cut',
    });
    await move('revoke', index);
    const after = await snapshot();
    expect([after.sequence, after.bitmap.get(index)]).toEqual([before.sequence + 2, 1]);
    expect((await get(`${publicPaths.statusDeltas}?after=${before.sequence}`)).status).toBe(410);
    await move('revoke', await reserve());
    expect((await follow(after)).sequence).toBe(after.sequence + 1);
  });

  it('a memory that is not what its hash says is not built on: the next state begins a new chain', async () => {
    const index = await reserve();
    const before = await follow(await snapshot());
    // As if a publisher had been cut off between two pieces of its state.
    const piece = await env.FILES.get('private/status-state/3');
    const bytes = new Uint8Array((await piece?.arrayBuffer()) ?? new ArrayBuffer(0));
    bytes[7] = (bytes[7] ?? 0) ^ 1;
    await env.FILES.put('private/status-state/3', bytes, { customMetadata: piece?.customMetadata ?? {} });
    await move('revoke', index);
    const after = await snapshot();
    expect([after.sequence, after.bitmap.get(index)]).toEqual([before.sequence + 1, 1]);
    expect(after.bitmap.get(3 * CHUNK_LENGTH + 28)).toBe(before.bitmap.get(3 * CHUNK_LENGTH + 28));
    await move('revoke', await reserve());
    expect((await follow(after)).sequence).toBe(after.sequence + 1);
  });

  it('a status key that signed for a stranger is no key of a kiosk', async () => {
    const strangers = trustView({
      ...trust.list,
      keys: trust.list.keys.filter((key) => !key.purposes.includes('status')),
    });
    const taken = await verifySnapshot(await bytesAt(publicPaths.statusSnapshot), {
      trust: strangers,
      ed25519: webEd25519,
      now: now(),
      baseUri,
      bits: 2,
    });
    expect(taken).toEqual({ ok: false, error: { reason: 'snapshot_issuer_unknown' } });
  });

  it('everything that a stolen key signed in a period is revoked in steps, journalled, and published once', async () => {
    const kid = 'AAAAAAAAAAA';
    const at = now();
    const issue = async (n: number, issuedAt: number, by = kid) => {
      const statusIdx = await reserve();
      const shard = deps.config.shards[n % deps.config.shards.length];
      const subjectId = `00${n}-${n}` as SubjectId;
      const dates = { issuedAt, expiresAt: issuedAt + 1000 };
      const row = { hash: `period-${n}`, subjectId, profile: 'S' as const, statusIdx, kid: by, ...dates };
      await shard?.batch([credentialInsert(shard, row)]);
      return statusIdx;
    };
    const inside = await Promise.all([0, 1, 2, 3, 4].map((n) => issue(n, at)));
    const outside = [await issue(5, at - 5000), await issue(6, at + 5000), await issue(7, at, 'AAAAAAAAAAE')];
    const before = await follow(await snapshot());
    const { statusEntries, credentials } = deps;
    const needs = { statusEntries, credentials, now, publish: statusListPublisher(deps, { all: false }) };
    const period = { kid, issuedFrom: at - 1000, issuedUntil: at + 1000 };
    let changed = 0;
    let steps = 0;
    for (let next: Place | undefined = { shard: 0, hash: '' }; next; steps++) {
      const step = await revokePeriod(needs, 'admin:test', period, next, 1);
      changed += step.changed;
      next = step.next;
      expect(step.statusListVersion !== undefined).toBe(next === undefined);
    }
    expect([changed, steps > 4]).toEqual([5, true]);
    const after = await follow(before);
    expect(after.sequence).toBe(before.sequence + 1);
    expect(inside.map((index) => after.bitmap.get(index))).toEqual([1, 1, 1, 1, 1]);
    expect(outside.map((index) => after.bitmap.get(index))).toEqual([0, 0, 0]);
    const rows = await env.DIRECTORY.prepare("SELECT actor FROM journal WHERE detail LIKE '%key_compromised%'").all();
    expect(rows.results).toEqual(Array.from({ length: 5 }, () => ({ actor: 'admin:test' })));
    const again = await admin('/v1/admin/credentials/revoke-period', 'POST', period);
    expect(await again.json()).toMatchObject({ changed: 0 });
    expect((await admin('/v1/admin/credentials/revoke-period', 'POST', { kid })).status).toBe(422);
  });
});
