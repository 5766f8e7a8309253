import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  beginNetwork,
  forgetNetwork,
  loadNetworkState,
  type NetworkState,
  saveNetworkState,
  standingOf,
  unfinishedPort,
} from '../../worker/local/network-state.ts';
import { firstPortOf } from '../../worker/local/places.ts';
import { reset } from '../../worker/local/reset.ts';
import { loadSecrets } from '../../worker/local/secrets.ts';
import { freePortsInARow } from '../support/free-ports.ts';

let folder: string;
let stateDir: string;
const networkAt = (port: number) => ({ edgeUrl: `http://localhost:${port}` }) as NetworkState;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-state-'));
  stateDir = path.join(folder, 'network');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A port that somebody listens on while `run` runs. */
async function whileTaken<T>(port: number, run: () => Promise<T>): Promise<T> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  try {
    return await run();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('the folder of a network', () => {
  it('is unfinished from before its first secret until network.json is whole', () => {
    expect(standingOf(stateDir)).toBe('none');
    beginNetwork(stateDir, 9000);
    expect([standingOf(stateDir), unfinishedPort(stateDir)]).toEqual(['unfinished', 9000]);
    loadSecrets(stateDir);
    expect([standingOf(stateDir), loadNetworkState(stateDir)]).toEqual(['unfinished', undefined]);
    saveNetworkState(stateDir, networkAt(9001));
    expect([standingOf(stateDir), loadNetworkState(stateDir)?.edgeUrl]).toEqual(['whole', 'http://localhost:9001']);
    expect(existsSync(path.join(stateDir, 'unfinished.json'))).toBe(false);
    expect(statSync(path.join(stateDir, 'network.json')).mode & 0o077).toBe(0);
  });

  it('is broken when its network.json was taken away, which is no reason to remove the rest', () => {
    loadSecrets(stateDir);
    expect(standingOf(stateDir)).toBe('broken');
  });

  it('is unfinished also when the very note of it was cut', () => {
    mkdirSync(stateDir);
    writeFileSync(path.join(stateDir, 'unfinished.json'), '{"firstP');
    expect([standingOf(stateDir), unfinishedPort(stateDir)]).toEqual(['unfinished', undefined]);
  });

  it('keeps what is not of the network when the network is forgotten', () => {
    beginNetwork(stateDir, 9000);
    mkdirSync(path.join(stateDir, 'edge/d1'), { recursive: true });
    writeFileSync(path.join(stateDir, 'my-notes.txt'), 'mine');
    forgetNetwork(stateDir);
    expect(readdirSync(stateDir)).toEqual(['my-notes.txt']);
    expect(standingOf(stateDir)).toBe('none');
    rmSync(path.join(stateDir, 'my-notes.txt'));
    forgetNetwork(stateDir);
    expect(existsSync(stateDir)).toBe(false);
  });

  it('tells the first port of its network', () => expect(firstPortOf('http://localhost:8787')).toBe(8786));
});

describe('npm run reset', () => {
  const run = async (...args: string[]) => {
    const said: string[] = [];
    const code = await reset(args, (line) => void said.push(line));
    return { code, said: said.join('\n') };
  };

  it('refuses while that network runs, at whatever port it is', async () => {
    const first = await freePortsInARow(2);
    loadSecrets(stateDir);
    saveNetworkState(stateDir, networkAt(first + 1));
    const refused = await whileTaken(first + 1, () => run('--state', stateDir));
    expect(refused).toEqual({ code: 1, said: expect.stringContaining('still runs') });
    expect(standingOf(stateDir)).toBe('whole');
    expect((await run('--state', stateDir)).code).toBe(0);
    expect(existsSync(stateDir)).toBe(false);
  });

  it('refuses while a first start makes it', async () => {
    const first = await freePortsInARow(2);
    beginNetwork(stateDir, first);
    expect((await whileTaken(first + 1, () => run('--state', stateDir))).code).toBe(1);
    expect(standingOf(stateDir)).toBe('unfinished');
  });

  it('says so where there is nothing, and how it is called', async () => {
    expect(await run('--state', folder)).toEqual({ code: 0, said: `No network is kept in ${folder}.` });
    expect(existsSync(folder)).toBe(true);
    expect(await run('--stat', folder)).toEqual({ code: 2, said: expect.stringContaining('npm run reset') });
  });
});
