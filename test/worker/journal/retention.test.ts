// The journal's rows leave D1 once they are archived: what must hold before one goes, and what must not be lost whatever fails.
import { createMessageBatch, createScheduledController, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EpochSeconds } from '../../../shared/base/brands.ts';
import { ed25519Signer, type Signer } from '../../../shared/cose/sign1.ts';
import { generateEd25519 } from '../../../shared/crypto/ed25519.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import worker from '../../../worker/index.ts';
import { archiveMessages } from '../../../worker/journal/archive.ts';
import { chain, followChain, genesis } from '../../../worker/journal/chain.ts';
import {
  type CheckpointVerifier,
  checkpointFolder,
  checkpointVerifier,
  publishCheckpoint,
} from '../../../worker/journal/checkpoint.ts';
import { groupText, type JournalEntry, type PlacedEntry, placedLine } from '../../../worker/journal/entry.ts';
import { archiveName, segmentName } from '../../../worker/journal/journal-archive.ts';
import { readJournal } from '../../../worker/journal/read-journal.ts';
import { journalRetention, type Retention, removeArchived } from '../../../worker/journal/remove-archived.ts';
import { Journal, journalLostSeconds } from '../../../worker/store/journal.ts';
import { JournalTrail } from '../../../worker/store/journal-trail.ts';

const day = 86_400;
const today = Math.floor(Date.now() / 1000);
const inDays = (days: number) => (today + days * day) as EpochSeconds;
const kid = new Uint8Array(8).fill(7);
const archive = () => env.JOURNAL_ARCHIVE.getByName(archiveName);
const trail = new JournalTrail(env.DIRECTORY);
const entry: JournalEntry = { at: inDays(0), event: 'centre.created', actor: 'admin:test', detail: { type: 'mall' } };

let signer: Signer;
let verify: CheckpointVerifier;
/** What went to the queue and was not delivered yet. */
const queued: string[] = [];
const queue = {
  sendBatch: async (messages: Iterable<MessageSendRequest<string>>) => {
    for (const { body } of messages) queued.push(body);
    return {} as QueueSendBatchResponse;
  },
};
const journal = new Journal(env.DIRECTORY, [env.SHARD_0], queue);

async function append(count: number, name = 'c'): Promise<void> {
  for (let i = 1; i <= count; i++) await journal.append({ ...entry, object: `${name}${i}` });
}

/** Everything that was queued reaches the archive, in one segment. */
async function deliver(): Promise<number> {
  const messages = queued.splice(0).map((body, i) => ({ id: `m${i}`, timestamp: new Date(0), attempts: 1, body }));
  return archiveMessages(createMessageBatch<string>('tawthiq-journal', messages), archive());
}

async function archiveAll(): Promise<void> {
  await journal.handOn();
  await deliver();
}

const checkpoint = async (by = signer) => publishCheckpoint(env.FILES, await archive().head(), by, inDays(0));

async function archivedAndSigned(count: number): Promise<void> {
  await append(count);
  await archiveAll();
  await checkpoint();
}

/** A run of the cron in `days` days. */
const run = (days = 91, limits: Partial<Retention> = {}) =>
  removeArchived(
    { files: env.FILES, archive: archiveName, trail, journal, verify, now: () => inDays(days) },
    { ...journalRetention, ...limits },
  );
const removing = (rows: number, differing = 0) => ({ ok: true, value: { rows, differing } });

async function objects(): Promise<(string | null)[]> {
  const { results } = await env.DIRECTORY.prepare('SELECT object FROM journal ORDER BY seq').all<{ object: string }>();
  return results.map(({ object }) => object);
}

/** Every entry of the archive, followed from its first line. */
async function archived(): Promise<readonly PlacedEntry[]> {
  const { objects: files } = await env.FILES.list({ prefix: `journal/${archiveName}/` });
  const texts = await Promise.all(files.map(async ({ key }) => (await (await env.FILES.get(key))?.text()) ?? ''));
  const followed = await followChain(genesis, texts.join(''));
  if (!followed.ok) throw new Error(followed.error.reason);
  return followed.value.entries;
}

