import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kioskPagePolicy } from '../../../kiosk/bridge/page-policy.ts';
import { connectLoopback } from '../../../kiosk/loopback/connect.ts';
import { type Loopback, startLoopback } from '../../../kiosk/loopback/server.ts';
import { fakeEdge } from '../support/fake-edge.ts';
import { newRig, type Rig } from '../support/rig.ts';

const page = mkdtempSync(path.join(tmpdir(), 'page-'));
let rig: Rig;
let loopback: Loopback;
let origin: string;
let cookie: string;

beforeAll(async () => {
  mkdirSync(path.join(page, 'fonts'));
  writeFileSync(path.join(page, 'index.html'), '<!doctype html><html><head><title>Kiosk</title></head></html>');
  writeFileSync(path.join(page, 'app.js'), 'export {};');
  writeFileSync(path.join(page, 'fonts/a.woff2'), 'font');
  writeFileSync(path.join(page, 'secret.key'), 'not for browsers');
  const edge = await fakeEdge();
  rig = await newRig(edge);
  loopback = await startLoopback({ port: 0, page, kiosk: rig.kiosk });
  ({ origin } = new URL(loopback.url));
  cookie = (await fetch(origin)).headers.getSetCookie()[0]?.split(';')[0] ?? '';
});
afterAll(async () => {
  await loopback.close();
  await rig.close();
  rmSync(page, { recursive: true });
});

/** node:http, because fetch does not let a caller choose Host. */
function ask(urlPath: string, headers: Record<string, string> = {}, method = 'GET', body?: string) {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    headers: http.IncomingHttpHeaders;
    body: string;
  }>();
  const request = http.request(origin, { path: urlPath, method, headers }, async (response) => {
    let text = '';
    for await (const part of response.setEncoding('utf8')) text += part;
    resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
  });
  request.on('error', reject);
  request.end(body);
  return promise;
}
const call = (headers: Record<string, string>, body = '{}', channel = 'state.get') =>
  ask(`/bridge/${channel}`, { 'content-type': 'application/json', ...headers }, 'POST', body);
const own = () => ({ cookie, origin });

describe('the page', () => {
  test('is served with its policy, and finds the bridge before its own script', async () => {
    const { status, headers, body } = await ask('/');
    expect(status).toBe(200);
    expect(headers['content-security-policy']).toBe(kioskPagePolicy);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['set-cookie']?.[0]).toMatch(/HttpOnly; SameSite=Strict; Path=\/bridge$/);
    expect(body).toContain('<head><script src="/bridge.js"></script>');
    const script = await ask('/bridge.js');
    expect(script.body).toContain('tawthiq');
    expect(script.body).not.toContain('KioskBridge');
    expect((await ask('/fonts/a.woff2')).headers['content-type']).toBe('font/woff2');
  });
  test('is all that is served', async () => {
    for (const bad of [
      '/secret.key',
      '/../package.json',
      '/%2e%2e/package.json',
      '/fonts',
      '/fonts/',
      '/..%2fpackage.json',
      '//etc/passwd',
    ]) {
      expect((await ask(bad)).status, bad).toBe(404);
    }
    expect((await ask('/', {}, 'POST')).status).toBe(405);
  });
});

describe('the bridge', () => {
  test('answers its own page', async () => {
    const answer = await call(own());
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({
      ok: true,
      value: { software: 'test', enrolment: { state: 'not_enrolled' } },
    });
  });
  test.each([
    ['without the cookie', () => ({ origin })],
    ['with another start’s cookie', () => ({ origin, cookie: `${cookie.slice(0, -3)}AAA` })],
    ['from another site’s page', () => ({ cookie, origin: 'https://evil.example' })],
    ['from a frame without an origin', () => ({ cookie, origin: 'null' })],
    ['without an origin', () => ({ cookie })],
    ['when the browser says it is another site', () => ({ ...own(), 'sec-fetch-site': 'cross-site' })],
  ])('does not answer %s', async (_how, headers) => {
    expect((await call(headers() as Record<string, string>)).status).toBe(403);
  });
  test('does not answer under another name (DNS rebinding)', async () => {
    expect((await call({ ...own(), host: 'evil.example' })).status).toBe(421);
    expect((await ask('/', { host: `evil.example:${new URL(origin).port}` })).status).toBe(421);
  });
  test('answers only its channels, only POST, only JSON, only so much', async () => {
    expect((await call(own(), '{}', 'store.dump')).status).toBe(404);
    expect((await call(own(), '{}', '__proto__')).status).toBe(404);
    expect((await ask('/bridge/state.get', own())).status).toBe(405);
    expect((await call({ ...own(), 'content-type': 'text/plain' })).status).toBe(415);
    expect((await call(own(), `"${'x'.repeat(70_000)}"`)).status).toBe(413);
  });
  test.each(['{', '[]', '{"number":"12"}', '{"number":1234567897}', 'null'])(
    'input %s is bad_input, as a value',
    async (body) => {
      const answer = await call(own(), body, 'activation.begin');
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.body)).toEqual({ ok: false, error: { reason: 'bad_input' } });
    },
  );
  test('tells the state at once and then what changes', async () => {
    const bridge = await connectLoopback(loopback.url);
    const stop = new AbortController();
    const seen = [];
    for await (const event of bridge.events(stop.signal)) {
      seen.push(event);
      if (seen.length === 2) break;
      void bridge.call('reader.discover', {});
    }
    stop.abort();
    expect(seen).toMatchObject([
      { type: 'state', state: { reader: { state: 'unknown' } } },
      { type: 'state', state: { reader: { state: 'ready', serial: 'S1' } } },
    ]);
  });
});
