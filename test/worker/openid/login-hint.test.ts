// Whom a service thinks it sends: on the page, and nowhere else in the clear.
import { runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { beforeAll, expect, it } from 'vitest';
import { LoginHints } from '../../../worker/openid/login-hint.ts';
import { aClient, authorizeUrl, Browser, issuer, type TestClient, withSigningKey } from './world.ts';

const number = '1000000008';
let client: TestClient;
beforeAll(async () => {
  await withSigningKey();
  client = await aClient();
});

it('a pushed login_hint is sealed in what is kept, and is on the page', async () => {
  const params = new URLSearchParams((await authorizeUrl(client, { login_hint: number })).split('?')[1]);
  const pushed = await exports.default.fetch(`${issuer}/par`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}`,
    },
    body: params.toString(),
  });
  const { request_uri = '' } = (await pushed.json()) as Record<string, string>;
  const loginId = request_uri.split(':').at(-1)?.split('.')[0] ?? '';
  const kept = await runInDurableObject(env.LOGIN.get(env.LOGIN.idFromName(loginId)), (_object, { storage }) =>
    JSON.stringify(storage.sql.exec('SELECT record FROM login').toArray()),
  );
  expect(kept).toContain('loginHint');
  expect(kept).not.toContain(number);
  const browser = new Browser();
  const begun = await browser.go(`/authorize?${new URLSearchParams({ client_id: client.id, request_uri })}`);
  expect(await (await browser.go(begun.headers.get('location') ?? '')).text()).toContain(`value="${number}"`);
});

it('opens for the client that sent it and for no other; what is too long, or was not sealed here, is none', async () => {
  const hints = new LoginHints(new Uint8Array(32));
  const sealed = await hints.seal(number, 'bank');
  expect(await hints.open(sealed, 'bank')).toBe(number);
  expect(await hints.open(sealed, 'shop')).toBeNull();
  expect(await hints.open(number, 'bank')).toBeNull();
  expect(await hints.seal('x'.repeat(201), 'bank')).toBeNull();
  expect(await hints.seal(null, 'bank')).toBeNull();
});