const segment = async (n: number) => (await (await env.FILES.get(segmentName(archiveName, n)))?.text()) ?? '';

beforeAll(async () => {
  const pair = await generateEd25519({ extractable: false });
  signer = ed25519Signer(pair.privateKey, kid);
  verify = checkpointVerifier([{ kid: 'BwcHBwcHBwc', purpose: 'receipt', publicKey: pair.publicRaw }]);
});

beforeEach(async () => {
  queued.length = 0;
  const { objects: files } = await env.FILES.list({ prefix: 'journal/' });
  await env.FILES.delete(files.map(({ key }) => key));
  await runInDurableObject(archive(), (_, { storage }) => {
    for (const table of ['head', 'sources', 'ahead']) storage.sql.exec(`DELETE FROM ${table}`);
  });
  const restart = ['DELETE FROM journal', "DELETE FROM sqlite_sequence WHERE name = 'journal'"];
  await env.SHARD_0.batch(restart.map((sql) => env.SHARD_0.prepare(sql)));
  await env.DIRECTORY.batch([...restart, 'DELETE FROM journal_trail'].map((sql) => env.DIRECTORY.prepare(sql)));
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a row of the journal', () => {
  it('leaves once its line stands in R2 under a checkpoint that is old enough, and its number is never given again', async () => {
    await archivedAndSigned(3);
    await append(2, 'later');
    expect(await run()).toEqual(removing(3));
    expect(await objects()).toEqual(['later1', 'later2']);
    // The oldest row that stays is the one after the archive's last.
    await archiveAll();
    expect((await archived()).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5].map((n) => `directory:${n}`));
    await checkpoint();
    expect(await run()).toEqual(removing(2));
    await append(1, 'last');
    expect((await journal.read({ limit: 9 })).entries.map(({ id }) => id)).toEqual(['directory:6']);
    expect(await archive().gaps()).toEqual([]);
  });

  it("leaves a person's database too, and groups of a buffer are followed on the way", async () => {
    await env.SHARD_0.prepare("INSERT INTO journal (at, event, actor) VALUES (1, 'account.closed', 'system')").run();
    queued.push(placedLine('buffer-a:1', groupText([JSON.stringify(entry), JSON.stringify(entry)])));
    await archivedAndSigned(1);
    expect(await run()).toEqual(removing(2));
    expect(await env.SHARD_0.prepare('SELECT count(*) AS n FROM journal').first()).toEqual({ n: 0 });
  });

  it('stays for its time, however old it and its checkpoint say they are', async () => {
    await journal.append({ ...entry, at: 1 as EpochSeconds });
    await archiveAll();
    // Signed with an old date, put into R2 today.
    await publishCheckpoint(env.FILES, await archive().head(), signer, 1 as EpochSeconds);
    expect(await run(89)).toEqual(removing(0));
    expect(await objects()).toHaveLength(1);
    expect(await run(91)).toEqual(removing(1));
    await append(1);
    await archiveAll();
    await publishCheckpoint(env.FILES, await archive().head(), signer, inDays(5));
    expect(await run(94)).toEqual(removing(0));
    expect(await run(96)).toEqual(removing(1));
  });

  it('stays while no checkpoint covers it, or only one that another key signed', async () => {
    await append(2);
    await archiveAll();
    expect(await run()).toEqual(removing(0));
    const other = await generateEd25519({ extractable: false });
    await checkpoint(ed25519Signer(other.privateKey, kid));
    expect(await run()).toEqual(removing(0));
    expect(await objects()).toHaveLength(2);
    // The next one that opens covers them.
    await archivedAndSigned(1);
    expect(await run()).toEqual(removing(3));
  });

  it('stays while it is written to no queue, or the archive cannot write', async () => {
    await archivedAndSigned(1);
    const refusing = new Journal(env.DIRECTORY, [], { sendBatch: () => Promise.reject(new Error('down')) });
    await append(2, 'unsent');
    await expect(refusing.handOn()).rejects.toThrow('down');
    await journal.handOn();
    await runInDurableObject(archive(), async (instance) => {
      const real = instance['env'];
      const files = { put: () => Promise.reject(new Error('R2 is down')) };
      Object.defineProperty(instance, 'env', { value: { ...real, FILES: files }, configurable: true });
      await expect(instance.archive(queued.flatMap((body) => body.split('\n')))).rejects.toThrow('R2 is down');
      Object.defineProperty(instance, 'env', { value: real, configurable: true });
    });
    await checkpoint();
    expect(await run()).toEqual(removing(1));
    expect(await objects()).toEqual(['unsent1', 'unsent2']);
  });

  it('stays where the queue lost its message, is handed on again after a day, and leaves then', async () => {
    await append(2);
    await archiveAll();
    await append(2, 'lost');
    await journal.handOn();
    queued.length = 0;
    await archivedAndSigned(1);
    expect(await run()).toEqual(removing(3));
    expect(await objects()).toEqual(['lost1', 'lost2']);
    const upto = new Map((await archive().marks()).map((mark) => [mark.source, mark.upto]));
    expect(upto.get('directory')).toBe(2);
    expect(await journal.handOnLost(upto, inDays(0))).toBe(0);
    expect(await journal.handOnLost(upto, inDays(1))).toBe(2);
    expect(await deliver()).toBe(2);
    await checkpoint();
    expect(await run()).toEqual(removing(2));
    expect((await archived()).map(({ object }) => object)).toEqual(['c1', 'c2', 'c1', 'lost1', 'lost2']);
  });

  it('stays when it says something else than its line, and that is journalled', async () => {
    await archivedAndSigned(4);
    await env.DIRECTORY.prepare("UPDATE journal SET actor = 'admin:nobody' WHERE seq = 2").run();
    await env.DIRECTORY.prepare('UPDATE journal SET detail = NULL WHERE seq = 3').run();
    expect(await run()).toEqual(removing(2, 2));
    const { entries } = await journal.read({ limit: 9 });
    expect(entries.map(({ id }) => id)).toEqual(['directory:2', 'directory:3', 'directory:5']);
    expect(entries[2]).toMatchObject({ event: 'journal.row_differs', object: 'directory:2', detail: { count: 2 } });
  });
});

