// POST /bc-authorize.

import { Hono } from 'hono';
import type { AppEnv } from '../../app.ts';
import { clientForm, clientRefusal, secretJson } from '../answers.ts';
import { paths } from '../discovery.ts';
import { later } from '../interaction/routes.ts';
import { seenFrom } from '../interaction/seen-from.ts';
import { beginBackchannel } from './begin.ts';

export function backchannelRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.post(paths.backchannel, async (c) => {
    const form = await clientForm(c);
    if ('response' in form) return form.response;
    const { network } = seenFrom(c.req.raw);
    const input = { ...form, authorization: c.req.header('authorization'), network };
    const begun = await beginBackchannel(c.var.deps.provider, input, later(c));
    return begun.ok ? secretJson(c, begun.value) : clientRefusal(c, begun.error);
  });
  return routes;
}
