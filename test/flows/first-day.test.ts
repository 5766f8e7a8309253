// The first day of docs/key-ceremonies.md, command by command as the page has them: two roots on machines of their own, an edge that is
// given what the page's commands made, the first list, and a credential that verifies under it. The page's text is what is run.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { CardContent } from '../../shared/contract/card.ts';
import { openLists, verify } from '../../shared/offline/verify-offline.ts';
import { main as admin } from '../../worker/local/admin.ts';
import { AdminClient } from '../../worker/local/admin-client.ts';
import { freePort } from '../../worker/local/free-port.ts';
import { main as keys } from '../../worker/local/keys.ts';
import { type Edge, startEdge } from '../../worker/local/network.ts';
import { setUpPurposes } from '../../worker/local/set-up.ts';
import { addPerson } from '../support/login-edge.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/key-ceremonies.md'), 'utf8');
const [, firstDay = ''] = /^## The first day\n([\s\S]*?)^A country that began/m.exec(page) ?? [];
const texts = firstDay.split(/^\d\. /m).slice(1);
/** Of each numbered step its commands in order: in a line, and in a block, where words behind two blanks are for people. */
const steps = texts.map((text) =>
  [...text.matchAll(/`((?:npm run \w+ -- |keys )[^`]+)`|^ {7,}(npm run .+?)(?: {2,}|$)/gm)].map(
    ([, inLine, inBlock]) => inLine ?? inBlock ?? '',
  ),
);
const command = (step: number, n = 1): string => steps[step - 1]?.[n - 1] ?? '';

const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-first-day-'));
const passphrase = 'five words that nobody says';
const now = () => Math.floor(Date.now() / 1000) as EpochSeconds;
const programs = { keys, admin };
let edge: Edge | undefined;

type Machine = { readonly folder: string; readonly env: Record<string, string> };
function machine(name: string): Machine {
  mkdirSync(path.join(folder, name, 'safe'), { recursive: true });
  return { folder: path.join(folder, name), env: {} };
}
const [tableA, tableB, online] = [machine('a'), machine('b'), machine('online')];
/** On a stick. */
const carry = (file: string, from: Machine, to: Machine) =>
  copyFileSync(path.join(from.folder, file), path.join(to.folder, file));

type Said = { readonly code: number; readonly out: string; readonly err: string; readonly asked: readonly string[] };
/** `typed`: answers to what is asked, in order. `roots`: what is on paper, for `A,B`. `fills`: for each `…` of the page. */
type More = { readonly typed?: readonly string[]; readonly roots?: string; readonly fills?: readonly string[] };

async function run(text: string, at: Machine, { typed, roots = 'A,B', fills = [] }: More = {}): Promise<Said> {
  const [, program = '', rest = ''] = /^(?:npm run )?(keys|admin)(?: --)? (.+)$/.exec(text) ?? [];
  const [answers, blanks, asked] = [[...(typed ?? [])], [...fills], [] as string[]];
  const args = rest.split(' ').map((word) => {
    if (word === 'A,B') return roots;
    if (word === '…') return blanks.shift() ?? '';
    return /^[\w/-]+\.json$/.test(word) ? path.join(at.folder, word) : word;
  });
  let [out, err] = ['', ''];
  const ask = async (question: string) => {
    asked.push(question);
    return answers.shift() ?? '';
  };
  const sits = typed && { ask, askHidden: ask };
  const screen = (end: string) => ({
    out: (said: string) => {
      out += said + end;
    },
    err: (said: string) => {
      err += said + end;
    },
  });
  expect(packageJson.scripts[program as 'keys' | 'admin'] ?? text).toContain(`worker/local/${program}.ts`);
  const code =
    program === 'keys'
      ? await programs.keys(args, { env: at.env, ...screen('\n'), now, ...sits, passphraseCost: 2 ** 14 })
      : await programs.admin(args, { env: at.env, input: Readable.from([]), ...screen(''), isScreen: false });
  return { code, out: out.trimEnd(), err: err.trimEnd(), asked };
}

afterAll(async () => {
  await edge?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('the first day, as its page has it, ends with a list that stands and a credential that verifies under it', async () => {
  expect(steps.map(({ length }) => length)).toEqual([1, 1, 3, 1, 2, 1]);

  // 1. A passphrase twice, the public half in print, and a file that only the passphrase opens.
  const papers: string[] = [];
  for (const at of [tableA, tableB]) {
    const made = await run(command(1), at, { typed: [passphrase, passphrase] });
    expect(made).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^[\w-]{43}$/) });
    expect(made.asked).toHaveLength(2);
    papers.push(made.out);
  }
  const roots = papers.join(',');

  // 2. Seven secrets, and the first administrator's token: all that this edge is given.
  const given = await run(command(2), online, { roots });
  const adminToken = given.out.split('\n').at(-1) ?? '';
  const bindings = JSON.parse(readFileSync(path.join(online.folder, 'secrets.json'), 'utf8')) as Record<string, string>;
  expect([given.code, Object.keys(bindings).length, bindings['TRUST_ROOTS']]).toEqual([0, 7, roots]);
  const place = { stateDir: path.join(folder, 'state'), bundleDir: path.join(folder, 'bundle') };
  edge = await startEdge({ ...place, port: await freePort(), secrets: { bindings } });
  const at = (where: string) => fetch(edge?.url + where);
  Object.assign(online.env, { TAWTHIQ_EDGE: edge.url, TAWTHIQ_ADMIN_TOKEN: adminToken });

  // 3. A key for each purpose that the page names, which are those that a network here has.
  const [, others = '', last = ''] = /and ([a-z_, ]+);\s+(\w+) where readers/.exec(texts[2] ?? '') ?? [];
  const [, first = ''] = /--purpose (\w+)$/.exec(command(3)) ?? [];
  const purposes = [first, ...others.split(', '), last];
  expect(new Set(purposes)).toEqual(new Set(setUpPurposes.map(({ purpose }) => purpose)));
  for (const purpose of purposes) {
    const added = await run(command(3).replace(first, purpose), online);
    expect([purpose, added.code, added.err]).toEqual([purpose, 0, '']);
  }
  const held = await run(command(3, 2), online);
  expect(held.out.split('\n').map((line) => line.split(/\s+/)[1])).toEqual(expect.arrayContaining(purposes));
  const prepared = await run(command(3, 3), online, { roots });
  expect([prepared.code, prepared.err]).toEqual([0, '']);
  expect((await at('/v1/trust-list')).status).toBe(404);

  // 4. No network and no token at this table: what the list is, each key marked, and the version typed.
  carry('1.json', online, tableA);
  const stranger = await run(command(4), tableA, { typed: ['four words of nobody', '1'] });
  expect([stranger.code, stranger.err]).toEqual([1, expect.stringContaining('does not open')]);
  const signed = await run(command(4), tableA, { typed: [passphrase, '1'] });
  expect([signed.code, signed.err, signed.asked.length]).toEqual([0, '', 2]);
  expect(signed.asked[1]).toContain('Type the version, 1');
  const marked = signed.out.split('\n').filter((line) => /; signs \d/.test(line));
  expect([marked.length > 3, marked.filter((line) => !line.startsWith('!'))]).toEqual([true, []]);

  // 5. The list and the first statuses.
  carry('1-a.json', tableA, online);
  expect(await run(command(5), online)).toMatchObject({ code: 0, out: 'version 1 is published', err: '' });
  const stands = await run(command(5, 2), online, { roots });
  expect([stands.code, stands.out]).toEqual([0, expect.stringMatching(/^version 1, /)]);

  // 6. Daily work by another token; its first day's work is a card.
  const fills = ['desk', 'people:import,credentials:print'];
  const daily = await run(command(6), online, { fills });
  const [, token = ''] = /^token: (\S+)$/m.exec(daily.out) ?? [];
  const api = new AdminClient(edge.url, token);
  const { number } = await addPerson(edge, api);
  const card = CardContent.parse(await api.call('POST', '/v1/admin/credentials/card', { number }));

  const judged = async () => {
    const [trustList, bytes] = await Promise.all(
      ['/v1/trust-list', '/s'].map(async (file) => new Uint8Array(await (await at(file)).arrayBuffer())),
    );
    if (!trustList || !bytes) throw new Error('no lists');
    const issuer = edge?.url ?? '';
    const statusLists = [{ uri: `${issuer}/s`, bytes }];
    const lists = await openLists({ issuer, roots: papers, trustList, statusLists }, now());
    if (!lists.ok) throw new Error(lists.error.reason);
    return (await verify(card.text, lists.value, now())).verdict;
  };
  expect(await judged()).toEqual({ outcome: 'accepted' });
  const lost = `npm run admin -- credential revoke --hash ${card.credentialHash} --reason lost`;
  expect((await run(lost, online)).code).toBe(0);
  expect(await judged()).toMatchObject({ outcome: 'rejected', check: 'not_revoked' });
});
