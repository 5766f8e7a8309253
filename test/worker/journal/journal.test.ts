import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { drizzle } from 'drizzle-orm/d1';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { EpochSeconds } from '../../../shared/base/brands.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { sha256 } from '../../../shared/crypto/digest.ts';
import { archiveBatch, archiveMessages } from '../../../worker/journal/archive.ts';
import { chain, followChain, genesis } from '../../../worker/journal/chain.ts';
import {
  entryText,
  groupsOf,
  groupText,
  type JournalEntry,
  maxMessageChars,
  messagesOf,
  messagesOfLines,
  type PlacedEntry,
  placedLine,
  placeOf,
} from '../../../worker/journal/entry.ts';
import { archiveName, segmentName } from '../../../worker/journal/journal-archive.ts';
import { Journal, journalRow } from '../../../worker/store/journal.ts';
import { directoryJournal, keys } from '../../../worker/store/schema/directory.ts';
import { journalTargets } from '../../fuzz/journal.ts';

const at = 1_800_000_000 as EpochSeconds;

function placed(source: string, from: number, count: number): PlacedEntry[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `${source}:${from + i}`,
    at,
    event: 'kiosk.enrolled',
    actor: 'kiosk:test',
    object: `kiosk-${from + i}`,
  }));
}

const linesOf = (entries: readonly PlacedEntry[]) => entries.map((entry) => JSON.stringify(entry));

async function segments(name = mine): Promise<string[]> {
  const listed = await env.FILES.list({ prefix: `journal/${name}/` });
  return Promise.all(listed.objects.map(async ({ key }) => (await (await env.FILES.get(key))?.text()) ?? ''));
}

/** Every entry of the archive, each segment checked against the one before it. */
async function archived(name = mine): Promise<PlacedEntry[]> {
  let head = genesis;
  const entries: PlacedEntry[] = [];
  for (const text of await segments(name)) {
    const followed = await followChain(head, text);
    if (!followed.ok) throw new Error(followed.error.reason);
    head = followed.value.head;
    entries.push(...followed.value.entries);
  }
  return entries;
}

/** Apart from the one that the queue of other tests writes to. */
const mine = 'of-this-test';
const archive = () => env.JOURNAL_ARCHIVE.getByName(mine);
const ofBodies = (bodies: readonly string[]) =>
  createMessageBatch<string>(
    'tawthiq-journal',
    bodies.map((body, i) => ({ id: `m${i}`, timestamp: new Date(0), attempts: 1, body })),
  );
const batchOf = (entries: readonly PlacedEntry[]) => ofBodies(messagesOf(entries));

