import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from '../../worker/local/admin.ts';
import { AdminClient } from '../../worker/local/admin-client.ts';
import { freePort } from '../../worker/local/free-port.ts';
import { type Edge, startEdge } from '../../worker/local/network.ts';
import { type NetworkState, saveNetworkState } from '../../worker/local/network-state.ts';
import { seedLines } from '../../worker/local/population/seed-lines.ts';
import { newSecrets } from '../../worker/local/secrets.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-admin-'));
const secrets = newSecrets();
let edge: Edge;
const population: string[] = [];

beforeAll(async () => {
  const port = await freePort();
  edge = await startEdge({
    stateDir: path.join(folder, 'state'),
    port,
    secrets,
    bundleDir: path.join(folder, 'bundle'),
  });
  for await (const line of seedLines({ people: 700 })) population.push(line);
});

afterAll(async () => {
  await edge?.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Ran = { readonly code: number; readonly out: string; readonly err: string };

type More = { readonly input?: string; readonly token?: string; readonly edge?: string };

const envOf = (more: More) => ({
  TAWTHIQ_EDGE: more.edge ?? edge.url,
  TAWTHIQ_ADMIN_TOKEN: more.token ?? secrets.adminToken,
  TAWTHIQ_PASSWORD: 'a long password of an operator',
});

async function admin(args: readonly string[], more: More = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const code = await main(args, {
    env: envOf(more),
    input: Readable.from([more.input ?? '']),
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isScreen: false,
  });
  return { code, out, err };
}

/** A line to the edge that is cut `times` times, each time after the answer's first progress was passed on. */
async function cutLine(times: number): Promise<{ url: string; server: Server; cuts: () => number }> {
  let cuts = 0;
  const server = createServer((incoming, outgoing) => {
    const { hostname, port } = new URL(edge.url);
    const onward = request({ hostname, port, path: incoming.url, method: incoming.method, headers: incoming.headers });
    incoming.pipe(onward);
    onward.on('error', () => outgoing.destroy());
    onward.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('data', (chunk: Buffer) => {
        outgoing.write(chunk);
        if (cuts < times && chunk.includes('"progress"')) {
          cuts += 1;
          onward.destroy();
          setTimeout(() => outgoing.destroy(), 20);
        }
      });
      answer.on('end', () => outgoing.end());
      answer.on('error', () => undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, cuts: () => cuts };
}

describe('npm run admin', () => {
  it('is a command with an exit code', async () => {
    const child = spawn(process.execPath, ['worker/local/admin.ts', 'centre', 'list', '--json'], {
      cwd: root,
      env: { ...process.env, ...envOf({}) },
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([code, JSON.parse(Buffer.concat(chunks).toString('utf8'))]).toEqual([0, { centres: [] }]);
  });

  it('imports a file, names each bad line, and says so by its exit code', async () => {
    const file = path.join(folder, 'people.ndjson');
    writeFileSync(file, [...population.slice(0, 20), '{"number":1}', ...population.slice(20, 40)].join('\n'));
    const first = await admin(['people', 'import', file]);
    expect(first.err).toMatch(/^line 21: bad_shape at \/number /);
    expect(first.out).toBe('line 41: 40 imported, 0 updated, 0 unchanged, 1 refused\n');
    expect(first.code).toBe(4);
    const good = path.join(folder, 'good.ndjson');
    writeFileSync(good, `${population.slice(0, 40).join('\n')}\n`);
    const again = await admin(['people', 'import', good, '--json']);
    expect(JSON.parse(again.out)).toEqual({
      type: 'finished',
      lines: 40,
      imported: 0,
      updated: 0,
      unchanged: 40,
      refused: 0,
    });
    expect(again.code).toBe(0);
  });

  it('imports from standard input, and goes on from a line', async () => {
    const input = ['not looked at', ...population.slice(40, 45), 'bad'].join('\n');
    const ran = await admin(['people', 'import', '-', '--from', '2', '--json'], { input });
    const events = ran.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events[0]).toMatchObject({ type: 'refused', line: 7, reason: 'bad_json' });
    expect(events[1]).toMatchObject({ type: 'finished', imported: 5, refused: 1 });
  });

  it('asks the edge where a file is empty as well, and says that nobody is in it', async () => {
    const empty = path.join(folder, 'empty.ndjson');
    for (const text of ['', '\n\n']) {
      writeFileSync(empty, text);
      expect(await admin(['people', 'import', empty])).toEqual({
        code: 1,
        out: '',
        err: `${empty}: nobody is in it\n`,
      });
    }
    writeFileSync(empty, '');
    const wrong = await admin(['people', 'import', empty], { token: 'twa_wrong-token' });
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('refused (token_unknown)')]);
    const silent = await admin(['people', 'import', empty], { edge: `http://127.0.0.1:${await freePort()}` });
    expect([silent.code, silent.err]).toEqual([3, expect.stringContaining('no edge answers')]);
    expect((await admin(['people', 'import', '-'])).err).toBe('standard input: nobody is in it\n');
  });

  it('has nothing to do behind a file’s last line, and refuses to go on behind the end of a shorter one', async () => {
    const three = path.join(folder, 'three.ndjson');
    writeFileSync(three, `${population.slice(0, 3).join('\n')}\n`);
    const done = await admin(['people', 'import', three, '--from', '4']);
    expect([done.code, done.out]).toEqual([0, 'line 3: 0 imported, 0 updated, 0 unchanged, 0 refused\n']);
    const none = await admin(['people', 'import', three, '--from', '5']);
    expect([none.code, none.err]).toEqual([1, `${three}: it has 3 lines, and none to go on with from line 5\n`]);
  });

  it('takes an empty line for no person, and for no refusal', async () => {
    const gaps = path.join(folder, 'gaps.ndjson');
    writeFileSync(gaps, `${population[0]}\n\n${population[1]}\n\n`);
    const ran = await admin(['people', 'import', gaps]);
    expect([ran.code, ran.out]).toEqual([0, 'line 4: 0 imported, 0 updated, 2 unchanged, 0 refused\n']);
  });

  it('puts no list of breached passwords in the place of another unless it is told to, and says what is there', async () => {
    const [first, second] = ['first.txt', 'second.txt'].map((name) => path.join(folder, name)) as [string, string];
    writeFileSync(first, `${'0A'.repeat(20)}:3\n${'0B'.repeat(20)}\n`);
    writeFileSync(second, `${'0C'.repeat(20)}\n`);
    const list = async () => {
      const file = await (await edge.miniflare.getR2Bucket('FILES')).get('private/breached/in-use');
      return JSON.parse((await file?.text()) ?? '') as unknown;
    };
    expect(await admin(['breached', 'import', first])).toMatchObject({
      code: 0,
      out: expect.stringContaining('count: 2'),
    });
    // Its answer was lost, say: the same again is no other list.
    expect((await admin(['breached', 'import', first])).code).toBe(0);
    const refused = await admin(['breached', 'import', second]);
    const says =
      /^nothing was done: a list of 2 passwords counts here since 20\d\d-\d\d-\d\dT\d\d:\d\d UTC .*--replace/;
    expect([refused.code, refused.out, refused.err]).toEqual([1, '', expect.stringMatching(says)]);
    expect(await list()).toMatchObject({ count: 2 });
    expect((await admin(['breached', 'import', '--replace', second])).code).toBe(0);
    expect(await list()).toMatchObject({ count: 1 });
    // Its parts anew, where one was lost.
    expect((await admin(['breached', 'import', second, '--replace'])).out).toContain('-again');
    expect((await admin(['breached', 'import', second, '--replace=yes'])).err).toContain('--replace takes no value');
    const empty = path.join(folder, 'empty.txt');
    writeFileSync(empty, '\n');
    expect(await admin(['breached', 'import', empty, '--replace'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no hash in this file'),
    });
    expect(await list()).toMatchObject({ count: 1 });
  });

  it('makes centres, kiosks and operators, and shows the journal of it', async () => {
    const centre = await admin([
      'centre',
      'add',
      '--name',
      'Riyadh',
      '--name-ar',
      'الرياض',
      '--type',
      'civil_affairs',
      '--id',
      'riyadh',
      '--json',
    ]);
    expect([centre.code, JSON.parse(centre.out)]).toEqual([0, { id: 'riyadh' }]);
    const kiosk = await admin(['kiosk', 'invite', '--centre', 'riyadh', '--name', 'Desk 1']);
    expect(kiosk.code).toBe(0);
    expect(kiosk.out).toContain('TWK-');
    const operator = await admin([
      'operator',
      'add',
      '--username',
      'sami',
      '--centre',
      'riyadh',
      '--role',
      'operator',
      '--name',
      'Sami',
    ]);
    expect(operator.code).toBe(0);
    const journal = await admin(['journal', 'tail', '--limit', '200', '--json']);
    const { entries } = JSON.parse(journal.out) as { entries: { event: string }[] };
    const events = entries.map(({ event }) => event);
    expect(events).toEqual(expect.arrayContaining(['centre.created', 'kiosk.invited', 'operator.created']));
    expect(journal.out).not.toContain('a long password');
  });

  it('follows the journal from its first line, and tells a rewritten past from the kept hash', async () => {
    await admin(['journal', 'archive']);
    const archived = await vi.waitUntil(
      async () => {
        const state = JSON.parse((await admin(['journal', 'archive', '--json'])).out) as { seq: number; hash: string };
        return state.seq > 0 ? state : undefined;
      },
      { timeout: 20_000, interval: 300 },
    );
    const kept = ['--seq', String(archived.seq), '--hash', archived.hash];
    const good = await admin(['journal', 'verify', '--json', ...kept]);
    expect(good.code).toBe(0);
    expect((JSON.parse(good.out) as { lines: number }).lines).toBeGreaterThanOrEqual(archived.seq);
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const search = await admin(['journal', 'search', '--event', 'centre.created', '--since', yesterday, '--json']);
    const { entries } = JSON.parse(search.out) as { entries: { event: string }[] };
    expect([search.code, new Set(entries.map(({ event }) => event))]).toEqual([0, new Set(['centre.created'])]);
    expect((await admin(['journal', 'search', '--since', 'yesterday'])).code).toBe(2);
    const other = await admin(['journal', 'verify', '--seq', '1', '--hash', archived.hash]);
    expect([other.code, other.err]).toEqual([1, 'line 1 has not the hash that was kept: the past was rewritten\n']);
    const files = await edge.miniflare.getR2Bucket('FILES');
    const name = 'journal/archive/0000000001.ndjson';
    const text = (await (await files.get(name))?.text()) ?? '';
    await files.put(name, text.replace('person.imported', 'person.updated'));
    const changed = await admin(['journal', 'verify']);
    expect(changed.code).toBe(1);
    expect(changed.err).toMatch(/^segment 1, line \d+: hash_wrong/);
    await files.put(name, text);
    expect((await admin(['journal', 'verify'])).code).toBe(0);
  });

  it('makes a token that can do one thing, and shows the refusal of another', async () => {
    const made = await admin(['token', 'add', '--name', 'reader', '--scopes', 'journal:read', '--json']);
    const { token } = JSON.parse(made.out) as { token: string };
    expect((await admin(['journal', 'tail'], { token })).code).toBe(0);
    const refused = await admin(['people', 'import', '-'], { token, input: `${population[0]}\n` });
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('refused (scope_missing)');
  });

  it('changes what a business may ask, and only what was typed', async () => {
    const made = await admin(['verifier', 'add', '--name', 'Bank', '--claims', 'name,number', '--json']);
    const { verifierId: id } = JSON.parse(made.out) as { verifierId: string };
    const policyNow = async () => {
      const { verifiers } = JSON.parse((await admin(['verifier', 'list', '--json'])).out) as {
        verifiers: { id: string; policy: unknown }[];
      };
      return verifiers.find((one) => one.id === id)?.policy;
    };
    const before = { contexts: ['counter', 'gate', 'border', 'age'], claims: ['name', 'number'] };
    const rest = { profiles: ['S', 'D', 'C', 'A'], maxListAgeSeconds: 604_800 };
    expect(await policyNow()).toEqual({ ...before, ...rest });
    expect((await admin(['verifier', 'policy', id, '--claims', 'name', '--list-age', '3600'])).code).toBe(0);
    expect((await admin(['verifier', 'policy', id, '--contexts', 'counter'])).code).toBe(0);
    const narrow = { contexts: ['counter'], claims: ['name'], profiles: rest.profiles, maxListAgeSeconds: 3600 };
    expect(await policyNow()).toEqual(narrow);
    expect((await admin(['verifier', 'policy', id, '--claims', 'none'])).code).toBe(0);
    expect(await policyNow()).toEqual({ ...narrow, claims: [] });
    expect(await admin(['verifier', 'policy', id])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^one of --contexts/),
    });
    expect(await admin(['verifier', 'policy', id, '--claims', 'shoe'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('bad_input'),
    });
    const nobody = await admin(['verifier', 'policy', 'nobody', '--claims', 'name']);
    expect(nobody).toMatchObject({ code: 1, err: expect.stringContaining('(verifier_unknown)') });
  });

  it('lists every business and every service, however many pages the edge makes of them', async () => {
    for (const name of ['One', 'Two', 'Three']) await admin(['verifier', 'add', '--name', name]);
    const whole = (await admin(['verifier', 'list', '--json'])).out;
    const asked: string[] = [];
    /** The edge's own pages, of one business each; of services a page that is followed by itself. */
    const server = createServer(async (incoming, outgoing) => {
      const url = new URL(incoming.url ?? '', edge.url);
      asked.push(url.search);
      url.searchParams.set('limit', '1');
      const headers = { Authorization: incoming.headers.authorization ?? '' };
      const isEndless = url.pathname === '/v1/admin/clients';
      outgoing.end(isEndless ? '{"clients":[],"next":"a"}' : await (await fetch(url, { headers })).text());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const slow = { edge: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    const listed = (await admin(['verifier', 'list', '--json'], slow)).out;
    const { verifiers } = JSON.parse(listed) as { verifiers: unknown[] };
    expect([listed, verifiers.length >= 3, asked.length]).toEqual([whole, true, verifiers.length + 1]);
    const endless = await admin(['client', 'list'], slow);
    expect([endless.code, endless.err]).toEqual([3, expect.stringContaining('do not end')]);
    server.close();
  });

  it('takes every option that its own help names, and no other', async () => {
    const { out, err } = await admin(['help']);
    const named = new Set([...(out + err).matchAll(/--([a-z][a-z-]+)/g)].map(([, name = '']) => name));
    expect([...named]).toEqual(expect.arrayContaining(['why', 'out', 'client', 'authority-ar', 'deceased']));
    for (const name of named) {
      if (name === 'json') continue;
      expect((await admin(['no-such-command', `--${name}`, 'x'])).err).not.toContain('there is no option');
    }
    expect((await admin(['no-such-command', '--whynot', 'x'])).err).toContain('there is no option');
    const unknown = await admin(['account', 'lost-phone', '--number', '1000000008', '--why', 'a call']);
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('account_unknown')]);
  });

  it('shows its help when it is asked, and that is no wrong usage', async () => {
    for (const asked of [['--help'], ['-h'], ['help'], ['kiosk', 'invite', '--help']])
      expect(await admin(asked)).toEqual({ code: 0, out: expect.stringContaining('people import'), err: '' });
  });

  it.each([
    [['people', 'import', 'missing.ndjson'], 'missing.ndjson: there is no such file'],
    [['people', 'import', tmpdir()], 'it is a folder'],
    [['client', 'add', '--metadata', 'missing.json'], 'missing.json: there is no such file'],
    [['client', 'add', '--metadata', 'README.md'], 'README.md: it is not JSON'],
    [['trust-list', 'put', 'missing.cbor'], 'missing.cbor: there is no such file'],
    [['breached', 'import', 'missing.txt'], 'missing.txt: there is no such file'],
  ])('says in a sentence that a file cannot be used: %j', async (args, says) => {
    const { code, out, err } = await admin(args);
    expect([code, out, err.split('\n')[0]]).toEqual([2, '', expect.stringContaining(says)]);
    expect(err).not.toContain('--from 1');
  });

  it('finds edge and token in the folder of a network that is not the usual one', async () => {
    const stateDir = path.join(folder, 'elsewhere');
    mkdirSync(stateDir);
    saveNetworkState(stateDir, { edgeUrl: edge.url, adminToken: secrets.adminToken } as NetworkState);
    const code = await main(['centre', 'list', '--state', stateDir], {
      ...{ env: {}, input: Readable.from([]), isScreen: false },
      ...{ out: () => undefined, err: () => undefined },
    });
    expect(code).toBe(0);
  });

  it('gives a centre its week, and says what is wrong with how it was typed', async () => {
    await admin(['centre', 'add', '--name', 'Jeddah', '--type', 'mall', '--id', 'jeddah']);
    const set = ['centre', 'hours', 'jeddah', '--open', '08:00-12:00,13:00-24:00', '--days', 'sun,mon'];
    expect(await admin([...set, '--slot', '20', '--seats', '3', '--closed', '2026-12-25'])).toMatchObject({ code: 0 });
    const { centres } = (await (await fetch(`${edge.url}/v1/centres`)).json()) as { centres: { id: string }[] };
    const slot = { slotMinutes: 20, seats: 3 };
    expect(centres.find(({ id }) => id === 'jeddah')).toMatchObject({
      hours: [0, 1].flatMap((weekday) => [
        { weekday, opensAt: 480, closesAt: 720, ...slot },
        { weekday, opensAt: 780, closesAt: 1440, ...slot },
      ]),
    });
    for (const [wrong, says] of [
      [['--open', '8-12'], 'times like'],
      [['--open', '08:00-12:00-13:00'], 'times like'],
      [['--open', '08:61-12:00'], 'times like'],
      [['--open', '08:00-12:00', '--days', 'funday'], 'days like'],
      [['--open', '08:00-12:00', '--slot', 'x'], '--slot takes a whole number'],
      [[], '--open is missing'],
    ] as const)
      expect(await admin(['centre', 'hours', 'jeddah', ...wrong])).toMatchObject({
        code: 2,
        err: expect.stringContaining(says),
      });
    const overlap = await admin(['centre', 'hours', 'jeddah', '--open', '08:00-12:00,11:00-13:00']);
    expect([overlap.code, overlap.err]).toEqual([1, expect.stringContaining('hours_overlap')]);
  });

  it('registers a client under its name in both languages', async () => {
    const names = ['--name-ar', 'مكتبة', '--name-en', 'Library'];
    const made = await admin([
      'client',
      'add',
      '--redirect',
      'https://library.example/cb',
      ...names,
      '--id',
      'library',
    ]);
    expect(made.code).toBe(0);
    const listed = await admin(['client', 'list', '--json']);
    expect(listed.out).toContain('مكتبة');
  });

  it.each([
    [['verifier', 'suspend', 'one', 'two'], 'verifier suspend takes no "two"'],
    [['verifier', 'list', 'all'], 'verifier list takes no "all"'],
    [['people', 'import', 'a.ndjson', 'b.ndjson'], 'people import takes no "b.ndjson"'],
    [['verifier', 'suspend', 'one', '--reason', 'fraud'], 'verifier suspend takes no --reason'],
    [
      ['account', 'suspend', '--number', '1', '--why', 'gone', '--deceased', 'true'],
      'account suspend takes no --deceased',
    ],
    [['account', 'close', '--number', '1', '--why', 'gone', '--deceased', 'yes'], '--deceased takes true'],
    [['centre', 'list', '--edge', 'id.example'], 'id.example is no address of an edge'],
    [['centre', 'list', '--edge', 'ftp://id.example'], 'ftp://id.example is no address of an edge'],
    [['centre', 'list', '--token', 'twa_secret\nX'], 'the token is one word'],
  ])('does nothing with half of what was typed, and says which part it would pass over: %j', async (args, says) => {
    const { code, out, err } = await admin(args);
    expect([code, out, err.split('\n')[0]]).toEqual([2, '', expect.stringContaining(says)]);
    // The command's own words, and no page of all the others.
    expect(err).toContain(`npm run admin -- ${args[0]} ${args[1]}`);
    expect(err.split('\n').length).toBeLessThan(8);
    expect(err).not.toContain('twa_secret');
  });

  it('says once what is wrong with a body', async () => {
    const { code, err } = await admin(['verifier', 'add', '--name', 'X', '--claims', 'shoe']);
    expect(code).toBe(1);
    expect(err.match(/claims\/0/g)).toHaveLength(1);
    expect(err.split('\n')[0]).toBe('refused (bad_input): The body does not have the right shape');
  });

  it('asks for no card where it could not be written', async () => {
    const before = await admin(['journal', 'tail', '--json']);
    for (const [out, says] of [
      [path.join(folder, 'no-such-folder', 'card.pdf'), 'there is no such file or folder'],
      [folder, 'it is a folder'],
    ] as const) {
      const refused = await admin(['credential', 'card', '--number', '1000000008', '--out', out]);
      expect([refused.code, refused.err]).toEqual([2, expect.stringContaining(says)]);
    }
    expect((await admin(['journal', 'tail', '--json'])).out).toBe(before.out);
  });

  it('lists keys one a line, by day; a key has the algorithm that was typed or is refused', async () => {
    const made = await admin(['key', 'add', '--purpose', 'id_token', '--alg', 'EdDSA', '--json']);
    const { kid } = JSON.parse(made.out) as { kid: string };
    const { out } = await admin(['key', 'list']);
    const line = out.split('\n').find((one) => one.startsWith(kid)) ?? '';
    expect(line).toMatch(/^\S+ {2}id_token {4}EdDSA {9}current {6}signs 20\d\d-\d\d-\d\d to 20\S+, accepted to 20\S+$/);
    expect((await admin(['key', 'list', '--json'])).out).toContain('publicKey');
    expect(await admin(['key', 'add', '--purpose', 'receipt', '--alg', 'RS256'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('/alg: only an id_token key'),
    });
  });

  it('tells a refusal, a wrong usage and a silent edge apart', async () => {
    const refused = await admin(['centre', 'add', '--name', 'X', '--type', 'airport']);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/refused \(bad_input\)[\s\S]*\/type: /);
    expect((await admin(['journal', 'tail'], { token: 'twa_wrong-token' })).err).toContain('refused (token_unknown)');
    const usage = await admin(['kiosk', 'invite']);
    expect([usage.code, usage.err.startsWith('--centre is missing')]).toEqual([2, true]);
    expect((await admin(['key', 'list', '--purpos', 'x'])).err).toContain('there is no option --purpos');
    expect((await admin(['kiosk', 'dance'])).err).toContain('there is no command "kiosk dance"');
    const silent = await admin(['key', 'list'], { edge: `http://127.0.0.1:${await freePort()}` });
    expect(silent.code).toBe(3);
    expect(silent.err).toContain('no edge answers');
  });
});

describe('an import over a line that is cut', () => {
  it('goes on behind the last durable line: every person once, every bad line reported once', async () => {
    const line = await cutLine(2);
    const bad = [100, 300, 650];
    const lines = population.slice(45).flatMap((person, i) => (bad.includes(i) ? ['{}', person] : [person]));
    async function* source() {
      yield* lines;
    }
    const refused: number[] = [];
    const client = new AdminClient(line.url, secrets.adminToken);
    const totals = await client.importPeople(source(), { onRefused: (event) => refused.push(event.line) });
    line.server.close();
    expect(line.cuts()).toBe(2);
    expect(refused).toEqual([101, 302, 653]);
    expect(totals.lines).toBe(lines.length);
    expect(totals.refused).toBe(3);
    expect(totals.imported + totals.unchanged).toBe(population.length - 45);
    expect(totals.updated).toBe(0);
    const again = await new AdminClient(edge.url, secrets.adminToken).importPeople(source());
    expect(again).toMatchObject({ imported: 0, unchanged: population.length - 45, refused: 3 });
  });
});
