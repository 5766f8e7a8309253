// Keys, the trust list and the status list over HTTP: what the authority can do, what the world can fetch, what is refused.
import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bucket, type EpochSeconds, epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { publicPaths } from '../../../shared/contract/public-paths.ts';
import { webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { verifyStatusList } from '../../../shared/trust/status-list.ts';
import { verifyTrustList } from '../../../shared/trust/trust-list.ts';
import { trustView } from '../../../shared/trust/trust-view.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { idTokenAlgs } from '../../../worker/issuer/id-token-algs.ts';
import { KeyRing } from '../../../worker/issuer/key-ring.ts';
import { NewKey, statusListPublisher } from '../../../worker/issuer/routes.ts';
import { Keys } from '../../../worker/store/keys.ts';
import { StatusSpaceFullError } from '../../../worker/store/status-entries.ts';
import { admin, bytesOf, listedKeys, roots, setUpKeys, signedTrustList } from './issuing-edge.ts';

const deps = depsOf(env as unknown as Env);
const now = () => epochSecondsOfMs(Date.now());
const get = (path: string, headers: Record<string, string> = {}) =>
  exports.default.fetch(env.ISSUER + path, { headers });
const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));

async function fetchTrust() {
  const bytes = new Uint8Array(await (await get('/v1/trust-list')).arrayBuffer());
  const list = await verifyTrustList(bytes, { roots, now: now(), ed25519: webEd25519 });
  if (!list.ok) throw new Error(list.error.reason);
  return list.value;
}

async function fetchStatus() {
  const bytes = new Uint8Array(await (await get(publicPaths.statusList)).arrayBuffer());
  const trust = trustView(await fetchTrust());
  const uri = env.ISSUER + publicPaths.statusList;
  const list = await verifyStatusList(bytes, { trust, ed25519: webEd25519, now: now(), uri });
  if (!list.ok) throw new Error(list.error.reason);
  return list.value;
}

describe('before anything is set up', () => {
  it('the lists are not there, and nothing can be signed', async () => {
    for (const path of [publicPaths.trustList, publicPaths.statusList]) {
      const answer = await get(path);
      expect([answer.status, ((await answer.json()) as { reason: string }).reason]).toEqual([404, 'not_published']);
    }
    // Another file's keys may still be held: an isolate outlives its databases only here.
    deps.keyRing.forget();
    await expect(deps.keyRing.signer('credential')).rejects.toThrow('no credential key is current');
    await expect(statusListPublisher(deps)()).rejects.toThrow('no status key');
  });

  it('nobody without a token makes a key or puts a list', async () => {
    for (const [method, path] of [
      ['POST', '/v1/admin/keys'],
      ['POST', '/v1/admin/keys/move'],
      ['GET', '/v1/admin/keys'],
      ['PUT', '/v1/admin/trust-list'],
      ['GET', '/v1/admin/trust-list'],
      ['POST', '/v1/admin/credentials/revoke'],
    ] as const) {
      const answer = await exports.default.fetch(env.ISSUER + path, {
        method,
        ...(method === 'GET' ? {} : { body: '{}' }),
      });
      expect(answer.status, path).toBe(401);
    }
  });
});

