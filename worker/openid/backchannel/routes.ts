// POST /bc-authorize.

import { Hono } from 'hono';
import type { AppEnv } from '../../app.ts';
import { clientForm, clientRefusal, oauthAnswer, onlyPost, secretJson } from '../answers.ts';
import { paths } from '../discovery.ts';
import { later } from '../interaction/routes.ts';
import { oauthError } from '../oauth-error.ts';
import { beginBackchannel } from './begin.ts';

export function backchannelRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.post(paths.backchannel, async (c) => {
    const form = await clientForm(c);
    if ('response' in form) return form.response;
    const input = { ...form, authorization: c.req.header('authorization') };
    const begun = await beginBackchannel(c.var.deps.provider, input, later(c));
    if (begun.ok) return secretJson(c, begun.value);
    if ('error' in begun.error) return clientRefusal(c, begun.error);
    const after = { 'Retry-After': String(begun.error.waitSeconds) };
    return oauthAnswer(c, 429, oauthError('slow_down', 'this person was asked for too often: wait'), after);
  });
  routes.all(paths.backchannel, onlyPost);
  return routes;
}