describe('the archive of the journal', () => {
  it('chains entries over segments, each line carrying the hash of the one before', async () => {
    expect(await archiveMessages(batchOf(placed('a', 1, 3)), archive())).toBe(3);
    expect(await archiveMessages(batchOf(placed('a', 4, 2)), archive())).toBe(2);
    expect((await archived()).map(({ id }) => id)).toEqual(['a:1', 'a:2', 'a:3', 'a:4', 'a:5']);
    const [first = ''] = (await segments())[0]?.split('\n') ?? [];
    const line = JSON.parse(first) as { prev: string; hash: string; seq: number; entry: unknown };
    expect(line.prev).toBe(encodeBase64Url(new Uint8Array(32)));
    const input = new TextEncoder().encode(JSON.stringify({ seq: 1, entry: line.entry }));
    expect(line.hash).toBe(encodeBase64Url(await sha256(Uint8Array.from([...new Uint8Array(32), ...input]))));
  });

  it('takes an entry once, however often and in whatever order it is handed over', async () => {
    const entries = placed('b', 1, 6);
    expect(await archiveMessages(batchOf(entries.slice(3)), archive())).toBe(3);
    expect((await archive().gaps()).find(({ source }) => source === 'b')).toEqual({ source: 'b', missing: 1 });
    expect(await archiveMessages(batchOf([...entries, ...entries]), archive())).toBe(3);
    expect(await archiveMessages(batchOf(entries), archive())).toBe(0);
    expect(await archive().gaps()).toEqual([]);
    const own = (await archived()).filter(({ id }) => id.startsWith('b:'));
    expect(own.map(({ id }) => id).sort()).toEqual(entries.map(({ id }) => id));
  });

  it('keeps its turn when many batches come at once', async () => {
    const sources = ['c', 'd', 'e', 'f', 'g'];
    await Promise.all(sources.map((source) => archiveMessages(batchOf(placed(source, 1, 4)), archive())));
    const ids = (await archived()).map(({ id }) => id);
    for (const source of sources) expect(ids.filter((id) => id.startsWith(`${source}:`))).toHaveLength(4);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('adopts the segment it wrote before it died, and repeats nothing', async () => {
    const entries = placed('h', 1, 3);
    const state = await archive().head();
    const { text } = await chain(state.head, linesOf(entries.slice(0, 2)));
    await env.FILES.put(segmentName(mine, state.segments + 1), text);
    expect(await archiveMessages(batchOf(entries), archive())).toBe(1);
    const own = (await archived()).filter(({ id }) => id.startsWith('h:'));
    expect(own.map(({ id }) => id)).toEqual(['h:1', 'h:2', 'h:3']);
  });

  it('stops at a segment in its place that does not follow, and keeps the entries in the queue', async () => {
    const state = await archive().head();
    const name = segmentName(mine, state.segments + 1);
    const { text } = await chain({ seq: state.head.seq, hash: new Uint8Array(32).fill(7) }, linesOf(placed('x', 1, 1)));
    await env.FILES.put(name, text);
    await expect(archiveMessages(batchOf(placed('i', 1, 1)), archive())).rejects.toThrow('does not follow');
    await env.FILES.delete(name);
    expect(await archiveMessages(batchOf(placed('i', 1, 1)), archive())).toBe(1);
  });

  it('keeps a group as one line, whose entries have ids of their own, exactly once', async () => {
    const texts = placed('-', 1, 3).map(({ id: _, ...entry }) => entryText(entry));
    const group = placedLine('buffer-k:1', groupText(texts));
    const later = placedLine('buffer-k:2', texts[0] ?? '');
    expect(await archiveMessages(ofBodies(messagesOfLines([later, group, group])), archive())).toBe(2);
    expect(await archiveMessages(ofBodies([group]), archive())).toBe(0);
    const own = (await archived()).filter(({ id }) => id.startsWith('buffer-k:'));
    expect(own.map(({ id, object }) => [id, object])).toEqual([
      ['buffer-k:2', 'kiosk-1'],
      ['buffer-k:1.1', 'kiosk-1'],
      ['buffer-k:1.2', 'kiosk-2'],
      ['buffer-k:1.3', 'kiosk-3'],
    ]);
    expect(await archive().gaps()).toEqual([]);
  });

  it('asks for a batch again with growing pauses when it cannot write, and not when it could', async () => {
    const failing = { archive: () => Promise.reject(new Error('R2 is down')) } as never;
    const pauses: (number | undefined)[] = [];
    const { messages } = batchOf(placed('r', 1, 1));
    for (const attempts of [1, 5, 99]) {
      const retryAll = (options?: QueueRetryOptions) => pauses.push(options?.delaySeconds);
      const late = { ...messages[0], body: messages[0]?.body ?? '', attempts } as Message<string>;
      await archiveBatch({ messages: [...messages, late], retryAll }, failing);
    }
    expect(pauses).toEqual([2, 32, 3_600]);
    const good = batchOf(placed('r', 1, 1));
    await archiveBatch(good, archive());
    expect((await getQueueResult(good, createExecutionContext())).retryBatch).toEqual({ retry: false });
    expect((await archived()).map(({ id }) => id)).toContain('r:1');
  });

  it('is not blocked by a message that is none of ours', async () => {
    const batch = createMessageBatch<string>('tawthiq-journal', [
      { id: 'bad', timestamp: new Date(0), attempts: 1, body: '{"id":5}' },
      { id: 'good', timestamp: new Date(0), attempts: 1, body: messagesOf(placed('j', 1, 1))[0] ?? '' },
    ]);
    expect(await archiveMessages(batch, archive())).toBe(1);
  });
});

describe('the chain', () => {
  const tamperings: [name: string, change: (lines: string[]) => string[], reason: string, seq: number][] = [
    ['a changed word', (l) => l.map((x, i) => (i === 2 ? x.replace('kiosk-3', 'kiosk-9') : x)), 'hash_wrong', 3],
    ['a line taken out', (l) => l.filter((_, i) => i !== 1), 'line_missing', 2],
    ['a line put between', (l) => [l[0] ?? '', l[0] ?? '', ...l.slice(1)], 'line_missing', 2],
    ['two lines that changed places', (l) => [l[1] ?? '', l[0] ?? '', ...l.slice(2)], 'line_missing', 1],
    ['a line that is not JSON', (l) => l.map((x, i) => (i === 3 ? x.slice(1) : x)), 'line_unreadable', 4],
    [
      'a line spelled in another way',
      (l) => l.map((x, i) => (i === 3 ? x.replace('{"seq"', '{ "seq"') : x)),
      'line_unreadable',
      4,
    ],
    [
      'a hash that refuses to be a text',
      (l) => l.map((x, i) => (i === 3 ? x.replace(/"hash":".*"/, '"hash":{"toString":false}') : x)),
      'line_unreadable',
      4,
    ],
    ['a line that is null', (l) => l.map((x, i) => (i === 3 ? 'null' : x)), 'line_unreadable', 4],
  ];
  for (const [name, change, reason, seq] of tamperings) {
    it(`shows ${name} at its line`, async () => {
      const { text } = await chain(genesis, linesOf(placed('t', 1, 5)));
      const changed = `${change(text.trimEnd().split('\n')).join('\n')}\n`;
      const followed = await followChain(genesis, changed);
      expect(followed).toEqual({ ok: false, error: { reason, seq } });
    });
  }

  it('is followed back to what it was made of, and any other text is refused', async () => {
    for (const { property } of journalTargets) await fc.assert(property, { numRuns: 150 });
  });

  it('shows a past that was rewritten whole, by the hash that somebody kept', async () => {
    const honest = await chain(genesis, linesOf(placed('t', 1, 5)));
    const rewritten = await chain(genesis, linesOf(placed('u', 1, 5)));
    const followed = await followChain(genesis, rewritten.text);
    expect(followed.ok && followed.value.head.hash).not.toEqual(honest.head.hash);
  });
});

describe('rows of the journal in D1', () => {
  const sent: string[] = [];
  const queue = {
    sendBatch: async (messages: Iterable<MessageSendRequest<string>>) => {
      for (const { body } of messages) sent.push(body);
      return {} as QueueSendBatchResponse;
    },
  };
  const entry: JournalEntry = {
    at,
    event: 'centre.created',
    actor: 'admin:test',
    object: 'c1',
    detail: { type: 'mall' },
  };

  it('stand or fall with the act they tell of', async () => {
    const db = drizzle(env.DIRECTORY);
    const key = {
      kid: 'k1',
      purpose: 'receipt',
      alg: 'EdDSA',
      publicKey: new Uint8Array(32),
      sealedPrivate: new Uint8Array(48),
      state: 'next',
      usableFrom: 0,
      signUntil: 0,
      acceptUntil: 0,
      createdAt: 0,
    };
    const act = () =>
      db.batch([
        db.insert(keys).values(key),
        db.insert(directoryJournal).values(journalRow({ at, event: 'key.created', actor: 'system', object: 'k1' })),
      ]);
    await act();
    await expect(act()).rejects.toThrow();
    const page = await new Journal(env.DIRECTORY, [], queue).read({ limit: 100, event: 'key.created' });
    expect(page.entries).toHaveLength(1);
    await db.delete(keys);
  });

  it('go to the queue once they are written, with ids that tell duplicates, and are not sent again', async () => {
    const journal = new Journal(env.DIRECTORY, [env.SHARD_0, env.SHARD_1], queue);
    await journal.handOn();
    sent.length = 0;
    for (let i = 0; i < 250; i++) await journal.append({ ...entry, object: `c${i}` });
    expect(await journal.handOn()).toBe(250);
    const entries = sent.flatMap((body) => body.split('\n').map((line) => JSON.parse(line) as PlacedEntry));
    expect(entries).toHaveLength(250);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(250);
    expect(entries[0]).toMatchObject({ ...entry, object: 'c0' });
    expect(Math.max(...sent.map((body) => body.length))).toBeLessThan(128_000);
    expect(await journal.handOn()).toBe(0);
  });

  it('are sent again when the queue refused them', async () => {
    const journal = new Journal(env.DIRECTORY, [], queue);
    const broken = new Journal(env.DIRECTORY, [], { sendBatch: () => Promise.reject(new Error('queue down')) });
    await journal.append(entry);
    await expect(broken.handOn()).rejects.toThrow('queue down');
    expect(await journal.handOn()).toBe(1);
  });

  it('are read page after page without one lost or twice', async () => {
    const journal = new Journal(env.DIRECTORY, [env.SHARD_0], queue);
    const start = (await journal.read({ limit: 1 })).next;
    for (let i = 0; i < 25; i++) await journal.append({ ...entry, object: `page-${i}` });
    const seen: (string | undefined)[] = [];
    let after = start;
    for (let pages = 0; pages < 10; pages++) {
      const page = await journal.read({ after, limit: 7 });
      if (page.entries.length === 0) break;
      seen.push(...page.entries.map(({ object }) => object));
      after = page.next;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `page-${i}`));
  });

  it('have no room for more than codes and counts', () => {
    expect(() => journalRow({ ...entry, detail: { record: 'x'.repeat(2000) } })).toThrow(RangeError);
  });
});

describe('the buffer for paths without D1', () => {
  it('holds entries until its alarm hands them on, and they reach the archive through the queue', async () => {
    const buffer = env.JOURNAL_BUFFER.getByName('test');
    const entries = Array.from(
      { length: 3 },
      (_, i): JournalEntry => ({ at, event: 'verification.answered', actor: 'verifier:shop', object: `code-${i}` }),
    );
    await buffer.append(entries);
    await buffer.append([]);
    expect(await buffer.waiting()).toBe(3);
    expect(await runDurableObjectAlarm(buffer)).toBe(true);
    expect(await buffer.waiting()).toBe(0);
    const reached = await vi.waitUntil(
      async () => {
        const found = (await archived(archiveName)).filter(({ object }) => object?.startsWith('code-'));
        return found.length > 0 ? found : undefined;
      },
      { timeout: 20_000, interval: 250 },
    );
    expect(reached.map(({ object }) => object)).toEqual(['code-0', 'code-1', 'code-2']);
    expect(reached[0]?.id).toMatch(/^buffer-[0-9a-f]{16}:1$/);
  });

  it('hands a group on as it came, in messages that the queue takes', async () => {
    const buffer = env.JOURNAL_BUFFER.getByName('groups');
    const sent: string[][] = [];
    await runInDurableObject(buffer, async (instance) => {
      const queue = {
        sendBatch: async (messages: Iterable<MessageSendRequest<string>>) => {
          sent.push([...messages].map(({ body }) => body));
        },
      };
      Object.defineProperty(instance, 'env', { value: { ...instance['env'], JOURNAL_QUEUE: queue } });
      const text = entryText({ at, event: 'verification.answered', actor: 'verifier:shop', object: 'x'.repeat(800) });
      const groups = groupsOf(Array.from({ length: 500 }, () => text));
      expect(groups.flat()).toHaveLength(500);
      expect(groups.length).toBeLessThan(7);
      for (const group of groups) await instance.appendGroup(groupText(group));
      await instance.append([{ at, event: 'verification.answered', actor: 'verifier:shop' }]);
      expect(instance.waiting()).toBe(501);
      expect(await instance.handOn()).toBe(groups.length + 1);
      expect(instance.waiting()).toBe(0);
    });
    for (const bodies of sent) {
      for (const body of bodies) expect(body.length).toBeLessThanOrEqual(maxMessageChars);
      expect(bodies.join('').length).toBeLessThan(250_000);
    }
    const lines = sent.flat().flatMap((body) => body.split('\n'));
    expect(lines.map((line) => placeOf(line)?.seq)).toEqual(lines.map((_, i) => i + 1));
    const counts = lines.map((line) => (JSON.parse(line) as { entries?: unknown[] }).entries?.length ?? 1);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(501);
  });

  it('deletes nothing when the queue refuses', async () => {
    const buffer = env.JOURNAL_BUFFER.getByName('refused');
    await runInDurableObject(buffer, async (instance) => {
      await instance.append([{ at, event: 'verification.answered', actor: 'verifier:shop' }]);
      const real = instance['env'];
      Object.defineProperty(instance, 'env', {
        value: { ...real, JOURNAL_QUEUE: { sendBatch: () => Promise.reject(new Error('down')) } },
      });
      await expect(instance.handOn()).rejects.toThrow('down');
      expect(instance.waiting()).toBe(1);
      Object.defineProperty(instance, 'env', { value: real });
      expect(await instance.handOn()).toBe(1);
      expect(instance.waiting()).toBe(0);
    });
  });
});
