// The package as a business gets it: one file, small, run in plain Node and where there is nothing but a browser's globals.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createContext, Script } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { openLists, verify } from '../../../shared/offline/verify-offline.ts';
import { StatusBitmap } from '../../../shared/trust/status-bitmap.ts';
import { signStatusList } from '../../../shared/trust/status-list.ts';
import { nationalHash, signDelta, signSnapshot } from '../../../shared/trust/status-snapshot.ts';
import { signTrustList } from '../../../shared/trust/trust-list.ts';
import { type Authority, at, authority, content, DAY, issueS, listedKey, makeWorld, NOW } from '../credential/world.ts';

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

describe('the package', () => {
  it('is one file of less than 40 kB gzipped, without a server’s or a schema library’s code', () => {
    expect(gzipSync(code).length).toBeLessThan(40_000);
    expect(code).not.toMatch(/\bzod\b|\brequire\(|from\s*["']node:/);
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
