import { env, exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../../shared/contract/problem.ts';
import { adminScopes } from '../../../worker/console/scopes.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { operations } from '../../../worker/reference/document.ts';

const deps = depsOf(env as unknown as Env);
const bootstrap = 'test-admin-token';

async function ask(method: string, path: string, token: string | undefined, body?: unknown): Promise<Response> {
  return exports.default.fetch(
    new Request(`http://edge${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { Authorization: token.includes(' ') ? token : `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
}

async function reasonOf(response: Response): Promise<[number, string]> {
  const problem = Problem.parse(await response.json());
  return [response.status, problem.reason];
}

async function tokenWith(
  scopes: readonly string[],
  more: object = {},
): Promise<{ id: string; token: string; expiresAt: number }> {
  const response = await ask('POST', '/v1/admin/tokens', bootstrap, { name: 'test', scopes, ...more });
  expect(response.status).toBe(201);
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  return response.json();
}

describe('administrator tokens', () => {
  it('an id that nothing has, because it is too long for one, is nothing anywhere, and no fault of ours', async () => {
    const named = operations.filter(({ path }) => path.startsWith('/v1/admin/') && path.includes(':'));
    expect(named.length).toBeGreaterThan(10);
    for (const { method, path } of named)
      for (const length of [101, 2_000]) {
        const at = path.replaceAll(/:[a-z]+/gi, 'x'.repeat(length));
        const answer = await ask(method.toUpperCase(), at, bootstrap, method === 'get' ? undefined : {});
        expect([path, ...(await reasonOf(answer))]).toEqual([path, 404, 'not_found']);
      }
  });

  it('are asked for in every way that RFC 6750 knows of being absent', async () => {
    for (const token of [
      undefined,
      'Basic dGVzdDp0ZXN0',
      'Bearer ',
      'Bearer short',
      `Bearer ${bootstrap} x`,
      `Bearer ${'x'.repeat(300)}`,
    ]) {
      const response = await ask('GET', '/v1/admin/tokens', token);
      expect(response.headers.get('WWW-Authenticate')).toBe('Bearer realm="admin"');
      expect(await reasonOf(response)).toEqual([401, 'token_missing']);
    }
  });

  it('do not count when unknown, and differ from the bootstrap token by one letter', async () => {
    for (const token of ['test-admin-tokem', 'Test-admin-token', 'twa_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA']) {
      const response = await ask('GET', '/v1/admin/tokens', token);
      expect(response.headers.get('WWW-Authenticate')).toContain('invalid_token');
      expect(await reasonOf(response)).toEqual([401, 'token_unknown']);
    }
  });

  it('do what their scopes say and nothing else, and the refusal is in the journal', async () => {
    const { id, token } = await tokenWith(['journal:read']);
    expect((await ask('GET', '/v1/admin/journal', token)).status).toBe(200);
    const refused = await ask('GET', '/v1/admin/tokens', token);
    expect(refused.headers.get('WWW-Authenticate')).toContain('scope="tokens:write"');
    expect(await reasonOf(refused)).toEqual([403, 'scope_missing']);
    const page = await deps.journal.read({ limit: 100, event: 'admin.refused' });
    expect(page.entries.at(-1)).toMatchObject({
      actor: `admin:${id}`,
      detail: { reason: 'scope_missing', scope: 'tokens:write' },
    });
  });

  it('are asked for the scope that the reference names, by every act of the authority', async () => {
    const [none, another] = [await tokenWith(['journal:read']), await tokenWith(['operators:write'])];
    const asked = operations.filter(({ auth }) => auth === 'admin');
    expect(asked.length).toBeGreaterThan(40);
    for (const { method, path, scope = '' } of asked) {
      const { token } = scope.includes('journal:read') ? another : none;
      const answer = await ask(
        method.toUpperCase(),
        path.replaceAll(/:\w+/g, '1'),
        token,
        method === 'get' ? undefined : {},
      );
      const named = [answer.status, answer.headers.get('WWW-Authenticate')];
      expect(named, path).toEqual([403, expect.stringContaining(`scope="${scope.split(' | ')[0]}"`)]);
      await answer.body?.cancel();
    }
  });

  it('publish statuses with either of two scopes: who revokes, and who publishes trust lists', async () => {
    const asked = operations.find(({ path }) => path.endsWith('/status-list/publish'))?.scope?.split(' | ') ?? [];
    expect(asked).toHaveLength(2);
    for (const scope of asked) {
      const { token } = await tokenWith([scope]);
      // It is past the door; nobody has made a key here.
      deps.keyRing.forget();
      const answer = await ask('POST', '/v1/admin/status-list/publish', token);
      expect(await reasonOf(answer), scope).toEqual([503, 'keys_not_ready']);
    }
  });

  it('give no scope that their maker lacks', async () => {
    const { token } = await tokenWith(['tokens:write', 'journal:read']);
    const made = await ask('POST', '/v1/admin/tokens', token, { name: 'child', scopes: ['journal:read'] });
    expect(made.status).toBe(201);
    const refused = await ask('POST', '/v1/admin/tokens', token, {
      name: 'child',
      scopes: ['journal:read', 'keys:write'],
    });
    expect(await reasonOf(refused)).toEqual([403, 'scope_not_held']);
  });

  it('end with their time', async () => {
    const { token, id } = await tokenWith(['journal:read'], { lifetimeSeconds: 60 });
    expect((await ask('GET', '/v1/admin/journal', token)).status).toBe(200);
    await env.DIRECTORY.prepare('UPDATE admin_tokens SET expires_at = ? WHERE id = ?').bind(deps.now(), id).run();
    expect(await reasonOf(await ask('GET', '/v1/admin/journal', token))).toEqual([401, 'token_expired']);
  });

  it('end when they are revoked, once', async () => {
    const { token, id } = await tokenWith(['journal:read']);
    expect((await ask('POST', `/v1/admin/tokens/${id}/revoke`, bootstrap)).status).toBe(200);
    expect(await reasonOf(await ask('GET', '/v1/admin/journal', token))).toEqual([401, 'token_revoked']);
    expect(await reasonOf(await ask('POST', `/v1/admin/tokens/${id}/revoke`, bootstrap))).toEqual([
      404,
      'token_unknown',
    ]);
    expect(await reasonOf(await ask('POST', '/v1/admin/tokens/nobody/revoke', bootstrap))).toEqual([
      404,
      'token_unknown',
    ]);
  });

  it('are listed without anything that could be used', async () => {
    const { token, id } = await tokenWith([...adminScopes]);
    const text = await (await ask('GET', '/v1/admin/tokens', bootstrap)).text();
    expect(text).toContain(id);
    expect(text).not.toContain(token);
    const stored = await env.DIRECTORY.prepare('SELECT * FROM admin_tokens').all();
    expect(JSON.stringify(stored.results)).not.toContain(token.slice(4));
  });

  it('are not made of a wrong shape', async () => {
    const bad = [
      { name: '', scopes: ['journal:read'] },
      { name: 'x', scopes: [] },
      { name: 'x', scopes: ['everything'] },
      { name: 'x', scopes: ['journal:read'], lifetimeSeconds: 1 },
      { name: 'x', scopes: ['journal:read'], lifetimeSeconds: 1e12 },
    ];
    for (const body of bad)
      expect(await reasonOf(await ask('POST', '/v1/admin/tokens', bootstrap, body))).toEqual([422, 'bad_input']);
  });
});

describe('the journal over HTTP', () => {
  it('gives pages, and says what is wrong with a question', async () => {
    const first = (await (await ask('GET', '/v1/admin/journal?limit=1', bootstrap)).json()) as { next: string };
    await tokenWith(['journal:read']);
    const page = (await (
      await ask('GET', `/v1/admin/journal?after=${first.next}&event=admin_token.created`, bootstrap)
    ).json()) as {
      entries: { event: string; actor: string }[];
    };
    expect(page.entries).toHaveLength(1);
    expect(page.entries[0]).toMatchObject({ event: 'admin_token.created', actor: 'admin:bootstrap' });
    const wrong: [string, string][] = [
      ['limit=0', 'bad_limit'],
      ['limit=501', 'bad_limit'],
      ['limit=x', 'bad_limit'],
      ['event=nothing', 'unknown_event'],
      ['event=toString', 'unknown_event'],
      ['after=x', 'bad_after'],
      ['after=directory:-1', 'bad_after'],
    ];
    for (const [query, reason] of wrong) {
      expect(await reasonOf(await ask('GET', `/v1/admin/journal?${query}`, bootstrap))).toEqual([400, reason]);
    }
  });

  it('hands on what waits and tells where the chain stands', async () => {
    await tokenWith(['journal:read']);
    const answer = (await (await ask('POST', '/v1/admin/journal/archive', bootstrap)).json()) as {
      handedOn: number;
      seq: number;
    };
    expect(answer.handedOn).toBeGreaterThanOrEqual(0);
    const waiting = await env.DIRECTORY.prepare('SELECT count(*) AS n FROM journal WHERE handed_on = 0').first<{
      n: number;
    }>();
    expect(waiting?.n).toBe(0);
  });

  it('rotation over HTTP says when nothing is left', async () => {
    const answer = await (await ask('POST', '/v1/admin/keys/rewrap', bootstrap)).json();
    expect(answer).toEqual({ rewrapped: 0, done: true });
  });
});
