// What is published when its key changes: the chain, the snapshot, every chunk and every token under the new one, at once. And who may
// fetch it, in which form.
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
import { statusSpaces } from '../../../worker/issuer/publication.ts';
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
    statusSpaces: deps.statusSpaces,
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
  const all = (await (await admin('/v1/admin/keys')).json()) as { keys: { kid: string; purpose: string }[] };
  const keys = all.keys.filter(({ purpose }) => purpose !== 'id_token');
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
    for (const chunk of [0, 3, statusSpaces.online.firstChunk]) {
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

describe('a list as a token of online credentials', () => {
  const jwtType = 'application/statuslist+jwt';
  const cwtType = 'application/statuslist+cwt';
  const ask = (accept: string, etag?: string) =>
    exports.default.fetch(`${env.ISSUER}/s0`, {
      headers: { Accept: accept, ...(etag ? { 'If-None-Match': etag } : {}) },
    });
  const certificateOf = (jwt: string) =>
    (JSON.parse(atob((jwt.split('.')[0] ?? '').replaceAll('-', '+').replaceAll('_', '/'))) as { x5c: string[] }).x5c[0];
  const newKey = async () => {
    const made = await admin('/v1/admin/keys', 'POST', { purpose: 'sdjwt' });
    return ((await made.json()) as { kid: string }).kid;
  };

  it('is signed again when its key was taken away, whoever holds the former one is told so; without a key it is no token', async () => {
    const first = await newKey();
    const before = await ask(jwtType);
    const etag = before.headers.get('etag') ?? '';
    expect(before.headers.get('content-type')).toBe(jwtType);
    const certificate = certificateOf(await before.text());
    expect((await ask(jwtType, etag)).status).toBe(304);
    const second = await newKey();
    await admin('/v1/admin/keys/move', 'POST', { kid: second, to: 'current' });
    await admin('/v1/admin/keys/move', 'POST', { kid: first, to: 'compromised' });
    const after = await ask(jwtType, etag);
    expect(after.status).toBe(200);
    expect(certificateOf(await after.text())).not.toBe(certificate);
    await admin('/v1/admin/keys/move', 'POST', { kid: second, to: 'compromised' });
    const without = await ask(jwtType);
    expect([without.status, without.headers.get('content-type')]).toEqual([200, cwtType]);
    await without.body?.cancel();
    await newKey();
  });

  it.each([
    [jwtType, jwtType],
    [cwtType, cwtType],
    ['', cwtType],
    ['*/*', cwtType],
    ['text/html, application/*;q=0.8', cwtType],
    [`${jwtType};q=0.4, ${cwtType};q=0.9`, cwtType],
    [`${cwtType};q=0.4, ${jwtType};q=0.9`, jwtType],
    [`${jwtType};q=0`, cwtType],
    [`${cwtType}, ${jwtType};q=0`, cwtType],
    [`text/plain;note="${jwtType}"`, cwtType],
    [`${jwtType}x`, cwtType],
    [jwtType.toUpperCase(), jwtType],
  ])('goes by what is asked for: %s', async (accept, type) => {
    const answer = await ask(accept);
    expect([answer.headers.get('content-type'), answer.headers.get('vary')]).toEqual([type, 'Accept']);
    await answer.body?.cancel();
  });
});

describe('a page of another origin', () => {
  const paths = [
    publicPaths.trustList,
    publicPaths.statusList,
    '/s0',
    publicPaths.statusSnapshot,
    `${publicPaths.statusDeltas}?after=1`,
    '/v1/authorities/sdjwt',
  ];

  it.each([...paths, '/s99', `${publicPaths.statusDeltas}?after=x`])(
    'may read %s, without credentials',
    async (path) => {
      const answer = await exports.default.fetch(env.ISSUER + path, { headers: { Origin: 'https://shop.example' } });
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
      expect(answer.headers.get('access-control-expose-headers')).toBe('ETag,Tawthiq-Version');
      await answer.body?.cancel();
    },
  );

  it.each(paths)('may ask whether %s is still the one it has, and send nothing else', async (path) => {
    const headers = { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'GET' };
    const answer = await exports.default.fetch(env.ISSUER + path, { method: 'OPTIONS', headers });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-methods')).toBe('GET,HEAD');
    expect(answer.headers.get('access-control-allow-headers')).toBe('If-None-Match');
  });

  it('may not reach the authority', async () => {
    const headers = { Origin: 'https://shop.example' };
    const answer = await exports.default.fetch(`${env.ISSUER}/v1/admin/trust-list`, { headers });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([401, null]);
  });
});
