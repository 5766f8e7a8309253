// The verifier page's lists without a browser: what an open page goes on with when keys are stolen and roots change under it.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { publicPaths } from '../../shared/contract/public-paths.ts';
import { webEd25519 } from '../../shared/crypto/ed25519.ts';
import type { Fork } from '../../shared/trust/fork.ts';
import { rootsId } from '../../shared/trust/root-change.ts';
import { StatusBitmap } from '../../shared/trust/status-bitmap.ts';
import { signStatusList } from '../../shared/trust/status-list.ts';
import { signTrustList, type TrustListContent } from '../../shared/trust/trust-list.ts';
import { EdgeLists } from '../../worker/verifier/app/edge-lists.ts';
import { type Authority, at, authority, content, DAY, listedKey, NOW } from '../shared/credential/world.ts';

const issuer = 'https://id.example';
const uri = issuer + publicPaths.statusList;
let files: Map<string, Uint8Array>;
let roots: readonly Authority[];
let hash: Uint8Array;

beforeEach(async () => {
  files = new Map();
  hash = new Uint8Array(32);
  roots = [await authority(), await authority()];
  vi.stubGlobal('fetch', async (path: string) => {
    const bytes = files.get(path);
    return bytes ? new Response(bytes.slice()) : new Response('', { status: 404 });
  });
});
afterEach(() => vi.unstubAllGlobals());

function opened() {
  let kept: readonly Fork[] = [];
  const keep = (known: readonly Fork[]) => {
    kept = known;
  };
  const forks = { load: () => kept, keep };
  const rootKeys = roots.map(({ key }) => key);
  return new EdgeLists({ issuer, roots: rootKeys, ed25519: webEd25519, now: () => NOW, forks });
}

async function putTrust(changes: Partial<TrustListContent>, by: readonly Authority[] = roots): Promise<Uint8Array> {
  const made = content({ roots }, { prevHash: hash, ...changes });
  const bytes = await signTrustList(
    made,
    by.map(({ signer }) => signer),
  );
  files.set(publicPaths.trustList, bytes);
  return bytes;
}

async function putStatus(by: Authority, issuedAt: number, revoked: readonly number[]): Promise<void> {
  const bitmap = StatusBitmap.empty(2, 1024);
  for (const index of revoked) bitmap.set(index, 1);
  const list = { uri, issuedAt: at(issuedAt), expiresAt: at(DAY), ttlSeconds: 900, bitmap };
  files.set(publicPaths.statusList, await signStatusList(list, by.signer));
}

describe('an open page', () => {
  it('lets go of statuses when their signer is trusted no more, and takes those of the next one', async () => {
    const [stolen, fresh] = [await authority(), await authority()];
    await putTrust({ keys: [listedKey(stolen.key)] });
    // Dated ahead of all that can follow.
    await putStatus(stolen, 250, []);
    const lists = opened();
    expect(await lists.refresh()).toBe('fresh');
    expect(lists.current?.status.find(uri, 7)?.status).toBe(0);
    hash = lists.current?.trust.list.hash ?? hash;
    await putTrust({ version: 2, keys: [listedKey(stolen.key, { state: 'compromised' }), listedKey(fresh.key)] });
    expect(await lists.refresh()).toBe('refused');
    expect(lists.current?.trust.list.version).toBe(2);
    expect(lists.current?.status.find(uri, 7)).toBeUndefined();
    expect(lists.current?.statusIssuedAt).toBeUndefined();
    await putStatus(fresh, -5, [7]);
    expect(await lists.refresh()).toBe('fresh');
    expect(lists.current?.status.find(uri, 7)?.status).toBe(1);
    expect(lists.current?.statusIssuedAt).toBe(at(-5));
    // Of a signer that is still trusted the older one stays out.
    await putStatus(fresh, -60, []);
    await lists.refresh();
    expect(lists.current?.status.find(uri, 7)?.status).toBe(1);
  });

  it.each([
    ['the first list', 1],
    ['a list that one stolen root numbered out of reach', 1_000_000],
  ])('follows roots that changed twice since it took %s, and no others', async (_what, first) => {
    const signer = await authority();
    const keys = [listedKey(signer.key)];
    await putTrust({ keys, version: first }, roots.slice(0, 1));
    await putStatus(signer, -60, []);
    const lists = opened();
    await lists.refresh();
    for (const version of [3, 6]) {
      const former = roots;
      roots = [await authority(), await authority()];
      const change = await putTrust({ version, keys }, [...former, ...roots]);
      files.set(`${publicPaths.rootChange}/${rootsId(former.map(({ key }) => key))}`, change);
    }
    await putTrust({ version: 8, keys });
    expect(await lists.refresh()).toBe('fresh');
    expect(lists.current?.trust.list.version).toBe(8);
    const thief = [await authority(), await authority()];
    const [one] = roots as [Authority];
    const held = roots.map(({ key }) => key);
    roots = thief;
    const forged = await putTrust({ version: 9, keys }, [one, ...thief]);
    files.set(`${publicPaths.rootChange}/${rootsId(held)}`, forged);
    expect(await lists.refresh()).toBe('refused');
    await putTrust({ version: 10, keys });
    expect(await lists.refresh()).toBe('refused');
    expect(lists.current?.trust.list.version).toBe(8);
  });
});
