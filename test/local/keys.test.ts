// The holders of the roots at their terminal, over a real edge: rotation with overlap, a stolen key, new roots, each root at a table of
// its own without a network, and what a thief of an old list or of one root cannot do. Long, because an edge is slow to start: one for all.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { credentialIssuer } from '../../shared/contract/public-paths.ts';
import { type CoseKey, kidOf } from '../../shared/cose/key.ts';
import { ed25519Signer } from '../../shared/cose/sign1.ts';
import { issueStatic } from '../../shared/credential/static.ts';
import { generateEd25519, webEd25519 } from '../../shared/crypto/ed25519.ts';
import { type Lists, openLists, verify } from '../../shared/offline/verify-offline.ts';
import { signerOf } from '../../shared/trust/fork.ts';
import { type TrustList, verifyTrustList } from '../../shared/trust/trust-list.ts';
import { AdminClient } from '../../worker/local/admin-client.ts';
import { compromiseKey, edgeKeys, type KeyWork, publishNextList } from '../../worker/local/key-acts.ts';
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

type Said = { code: number; out: string; err: string };

/** `typed`: by whoever sits before it; undefined: nobody does. */
async function terminal(args: readonly string[], env: Record<string, string>, typed?: string): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await main(args, {
    env,
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    now,
    ask: typed === undefined ? undefined : async () => typed,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const edgeEnv = () => ({ TAWTHIQ_EDGE: edge?.url ?? '', TAWTHIQ_ADMIN_TOKEN: secrets?.adminToken ?? '' });
const keys = (...args: string[]) => terminal(['--roots', rootFile, ...args], edgeEnv());
/** Where the edge is reached, and no root is: a file of roots that is not there. */
const online = (...args: string[]) => terminal(['--roots', path.join(folder, 'nowhere'), ...args], edgeEnv());
/** Where a root is, and no edge: whoever calls one there has no address. */
const atTable = (...args: string[]) => terminal(args, {}, undefined);

function rawOf(text: string): Uint8Array {
  const x = decodeBase64Url(text);
  if (!x.ok) throw new Error('not base64url');
  return x.value;
}
const equal = (one: Uint8Array, other: Uint8Array) => Buffer.from(one).equals(other);
const coseRoots = (file: string) =>
  readRootFile(file).map(({ publicKey }): CoseKey => ({ curve: 'Ed25519', x: rawOf(publicKey) }));
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

/** A copy signed by a key of the test's own; `withKey` is the ceremony that lists that key beside the edge's. */
async function aCredential(): Promise<{ text: string; withKey: KeyWork }> {
  const pair = await generateEd25519({ extractable: true });
  const kid = kidOf({ curve: 'Ed25519', x: pair.publicRaw });
  const issued = await issueStatic(
    {
      claims: { nameLatin: 'Sample Person', birthDate: '1990-01-01' },
      issuer: credentialIssuer,
      statusUri: `${edge.url}/s`,
      statusIndex: 5,
      issuedAt: (now() - 5) as EpochSeconds,
      expiresAt: (now() + 86_400) as EpochSeconds,
    },
    ed25519Signer(pair.privateKey, kid),
  );
  if (!issued.ok) throw new Error(issued.error.reason);
  const dates = { usableFrom: now() - 60, signUntil: now() + 86_400, acceptUntil: now() + 172_800 };
  const publicKey = encodeBase64Url(pair.publicRaw);
  const own = { kid: encodeBase64Url(kid), purpose: 'credential', alg: 'EdDSA', publicKey, state: 'current', ...dates };
  const admin = new AdminClient(edge.url, secrets.adminToken);
  const api: KeyWork['api'] = {
    call: async (method, at, body, type) => {
      const answer = await admin.call(method, at, body, type);
      if (method !== 'GET' || at !== '/v1/admin/keys') return answer;
      return { keys: [...(answer as { keys: object[] }).keys, own] };
    },
  };
  return { text: issued.value.text, withKey: { ...work(), api } };
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
  const made = await main(['roots', rootFile, '--no-passphrase'], { env: {}, out: () => {}, err: () => {}, now });
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
    expect(done).toMatchObject({ code: 0, err: expect.not.stringContaining('refused') });
    const list = await taken();
    expect(entry(list, stolen)).toMatchObject({ state: 'compromised', compromisedAt: from });
    expect(await current('status')).not.toBe(stolen);
    expect(signerOf(await bytesAt('/v1/status/snapshot'))).toBe(hexOf(await current('status')));
    expect((await keys('publish')).code).toBe(0);
    expect(entry(await taken(list), stolen)).toMatchObject({ state: 'compromised', compromisedAt: from });
    const kid = await current('credential');
    const revoked = await keys('compromise', kid, '--from', String(from), '--revoke');
    expect(revoked).toMatchObject({ out: expect.stringContaining('0 credentials revoked') });
    expect((await keys('compromise', 'AAAAAAAAAAA', '--from', String(from))).code).toBe(1);
    expect((await keys('compromise', kid, '--from', 'yesterday')).code).toBe(2);
  });

  it('a stolen status key: a kiosk and a business that follow go on with their verdicts, at once', async () => {
    const { text, withKey } = await aCredential();
    await publishNextList(withKey);
    const kiosk = await joinedKiosk();
    try {
      const atKiosk = async () => (await kiosk.value('verifier.check', { text, context: 'counter' })).verdict;
      const atTill = async (lists: Lists) => (await verify(text, lists, now())).verdict;
      let business = await followed();
      expect([await atKiosk(), await atTill(business)]).toEqual([{ outcome: 'accepted' }, { outcome: 'accepted' }]);
      const held = async () => (await kiosk.value('state.get', {})).lists.statusList?.version ?? 0;
      const before = await held();
      const stolen = await current('status');
      expect(business.statusSigner).toBe(hexOf(stolen));
      await compromiseKey(withKey, stolen, now() - 3600, { revoke: false });
      expect(await kiosk.reason('sync.now', {})).toBe('none');
      business = await followed(business);
      expect([await atKiosk(), await atTill(business)]).toEqual([{ outcome: 'accepted' }, { outcome: 'accepted' }]);
      expect(await held()).toBe(before + 1);
      expect(business.statusSigner).toBe(hexOf(await current('status')));
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
    await keys('roots', nextFile, '--no-passphrase');
    const asleep = await joinedKiosk();
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
    // The kiosk that was off the line meanwhile comes from the former roots to these.
    expect(await asleep.reason('sync.now', {})).toBe('none');
    expect((await asleep.value('state.get', {})).lists.trustList?.version).toBe(changed.version + 2);
    await asleep.close();
  });
});

