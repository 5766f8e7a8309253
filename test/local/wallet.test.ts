// The wallet in a terminal, before an edge that is scripted: what is shown, what is sent, what is kept. The real edge: start.test.ts.
import { createPrivateKey, createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemTypePrefix } from '../../shared/contract/problem.ts';
import { type AnswerRequest, answerMessage, type LiveRequest, walletPaths } from '../../shared/contract/wallet.ts';
import { freePort } from '../../worker/local/free-port.ts';
import { loadWallets } from '../../worker/local/kept-wallets.ts';
import { type NetworkState, saveNetworkState } from '../../worker/local/network-state.ts';
import { main } from '../../worker/local/wallet.ts';

const code = '0a1AbCdEfGhIjKlMnOpQrStUv';
const waits: LiveRequest = {
  ...{
    txn: 'txn-1',
    purpose: 'to borrow a book',
    from: 'Riyadh',
    quiet: false,
    digits: 2,
    acr: 'urn:tawthiq:loa:substantial',
  },
  ...{ client: { id: 'library', name: { ar: 'مكتبة المدينة', en: 'City Library' } }, expiresAt: 4_000_000_000 },
};

type Told = { readonly path: string; readonly language: string; readonly body: Record<string, unknown> };
let told: Told[];
/** What the edge answers, by path: each answer once, the last for ever. */
let script: Record<string, { readonly status: number; readonly json: unknown }[]>;
let server: Server;
let edge: string;
let stateDir: string;