describe('with keys and lists in place', () => {
  beforeAll(async () => {
    await setUpKeys();
    await statusListPublisher(deps)();
  });

  it('a key signs under the id that the trust list gives it', async () => {
    const trust = trustView(await fetchTrust());
    const signer = await deps.keyRing.signer('credential');
    const [candidate] = trust.candidates(signer.kid ?? new Uint8Array());
    expect(candidate?.entry.purposes).toEqual(['credential']);
    const key = await candidate?.importedFor(webEd25519);
    const message = random(20);
    expect(key && (await webEd25519.verify(key, message, await signer.sign(message)))).toBe(true);
  });

  it('private parts are stored sealed and open only in their own row', async () => {
    const stored = await new Keys(env.DIRECTORY).all();
    expect(stored).toHaveLength(5);
    const first = stored.find((key) => key.purpose === 'credential');
    const second = stored.find((key) => key.purpose === 'receipt');
    if (!first || !second) throw new Error('no keys');
    const moved = new KeyRing(
      {
        all: async () => [{ ...first, sealedPrivate: second.sealedPrivate }],
        add: async () => {},
        move: async () => false,
      },
      deps.vault,
      now,
    );
    await expect(moved.signer('credential')).rejects.toThrow('does not open');
  });

  it('id token keys are ES256 and never part of the trust list', async () => {
    const { current, published } = await deps.keyRing.idTokenKeys();
    expect(current).toMatchObject({ alg: 'ES256', jwk: { kty: 'EC', crv: 'P-256', kid: current.kid } });
    expect(JSON.stringify(published)).not.toContain('"d"');
    expect(published).toHaveLength(1);
    expect((await fetchTrust()).keys).toHaveLength(4);
  });

  it('a second key waits as next, becomes current, and retires the first; evidence to the first still opens', async () => {
    const before = await deps.keyRing.evidenceKey();
    const { kid } = (await (await admin('/v1/admin/keys', 'POST', { purpose: 'evidence' })).json()) as { kid: string };
    expect((await deps.keyRing.evidenceKey()).kid).toBe(before.kid);
    expect((await admin('/v1/admin/keys/move', 'POST', { kid, to: 'current' })).status).toBe(200);
    expect((await deps.keyRing.evidenceKey()).kid).toBe(kid);
    expect(await deps.keyRing.evidencePrivate(before.kid)).toBeDefined();
    expect((await admin('/v1/admin/keys/move', 'POST', { kid, to: 'current' })).status).toBe(409);
    expect((await admin('/v1/admin/keys/move', 'POST', { kid: before.kid, to: 'compromised' })).status).toBe(200);
    expect(await deps.keyRing.evidencePrivate(before.kid)).toBeUndefined();
    const unknown = await admin('/v1/admin/keys/move', 'POST', { kid: 'AAAAAAAAAAA', to: 'retired' });
    expect([unknown.status, ((await unknown.json()) as { reason: string }).reason]).toEqual([409, 'key_state']);
  });

  it('a list is served with its ETag, and 304 to who has it', async () => {
    for (const [path, type] of [
      ['/v1/trust-list', 'application/vnd.tawthiq.trust-list+cwt'],
      [publicPaths.statusList, 'application/statuslist+cwt'],
    ] as const) {
      const first = await get(path);
      expect(first.status).toBe(200);
      expect(first.headers.get('content-type')).toBe(type);
      expect(first.headers.get('cache-control')).toBe('public, max-age=60');
      await first.arrayBuffer();
      const again = await get(path, { 'if-none-match': first.headers.get('etag') ?? '' });
      expect([again.status, await again.text()]).toEqual([304, '']);
      const other = await get(path, { 'if-none-match': '"another"' });
      expect(other.status).toBe(200);
      await other.arrayBuffer();
    }
  });

  it('a trust list follows its predecessor or is refused with the reason', async () => {
    const state = (await (await admin('/v1/admin/trust-list')).json()) as { version: number; hash: string };
    expect(state.version).toBe(1);
    const prevHash = bytesOf(state.hash);
    const put = async (bytes: Uint8Array) => {
      const answer = await admin('/v1/admin/trust-list', 'PUT', bytes);
      return [answer.status, ((await answer.json()) as { reason?: string }).reason ?? 'taken'];
    };
    const soon = (seconds: number) => (now() + seconds) as EpochSeconds;
    expect(await put(new Uint8Array([1, 2, 3]))).toEqual([422, expect.stringMatching(/^(cbor|cose)_/)]);
    const good = await signedTrustList({ version: 2, prevHash });
    const forged = good.slice();
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
    expect(await put(forged)).toEqual([422, 'trust_list_signature']);
    expect(await put(await signedTrustList({ version: 3, prevHash }))).toEqual([409, 'trust_list_not_next']);
    expect(await put(await signedTrustList({ version: 2, prevHash: new Uint8Array(32) }))).toEqual([
      409,
      'trust_list_fork',
    ]);
    const ended = { version: 2, prevHash, issuedAt: soon(-100), expiresAt: soon(-1) };
    expect(await put(await signedTrustList(ended))).toEqual([422, 'trust_list_expired']);
    expect(await put(await signedTrustList({ version: 2, prevHash, issuedAt: soon(3600) }))).toEqual([
      422,
      'trust_list_from_future',
    ]);
    const newRoots = roots.slice().reverse();
    const stranger = (await deps.keyRing.publicKeys()).find((key) => key.purpose === 'credential');
    newRoots[0] = { curve: 'Ed25519', x: stranger?.publicKey ?? new Uint8Array() };
    const changed = await signedTrustList({ version: 2, prevHash, roots: newRoots });
    expect(await put(changed)).toEqual([422, 'trust_list_root_change']);
    expect(await put(good)).toEqual([200, 'taken']);
    expect(await put(good)).toEqual([200, 'taken']);
    expect(await put(await signedTrustList())).toEqual([409, 'trust_list_rollback']);
    expect((await fetchTrust()).version).toBe(2);
    expect((await fetchTrust()).keys).toHaveLength((await listedKeys()).length);
  });

  it('a reserved index is random, unique, and given back only while no one uses it', async () => {
    const reserve = () => deps.statusEntries.reserve(7 as Bucket, now(), random);
    const taken = await Promise.all(Array.from({ length: 30 }, reserve));
    expect(new Set(taken).size).toBe(30);
    expect(Math.max(...taken)).toBeGreaterThan(2 ** 20);
    // Every candidate but one is taken: the free one is found.
    const fixed = taken.slice(0, 7).concat(12_345);
    const words = new Uint32Array(fixed);
    expect(await deps.statusEntries.reserve(7 as Bucket, now(), () => new Uint8Array(words.buffer))).toBe(12_345);
    await expect(deps.statusEntries.reserve(7 as Bucket, now(), () => new Uint8Array(words.buffer))).rejects.toThrow(
      StatusSpaceFullError,
    );
    await deps.statusEntries.release(12_345);
    expect(await deps.statusEntries.find(12_345)).toBeUndefined();
  });

  it('revoked, suspended and reinstated by index: the list says so when the answer is out, and revoked is for ever', async () => {
    const idx = await deps.statusEntries.reserve(9 as Bucket, now(), random);
    const other = await deps.statusEntries.reserve(9 as Bucket, now(), random);
    const move = async (verb: string, statusIndex: number) => {
      const answer = await admin(`/v1/admin/credentials/${verb}`, 'POST', { which: { statusIndex }, reason: 'lost' });
      return (await answer.json()) as { changed: number; statusListVersion: number };
    };
    const first = await move('suspend', idx);
    expect(first.changed).toBe(1);
    expect((await fetchStatus()).bitmap.get(idx)).toBe(2);
    expect((await move('reinstate', idx)).changed).toBe(1);
    expect((await fetchStatus()).bitmap.get(idx)).toBe(0);
    expect((await move('revoke', idx)).changed).toBe(1);
    expect((await move('revoke', idx)).changed).toBe(0);
    expect((await move('reinstate', idx)).changed).toBe(0);
    const { bitmap } = await fetchStatus();
    expect([bitmap.get(idx), bitmap.get(other), bitmap.length]).toEqual([1, 0, 2 ** 22]);
    const last = await deps.publications.versions();
    expect(last.status_list).toBe(first.statusListVersion + 4);
    const rows = await env.DIRECTORY.prepare(
      "SELECT event FROM journal WHERE object = ? AND event LIKE 'credential.%' ORDER BY seq",
    )
      .bind(`status:${idx}`)
      .all<{ event: string }>();
    expect(rows.results.map(({ event }) => event)).toEqual([
      'credential.suspended',
      'credential.reinstated',
      'credential.revoked',
    ]);
  });

  it('what was never issued, or names nothing, is refused', async () => {
    const refused = async (which: unknown) => {
      const answer = await admin('/v1/admin/credentials/revoke', 'POST', { which, reason: 'lost' });
      return [answer.status, ((await answer.json()) as { reason: string }).reason];
    };
    expect(await refused({ statusIndex: 1 })).toEqual([404, 'credential_unknown']);
    expect(await refused({ credentialHash: 'A'.repeat(43) })).toEqual([404, 'credential_unknown']);
    expect(await refused({ number: '1000000008' })).toEqual([404, 'credential_unknown']);
    expect(await refused({ number: '1000000009' })).toEqual([422, 'number_check_digit']);
    expect(await refused({})).toEqual([422, 'bad_input']);
  });

  it('publishers that race agree on versions, and the highest is in place', async () => {
    const publish = statusListPublisher(deps);
    const versions = await Promise.all([publish(), publish(), publish()]);
    const file = await deps.publications.read('status_list');
    expect(file?.version).toBe(Math.max(...versions));
    expect((await deps.publications.versions()).status_list).toBe(file?.version);
  });
});

