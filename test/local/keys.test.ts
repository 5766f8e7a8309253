// The holders of the roots at their terminal, over a real edge: rotation with overlap, a stolen key, new roots, and what a thief of
// an old list or of one root cannot do.
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { CoseKey } from '../../shared/cose/key.ts';
import { webEd25519 } from '../../shared/crypto/ed25519.ts';
import { type Lists, openLists } from '../../shared/offline/verify-offline.ts';
import { signerOf } from '../../shared/trust/fork.ts';
import { type TrustList, verifyTrustList } from '../../shared/trust/trust-list.ts';
import { AdminClient } from '../../worker/local/admin-client.ts';
import { edgeKeys, type KeyWork, publishNextList } from '../../worker/local/key-acts.ts';
import { main } from '../../worker/local/keys.ts';
import { type Edge, startEdge } from '../../worker/local/network.ts';
import { readRootFile } from '../../worker/local/root-file.ts';
import { type LocalSecrets, newSecrets } from '../../worker/local/secrets.ts';
import { demoCentre, setUpTrust } from '../../worker/local/set-up.ts';
import { newRig, type Rig } from '../kiosk/support/rig.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-keys-'));
const rootFile = path.join(folder, 'roots.json');
const now = () => Math.floor(Date.now() / 1000) as EpochSeconds;
let secrets: LocalSecrets;
let edge: Edge;
let port: number;

async function start(): Promise<void> {
  edge = await startEdge({
    stateDir: path.join(folder, 'state'),
    port,
    secrets,
    bundleDir: path.join(folder, 'bundle'),
  });
}