describe('an archive that is not whole', () => {
  const damages: [name: string, damage: (text: string) => Promise<string | null>, reason: string][] = [
    ['a segment that is gone', async () => null, 'segment_missing'],
    ['a segment cut in a line', async (text) => text.slice(0, -20), 'line_missing'],
    [
      'a segment cut between lines',
      async (text) => text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1),
      'line_missing',
    ],
    ['a changed word', async (text) => text.replace('c2', 'c9'), 'hash_wrong'],
    [
      'a past that was written anew',
      async (text) => {
        const lines = text.split('\n').slice(0, -1);
        const entries = lines.map((line) => JSON.stringify((JSON.parse(line) as { entry: object }).entry));
        return (
          await chain(
            genesis,
            entries.map((line) => line.replace('c2', 'c9')),
          )
        ).text;
      },
      'line_missing',
    ],
  ];
  for (const [name, damage, reason] of damages) {
    it(`lets no row go: ${name}`, async () => {
      await append(3);
      await archiveAll();
      await archivedAndSigned(2);
      const good = await segment(1);
      const bad = await damage(good);
      if (bad === null) await env.FILES.delete(segmentName(archiveName, 1));
      else await env.FILES.put(segmentName(archiveName, 1), bad);
      const stopped = await run();
      expect(stopped.ok ? undefined : stopped.error.reason).toBe(reason);
      expect(await objects()).toHaveLength(5);
      await env.FILES.put(segmentName(archiveName, 1), good);
      expect(await run()).toEqual(removing(5));
    });
  }

  it('lets no row go when its last segment was written anew: its checkpoint is not met', async () => {
    await archivedAndSigned(2);
    const entries = (await archived()).map((one) => JSON.stringify({ ...one, actor: 'admin:nobody' }));
    await env.FILES.put(segmentName(archiveName, 1), (await chain(genesis, entries)).text);
    expect(await run()).toEqual({ ok: false, error: { reason: 'checkpoint_missed', seq: 2 } });
    expect(await objects()).toHaveLength(2);
  });
});