// Last: it makes a key of everything.
describe('the list of keys', () => {
  it('names every key that can be made, with its state and its dates, and nothing of its private part', async () => {
    const orders = [
      ...NewKey.shape.purpose.options.map((purpose) => ({ purpose })),
      ...idTokenAlgs.map((alg) => ({ purpose: 'id_token', alg })),
    ];
    const made: string[] = [];
    for (const order of orders)
      made.push(((await (await admin('/v1/admin/keys', 'POST', order)).json()) as { kid: string }).kid);
    const { keys } = (await (await admin('/v1/admin/keys')).json()) as { keys: Record<string, unknown>[] };
    expect(keys.map(({ kid }) => kid)).toEqual(expect.arrayContaining(made));
    expect([...new Set(keys.map(({ purpose }) => purpose))].sort()).toEqual([...NewKey.shape.purpose.options].sort());
    for (const key of keys) {
      expect(Object.keys(key).sort()).toEqual(
        ['kid', 'purpose', 'alg', 'publicKey', 'state', 'usableFrom', 'signUntil', 'acceptUntil', 'createdAt'].sort(),
      );
      expect(key['state']).toMatch(/^(next|current|retired|compromised)$/);
    }
    const rows = await env.DIRECTORY.prepare('SELECT count(*) AS n FROM keys').first<{ n: number }>();
    expect(keys.length).toBe(rows?.n);
  });
});
