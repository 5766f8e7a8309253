// The publisher of statuses at the size of a nation: the real code, with a store of its own that counts what it is asked to write.

import { nodeEd25519 } from '../../kiosk/core/verifier/node-ed25519.ts';
import { epochSeconds } from '../../shared/base/brands.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { decodeCbor } from '../../shared/cbor/decode.ts';
import { inLittleMemory, type Statuses } from '../../shared/trust/sparse-statuses.ts';
import { verifyStatusList } from '../../shared/trust/status-list.ts';
import { verifySnapshot } from '../../shared/trust/status-snapshot.ts';
import type { TrustView } from '../../shared/trust/trust-view.ts';
import { type PublicationKind, publicFile } from '../../worker/issuer/publication.ts';
import { makeWorld, NOW } from '../shared/credential/world.ts';
import type { Figure } from './figure.ts';

const pageRows = 20_000;
const roundSeconds = 900;

type Publish = (needs: object, options: { readonly all: boolean }) => Promise<number>;

/** By its address: its types speak of workerd, which those of this program know nothing of. */
async function publisher(): Promise<Publish> {
  const { href } = new URL('../../worker/issuer/publish-status-list.ts', import.meta.url);
  return ((await import(href)) as { readonly publishStatusList: Publish }).publishStatusList;
}

type File = { readonly bytes: Bytes; readonly metadata: Record<string, string> };

/** Files and versions in memory. `written` counts bytes since it was last set to nothing. */
class MemoryPublications {
  readonly files = new Map<string, File>();
  written = 0;
  #versions = { trust_list: 0, status_list: 0, status_snapshot: 0, status_deltas: 0 };

  async versions() {
    return { ...this.#versions };
  }

  async publish(kind: PublicationKind, version: number, bytes: Uint8Array): Promise<boolean> {
    if (version <= this.#versions[kind]) return false;
    this.#versions = { ...this.#versions, [kind]: version };
    await this.keep(publicFile[kind], version, bytes.slice());
    return true;
  }

  async keep(name: string, version: number, bytes: Bytes, metadata: Readonly<Record<string, string>> = {}) {
    this.written += bytes.length;
    this.files.set(name, { bytes: bytes.slice(), metadata: { ...metadata, version: String(version) } });
  }

  async kept(name: string) {
    const file = this.files.get(name);
    return file && { bytes: file.bytes.slice(), metadata: file.metadata };
  }
}

function entriesOf(rows: ReadonlyMap<number, number>) {
  async function* pages(list: readonly number[]) {
    for (let from = 0; from < list.length; from += pageRows) {
      yield list.slice(from, from + pageRows).map((idx) => ({ idx, status: 1 }));
    }
  }
  return {
    notValid: (from: number, below: number) =>
      pages([...rows.keys()].filter((idx) => idx >= from && idx < below).sort((a, b) => a - b)),
    changedSince: (since: number) => pages([...rows].flatMap(([idx, at]) => (at >= since ? [idx] : []))),
  };
}

type Nation = {
  readonly name: string;
  readonly chunks: number;
  readonly onlineChunks: number;
  readonly revoked: number;
  /** KiB, ms, ms, KiB. */
  readonly bounds: { readonly one: number; readonly oneCpu: number; readonly clock: number; readonly month: number };
};

/** One code for each of 28 million people; and both spaces full grown, one in a hundred revoked (docs/adr/0025). */
const nations: readonly Nation[] = [
  { name: '', chunks: 32, onlineChunks: 1, revoked: 280_000, bounds: { one: 1024, oneCpu: 1000, clock: 2000, month: 512 } }, // biome-ignore format: one row
  { name: 'grown.', chunks: 128, onlineChunks: 512, revoked: 1_000_000, bounds: { one: 3072, oneCpu: 3000, clock: 4000, month: 1024 } }, // biome-ignore format: one row
];

export async function publishingFigures(log: (line: string) => void): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const nation of nations) figures.push(...(await figuresOf(nation, log)));
  return figures;
}