async function keys(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await main(['--roots', rootFile, ...args], {
    env: { TAWTHIQ_EDGE: edge?.url, TAWTHIQ_ADMIN_TOKEN: secrets?.adminToken },
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    now,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const coseRoots = (file: string) =>
  readRootFile(file).map(({ publicKey }): CoseKey => {
    const x = decodeBase64Url(publicKey);
    if (!x.ok) throw new Error('not base64url');
    return { curve: 'Ed25519', x: x.value };
  });
const bytesNow = async () => new Uint8Array(await (await fetch(`${edge.url}/v1/trust-list`)).arrayBuffer());
const take = (bytes: Uint8Array, roots: readonly CoseKey[], current?: TrustList) =>
  verifyTrustList(bytes, { roots, current, now: now(), ed25519: webEd25519 });
async function taken(current?: TrustList): Promise<TrustList> {
  const list = await take(await bytesNow(), current?.roots ?? coseRoots(rootFile), current);
  if (!list.ok) throw new Error(list.error.reason);
  return list.value;
}
const entry = (list: TrustList, kid: string) => list.keys.find((key) => encodeBase64Url(key.kid) === kid);
const work = (): KeyWork => ({
  api: new AdminClient(edge.url, secrets.adminToken),
  edgeUrl: edge.url,
  roots: readRootFile(rootFile),
  now,
});
const current = async (purpose: string) =>
  (await edgeKeys(work())).find((key) => key.purpose === purpose && key.state === 'current')?.kid ?? '';
const hexOf = (kid: string) => Buffer.from(kid, 'base64url').toString('hex');
const bytesAt = async (at: string) => new Uint8Array(await (await fetch(edge.url + at)).arrayBuffer());

/** A kiosk of this edge, with the lists of its first round. */
async function joinedKiosk(): Promise<Rig> {
  const api = new AdminClient(edge.url, secrets.adminToken);
  const { id: centreId } = (await api.call('POST', '/v1/admin/centres', demoCentre)) as { id: string };
  const made = await api.call('POST', '/v1/admin/kiosks/invitations', { centreId, name: 'Desk 1' });
  const { invitation } = made as { invitation: string };
  const kiosk = await newRig({ fetch, invitation, origin: edge.url });
  await kiosk.enrol();
  await kiosk.value('sync.now', {});
  return kiosk;
}

/** As docs/verify-offline.md has a business do it: trust list and snapshot. */
async function followed(before?: Lists): Promise<Lists> {
  const [trustList, snapshot] = [await bytesAt('/v1/trust-list'), await bytesAt('/v1/status/snapshot')];
  const roots = readRootFile(rootFile).map(({ publicKey }) => publicKey);
  const lists = await openLists({ issuer: edge.url, roots, trustList, snapshot, ...(before && { before }) }, now());
  if (!lists.ok) throw new Error(lists.error.reason);
  return lists.value;
}

beforeAll(async () => {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  port = (probe.address() as AddressInfo).port;
  await new Promise((resolve) => probe.close(resolve));
  const made = await main(['roots', rootFile], { env: {}, out: () => {}, err: () => {}, now });
  if (made !== 0) throw new Error('no roots');
  const roots = readRootFile(rootFile);
  const fresh = newSecrets();
  const TRUST_ROOTS = roots.map((root) => root.publicKey).join(',');
  secrets = { ...fresh, roots, bindings: { ...fresh.bindings, TRUST_ROOTS } };
  await start();
  await setUpTrust(edge.url, secrets);
});

afterAll(async () => {
  await edge?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the root file', () => {
  it('is its owner’s alone, is never written over, and is refused where others can read it', async () => {
    expect(statSync(rootFile).mode & 0o777).toBe(0o600);
    expect(await keys('roots', rootFile)).toMatchObject({
      code: 1,
      err: expect.stringContaining('will not be written over'),
    });
    chmodSync(rootFile, 0o644);
    expect(await keys('list')).toMatchObject({ code: 1, err: expect.stringContaining('can be read by others') });
    chmodSync(rootFile, 0o600);
    expect((await keys('list')).code).toBe(0);
  });
});

describe('keys', () => {
  it('rotate with overlap: both are listed before and after the new one signs', async () => {
    const before = await current('credential');
    const first = await taken();
    expect((await keys('rotate', 'credential')).out).toContain('in version 2');
    expect((await keys('rotate', 'credential')).out).toContain('listed already');
    const announced = await taken(first);
    expect(await current('credential')).toBe(before);
    expect(announced.keys.filter((key) => key.purposes.includes('credential'))).toHaveLength(2);
    expect((await keys('rotate', 'credential', '--finish')).code).toBe(0);
    const after = await taken(announced);
    const now = await current('credential');
    expect(now).not.toBe(before);
    expect([entry(after, before)?.state, entry(after, now)?.state]).toEqual(['retired', 'active']);
    // What the retired one signed stays good as long as it always was.
    expect(entry(after, before)?.acceptUntil).toBe(entry(first, before)?.acceptUntil);
    expect((await keys('rotate', 'credential', '--finish')).err).toContain('announce one first');
    expect((await keys('list')).out).toMatch(/credential retired \(retired\)/);
  });

  it('a compromised key is named from a date, in every later list; another signs; the statuses go out under a good key', async () => {
    const stolen = await current('status');
    const from = now() - 3600;
    const done = await keys('compromise', stolen, '--from', new Date(from * 1000).toISOString());
    expect(done).toMatchObject({ code: 0, err: '' });
    const list = await taken();
    expect(entry(list, stolen)).toMatchObject({ state: 'compromised', compromisedAt: from });
    expect(await current('status')).not.toBe(stolen);
    expect((await keys('publish')).code).toBe(0);
    expect(entry(await taken(list), stolen)).toMatchObject({ state: 'compromised', compromisedAt: from });
    const kid = await current('credential');
    const revoked = await keys('compromise', kid, '--from', String(from), '--revoke');
    expect(revoked).toMatchObject({ err: '', out: expect.stringContaining('0 credentials revoked') });
    expect((await keys('compromise', 'AAAAAAAAAAA', '--from', String(from))).code).toBe(1);
    expect((await keys('compromise', kid, '--from', 'yesterday')).code).toBe(2);
  });

  it('a stolen status key: a kiosk that follows, and a business that does, have statuses again at once', async () => {
    const kiosk = await joinedKiosk();
    try {
      let business = await followed();
      const held = async () => (await kiosk.value('state.get', {})).lists.statusList?.version ?? 0;
      const before = await held();
      expect(before).toBeGreaterThan(0);
      const stolen = await current('status');
      expect(business.statusSigner).toBe(hexOf(stolen));
      expect((await keys('compromise', stolen, '--from', String(now() - 3600))).code).toBe(0);
      expect(await kiosk.reason('sync.now', {})).toBe('none');
      expect(await held()).toBe(before + 1);
      business = await followed(business);
      expect(business.statusSigner).toBe(hexOf(await current('status')));
      expect(business.status.find(`${edge.url}/s3`, 5)?.status).toBe(0);
      // Whoever holds a chunk that a credential names, or the whole list, too.
      for (const path of ['/s', '/s0', '/s3']) expect(signerOf(await bytesAt(path)), path).toBe(business.statusSigner);
    } finally {
      await kiosk.close();
    }
  });

  it('a stolen old list, or another of the same version, is put in nobody’s place', async () => {
    const oldBytes = await bytesNow();
    const old = await taken();
    await keys('publish');
    const list = await taken(old);
    expect(await take(oldBytes, list.roots, list)).toEqual({ ok: false, error: { reason: 'trust_list_rollback' } });
    await expect(
      new AdminClient(edge.url, secrets.adminToken).call(
        'PUT',
        '/v1/admin/trust-list',
        oldBytes,
        'application/octet-stream',
      ),
    ).rejects.toMatchObject({ problem: { reason: 'trust_list_rollback' } });
    // Both roots, the right version, another predecessor: what a copy of the ceremony would make.
    let forked: Uint8Array | undefined;
    const api = {
      call: async (method: 'GET' | 'POST' | 'PUT', at: string, body?: unknown) => {
        if (method !== 'PUT') return new AdminClient(edge.url, secrets.adminToken).call(method, at, body);
        forked = body as Uint8Array;
        return { version: 0 };
      },
    };
    const shown = (async () => new Response(oldBytes.slice())) as typeof fetch;
    await publishNextList({ ...work(), api, fetch: shown, now: () => (now() + 5) as EpochSeconds });
    expect(await take(forked ?? new Uint8Array(), list.roots, list)).toEqual({
      ok: false,
      error: { reason: 'trust_list_fork' },
    });
  });

  it('new roots need both old ones; then the old file signs nothing more', async () => {
    const nextFile = path.join(folder, 'next-roots.json');
    await keys('roots', nextFile);
    const standing = await taken();
    expect((await keys('change-roots', nextFile)).out).toContain('set TRUST_ROOTS');
    const changed = await taken(standing);
    expect(changed.roots).toEqual(coseRoots(nextFile));
    await edge.stop();
    const TRUST_ROOTS = readRootFile(nextFile)
      .map((root) => root.publicKey)
      .join(',');
    secrets = { ...secrets, bindings: { ...secrets.bindings, TRUST_ROOTS } };
    await start();
    expect(await keys('publish')).toMatchObject({ code: 1 });
    for (let version = changed.version + 1, held = changed; version < changed.version + 3; version++) {
      expect((await keys('publish', '--roots', nextFile)).out).toContain(`version ${version}`);
      held = await taken(held);
      expect(held.version).toBe(version);
    }
  });
});