describe('roots that are never in one place', () => {
  const at = (name: string) => path.join(folder, name);
  const [a, b] = [at('root-a.json'), at('root-b.json')];
  let trustRoots = '';
  const publicOf = (file: string) =>
    (JSON.parse(readFileSync(file, 'utf8')) as { root: { publicKey: string } }).root.publicKey;
  const held = async (roots = trustRoots) => {
    const list = await take(
      await bytesNow(),
      roots.split(',').map((text): CoseKey => ({ curve: 'Ed25519', x: rawOf(text) })),
    );
    if (!list.ok) throw new Error(list.error.reason);
    return list.value;
  };
  /** From what is to be signed to what is signed by one root, said yes to. */
  const signed = async (from: string, to: string, root: string, ...more: string[]) => {
    const said = await atTable('sign', at(from), at(to), '--root', root, '--yes', '--trust-roots', trustRoots, ...more);
    const sealed = more.includes('--passphrase-file');
    expect(said).toMatchObject({
      code: 0,
      err: sealed ? '' : expect.stringMatching(/^\S+ has no passphrase: [^\n]+$/),
    });
    return said.out;
  };

  it('come from one file that is taken apart, and each signs alone', async () => {
    const both = at('next-roots.json');
    const split = await online('split', both, a, b, '--no-passphrase');
    trustRoots = /TRUST_ROOTS=(\S+)/.exec(split.out)?.[1] ?? '';
    expect(trustRoots).toBe(`${publicOf(a)},${publicOf(b)}`);
    expect([a, b].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
    expect((await online('split', both, a, at('other.json'), '--no-passphrase')).err).toContain(
      'will not be written over',
    );
    expect((await online('prepare', at('1.json'))).code).toBe(0);
    const refused = await atTable('sign', at('1.json'), at('1a.json'), '--root', both, '--yes');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('holds both roots') });
  });

  it('sign without a network, after they have read what it is; the edge takes it, and so do verifiers', async () => {
    const standing = await held();
    // Whatever opens a socket in this process ends it.
    const noNetwork = `import net from 'node:net'; import dns from 'node:dns';
      const no = () => { console.error('THE NETWORK WAS ASKED'); process.exit(9); };
      net.Socket.prototype.connect = no; dns.lookup = no; globalThis.fetch = no;`;
    const preload = `data:text/javascript,${encodeURIComponent(noNetwork)}`;
    const keysFile = path.resolve(import.meta.dirname, '../../worker/local/keys.ts');
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['--import', preload, keysFile, ...args], { encoding: 'utf8', env: {}, input: '' });
    const words = ['sign', at('1.json'), at('1a.json'), '--root', a, '--trust-roots', trustRoots];
    expect(run('list', '--edge', edge.url, '--token', 'twa_x', '--trust-roots', trustRoots).stderr).toContain(
      'THE NETWORK WAS ASKED',
    );
    const nobody = run(...words);
    expect([nobody.status, nobody.stderr]).toEqual([2, expect.stringContaining('nobody is at this terminal')]);
    const done = run(...words, '--yes');
    expect([done.status, done.stderr]).toEqual([0, expect.stringMatching(/^\S+ has no passphrase: [^\n]+\n$/)]);
    expect(done.stdout).toContain(`version ${standing.version + 1}, after version ${standing.version}`);
    expect(done.stdout).toContain('signed by nobody yet');
    expect(done.stdout).toContain(`keys publish ${at('1a.json')}`);
    await signed('1a.json', '1ab.json', b);
    expect((await online('publish', at('1ab.json'))).out).toBe(`version ${standing.version + 1} is published`);
    expect((await online('publish', at('1ab.json'))).code).toBe(0);
    const list = await held();
    expect([list.version, list.signedByAllRoots]).toEqual([standing.version + 1, true]);
    expect(equal(list.prevHash, standing.hash)).toBe(true);
  });

  it('are asked, and sign only when the version is typed', async () => {
    expect((await online('prepare', at('2.json'))).code).toBe(0);
    const { version } = await held();
    const sign = (typed: string) => terminal(['sign', at('2.json'), at('2a.json'), '--root', a], {}, typed);
    expect(await sign('yes')).toMatchObject({ code: 1, err: expect.stringContaining('another version was typed') });
    expect(await sign(` ${version + 1} `)).toMatchObject({ code: 0 });
    expect(await sign(String(version + 1))).toMatchObject({
      code: 1,
      err: expect.stringContaining('not be written over'),
    });
  });

  it('do not sign what does not hold', async () => {
    const stranger = at('stranger.json');
    expect((await online('root', stranger, '--no-passphrase')).out).toBe(publicOf(stranger));
    const text = JSON.parse(readFileSync(at('2.json'), 'utf8')) as Record<string, unknown>;
    const forged = (name: string, change: object) => {
      writeFileSync(at(name), JSON.stringify({ ...text, ...change }));
      return at(name);
    };
    const older = JSON.parse(readFileSync(at('1.json'), 'utf8')) as Record<string, unknown>;
    const signedByA = JSON.parse(readFileSync(at('2a.json'), 'utf8')) as { signed: string[] };
    const firstSigned = JSON.parse(readFileSync(at('1a.json'), 'utf8')) as { signed: string[] };
    for (const [file, root, why] of [
      [at('2.json'), stranger, 'none of those that the list stands on'],
      [at('2a.json'), a, 'has signed it already'],
      [forged('gap.json', { standing: older['standing'] }), a, 'does not follow version'],
      [forged('none.json', { standing: undefined }), a, 'does not follow version 0'],
      [forged('no-list.json', { list: 'AAAA' }), a, 'holds no trust list'],
      [forged('more.json', { more: 1 }), a, 'not what `keys prepare`'],
      [forged('other.json', { signed: firstSigned.signed }), a, 'signatures over another list'],
      [at('nothing.json'), a, 'cannot be read'],
    ] as const) {
      const said = await atTable('sign', file, at('x.json'), '--root', root, '--yes', '--trust-roots', trustRoots);
      expect(said, why).toMatchObject({ code: 1, err: expect.stringContaining(why) });
    }
    // The list that stands is signed by both; by the other alone, this one cannot tell whether it is the one that it is said to be.
    const byA = firstSigned.signed[0] ?? '';
    const other = forged('by-a.json', { standing: byA });
    expect(await atTable('sign', other, at('x.json'), '--root', b, '--yes')).toMatchObject({
      code: 1,
      err: expect.stringContaining('say --trust-roots'),
    });
    expect(signedByA.signed).toHaveLength(1);
    await signed('by-a.json', 'by-ab.json', b);
    expect(await atTable('sign', at('2.json'), at('x.json'), '--yes')).toMatchObject({ code: 2 });
  });

  it('have a stolen key named: unsigned nothing is taken, signed by one another key signs and the statuses stand under it', async () => {
    const stolen = await current('status');
    const from = now() - 3600;
    const prepared = await online('prepare', at('3.json'), '--compromise', stolen, '--from', String(from));
    expect(prepared.out).toMatch(new RegExp(`! {3}${stolen} {2}status {2}COMPROMISED: nothing that it signed from 20`));
    expect(prepared.out).toMatch(/! {3}\S+ {2}status {2}NEW, active/);
    expect((await online('publish', at('3.json'))).err).toContain('it is not signed by one of');
    expect(await signed('3.json', '3b.json', b)).toContain('COMPROMISED');
    const said = await online('publish', at('3b.json'), '--revoke');
    expect((await held()).signedByAllRoots).toBe(false);
    const replaced = await current('status');
    expect(said.out).toContain(`${stolen} signs no more; ${replaced} does now`);
    expect(said.out).toContain('0 credentials revoked');
    // Cut off and done again: nothing is left to do, and nothing is done twice.
    const again = await online('publish', at('3b.json'));
    expect([again.code, again.out]).toEqual([0, expect.not.stringContaining('signs no more')]);
    expect(await current('status')).toBe(replaced);
    expect(signerOf(await bytesAt('/v1/status/snapshot'))).toBe(hexOf(replaced));
    expect(entry(await held(), stolen)).toMatchObject({ state: 'compromised', compromisedAt: from });
    // What was prepared before it is nobody's next list any more.
    expect(await online('publish', at('2a.json'))).toMatchObject({ code: 1 });
    expect((await online('prepare', at('x.json'), '--compromise', 'AAAAAAAAAAA', '--from', '1800000000')).code).toBe(1);
  });

  it('rotate a key in two steps, and a key that is in no list needs none of them', async () => {
    const before = await current('credential');
    expect((await online('use', 'credential')).err).toContain('no credential key waits');
    expect((await online('prepare', at('4.json'), '--rotate', 'credential')).code).toBe(0);
    expect((await online('use', 'credential')).err).toContain('is in no list yet');
    await signed('4.json', '4a.json', a);
    await online('publish', at('4a.json'));
    expect(await current('credential')).toBe(before);
    expect((await online('use', 'credential')).code).toBe(0);
    expect(await current('credential')).not.toBe(before);
    expect((await online('use', 'id_token')).err).toContain('key add --purpose id_token` first');
    const online1 = await current('sdjwt');
    expect((await online('compromise', online1, '--from', '1800000000')).out).toContain('it is in no list');
    expect(await current('sdjwt')).not.toBe(online1);
    // ID tokens have a key for each algorithm: what takes its place signs with the same.
    const rs256 = async () =>
      (await edgeKeys(work())).find(({ alg, state }) => alg === 'RS256' && state === 'current')?.kid ?? '';
    const stolen = await rs256();
    expect((await online('compromise', stolen, '--from', '1800000000')).out).toContain('it is in no list');
    expect(['', stolen]).not.toContain(await rs256());
    expect((await online('prepare', at('x.json'), '--compromise', online1, '--from', '1800000000')).err).toContain(
      'is in no trust list',
    );
  });

  it('give way to others only when both sign, and both new ones', async () => {
    const [c, d] = [at('root-c.json'), at('root-d.json')];
    // One of them under a passphrase, as its holder has it.
    const words = at('words.txt');
    writeFileSync(words, 'five palms by the old sea wall\n', { mode: 0o600 });
    const sealed = ['--passphrase-file', words];
    const first = (await online('root', c, ...sealed)).out;
    const next = [first, (await online('root', d, '--no-passphrase')).out].join(',');
    expect((await online('prepare', at('x.json'), '--next-roots', first)).code).toBe(2);
    const prepared = await online('prepare', at('5.json'), '--next-roots', next);
    expect(prepared.out).toContain('! THE ROOTS CHANGE');
    const steps = [a, b, c, d];
    for (const [i, root] of steps.entries()) {
      const from = i === 0 ? '5.json' : `5-${i}.json`;
      if (i > 0) expect((await online('publish', at(from))).err).toContain('it is not signed by');
      await signed(from, `5-${i + 1}.json`, root, ...(root === c ? sealed : []));
    }
    const said = await online('publish', at('5-4.json'));
    expect(said.out).toContain(`set TRUST_ROOTS=${next}`);
    expect((await held()).roots.map((root) => encodeBase64Url(root.x))).toEqual(next.split(','));
    expect((await held(next)).signedByAllRoots).toBe(true);
    expect((await online('list', '--trust-roots', next)).out).toContain(`version ${(await held()).version}`);
  });
});