async function figuresOf(nation: Nation, log: (line: string) => void): Promise<readonly Figure[]> {
  const { revoked, chunks, onlineChunks, bounds } = nation;
  const length = chunks * 2 ** 20;
  log(`status: publishing ${chunks} and ${onlineChunks} chunks, ${revoked} revoked`);
  const { issuer, trust } = await makeWorld();
  const publications = new MemoryPublications();
  const rows = new Map<number, number>();
  let state = 5;
  const index = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * length);
  };
  let now = NOW as number;
  while (rows.size < revoked) rows.set(index(), now - 100_000);
  const publishStatusList = await publisher();
  const needs = {
    statusEntries: entriesOf(rows),
    statusSpaces: {
      sizes: async () => ({
        national: { chunks, open: chunks },
        online: { chunks: onlineChunks, open: onlineChunks },
      }),
      open: async () => {},
    },
    publications,
    keyRing: { signer: async () => issuer.signer, forget: () => {} },
    issuer: 'https://id.example',
    now: () => epochSeconds(now),
  };
  const round = async (changes: number, all: boolean) => {
    for (let n = 0; n < changes; n++) rows.set(index(), now);
    publications.written = 0;
    const began = process.cpuUsage();
    await publishStatusList(needs, { all });
    const used = process.cpuUsage(began);
    return { cpuMs: (used.user + used.system) / 1000, written: publications.written };
  };
  await round(0, true);
  now += 60;
  const one = await round(1, false);
  now += roundSeconds;
  const clock = await round(8, true);
  // A month of rounds is reckoned from one: what a kiosk would fetch by deltas alone, against what the publisher keeps of them.
  const file = decodeCbor((await publications.kept(publicFile.status_deltas))?.bytes ?? new Uint8Array(), {
    maxBytes: 1 << 20,
  });
  const deltas = file.ok ? ((file.value as readonly unknown[])[1] as readonly Uint8Array[]) : [];
  const ofDelta = deltas.at(-1)?.length ?? Number.NaN;
  const snapshot = publications.files.get(publicFile.status_snapshot)?.bytes.length ?? 0;
  const roundsOfMonth = (30 * 86_400) / roundSeconds;
  const keptAtMost = 131_072;
  const catchUp = Math.min(roundsOfMonth * ofDelta, snapshot + keptAtMost);
  const figure = (name: string, ours: number, peer: number, unit: string, note: string): Figure => ({ name: `status.publish.${nation.name}${name}`, ours, peer, unit, note, ratio: ours / peer, target: '<= 1', ok: ours <= peer }); // biome-ignore format: one row
  const ofFollowers =
    chunks > 32 ? await followingFigures(publications, { trust, now: epochSeconds(now) }, figure) : [];
  return [
    ...ofFollowers,
    figure(
      'one-revocation',
      one.written / 1024,
      bounds.one,
      'KiB',
      'written for one: a delta, a chunk, a piece of the state, the whole list',
    ),
    figure('one-revocation-cpu', one.cpuMs, bounds.oneCpu, 'ms CPU', 'from reading what changed to the last file'),
    figure('clock', clock.cpuMs, bounds.clock, 'ms CPU', `all ${chunks} chunks and those online whose turn it is, the list and a delta of eight changes; ${(clock.written / 1024).toFixed(0)} KiB written`), // biome-ignore format: one row
    figure('month-offline', catchUp / 1024, bounds.month, 'KiB', `a kiosk that was away for a month: ${roundsOfMonth} rounds of ${ofDelta.toFixed(0)} B, or the snapshot and what is kept after it`), // biome-ignore format: one row
  ];
}

type Figured = (name: string, ours: number, peer: number, unit: string, note: string) => Figure;

/** What a kiosk does with the snapshot, and the edge with the whole list; and a look-up in what each then holds. */
async function followingFigures(
  { files }: MemoryPublications,
  by: { readonly trust: TrustView; readonly now: ReturnType<typeof epochSeconds> },
  figure: Figured,
): Promise<readonly Figure[]> {
  const bytesOf = (kind: PublicationKind) => files.get(publicFile[kind])?.bytes ?? new Uint8Array();
  const expected = { ...by, ed25519: nodeEd25519 };
  const uri = 'https://id.example/s';
  const cpu = async <T>(act: () => T | Promise<T>): Promise<readonly [T, number]> => {
    const began = process.cpuUsage();
    const done = await act();
    const used = process.cpuUsage(began);
    return [done, (used.user + used.system) / 1000];
  };
  const snapshot = () => verifySnapshot(bytesOf('status_snapshot'), { ...expected, baseUri: uri, bits: 2 });
  await snapshot();
  const [state, unpackMs] = await cpu(snapshot);
  const [held, heldMs] = await cpu(async () => {
    const list = await verifyStatusList(bytesOf('status_list'), { ...expected, uri });
    return list.ok ? inLittleMemory(list.value.bitmap) : undefined;
  });
  if (!state.ok || held === undefined) throw new Error('what was published does not read');
  const lookUps = 4_000_000;
  const lookUpNs = async (statuses: Statuses) => {
    const step = 40_503_907;
    let found = 0;
    const [, ms] = await cpu(() => {
      for (let i = 0, at = 1; i < lookUps; i++, at = (at + step) % statuses.length) found += statuses.get(at) ?? 0;
    });
    if (found === 0) throw new Error('nothing revoked was found');
    return (ms * 1e6) / lookUps;
  };
  return [
    figure('kiosk-unpack', unpackMs, 500, 'ms CPU', `a kiosk: a snapshot of ${bytesOf('status_snapshot').length} B into a bitmap of 32 MiB, most of it the hash`), // biome-ignore format: one row
    figure('kiosk-look-up', await lookUpNs(state.value.bitmap), 50, 'ns CPU', 'an index of that bitmap'),
    figure('edge-unpack', heldMs, 1000, 'ms CPU', `the edge: a whole list of ${bytesOf('status_list').length} B, held in little memory`), // biome-ignore format: one row
    figure(
      'edge-look-up',
      await lookUpNs(held),
      500,
      'ns CPU',
      'an index of what the edge holds, from all over it: cold memory, beside a signature of 200,000 ns',
    ),
  ];
}
