// The list of breached passwords: how it is cut, what is refused of it, and that a password in it is not taken.
import { env, exports } from 'cloudflare:workers';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { walletPaths } from '../../../shared/contract/wallet.ts';
import { sha1 } from '../../../shared/crypto/digest.ts';
import { entryBytes, faultOfPart, hasEntry, partOf } from '../../../worker/authn/breached-list.ts';
import { aPerson, house, issuer, postJson } from '../openid/world.ts';

const admin = { Authorization: 'Bearer test-admin-token', 'Content-Type': 'application/octet-stream' };
const put = (path: string, body: BodyInit, headers: Record<string, string> = admin) =>
  exports.default.fetch(`${issuer}/v1/admin/breached${path}`, { method: 'PUT', headers, body });
const reasonOf = async (response: Response) => ((await response.json()) as { reason: string }).reason;

async function entriesOf(passwords: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const all = await Promise.all(passwords.map((text) => sha1(new TextEncoder().encode(text))));
  const sorted = all
    .map((hash) => [...hash.subarray(0, entryBytes)])
    .sort((a, b) => (String.fromCharCode(...a) < String.fromCharCode(...b) ? -1 : 1));
  return new Uint8Array(sorted.flat());
}
type More = { readonly bits?: number; readonly replaces?: string };
const use = (version: string, count: number, { bits = 0, replaces }: More = {}) =>
  put('', JSON.stringify({ version, bits, count, ...(replaces && { replaces }) }), {
    ...admin,
    'Content-Type': 'application/json',
  });
const published = async () =>
  (await house().journal.read({ event: 'breached_list.published', limit: 50 })).entries.map(({ detail }) => detail);

async function forget(): Promise<void> {
  for (const { key } of (await env.FILES.list({ prefix: 'private/breached/' })).objects) await env.FILES.delete(key);
}
afterEach(forget);

describe('a part of the list', () => {
  it('finds what is in it and nothing else', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 1, maxLength: 40 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (numbers, other) => {
          const bytes = (n: bigint) =>
            Uint8Array.from(n.toString(16).padStart(16, '0').match(/../g) ?? [], (h) => Number.parseInt(h, 16));
          const sorted = [...numbers].sort((a, b) => (a < b ? -1 : 1));
          const part = new Uint8Array(sorted.flatMap((n) => [...bytes(n)]));
          return (
            faultOfPart(part, 0, 0) === undefined &&
            numbers.every((n) => hasEntry(part, bytes(n))) &&
            hasEntry(part, bytes(other)) === numbers.includes(other)
          );
        },
      ),
    );
  });

  it('is named by its first bits', () => {
    const hash = Uint8Array.of(0xab, 0xcd, 0, 0, 0, 0, 0, 0);
    expect([partOf(hash, 0), partOf(hash, 4), partOf(hash, 8), partOf(hash, 16)]).toEqual([0, 0xa, 0xab, 0xabcd]);
  });
});

