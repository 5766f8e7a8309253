// GET /clients/logos/HASH: a relying party's logo, for our own pages and for wallets.

import { Hono } from 'hono';
import type { AppEnv } from '../app.ts';
import { logosPath } from './logo.ts';

export function logoRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get(`${logosPath}/:sha256`, async (c) => {
    const logo = await c.var.deps.logos.find(c.req.param('sha256'));
    if (!logo) return c.notFound();
    // SECURITY: a picture and nothing else, even for whoever opens it as a page.
    return c.body(logo.bytes, 200, {
      'Content-Type': logo.type,
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Cache-Control': 'public, max-age=31536000, immutable',
    });
  });
  return routes;
}
