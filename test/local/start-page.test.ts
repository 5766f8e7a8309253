// The start page by itself. In a browser, with the network behind it: start.test.ts.
import type { Server } from 'node:http';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NetworkState } from '../../worker/local/network-state.ts';
import { startStartPage } from '../../worker/local/start-page.ts';
import { freePortsInARow } from '../support/free-ports.ts';

const state: NetworkState = {
  edgeUrl: 'http://localhost:9001',
  adminToken: 'twa_of-nobody-on-this-page',
  centre: { id: 'c1', name: { ar: 'مركز', en: 'Centre' } },
  operators: [],
  verifier: { id: 'v1', key: 'twv_key-of-the-business' },
  client: { clientId: 'library', clientSecret: 'kept from this page' },
  people: [
    {
      number: '1000000016',
      name: { ar: 'نورة', en: 'Noura' },
      birthDate: '1991-03-14',
      note: { ar: '<ملاحظة>', en: '<note>' },
    },
  ],
  population: 30,
};

let server: Server;
let port: number;

beforeAll(async () => {
  port = await freePortsInARow(1);
  server = await startStartPage(
    { startPage: port },
    { state, urls: {}, stateFlag: ' --state /tmp/other', falls: () => [] },
  );
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

/** As a page asks whose name was made to lead to this machine. */
function asked(host: string, method = 'GET'): Promise<{ readonly status: number | undefined; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path: '/?lang=en', method, headers: { host } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString('utf8') }));
    });
    sent.on('error', reject).end();
  });
}

describe('the start page', () => {
  it('answers to its own names only: passwords are on it', async () => {
    expect((await asked(`localhost:${port}`)).text).toContain('Noura');
    expect((await asked(`127.0.0.1:${port}`)).status).toBe(200);
    for (const host of ['attacker.example', `attacker.example:${port}`, 'localhost', 'localhost:1'])
      expect([host, await asked(host)]).toEqual([host, { status: 421, text: 'not here' }]);
    expect((await asked(`localhost:${port}`, 'POST')).status).toBe(405);
  });

  it.each(['ar', 'en'])('explains each command in %s, for the folder that the network is kept in', async (lang) => {
    const html = await (await fetch(`http://localhost:${port}/?lang=${lang}`)).text();
    const commands = [...html.matchAll(/<dt><code dir="ltr">([^<]+)<\/code><\/dt><dd>([^<]+)<\/dd>/g)];
    expect(commands).toHaveLength(9);
    for (const [, command = '', says = ''] of commands) {
      expect([command, /\p{Script=Arabic}/u.test(says)]).toEqual([command, lang === 'ar']);
      if (/npm run (wallet|admin|reset)/.test(command)) expect(command).toContain(' --state /tmp/other');
    }
    expect(html).toContain('Bearer twv_key-of-the-business');
  });

  it('shows no secret but those that are to be tried', async () => {
    const { text } = await asked(`localhost:${port}`);
    expect(text).not.toContain(state.adminToken);
    expect(text).not.toContain(state.client.clientSecret);
    expect(text).toContain('&lt;note&gt;');
  });
});
