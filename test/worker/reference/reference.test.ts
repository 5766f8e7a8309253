// The reference is whole: every route that is mounted is in it or is a page for people, and every row of it is mounted.
import { exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../../worker/app.ts';
import { depsOf } from '../../../worker/deps.ts';
import { idOf, operations, schemaOf } from '../../../worker/reference/document.ts';
import { fieldsOf } from '../../../worker/reference/fields.ts';
import { referenceStylePath } from '../../../worker/reference/page.tsx';
import { aClient, issuer } from '../openid/world.ts';

/** Pages and parts of pages, for a browser and nobody else. */
const pages = [/^\/(verify|ui|login|setup|recover|account|logout\/confirm|reference)(\/|$)/, /^\/(device)?$/];
/** A second way to the same answer: what a bench measures against, and the trailing slash. */
const twins = ['post /healthz'];

const mounted = new Set(
  createApp(depsOf)
    .routes.filter(
      ({ method, path }) => method !== 'ALL' && method !== 'OPTIONS' && !pages.some((one) => one.test(path)),
    )
    .map(({ method, path }) => `${method.toLowerCase()} ${path}`)
    .filter((route) => !twins.includes(route)),
);
const documented = new Set(operations.map(({ method, path }) => `${method} ${path}`));

const get = (path: string, headers: Record<string, string> = {}) =>
  exports.default.fetch(issuer + path, { headers, redirect: 'manual' });

describe('the reference', () => {
  it('has every route that is mounted, and no other', () => {
    expect([...mounted].filter((route) => !documented.has(route))).toEqual([]);
    expect([...documented].filter((route) => !mounted.has(route))).toEqual([]);
    expect(documented.size).toBe(operations.length);
    expect(new Set(operations.map(idOf)).size).toBe(operations.length);
  });

  it('is OpenAPI 3.1 with this issuer, and is not sent twice to whoever has it', async () => {
    const answer = await get('/openapi.json');
    const document = (await answer.json()) as {
      openapi: string;
      servers: object[];
      paths: Record<string, Record<string, { security: Record<string, unknown>[]; responses: object }>>;
      components: { securitySchemes: Record<string, unknown> };
    };
    expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: issuer }] });
    expect(document.paths['/v1/wallet/bind']).toMatchObject({
      post: {
        requestBody: { content: { 'application/json': { schema: { required: expect.arrayContaining(['proof']) } } } },
      },
    });
    const schemes = Object.keys(document.components.securitySchemes);
    for (const path of Object.values(document.paths))
      for (const { security } of Object.values(path))
        for (const one of security) expect(schemes).toEqual(expect.arrayContaining(Object.keys(one)));
    const etag = answer.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{16}"$/);
    expect((await get('/openapi.json', { 'If-None-Match': etag })).status).toBe(304);
    expect((await get('/openapi.json', { 'If-None-Match': '"another"' })).status).toBe(200);
  });

  it('is where the provider’s metadata send a developer', async () => {
    const metadata = (await (await get('/.well-known/openid-configuration')).json()) as Record<string, string>;
    const page = await exports.default.fetch(metadata['service_documentation'] ?? '');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    await page.body?.cancel();
  });

  it('says which redirects and pages a browser gets', async () => {
    const document = (await (await get('/openapi.json')).json()) as {
      paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
    };
    const { id } = await aClient({ post_logout_redirect_uris: ['https://rp.example/bye'] });
    const back = { client_id: id, post_logout_redirect_uri: 'https://rp.example/bye' };
    const silent = { client_id: id, redirect_uri: 'https://rp.example/callback', prompt: 'none' };
    for (const [path, query] of [
      ['/logout', back],
      ['/logout', {}],
      ['/logout', { ...back, post_logout_redirect_uri: 'https://rp.example/other' }],
      ['/authorize', silent],
      ['/authorize', { ...silent, response_mode: 'form_post' }],
      ['/authorize', {}],
    ] as const) {
      const { status } = await get(`${path}?${new URLSearchParams(query)}`);
      for (const method of ['get', 'post'])
        expect(Object.keys(document.paths[path]?.[method]?.responses ?? {})).toContain(String(status));
    }
  });

  it.each(['ar', 'en'] as const)('is a page without a script, whole in one answer (%s)', async (lang) => {
    const answer = await get(`/reference?lang=${lang}`);
    const html = await answer.text();
    expect(html).toContain(lang === 'ar' ? 'lang="ar" dir="rtl"' : 'lang="en" dir="ltr"');
    expect(html).not.toMatch(/<script|<details|style="|https?:\/\//);
    for (const operation of operations) expect(html).toContain(` id="${idOf(operation)}"`);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await get(referenceStylePath)).headers.get('content-type')).toContain('text/css');
  });

  it.each(['ar', 'en'] as const)(
    'is led to by the first page, as every page that stands there is (%s)',
    async (lang) => {
      const answer = await get(`/?lang=${lang}`);
      const html = await answer.text();
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(html).toContain(lang === 'ar' ? 'lang="ar" dir="rtl"' : 'lang="en" dir="ltr"');
      const [, list = ''] = /<ul class="doors">([\s\S]*?)<\/ul>/.exec(html) ?? [];
      const doors = [...list.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => href);
      expect(doors).toHaveLength(5);
      for (const door of doors)
        expect([door, (await get(door)).status]).toEqual([door, door.startsWith('/account') ? 303 : 200]);
    },
  );

  it('names every member of a shape with its type and limits', () => {
    const bind = operations.find(({ path }) => path === '/v1/wallet/bind');
    const fields = fieldsOf(bind?.body && schemaOf(bind.body.schema, 'input'));
    expect(fields).toContainEqual({ name: 'alg', type: '"EdDSA" | "ES256"', required: true });
    expect(fields).toContainEqual({ name: 'name', type: 'string 1–60', required: true });
  });
});