describe('a breached password', () => {
  it('is refused when it is set, once its list counts; the list before is gone', async () => {
    const breached = 'sunflower over marrakesh';
    const { setupCode } = await aPerson();
    const set = (text: string) =>
      postJson(walletPaths.password, {
        setupCode,
        username: `breach${crypto.randomUUID().slice(0, 6)}`,
        password: text,
      });
    expect((await put('/v1/0/0000', await entriesOf(['another password', breached]))).status).toBe(200);
    expect((await use('v1', 2)).status).toBe(200);
    expect(await reasonOf(await set(breached))).toBe('password_breached');
    expect((await put('/v2/0/0000', await entriesOf(['another password']))).status).toBe(200);
    expect((await use('v2', 1, { replaces: 'v1' })).status).toBe(200);
    const { objects } = await env.FILES.list({ prefix: 'private/breached/v1/' });
    expect(objects).toEqual([]);
    expect((await set(breached)).status).toBe(201);
  });

  it('is known in whichever part it is', async () => {
    const text = 'camels cross the dunes';
    const hash = await sha1(new TextEncoder().encode(text));
    const part = partOf(hash, 16).toString(16).padStart(4, '0');
    await put(`/v3/16/${part}`, await entriesOf([text]));
    await use('v3', 1, { bits: 16 });
    expect(await house().breachedFiles.has(text)).toBe(true);
    expect(await house().breachedFiles.has(`${text}!`)).toBe(false);
  });

  it('parts that are not what they say are refused, and so is whoever is not the authority', async () => {
    const two = await entriesOf(['one', 'two']);
    const [low, high] = [two.slice(0, 8), two.slice(8)];
    expect(await reasonOf(await put('/v4/0/0000', two.slice(0, 9)))).toBe('part_length');
    expect(await reasonOf(await put('/v4/0/0000', new Uint8Array([...high, ...low])))).toBe('part_order');
    expect(await reasonOf(await put('/v4/0/0000', new Uint8Array([...low, ...low])))).toBe('part_order');
    const other = (partOf(low, 8) + 1) % 256;
    expect(await reasonOf(await put(`/v4/8/${other.toString(16).padStart(4, '0')}`, low))).toBe('part_foreign');
    expect(await reasonOf(await put('/V4/0/0000', low))).toBe('part_name');
    expect(await reasonOf(await put('/v4/17/0000', low))).toBe('part_name');
    expect((await put('/v4/0/0000', low, { Authorization: 'Bearer nobody' })).status).toBe(401);
  });
});

describe('the list that counts', () => {
  const stands = async () => (await house().breachedFiles.list())?.version;

  it('says since when, is replaced by whoever names it, and by nobody else', async () => {
    expect(await reasonOf(await use('v1', 2, { replaces: 'v0' }))).toBe('breached_list_changed');
    expect((await use('v1', 2)).status).toBe(200);
    const shown = await exports.default.fetch(`${issuer}/v1/admin/breached`, { headers: admin });
    const { since, ...list } = (await shown.json()) as { since: number };
    expect(list).toEqual({ version: 'v1', bits: 0, count: 2 });
    expect(Math.abs(since - Date.now() / 1000)).toBeLessThan(60);
    const silent = await use('v2', 1);
    expect([silent.status, await reasonOf(silent)]).toEqual([409, 'breached_list_stands']);
    const other = await use('v2', 1, { replaces: 'v0' });
    expect([other.status, await reasonOf(other)]).toEqual([409, 'breached_list_changed']);
    expect(await stands()).toBe('v1');
    expect((await use('v2', 1, { replaces: 'v1' })).status).toBe(200);
    expect(await stands()).toBe('v2');
  });

  it('stays as it is where its own import comes again, and where that one is cut in another way it is refused', async () => {
    await use('v1', 2);
    const before = await published();
    expect((await use('v1', 2)).status).toBe(200);
    expect(await published()).toEqual(before);
    expect(await reasonOf(await use('v1', 2, { bits: 4 }))).toBe('breached_version_in_use');
    expect(await reasonOf(await use('v1', 3, { replaces: 'v1' }))).toBe('breached_version_in_use');
  });

  it('is not changed part by part', async () => {
    await put('/v1/0/0000', await entriesOf(['one']));
    await use('v1', 1);
    const refused = await put('/v1/0/0000', await entriesOf(['two']));
    expect([refused.status, await reasonOf(refused)]).toEqual([409, 'breached_version_in_use']);
    expect([await house().breachedFiles.has('one'), await house().breachedFiles.has('two')]).toEqual([true, false]);
  });

  it('is replaced once, by one of two who begin from the same', async () => {
    await use('v1', 1);
    const both = await Promise.all(['v2', 'v3'].map((version) => use(version, 1, { replaces: 'v1' })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await stands()).toBe(both[0]?.status === 200 ? 'v2' : 'v3');
  });
});
