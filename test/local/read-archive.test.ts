// The archive as the authority's command reads it: over HTTP, from its first line to the rows that the databases still hold.
import { describe, expect, it } from 'vitest';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { chain, genesis } from '../../worker/journal/chain.ts';
import { placedLine } from '../../worker/journal/entry.ts';
import { CheckFailed, searchArchive, verifyArchive } from '../../worker/local/read-archive.ts';

const line = (id: string, event = 'centre.created', at = 1) =>
  placedLine(id, JSON.stringify({ at, event, actor: 'admin:test', object: id }));

/** An edge whose archive has these lines, a segment each list, and whose databases begin with these rows. */
async function edgeWith(segments: readonly (readonly string[])[], oldest: Readonly<Record<string, number>>) {
  const texts: string[] = [];
  let head = genesis;
  for (const lines of segments) {
    const made = await chain(head, lines);
    texts.push(made.text);
    head = made.head;
  }
  return {
    text: async (path: string) => texts[Number(path.split('/').at(-1)) - 1],
    call: async () => ({ entries: [], oldest }),
    head,
  };
}

describe('the archive, verified', () => {
  const segments = [
    [line('directory:1'), line('shard-0:1'), line('directory:3')],
    [line('buffer-a:1'), line('directory:2'), line('directory:4')],
  ];

  it('calls no gap what left the databases and is in it, in whatever order', async () => {
    const empty = await verifyArchive(await edgeWith(segments, {}));
    expect(empty.lines).toBe(6);
    const edge = await edgeWith(segments, { directory: 5, 'shard-0': 2 });
    expect(await verifyArchive(edge)).toEqual({
      lines: 6,
      hash: encodeBase64Url(edge.head.hash),
      oldest: { directory: 5, 'shard-0': 2 },
    });
    await verifyArchive(await edgeWith(segments, { directory: 2, 'shard-9': 1 }));
  });

  it('says which row is neither in it nor in its database', async () => {
    const failing = async (oldest: Readonly<Record<string, number>>, own = segments) =>
      verifyArchive(await edgeWith(own, oldest)).catch((error: unknown) => error);
    expect(await failing({ directory: 6 })).toEqual(
      new CheckFailed('directory:5 is neither in the archive nor in the database'),
    );
    expect(await failing({ 'shard-1': 2 })).toBeInstanceOf(CheckFailed);
    expect(await failing({ directory: 5 }, [segments[0] ?? []])).toEqual(
      new CheckFailed('directory:2 is neither in the archive nor in the database'),
    );
  });

  it('is met at the line of a checkpoint that was kept', async () => {
    const edge = await edgeWith(segments, {});
    const hash = encodeBase64Url(edge.head.hash);
    await verifyArchive(edge, { seq: 6, hash });
    await expect(verifyArchive(edge, { seq: 5, hash })).rejects.toThrow('the past was rewritten');
  });

  it('is searched by event and by thing', async () => {
    const edge = await edgeWith([[line('directory:1'), line('directory:2', 'key.moved')], [line('directory:3')]], {});
    const ids = async (wanted: Parameters<typeof searchArchive>[1]) =>
      (await searchArchive(edge, wanted)).entries.map(({ id }) => id);
    expect(await ids({})).toEqual(['directory:1', 'directory:2', 'directory:3']);
    expect(await ids({ event: 'centre.created' })).toEqual(['directory:1', 'directory:3']);
    expect(await ids({ object: 'directory:2' })).toEqual(['directory:2']);
    expect((await searchArchive(await edgeWith([], {}), { since: 5 })).entries).toEqual([]);
  });

  it('is searched by time without all that came before, also for what came late', async () => {
    const day = 86_400;
    const days = Array.from({ length: 40 }, (_, n) => [line(`directory:${n + 1}`, 'centre.created', (n + 1) * day)]);
    // Of the twentieth day, and archived with the twenty-second's.
    days[21]?.unshift(line('shard-0:1', 'account.closed', 20 * day));
    const edge = await edgeWith(days, {});
    for (let first = 1; first <= 41; first++) {
      const { entries } = await searchArchive(edge, { since: first * day, until: (first + 2) * day });
      const ids = [first, first + 1].filter((n) => n <= 40).map((n) => `directory:${n}`);
      const late = first === 19 || first === 20 ? ['shard-0:1'] : [];
      expect(entries.map(({ id }) => id).sort()).toEqual([...ids, ...late].sort());
    }
    const asked: string[] = [];
    const counting = {
      text: (path: string) => {
        asked.push(path);
        return edge.text(path);
      },
    };
    expect((await searchArchive(counting, { since: 20 * day, until: 21 * day })).segments).toEqual([20, 23]);
    expect(asked.length).toBeLessThan(20);
  });

  it('is followed where it is searched', async () => {
    const edge = await edgeWith(
      [[line('directory:1')], [line('directory:2', 'key.moved', 9), line('directory:3')]],
      {},
    );
    const changed = {
      text: async (path: string) => (await edge.text(path))?.replace('directory:3', 'directory:4'),
    };
    await expect(searchArchive(changed, { since: 9 })).rejects.toThrow('segment 2, line 3: hash_wrong');
  });
});
