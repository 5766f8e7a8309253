// The publisher of statuses when the key that signs them changes: the chain, the snapshot and every chunk under the new one, at once.
import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bucket, epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { decodeCbor } from '../../../shared/cbor/decode.ts';
import { publicPaths } from '../../../shared/contract/public-paths.ts';
import { webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { signerOf } from '../../../shared/trust/fork.ts';
import { applyDeltas, type NationalStatus, verifySnapshot } from '../../../shared/trust/status-snapshot.ts';
import { verifyTrustList } from '../../../shared/trust/trust-list.ts';
import { trustView } from '../../../shared/trust/trust-view.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { KeyRing } from '../../../worker/issuer/key-ring.ts';
import { publishStatusList } from '../../../worker/issuer/publish-status-list.ts';
import { chunkFile } from '../../../worker/issuer/status-files.ts';
import { Keys } from '../../../worker/store/keys.ts';
import { admin, bytesOf, listedKeys, roots, setUpKeys, signedTrustList } from './issuing-edge.ts';

const deps = depsOf(env as unknown as Env);
const now = () => epochSecondsOfMs(Date.now());
const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
const bytesAt = async (path: string) =>
  new Uint8Array(await (await exports.default.fetch(env.ISSUER + path)).arrayBuffer());
const baseUri = env.ISSUER + publicPaths.statusList;
const hex = (kid: string) => Array.from(bytesOf(kid), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** As an isolate of its own: it read the keys when it began, and may sign by what it remembers. */
function publisher() {
  const keyRing = new KeyRing(new Keys(env.DIRECTORY), deps.vault, now);
  const needs = {
    statusEntries: deps.statusEntries,
    publications: deps.publications,
    keyRing,
    issuer: env.ISSUER,
    now,
  };
  return { keyRing, publish: (all: boolean) => publishStatusList(needs, { all }) };
}

async function newStatusKey(): Promise<string> {
  const made = await admin('/v1/admin/keys', 'POST', { purpose: 'status' });
  return ((await made.json()) as { kid: string }).kid;
}

/** The next trust list: of the edge's keys, `compromised` is called so. */
async function nextTrustList(compromised: string | undefined): Promise<void> {
  const { version, hash } = (await (await admin('/v1/admin/trust-list')).json()) as { version: number; hash: string };
  const { keys } = (await (await admin('/v1/admin/keys')).json()) as { keys: { kid: string }[] };
  const listed = (await listedKeys()).map((key, i) =>
    keys[i]?.kid === compromised && compromised !== undefined ? { ...key, state: 'compromised' as const } : key,
  );
  const list = await signedTrustList({ version: version + 1, prevHash: bytesOf(hash), keys: listed });
  expect((await admin('/v1/admin/trust-list', 'PUT', list)).status).toBe(200);
}

async function followed(): Promise<NationalStatus> {
  const list = await verifyTrustList(await bytesAt(publicPaths.trustList), { roots, now: now(), ed25519: webEd25519 });
  if (!list.ok) throw new Error(list.error.reason);
  const by = { trust: trustView(list.value), ed25519: webEd25519, now: now() };
  const snapshot = await verifySnapshot(await bytesAt(publicPaths.statusSnapshot), { ...by, baseUri, bits: 2 });
  if (!snapshot.ok) throw new Error(snapshot.error.reason);
  const deltas = decodeCbor(await bytesAt(`${publicPaths.statusDeltas}?after=${snapshot.value.sequence}`));
  if (!deltas.ok) throw new Error(deltas.error.reason);
  const state = await applyDeltas(snapshot.value, deltas.value as Uint8Array[], by);
  if (!state.ok) throw new Error(state.error.reason);
  return state.value;
}

describe('when another key signs the statuses', () => {
  let first = '';
  let revoked = 0;
  beforeAll(async () => {
    await setUpKeys();
    const { keys } = (await (await admin('/v1/admin/keys')).json()) as { keys: { kid: string; purpose: string }[] };
    first = keys.find(({ purpose }) => purpose === 'status')?.kid ?? '';
    await publisher().publish(true);
    revoked = await deps.statusEntries.reserve(9 as Bucket, now(), random);
    const which = { statusIndex: revoked };
    expect((await admin('/v1/admin/credentials/revoke', 'POST', { which, reason: 'lost' })).status).toBe(200);
  });

  it('nothing changed and nothing is old: all of it goes out under that key all the same, once', async () => {
    const before = await followed();
    const another = publisher();
    // It remembers the first key, as an isolate does for half a minute.
    await another.keyRing.signer('status');
    const kid = await newStatusKey();
    await nextTrustList(undefined);
    expect((await admin('/v1/admin/keys/move', 'POST', { kid, to: 'current' })).status).toBe(200);
    await another.publish(false);
    expect((await admin('/v1/admin/keys/move', 'POST', { kid: first, to: 'compromised' })).status).toBe(200);
    await nextTrustList(first);
    const after = await followed();
    expect([after.sequence, after.bitmap.get(revoked)]).toEqual([before.sequence + 1, 1]);
    for (const path of [publicPaths.statusSnapshot, publicPaths.statusList])
      expect(signerOf(await bytesAt(path)), path).toBe(hex(kid));
    for (const chunk of [0, 17, 31]) {
      const kept = await deps.publications.kept(chunkFile(chunk));
      expect(signerOf(kept?.bytes ?? new Uint8Array()), `chunk ${chunk}`).toBe(hex(kid));
    }
    await another.publish(false);
    expect((await followed()).sequence).toBe(after.sequence);
    // And from there on by deltas.
    const other = await deps.statusEntries.reserve(9 as Bucket, now(), random);
    await admin('/v1/admin/credentials/revoke', 'POST', { which: { statusIndex: other }, reason: 'lost' });
    const later = await followed();
    expect([later.sequence, later.bitmap.get(other)]).toEqual([after.sequence + 1, 1]);
  });
});
