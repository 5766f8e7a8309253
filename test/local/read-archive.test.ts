// The archive as the authority's command reads it: over HTTP, from its first line to the rows that the databases still hold.
import { describe, expect, it } from 'vitest';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { chain, genesis } from '../../worker/journal/chain.ts';
import { placedLine } from '../../worker/journal/entry.ts';
import { CheckFailed, searchArchive, verifyArchive } from '../../worker/local/read-archive.ts';

const line = (id: string, event = 'centre.created') =>
  placedLine(id, JSON.stringify({ at: 1, event, actor: 'admin:test', object: id }));

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

  it('is searched by event, by thing and by segment', async () => {
    const edge = await edgeWith([[line('directory:1'), line('directory:2', 'key.moved')], [line('directory:3')]], {});
    const ids = async (wanted: Partial<Parameters<typeof searchArchive>[1]>) =>
      (await searchArchive(edge, { from: 1, to: 9, ...wanted })).entries.map(({ id }) => id);
    expect(await ids({})).toEqual(['directory:1', 'directory:2', 'directory:3']);
    expect(await ids({ event: 'centre.created' })).toEqual(['directory:1', 'directory:3']);
    expect(await ids({ object: 'directory:2' })).toEqual(['directory:2']);
    expect(await ids({ from: 2 })).toEqual(['directory:3']);
    expect(await ids({ to: 1 })).toEqual(['directory:1', 'directory:2']);
  });
});
