// The package as a business gets it: one file, small, run in plain Node and where there is nothing but a browser's globals.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createContext, Script } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { ed25519Signer, type Signer } from '../../../shared/cose/sign1.ts';
import { issueBound } from '../../../shared/credential/bound.ts';
import { parseChallenge } from '../../../shared/credential/challenge.ts';
import type { Challenge } from '../../../shared/credential/checks/work.ts';
import { showCredential } from '../../../shared/credential/token.ts';
import { generateEd25519, webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { challengeText, type Lists, openLists, verify } from '../../../shared/offline/verify-offline.ts';
import { rootsId } from '../../../shared/trust/root-change.ts';
import { StatusBitmap } from '../../../shared/trust/status-bitmap.ts';
import { signStatusList } from '../../../shared/trust/status-list.ts';
import { nationalHash, signDelta, signSnapshot } from '../../../shared/trust/status-snapshot.ts';
import { signTrustList, type TrustList, verifyTrustList } from '../../../shared/trust/trust-list.ts';
import {
  type Authority,
  at,
  authority,
  content,
  DAY,
  ISSUER,
  issueS,
  listedKey,
  makeWorld,
  NOW,
  PERSON,
} from '../credential/world.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-offline-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const issuer = 'https://id.example';
let code: string;
let input: Parameters<typeof openLists>[0];
let world: Awaited<ReturnType<typeof makeWorld>>;
let roots: readonly Authority[];
let text: string;

beforeAll(async () => {
  const entry = path.resolve(import.meta.dirname, '../../../shared/offline/verify-offline.ts');
  const built = await build({ entryPoints: [entry], bundle: true, format: 'esm', minify: true, write: false });
  code = built.outputFiles[0]?.text ?? '';
  world = await makeWorld();
  roots = [await authority(), await authority()];
  const trustList = await signTrustList(content({ roots }, { keys: [listedKey(world.issuer.key)] }), [
    (roots[0] as Authority).signer,
  ]);
  const bitmap = StatusBitmap.empty(2, 1024);
  const dates = { issuedAt: at(-60), expiresAt: at(DAY), ttlSeconds: 900 };
  const bytes = await signStatusList({ uri: `${issuer}/s`, ...dates, bitmap }, world.issuer.signer);
  text = (await issueS(world, { statusUri: `${issuer}/s`, statusIndex: 7 })).text;
  input = {
    issuer,
    trustList,
    roots: roots.map((root) => encodeBase64Url((root.key as { x: Uint8Array }).x)),
    statusLists: [{ uri: `${issuer}/s`, bytes }],
  };
});

async function trustOf(bytes: Uint8Array, by: readonly Authority[]): Promise<TrustList> {
  const list = await verifyTrustList(bytes, { roots: by.map(({ key }) => key), now: at(0), ed25519: webEd25519 });
  if (!list.ok) throw new Error(list.error.reason);
  return list.value;
}

/** A wallet's frame of now, or its answer to a challenge, of a credential that stands at `/s`. */
async function shownFrame(challenge?: Challenge): Promise<string> {
  const pair = await generateEd25519({ extractable: false });
  const holderKey = { curve: 'Ed25519', x: pair.publicRaw } as const;
  const status = { uri: `${issuer}/s`, index: 9 };
  const dates = { issuedAt: at(-DAY), expiresAt: at(DAY) };
  const request = { claims: PERSON, issuer: ISSUER, subject: 'a1b2c3d4', holderKey, status, ...dates };
  const bound = await issueBound(request, world.issuer.signer);
  if (!bound.ok) throw new Error(bound.error.reason);
  const showing = { cose: bound.value.cose, now: at(0), ...(challenge && { challenge }) };
  return showCredential(showing, ed25519Signer(pair.privateKey));
}

describe('the package', () => {
  it('is one file of less than 40 kB gzipped, without a server’s or a schema library’s code', () => {
    expect(gzipSync(code).length).toBeLessThan(40_000);
    expect(code).not.toMatch(/\bzod\b|\brequire\(|from\s*["']node:/);
  });

  it('shows a challenge that a wallet reads, and takes one answer to it', async () => {
    const lists = await openLists(input, NOW);
    if (!lists.ok) throw new Error(lists.error.reason);
    const challenge = { audience: 'till-7', cnonce: crypto.getRandomValues(new Uint8Array(16)) };
    const read = parseChallenge(challengeText(challenge));
    const answer = await shownFrame(read.ok ? read.value : undefined);
    expect((await verify(answer, lists.value, NOW)).verdict).toMatchObject({ check: 'for_this_verifier' });
    const taken = await verify(answer, lists.value, NOW, { challenge });
    expect([taken.verdict.outcome, taken.profile]).toEqual(['accepted', 'C']);
    const another = await shownFrame(challenge);
    expect((await verify(another, lists.value, NOW, { challenge })).verdict).toMatchObject({ check: 'first_showing' });
  });

  it('runs in plain Node as a file of its own', () => {
    const file = path.join(folder, 'verify.mjs');
    writeFileSync(file, code);
    const list = (bytes: Uint8Array) => `new Uint8Array([${[...bytes]}])`;
    const [status] = input.statusLists ?? [];
    writeFileSync(
      path.join(folder, 'till.mjs'),
      `import { openLists, verify } from './verify.mjs';
       const lists = await openLists({ issuer: '${issuer}', roots: ${JSON.stringify(input.roots)}, trustList: ${list(input.trustList)},
         statusLists: [{ uri: '${issuer}/s', bytes: ${list(status?.bytes ?? new Uint8Array())} }] }, ${NOW});
       if (!lists.ok) throw new Error(lists.error.reason);
       const good = await verify(${JSON.stringify(text)}, lists.value, ${NOW});
       const bad = await verify('NOTHING OF OURS', lists.value, ${NOW});
       console.log(JSON.stringify([good.verdict.outcome, good.claims.nameLatin, good.notices, bad.verdict.outcome]));`,
    );
    const said = execFileSync(process.execPath, [path.join(folder, 'till.mjs')], { encoding: 'utf8' });
    expect(JSON.parse(said)).toEqual(['accepted', 'Abdullah Al-Qahtani', ['copy_compare_face'], 'rejected']);
  });

  it('loads where there are a browser’s globals and nothing else', async () => {
    // As a script that leaves what it exports behind.
    const exported = code.replace(/export\{([^}]*)\};?\s*$/, (_all, names: string) => {
      const members = names.split(',').map((name) => name.trim().split(' as '));
      return `globalThis.offline={${members.map(([from, to]) => `${to ?? from}:${from}`).join(',')}};`;
    });
    const { crypto, TextEncoder, TextDecoder, CompressionStream, DecompressionStream, Response } = globalThis;
    const context = createContext({ crypto, TextEncoder, TextDecoder, CompressionStream, DecompressionStream, Response, Uint8Array }); // biome-ignore format: one row
    new Script(exported).runInContext(context);
    const offline = (context as { offline: { openLists: typeof openLists; verify: typeof verify } }).offline;
    const lists = await offline.openLists(input, NOW);
    if (!lists.ok) throw new Error(lists.error.reason);
    expect((await offline.verify(text, lists.value, NOW)).verdict).toEqual({ outcome: 'accepted' });
  });
});

describe('the documentation', () => {
  it('has code that runs as it stands', async () => {
    const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/verify-offline.md'), 'utf8');
    const sample = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const [one, two] = input.roots;
    const body = sample
      .replace(/^import .*$/m, '')
      .replace("'<root 1>', '<root 2>'", `'${one}', '${two}'`)
      .concat('\nreturn { verdict, asked: await rootChange("00") };');
    const served = new Map([
      [`${issuer}/v1/trust-list`, input.trustList],
      [`${issuer}/s`, input.statusLists?.[0]?.bytes],
    ]);
    const fetched = async (address: string) => {
      const bytes = served.get(address);
      return bytes ? new Response(bytes.slice()) : new Response('', { status: 404 });
    };
    const { constructor: AsyncFunction } = Object.getPrototypeOf(async () => {}) as {
      constructor: FunctionConstructor;
    };
    const run = AsyncFunction('openLists', 'verify', 'fetch', 'Date', 'scannedText', body);
    const said: unknown = await run(openLists, verify, fetched, { now: () => NOW * 1000 }, text);
    expect(said).toEqual({ verdict: { outcome: 'accepted' }, asked: undefined });
  });
});

describe('lists', () => {
  it('that are forged, of other roots, or older than what was believed are refused with a reason', async () => {
    const opened = await openLists(input, NOW);
    if (!opened.ok) throw new Error(opened.error.reason);
    const forged = input.trustList.slice();
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
    expect(await openLists({ ...input, trustList: forged }, NOW)).toMatchObject({
      error: { reason: 'trust_list_signature' },
    });
    expect(await openLists({ ...input, roots: ['AA'] }, NOW)).toMatchObject({ error: { reason: 'roots_malformed' } });
    const elsewhere = input.statusLists?.map((list) => ({ ...list, uri: `${issuer}/s1` })) ?? [];
    expect(await openLists({ ...input, statusLists: elsewhere }, NOW)).toMatchObject({
      error: { reason: 'status_list_uri' },
    });
    const without = await openLists({ ...input, statusLists: [] }, NOW);
    expect(without.ok && (await verify(text, without.value, NOW)).verdict).toMatchObject({
      outcome: 'undecided',
      check: 'status_list_at_hand',
    });
    expect((await verify(text, opened.value, NOW, { context: 'border' })).verdict).toMatchObject({
      check: 'usable_in_context',
    });
    expect((await verify(text, opened.value, NOW + 20 * DAY)).verdict).toMatchObject({
      outcome: 'undecided',
      check: 'status_list_fresh',
    });
  });

  it('that contradict those believed before make every verdict undecided, until both roots have settled it', async () => {
    const opened = await openLists(input, NOW);
    if (!opened.ok) throw new Error(opened.error.reason);
    const before = opened.value;
    const next = (changes: object, by: readonly Authority[] = roots.slice(0, 1)) =>
      signTrustList(
        content({ roots }, { keys: [listedKey(world.issuer.key)], ...changes }),
        by.map(({ signer }) => signer),
      );
    const other = await next({ issuedAt: at(-3000) });
    const undecided = { outcome: 'undecided', check: 'lists_agree' };
    expect(await openLists({ ...input, trustList: other, before }, NOW)).toEqual({
      ok: false,
      error: { reason: 'trust_list_fork' },
    });
    expect((await verify(text, before, NOW)).verdict).toMatchObject(undecided);
    expect((await verify('NOTHING OF OURS', before, NOW)).verdict.outcome).toBe('rejected');
    // At the next start the business hands in what it kept: the bytes and this.
    const kept = JSON.parse(JSON.stringify(before.forks.known));
    const again = await openLists({ ...input, forks: kept }, NOW);
    expect(again.ok && (await verify(text, again.value, NOW)).verdict).toMatchObject(undecided);
    const prevHash = before.trust.list.hash;
    const byOne = await openLists({ ...input, trustList: await next({ version: 2, prevHash }), before }, NOW);
    expect(byOne.ok && (await verify(text, byOne.value, NOW)).verdict).toMatchObject(undecided);
    const byBoth = await openLists({ ...input, trustList: await next({ version: 2, prevHash }, roots), before }, NOW);
    expect(byBoth.ok && (await verify(text, byBoth.value, NOW)).verdict.outcome).toBe('accepted');
  });

  it('one by one never go back: an older one is refused, and what was revoked stays so', async () => {
    const uri = `${issuer}/s`;
    const sign = async (issuedAt: number, revoked: readonly number[], by = world.issuer) => {
      const bitmap = StatusBitmap.empty(2, 1024);
      for (const index of revoked) bitmap.set(index, 1);
      const dates = { issuedAt: at(issuedAt), expiresAt: at(DAY), ttlSeconds: 900 };
      return { uri, bytes: await signStatusList({ uri, ...dates, bitmap }, by.signer) };
    };
    const old = await sign(-60, []);
    const opened = await openLists({ ...input, statusLists: [await sign(-30, [7])] }, NOW);
    if (!opened.ok) throw new Error(opened.error.reason);
    const before = opened.value;
    expect((await verify(text, before, NOW)).verdict).toMatchObject({ check: 'not_revoked' });
    const rollback = { ok: false, error: { reason: 'status_list_rollback' } };
    expect(await openLists({ ...input, statusLists: [old], before }, NOW)).toEqual(rollback);
    // Also by the other form, and back again.
    const national = { baseUri: uri, bitmap: StatusBitmap.empty(2, 1024), length: 1024, expiresAt: at(DAY) };
    const snapshotAt = (issuedAt: number) => signSnapshot({ ...national, sequence: 1, issuedAt: at(issuedAt) }, world.issuer.signer); // biome-ignore format: one row
    const { statusLists: _, ...other } = input;
    const back = await openLists({ ...other, snapshot: await snapshotAt(-60), before }, NOW);
    expect(back).toEqual({ ok: false, error: { reason: 'snapshot_rollback' } });
    const moved = await openLists({ ...other, snapshot: await snapshotAt(-20), before }, NOW);
    expect(moved.ok && (await openLists({ ...input, statusLists: [await sign(-25, [])], before: moved.value }, NOW))).toEqual(rollback); // biome-ignore format: one row
    // One that does not come again stays; one of the same age is the same one.
    for (const statusLists of [[], [await sign(-30, [7])]]) {
      const again = await openLists({ ...input, statusLists, before }, NOW);
      expect(again.ok && (await verify(text, again.value, NOW)).verdict).toMatchObject({ check: 'not_revoked' });
    }
    const next = await openLists({ ...input, statusLists: [await sign(-10, [7, 8])], before }, NOW);
    expect(next.ok && (await verify(text, next.value, NOW)).verdict).toMatchObject({ check: 'not_revoked' });
  });

  it('of a chunk and of the whole are one matter: the newer of the two speaks for an index', async () => {
    const uri = `${issuer}/s`;
    const sign = async (name: string, length: number, issuedAt: number, isRevoked: boolean) => {
      const bitmap = StatusBitmap.empty(2, length);
      if (isRevoked) bitmap.set(7, 1);
      const list = { uri: name, issuedAt: at(issuedAt), expiresAt: at(DAY), ttlSeconds: 900, bitmap };
      return { uri: name, bytes: await signStatusList(list, world.issuer.signer) };
    };
    const whole = (issuedAt: number, isRevoked: boolean) => sign(uri, 2 ** 21, issuedAt, isRevoked);
    const chunk = (issuedAt: number, isRevoked: boolean) => sign(`${uri}0`, 2 ** 20, issuedAt, isRevoked);
    const code = (await issueS(world, { statusUri: `${uri}0`, statusIndex: 7 })).text;
    const outcomes: string[] = [];
    for (const [first, second] of [
      [whole(-30, true), chunk(-60, false)],
      [chunk(-60, false), whole(-30, true)],
      [whole(-60, false), chunk(-30, true)],
      [chunk(-30, true), whole(-60, false)],
    ] as const) {
      const opened = await openLists({ ...input, statusLists: [await first] }, NOW);
      if (!opened.ok) throw new Error(opened.error.reason);
      const next = await openLists({ ...input, statusLists: [await second], before: opened.value }, NOW);
      if (!next.ok) throw new Error(next.error.reason);
      outcomes.push((await verify(code, next.value, NOW)).verdict.outcome);
    }
    expect(outcomes).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
  });

  it('of a key that is believed no more hold nothing back, whatever it had dated or numbered', async () => {
    const thief = await authority();
    const trust = async (version: number, prevHash: Uint8Array, state: 'active' | 'compromised') =>
      signTrustList(
        content({ roots }, { version, prevHash, keys: [listedKey(world.issuer.key), listedKey(thief.key, { state })] }),
        [(roots[0] as Authority).signer],
      );
    const none = new Uint8Array(32);
    const uri = `${issuer}/s`;
    const bitmap = StatusBitmap.empty(2, 1024);
    const list = { uri, issuedAt: at(-1), expiresAt: at(DAY), ttlSeconds: 900, bitmap };
    const national = { baseUri: uri, sequence: 1_000_000, issuedAt: at(-1), expiresAt: at(DAY), bitmap, length: 1024 };
    const { statusLists: good, ...rest } = input;
    const stolen = [
      { statusLists: [{ uri, bytes: await signStatusList(list, thief.signer) }] },
      { snapshot: await signSnapshot(national, thief.signer) },
    ];
    const snapshot = await signSnapshot({ ...national, sequence: 5, issuedAt: at(-60) }, world.issuer.signer);
    for (const statuses of stolen) {
      const trustList = await trust(1, none, 'active');
      const opened = await openLists({ ...rest, ...statuses, trustList }, NOW);
      if (!opened.ok) throw new Error(opened.error.reason);
      const before = opened.value;
      const known = await trust(2, before.trust.list.hash, 'compromised');
      for (const statusLists of [good ?? [], undefined]) {
        const next = statusLists ? { statusLists } : { snapshot };
        const freed = await openLists({ ...rest, ...next, trustList: known, before }, NOW);
        expect(freed.ok && (await verify(text, freed.value, NOW)).verdict.outcome).toBe('accepted');
      }
      const bare = await openLists({ ...rest, trustList: known, before }, NOW);
      expect(bare.ok && (await verify(text, bare.value, NOW)).verdict).toMatchObject({ check: 'status_list_at_hand' });
    }
  });

  it('whose roots changed while the till was off are followed by asking, and the new roots are there to keep', async () => {
    const [former, next] = [roots, [await authority(), await authority()]];
    const keys = [listedKey(world.issuer.key)];
    const all = [...former, ...next].map(({ signer }) => signer);
    const change = await signTrustList(content({ roots: next }, { keys, version: 4 }), all);
    const prevHash = (await trustOf(change, next)).hash;
    const newest = await signTrustList(content({ roots: next }, { keys, version: 5, prevHash }), [all[2] as Signer]);
    const asked: string[] = [];
    const rootChange = async (id: string) => {
      asked.push(id);
      return id === rootsId(former.map(({ key }) => key)) ? change : undefined;
    };
    const refused = { ok: false, error: { reason: 'trust_list_signature' } };
    expect(await openLists({ ...input, trustList: newest }, NOW)).toEqual(refused);
    const away = () => Promise.reject(new TypeError('fetch failed'));
    expect(await openLists({ ...input, trustList: newest, rootChange: away }, NOW)).toEqual(refused);
    const old = await openLists(input, NOW);
    for (const before of [undefined, old.ok ? old.value : undefined]) {
      const opened = await openLists({ ...input, trustList: newest, rootChange, ...(before && { before }) }, NOW);
      if (!opened.ok) throw new Error(opened.error.reason);
      expect((await verify(text, opened.value, NOW)).verdict.outcome).toBe('accepted');
      expect(opened.value.roots).toEqual(next.map(({ key }) => encodeBase64Url((key as { x: Uint8Array }).x)));
      const again = await openLists({ ...input, trustList: newest, roots: opened.value.roots }, NOW);
      expect(again.ok && again.value.trust.list.version).toBe(5);
    }
    expect(asked).toHaveLength(2);
  });

  it('remember a frame for as long as the business’s own policy calls it good', async () => {
    const opened = await openLists(input, NOW);
    if (!opened.ok) throw new Error(opened.error.reason);
    const frame = await shownFrame();
    const policy = { frameMaxAgeSeconds: 600 };
    expect((await verify(frame, opened.value, NOW, { policy })).verdict.outcome).toBe('accepted');
    for (const later of [61, 300, 600]) {
      expect((await verify(frame, opened.value, NOW + later, { policy })).verdict).toMatchObject({ check: 'first_showing' }); // biome-ignore format: one row
    }
    expect((await verify(frame, opened.value, NOW + 601, { policy })).verdict).toMatchObject({ check: 'frame_fresh' });
  });

  it('of a nation whose space grew are followed: no delta leads there, the larger snapshot does', async () => {
    const state = async (sequence: number, length: number, revoked: readonly number[]) => {
      const bitmap = StatusBitmap.empty(2, length);
      for (const index of revoked) bitmap.set(index, 1);
      const stated = { baseUri: `${issuer}/s`, sequence, issuedAt: at(-60), expiresAt: at(DAY), bitmap, length };
      return { ...stated, hash: await nationalHash(stated) };
    };
    const [small, large] = [await state(1, 1024, []), await state(2, 4096, [7])];
    const later = (await issueS(world, { statusUri: `${issuer}/s`, statusIndex: 3000 })).text;
    const { trustList, roots: keys } = input;
    const open = async (of: typeof small, before?: Lists) => {
      const snapshot = await signSnapshot(of, world.issuer.signer);
      const opened = await openLists({ issuer, trustList, roots: keys, snapshot, ...(before && { before }) }, NOW);
      if (!opened.ok) throw new Error(opened.error.reason);
      return opened.value;
    };
    const first = await open(small);
    expect((await verify(later, first, NOW)).verdict).toMatchObject({ check: 'status_list_at_hand' });
    await expect(signDelta(small, large, world.issuer.signer)).rejects.toThrow(RangeError);
    const second = await open(large, first);
    expect((await verify(text, second, NOW)).verdict).toMatchObject({ check: 'not_revoked' });
    expect((await verify(later, second, NOW)).verdict.outcome).toBe('accepted');
  });

  it('of a nation are followed by deltas, and never back', async () => {
    const bitmap = StatusBitmap.empty(2, 1024);
    const base = { baseUri: `${issuer}/s`, sequence: 1, issuedAt: at(-60), expiresAt: at(DAY), bitmap, length: 1024 };
    const next = { ...base, sequence: 2, bitmap: bitmap.copy() };
    next.bitmap.set(7, 1);
    const snapshot = await signSnapshot(base, world.issuer.signer);
    const delta = await signDelta({ ...base, hash: await nationalHash(base) }, next, world.issuer.signer);
    const { trustList, roots: keys } = input;
    const first = await openLists({ issuer, trustList, roots: keys, snapshot }, NOW);
    const second = await openLists({ issuer, trustList, roots: keys, snapshot, deltas: [delta] }, NOW);
    if (!first.ok || !second.ok) throw new Error('not opened');
    expect((await verify(text, first.value, NOW)).verdict.outcome).toBe('accepted');
    expect((await verify(text, second.value, NOW)).verdict).toMatchObject({ check: 'not_revoked' });
    const back = await openLists({ issuer, trustList, roots: keys, snapshot, before: second.value }, NOW);
    expect(back).toEqual({ ok: false, error: { reason: 'snapshot_rollback' } });
    // Another state of the sequence that is held.
    const other = await signSnapshot({ ...next, bitmap }, world.issuer.signer);
    const fork = await openLists({ issuer, trustList, roots: keys, snapshot: other, before: second.value }, NOW);
    expect(fork).toEqual({ ok: false, error: { reason: 'snapshot_fork' } });
    const unrevoked = (await issueS(world, { statusUri: `${issuer}/s`, statusIndex: 8 })).text;
    expect((await verify(unrevoked, second.value, NOW)).verdict).toMatchObject({ check: 'lists_agree' });
    expect((await verify(text, second.value, NOW)).verdict).toMatchObject({ check: 'not_revoked' });
  });
});
