// What the platform itself costs on this machine: a Worker that does nothing, one call to an object, one row written to disk, an object made
// anew, one read and one batch of Miniflare's D1; and what all that a number login asks for costs together. Printed beside the figures, judged
// by nobody: no provider on this workerd that keeps its logins so can be below them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { freePort } from '../../../worker/local/free-port.ts';
import { numberLoginActs, type PlatformAct } from '../../support/number-login-acts.ts';
import { cpuSeconds, pinServer, workerds } from '../cores.ts';
import type { Figure } from '../figure.ts';
import { runLoad } from '../load.ts';
import { get, type Side } from './side.ts';

/** What is asked, and how often: enough for the kernel's hundredths of a second. */
const connections = 16;
const asked = { answer: 20_000, call: 8_000, row: 2_000, object: 240, read: 1_200, batch: 800 } as const;

const source = `
import { DurableObject } from 'cloudflare:workers';
const text = 'x'.repeat(1000);
export class Box extends DurableObject {
  constructor(ctx, env) { super(ctx, env); ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS rows (id TEXT PRIMARY KEY, text TEXT) WITHOUT ROWID'); }
  call(line) { return line; }
  row(id) { this.ctx.storage.sql.exec('INSERT INTO rows VALUES (?, ?)', id, text); return id; }
}
const box = (env, name) => env.BOX.get(env.BOX.idFromName(name));
const ops = {
  '/answer': () => text,
  '/call': (env) => box(env, 'one').call('a line'),
  '/row': (env) => box(env, 'one').row(crypto.randomUUID()),
  '/object': (env) => box(env, crypto.randomUUID()).row('first'),
  '/read': async (env) => String((await env.DB.prepare('SELECT 1 AS one').first()).one),
  '/table': async (env) => String((await env.DB.prepare('CREATE TABLE rows (id TEXT PRIMARY KEY, text TEXT) WITHOUT ROWID').run()).success),
  '/batch': async (env) => {
    const insert = env.DB.prepare('INSERT INTO rows VALUES (?, ?)');
    const done = await env.DB.batch([insert.bind(crypto.randomUUID(), text), insert.bind(crypto.randomUUID(), text)]);
    return String(done.length);
  },
};
const worker = { fetch: async (request, env) => new Response(await ops[request.url.slice(request.url.lastIndexOf('/'))](env)) };
export { worker as default, worker as plain };
`;

function emptyBesideJwks(answer: number, peersJwks: number): Figure {
  return {
    name: 'login.floor.jwks',
    ours: 1e6 / answer,
    peer: 1e6 / peersJwks,
    unit: 'request/CPU-s',
    ratio: peersJwks / answer,
    target: 'none',
    ok: true,
    note: "a Worker that answers 1 kB and does nothing else, against oidc-provider's key set from memory: no key set on workerd is above it",
  };
}

function numberLogin(answer: number, beyond: (act: PlatformAct) => number): number {
  const requests: readonly (readonly PlatformAct[])[] = Object.values(numberLoginActs);
  return requests.flat().reduce((sum, act) => sum + beyond(act), requests.length * answer);
}

/** `peersJwks`: µs of CPU that the peer takes for its key set, the cheapest of its answers; undefined when it was not measured. */
export async function floors(peer: Side, peersJwks: number | undefined): Promise<readonly Figure[]> {
  const others = new Set(workerds());
  const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-floors-'));
  const port = await freePort();
  const options = convertV4MiniflareOptions({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    log: new Log(LogLevel.ERROR),
    workers: [
      {
        name: 'floors',
        modules: [{ type: 'ESModule', path: path.join(folder, 'index.mjs'), contents: source }],
        modulesRoot: folder,
        compatibilityDate: '2026-10-23',
        durableObjects: { BOX: { className: 'Box', useSQLite: true } },
        d1Databases: { DB: 'floors' },
        unsafeDirectSockets: [{ host: '127.0.0.1', port, entrypoint: 'plain' }],
      },
    ],
  });
  const miniflare = new Miniflare({ ...options, resourcePersistencePath: folder });
  try {
    await miniflare.ready;
    const pid = workerds().find((one) => !others.has(one));
    if (pid === undefined) throw new Error('the workerd of the floors is not there');
    pinServer(pid);
    const micros = { answer: 0, call: 0, row: 0, object: 0, read: 0, batch: 0 };
    await runLoad({ port, connections: 1, seconds: 60, once: true, requests: [get({ ...peer, port }, '/table')] });
    for (const [name, count] of Object.entries(asked) as [keyof typeof asked, number][]) {
      const requests = Array.from({ length: count }, () => get({ ...peer, port }, `/${name}`));
      await runLoad({ port, connections, seconds: 60, once: true, requests: requests.slice(0, count / 4) });
      const before = cpuSeconds(pid);
      await runLoad({ port, connections, seconds: 120, once: true, requests });
      micros[name] = ((cpuSeconds(pid) - before) * 1e6) / count;
    }
    const { answer } = micros;
    const beyond = (name: keyof typeof asked) => micros[name] - answer;
    const said: readonly (readonly [string, number, string])[] = [
      ['empty_answer', answer, 'a Worker that answers 1 kB, nothing else'],
      ['object_call', beyond('call'), 'one call to a Durable Object that is there'],
      ['object_row', beyond('row'), 'one such call that writes a row of 1 kB to disk'],
      ['object_made', beyond('object'), 'the same in an object that is made for it'],
      ['d1_read', beyond('read'), "one read of Miniflare's D1, which writes a bookmark to disk"],
      ['d1_batch', beyond('batch'), "one batch of two rows of 1 kB in Miniflare's D1"],
      [
        'number_login',
        numberLogin(answer, beyond),
        'all that a first number login asks of the platform, as a test counts it',
      ],
    ];
    const empty = peersJwks === undefined ? [] : [emptyBesideJwks(answer, peersJwks)];
    const figures = said.map(([name, cost, what]) => ({
      name: `login.floor.${name}`,
      ours: cost,
      peer: answer,
      unit: 'µs CPU',
      ratio: cost / answer,
      target: 'none',
      ok: true,
      note: `plain workerd on this machine, no code of ours: ${what}; against an empty answer`,
    }));
    return [...figures, ...empty];
  } finally {
    await miniflare.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}