describe('an archive that is damaged anyhow', () => {
  it('never lets a row go whose line is not there to be read', async () => {
    const damage = fc.record({
      from: fc.nat(1_500),
      length: fc.nat(40),
      put: fc.oneof(fc.constant(''), fc.string({ maxLength: 12 }), fc.constantFrom('\n', '{"seq":1,', '0', '}\n')),
    });
    await archivedAndSigned(4);
    const good = await segment(1);
    await fc.assert(
      fc.asyncProperty(damage, async ({ from, length, put }) => {
        const bad = good.slice(0, from) + put + good.slice(from + length);
        // Behind the last line feed there is no line: nothing is damaged.
        if (bad.startsWith(good)) return;
        await env.FILES.put(segmentName(archiveName, 1), bad);
        expect((await run()).ok).toBe(false);
        expect(await objects()).toHaveLength(4);
      }),
      { numRuns: 60 },
    );
    await env.FILES.put(segmentName(archiveName, 1), good);
    await run();
    expect(await objects()).toEqual([]);
  });
});

describe('a run', () => {
  it('removes no more than its measure, also inside a segment, and the next ones catch up', async () => {
    await archivedAndSigned(25);
    const counts: number[] = [];
    for (let i = 0; i < 4; i++) {
      const removed = await run(91, { rowsARun: 10 });
      if (removed.ok) counts.push(removed.value.rows);
    }
    expect(counts).toEqual([10, 10, 5, 0]);
  });

  it('removes a thousand rows in a statement: an act waits for no more', async () => {
    const sql = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2100)
      INSERT INTO journal (at, event, actor) SELECT i, 'account.closed', 'system' FROM n`;
    await env.SHARD_0.prepare(sql).run();
    const entries = Array.from(
      { length: 2_100 },
      (_, i): PlacedEntry => ({
        id: `shard-0:${i + 1}`,
        at: (i + 1) as EpochSeconds,
        event: 'account.closed',
        actor: 'system',
      }),
    );
    const prepared = vi.spyOn(env.SHARD_0, 'prepare');
    expect(await journal.removeArchived('shard-0', entries)).toEqual({ rows: 2_100, differing: [] });
    const deletes = prepared.mock.calls.filter(([text]) => text.startsWith('DELETE'));
    prepared.mockRestore();
    expect(deletes).toHaveLength(3);
    expect(await journal.removeArchived('shard-0', entries)).toEqual({ rows: 0, differing: [] });
  });

  it('reads no more segments than its measure, and a checkpoint that lies further is met by the next ones', async () => {
    for (let i = 0; i < 5; i++) {
      await append(1);
      await archiveAll();
    }
    await checkpoint();
    const counts: number[] = [];
    for (let i = 0; i < 6; i++) {
      const removed = await run(91, { segmentsARun: 2 });
      if (removed.ok) counts.push(removed.value.rows);
    }
    expect(counts).toEqual([0, 0, 2, 2, 1, 0]);
  });

  it('leaves to another run what that one does at the same time', async () => {
    await archivedAndSigned(40);
    const deleted = vi.spyOn(journal, 'removeArchived');
    for (let round = 0; round < 4; round++) await Promise.all([run(91, { rowsARun: 10 }), run(91, { rowsARun: 10 })]);
    const ids = deleted.mock.calls.flatMap(([, entries]) => entries.map(({ id }) => id));
    deleted.mockRestore();
    expect(ids.length).toBe(new Set(ids).size);
    expect(await objects()).toEqual([]);
    expect((await trail.read()).upto).toEqual({ directory: 40 });
  });

  it('that died half-way is done again', async () => {
    await archivedAndSigned(5);
    const dying = vi.spyOn(journal, 'removeArchived').mockRejectedValueOnce(new Error('the isolate ended'));
    await expect(run()).rejects.toThrow('the isolate ended');
    dying.mockRestore();
    expect(await objects()).toHaveLength(5);
    expect(await run()).toEqual(removing(5));
    expect(await run()).toEqual(removing(0));
  });

  it('is the cron: checkpoint, what was lost, and rows of three months ago', async () => {
    const deps = depsOf(env as unknown as Env);
    await deps.keyRing.create('receipt', 'admin:test');
    await archiveAll();
    const cron = async (days: number) => {
      vi.useFakeTimers({ now: inDays(days) * 1000, toFake: ['Date'] });
      await worker.scheduled(createScheduledController(), env as unknown as Env);
      vi.useRealTimers();
    };
    await cron(0);
    expect(await objects()).not.toEqual([]);
    expect((await env.FILES.list({ prefix: checkpointFolder })).objects).toHaveLength(1);
    await cron(91);
    expect((await trail.read()).upto).toEqual({ directory: 1 });
    expect((await journal.read({ limit: 9, event: 'key.created' })).entries).toEqual([]);
    expect(journalLostSeconds).toBeLessThan(journalRetention.rowSeconds);
  });
});

describe('whoever reads the journal', () => {
  const read = (filter: Parameters<typeof readJournal>[1]) => readJournal({ journal, trail }, filter);

  it('is told from when on the archive has it, and goes on behind it', async () => {
    expect(await read({ limit: 5 })).toMatchObject({ value: { archived: { segments: 0, until: 0 } } });
    await archivedAndSigned(3);
    await run();
    const page = await read({ limit: 5 });
    const archivedNow = { segments: 1, until: inDays(0) };
    expect(page).toMatchObject({ ok: true, value: { entries: [], next: { directory: 3 }, archived: archivedNow } });
    await append(1, 'new');
    const next = await read({ limit: 5, after: page.ok ? page.value.next : {} });
    expect(next.ok && next.value.entries.map(({ object }) => object)).toEqual(['new1']);
  });

  it('is refused where rows behind the place are gone: none is passed over in silence', async () => {
    await archivedAndSigned(3);
    const before = { directory: 2, 'shard-0': 0 };
    expect((await read({ limit: 5, after: before })).ok).toBe(true);
    await run();
    expect(await read({ limit: 5, after: before })).toMatchObject({
      ok: false,
      error: { reason: 'place_archived', archived: { segments: 1 } },
    });
    expect((await read({ limit: 5, after: { ...before, directory: 3 } })).ok).toBe(true);
    const url = 'http://localhost:8787/v1/admin/journal?after=directory:2,shard-0:0';
    const headers = { Authorization: 'Bearer test-admin-token' };
    const answer = await worker.fetch(new Request(url, { headers }) as never, env as unknown as Env, {} as never);
    expect([answer.status, ((await answer.json()) as { reason: string }).reason]).toEqual([410, 'place_archived']);
  });

  it('of one rare event goes on behind what was looked at, not behind the last that was found', async () => {
    await append(3);
    await journal.append({ ...entry, event: 'key.moved' });
    await append(3);
    const page = await journal.read({ limit: 5, event: 'key.moved', after: {} });
    expect(page.entries.map(({ id }) => id)).toEqual(['directory:4']);
    expect(page.next).toEqual({ directory: 7, 'shard-0': 0 });
    const full = await journal.read({ limit: 2, event: 'centre.created', after: {} });
    expect(full.next).toEqual({ directory: 2, 'shard-0': 0 });
  });

  it('of one event is answered from an index, in every database', async () => {
    const plans: string[] = [];
    const explaining = (db: D1Database) => {
      const prepare = (sql: string) => db.prepare(sql.startsWith('SELECT seq, at') ? `EXPLAIN QUERY PLAN ${sql}` : sql);
      const batch = async (statements: D1PreparedStatement[]) => {
        const results = await db.batch<{ detail: string }>(statements);
        plans.push(...(results[0]?.results ?? []).map(({ detail }) => detail));
        return results.map((result) => ({ ...result, results: [] }));
      };
      return { prepare, batch } as unknown as D1Database;
    };
    const explained = new Journal(explaining(env.DIRECTORY), [explaining(env.SHARD_0)], queue);
    await explained.read({ limit: 5, event: 'key.moved' });
    await explained.read({ limit: 5, event: 'key.moved', after: {} });
    expect(plans).toEqual(Array(4).fill('SEARCH journal USING INDEX journal_event (event=? AND rowid>?)'));
  });
});