const problem = (status: number, reason: string, title: string, detail?: string) => ({
  status,
  json: { type: problemTypePrefix + reason, title, status, reason, ...(detail === undefined ? {} : { detail }) },
});
const listed = (...requests: LiveRequest[]) => ({ status: 200, json: { requests, time: 1 } });

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const at = request.url ?? '';
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
    told.push({ path: at, language: request.headers['accept-language'] ?? '', body });
    const answers = script[at] ?? [];
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    response.writeHead(answer?.status ?? 500, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer?.json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  edge = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

beforeEach(() => {
  stateDir = mkdtempSync(path.join(tmpdir(), 'tawthiq-wallet-'));
  saveNetworkState(stateDir, { edgeUrl: edge } as NetworkState);
  told = [];
  script = {
    [walletPaths.bind]: [{ status: 201, json: { walletId: '0a1wallet' } }],
    [walletPaths.requests]: [listed(waits)],
    [walletPaths.answer]: [{ status: 200, json: { state: 'approved' } }],
  };
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

async function wallet(args: readonly string[], typed = '', env: Record<string, string> = { LANG: 'en_GB.UTF-8' }) {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = {
    ...{ env, input: Readable.from([typed]) },
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
  };
  const exit = await main([...args, '--state', stateDir], terminal);
  return { exit, out: out.join(''), err: err.join('') };
}
const bound = async () => expect((await wallet(['bind', code, '--name', 'noura'])).exit).toBe(0);
const answers = () => told.filter((each) => each.path === walletPaths.answer).map(({ body }) => body);

describe('binding', () => {
  it('keeps the key where only its owner reads it, under the name that was asked for', async () => {
    const ran = await wallet(['bind', code, '--name', 'noura']);
    expect([ran.exit, ran.out]).toEqual([0, expect.stringContaining('"noura" is bound')]);
    expect(loadWallets(stateDir).map(({ name, wallet: { walletId } }) => [name, walletId])).toEqual([
      ['noura', '0a1wallet'],
    ]);
    expect(statSync(path.join(stateDir, 'wallets/noura.json')).mode & 0o077).toBe(0);
    expect(told[0]?.body).toMatchObject({ setupCode: code, alg: 'ES256' });
  });

  it('writes over no wallet, and names one itself', async () => {
    await bound();
    const again = await wallet(['bind', code, '--name', 'noura']);
    expect([again.exit, again.err]).toEqual([2, expect.stringContaining('choose another name')]);
    expect(told).toHaveLength(1);
    expect((await wallet(['bind', code])).out).toContain('"wallet-1"');
  });

  it('says why the edge refuses, in the language of the terminal', async () => {
    script[walletPaths.bind] = [problem(410, 'setup_code_expired', 'انتهت مدة الرمز', 'اطلب غيره')];
    const refused = await wallet(['bind', code], '', { LANG: 'ar_SA.UTF-8' });
    expect(refused).toEqual({ exit: 1, out: '', err: 'انتهت مدة الرمز — اطلب غيره\n' });
    expect(told[0]?.language).toBe('ar');
    expect(loadWallets(stateDir)).toEqual([]);
  });
});

describe('a login', () => {
  it('is shown with who asks, why and from where, and approved by the number, signed by the bound key', async () => {
    await bound();
    const ran = await wallet([], '42\n');
    for (const words of ['City Library', 'to borrow a book', 'Riyadh', 'noura', '2 digits', 'Approved'])
      expect(ran.out).toContain(words);
    const [sent] = answers() as AnswerRequest[];
    expect(sent).toMatchObject({ txn: 'txn-1', client: 'library', decision: 'approve', number: '42', acr: waits.acr });
    const [kept] = loadWallets(stateDir);
    const key = createPrivateKey({
      ...{ key: Buffer.from(kept?.wallet.privateKey ?? '', 'base64url'), format: 'der', type: 'pkcs8' },
    });
    const signature = Buffer.from(sent?.signature ?? '', 'base64url');
    const over = answerMessage(sent as AnswerRequest);
    expect(verify('sha256', over, { key: createPublicKey(key), dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
  });

  it('takes Arabic digits, asks again for what is no number, and after a wrong one', async () => {
    await bound();
    script[walletPaths.answer] = [
      problem(422, 'number_wrong', 'ليس هذا الرقم', 'بقيت محاولتان'),
      { status: 200, json: { state: 'approved' } },
    ];
    const ran = await wallet(['--lang', 'ar'], 'لا أدري\n٤١\n٤٢\n');
    expect(ran.exit).toBe(0);
    for (const words of ['مكتبة المدينة', 'الرقم من خانتين', 'ليس هذا الرقم — بقيت محاولتان', 'تمت الموافقة'])
      expect(ran.out).toContain(words);
    expect(answers().map(({ number }) => number)).toEqual(['41', '42']);
  });

  it.each([
    ['no', 'refuse', 'refused'],
    ['لا', 'refuse', 'refused'],
    ['report', 'report', 'reported'],
    ['بلاغ', 'report', 'reported'],
  ])('is refused or reported by a word: %s', async (word, decision, state) => {
    await bound();
    script[walletPaths.answer] = [{ status: 200, json: { state } }];
    expect((await wallet([], `${word}\n`)).exit).toBe(0);
    expect(answers()).toEqual([expect.objectContaining({ decision, number: '' })]);
  });

  it('that is over ends the command with what the edge says', async () => {
    await bound();
    script[walletPaths.answer] = [problem(409, 'request_locked', 'Too many wrong numbers')];
    expect(await wallet([], '42\n43\n')).toMatchObject({ exit: 1, err: 'Too many wrong numbers\n' });
    expect(answers()).toHaveLength(1);
  });

  it('nobody answers is left as it is', async () => {
    await bound();
    expect((await wallet([], '')).exit).toBe(1);
    expect(answers()).toEqual([]);
  });

  it('is waited for', async () => {
    await bound();
    script[walletPaths.requests] = [listed(), listed(waits)];
    const ran = await wallet(['--wait', '30'], '42\n');
    expect([ran.exit, ran.out]).toEqual([0, expect.stringContaining('Nothing waits')]);
    script[walletPaths.requests] = [listed()];
    expect(await wallet(['--wait', '0'])).toMatchObject({ exit: 1, err: 'No login came.\n' });
  });
});

describe('the command', () => {
  it('says what is wrong with how it was called, and what it takes', async () => {
    const usage = expect.stringContaining('npm run wallet -- bind CODE');
    for (const args of [['dance'], ['bind'], ['bind', code, 'more'], ['--wait', 'long'], ['--foo']])
      expect([args, await wallet(args)]).toEqual([args, { exit: 2, out: '', err: usage }]);
    expect(await wallet(['--help'])).toEqual({ exit: 0, out: usage, err: '' });
    expect((await wallet(['bind', 'short'])).err).toContain('no setup code');
    expect((await wallet(['bind', code, '--name', '../x'])).err).toContain('small Latin letters');
    await bound();
    expect(await wallet(['--name', 'nobody'])).toMatchObject({ exit: 2, err: 'There is no wallet "nobody" here\n' });
    expect(told).toHaveLength(1);
  });

  it('says that there is no wallet, no network, no edge', async () => {
    expect(await wallet([])).toMatchObject({ exit: 1, err: expect.stringContaining('bind CODE') });
    saveNetworkState(stateDir, { edgeUrl: `http://127.0.0.1:${await freePort()}` } as NetworkState);
    expect(await wallet(['bind', code])).toMatchObject({ exit: 3, err: expect.stringContaining('npm start first') });
    rmSync(stateDir, { recursive: true });
    expect(await wallet([])).toMatchObject({ exit: 3, err: expect.stringContaining('No network is kept') });
  });
});
