// The roots change, twice: what the edge keeps of it for those who were asleep, and who finds the way by it.
import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EpochSeconds, epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { publicPaths } from '../../../shared/contract/public-paths.ts';
import { type CoseKey, kidOf } from '../../../shared/cose/key.ts';
import { ed25519Signer, type Signer } from '../../../shared/cose/sign1.ts';
import { generateEd25519, webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { openLists } from '../../../shared/offline/verify-offline.ts';
import { rootsId } from '../../../shared/trust/root-change.ts';
import { signTrustList } from '../../../shared/trust/trust-list.ts';
import { Lists, publishedFiles } from '../../../worker/verifier/lists.ts';
import { admin, bytesOf, listedKeys, rootSigner, roots, setUpKeys } from './issuing-edge.ts';

type Root = { readonly key: CoseKey; readonly signer: Signer };
type Roots = readonly [Root, Root];

const now = (): EpochSeconds => epochSecondsOfMs(Date.now());
const get = (path: string, headers: Record<string, string> = {}) =>
  exports.default.fetch(env.ISSUER + path, { headers });
async function statusOf(path: string): Promise<number> {
  const answer = await get(path);
  await answer.arrayBuffer();
  return answer.status;
}
const pathOf = (pair: readonly CoseKey[]) => `${publicPaths.rootChange}/${rootsId(pair)}`;
const keysOf = (pair: Roots) => pair.map(({ key }) => key);

async function newRoots(): Promise<Roots> {
  const [a, b] = await Promise.all([0, 1].map(() => generateEd25519({ extractable: false })));
  if (!a || !b) throw new Error('no keys');
  const root = (pair: typeof a): Root => {
    const key: CoseKey = { curve: 'Ed25519', x: pair.publicRaw };
    return { key, signer: ed25519Signer(pair.privateKey, kidOf(key)) };
  };
  return [root(a), root(b)];
}

/** The next list on these roots; answers what the edge said. */
async function publish(standsOn: Roots, signers: readonly Root[]): Promise<string> {
  const state = (await (await admin('/v1/admin/trust-list')).json()) as { version: number; hash: string };
  const { version, hash } = state;
  const dates = { issuedAt: now(), expiresAt: (now() + 86_400) as EpochSeconds };
  const content = { issuer: env.ISSUER, version: version + 1, ...dates, prevHash: bytesOf(hash) };
  const list = await signTrustList(
    { ...content, roots: keysOf(standsOn), keys: await listedKeys() },
    signers.map(({ signer }) => signer),
  );
  const answer = await admin('/v1/admin/trust-list', 'PUT', list);
  return answer.status === 200 ? 'taken' : ((await answer.json()) as { reason: string }).reason;
}

let first: Roots;
let second: Roots;
let third: Roots;

beforeAll(async () => {
  await setUpKeys();
  const [a, b] = roots as [CoseKey, CoseKey];
  first = [
    { key: a, signer: await rootSigner(0) },
    { key: b, signer: await rootSigner(1) },
  ];
  [second, third] = await Promise.all([newRoots(), newRoots()]);
});

describe('a list that changes the roots', () => {
  it('needs all of both, and is then there for whoever still holds the former ones', async () => {
    expect(await statusOf(pathOf(keysOf(first)))).toBe(404);
    expect(await publish(second, [...first])).toBe('trust_list_root_change');
    expect(await publish(second, [first[0], ...second])).toBe('trust_list_root_change');
    expect(await publish(second, [...first, ...second])).toBe('taken');
    const changed = await (await get(publicPaths.trustList)).bytes();
    // This edge still names the first ones in its configuration, and goes on all the same.
    expect(await publish(second, [second[0]])).toBe('taken');
    const kept = await get(pathOf(keysOf(first)));
    expect([kept.status, kept.headers.get('content-type')]).toEqual([200, 'application/vnd.tawthiq.trust-list+cwt']);
    expect(kept.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(await kept.bytes()).toEqual(changed);
    const again = await get(pathOf(keysOf(first)), { 'if-none-match': kept.headers.get('etag') ?? '' });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('never leads back to roots that were given up', async () => {
    expect(await publish(third, [...second, ...third])).toBe('taken');
    expect(await publish(third, [third[1]])).toBe('taken');
    for (const former of [first, second]) {
      expect(await publish(former, [...third, ...former])).toBe('trust_list_roots_reused');
    }
  });

  it('says nothing to other roots, or to no roots at all', async () => {
    const unknown = await get(pathOf(keysOf(await newRoots())));
    expect([unknown.status, ((await unknown.json()) as { reason: string }).reason]).toEqual([404, 'not_published']);
    for (const odd of ['', 'x', '../trust-list', 'A'.repeat(32), '0'.repeat(33)]) {
      expect(await statusOf(`${publicPaths.rootChange}/${odd}`), odd).toBe(404);
    }
  });

  it('is followed by an isolate, and by a business’s software, that hold the first ones', async () => {
    const lists = new Lists({
      files: publishedFiles(env.FILES),
      roots: keysOf(first),
      statusListUri: `${env.ISSUER}${publicPaths.statusList}`,
      ed25519: webEd25519,
      nowMs: Date.now,
      now,
    });
    const newest = ((await (await admin('/v1/admin/trust-list')).json()) as { version: number }).version;
    expect((await lists.current(() => {}))?.trust.list).toMatchObject({ version: newest, roots: keysOf(third) });
    const fetched = {
      issuer: env.ISSUER,
      roots: keysOf(first).map(({ x }) => encodeBase64Url(x)),
      trustList: await (await get(publicPaths.trustList)).bytes(),
    };
    const rootChange = async (id: string) => {
      const answer = await get(`${publicPaths.rootChange}/${id}`);
      return answer.ok ? answer.bytes() : undefined;
    };
    const opened = await openLists({ ...fetched, rootChange }, now());
    expect(opened.ok && opened.value.trust.list.version).toBe(newest);
    expect(await openLists(fetched, now())).toMatchObject({ error: { reason: 'trust_list_signature' } });
    // What it keeps leads it on from there.
    expect((await openLists({ ...fetched, roots: opened.ok ? opened.value.roots : [] }, now())).ok).toBe(true);
  });
});
