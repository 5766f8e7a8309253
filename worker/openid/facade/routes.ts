// HTTP of the facade: a request by number, its status, and the keys of its answers, at the addresses and in the words that services of
// such an interface know.

import { type Context, Hono } from 'hono';
import type { AppEnv } from '../../app.ts';
import { parseJson } from '../../http/body.ts';
import { publicFor, secretHeaders } from '../answers.ts';
import { jwksText } from '../fixed-answers.ts';
import { later } from '../interaction/routes.ts';
import {
  beginFacade,
  type Credentials,
  type FacadeRefusal,
  facadeStatus,
  NewRequest,
  StatusRequest,
} from './requests.ts';

export const facadePaths = {
  request: '/api/v1/mfa/request',
  status: '/api/v1/mfa/request/status',
  keys: '/api/v1/mfa/jwk',
} as const;

const maxBytes = 2048;

/** Status, code and message of each refusal. Whether a person exists, has a wallet or is asked already is never among them. */
const refusals: Readonly<
  Record<FacadeRefusal['reason'], readonly [400 | 401 | 403 | 404 | 422 | 429, string, string]>
> = {
  credentials_wrong: [401, '401-033-001', 'APP-ID or APP-KEY is wrong'],
  facade_not_allowed: [403, '403-033-001', 'this client may not use this interface'],
  service_unknown: [422, '422-031-046', 'service is not one of this client'],
  number_malformed: [422, '422-031-046', 'nationalId is not a number of ten digits with a right check digit'],
  asked_too_often: [429, '429-033-001', 'this number was asked for too often by this client: wait as Retry-After says'],
  transaction_unknown: [404, '400-034-053', 'there is no such transaction with this nationalId and random'],
};

function refuse(c: Context, { reason, waitSeconds }: FacadeRefusal): Response {
  const [status, code, message] = refusals[reason];
  const after = waitSeconds === undefined ? {} : { 'Retry-After': String(waitSeconds) };
  return c.body(JSON.stringify({ code, message }), status, { ...secretHeaders, ...after });
}

const credentialsOf = (c: Context): Credentials => ({
  appId: (c.req.header('app-id') ?? '').slice(0, 64),
  appKey: (c.req.header('app-key') ?? '').slice(0, 200),
});

export function facadeRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();

  routes.post(facadePaths.request, async (c) => {
    const body = await parseJson(c, NewRequest, maxBytes);
    if (!body.ok) return body.response;
    const requestId = c.req.query('requestId') ?? null;
    if (requestId !== null && !/^[A-Za-z0-9._-]{1,64}$/.test(requestId))
      return c.body(
        JSON.stringify({ code: '422-031-046', message: 'requestId is at most 64 of A-Za-z0-9._-' }),
        422,
        secretHeaders,
      );
    const input = {
      ...credentialsOf(c),
      body: body.value,
      locale: (c.req.query('local') ?? c.req.query('locale')) === 'en' ? ('en' as const) : ('ar' as const),
      requestId,
    };
    const begun = await beginFacade(c.var.deps.provider, input, later(c));
    return begun.ok ? c.body(JSON.stringify(begun.value), 201, secretHeaders) : refuse(c, begun.error);
  });

  routes.post(facadePaths.status, async (c) => {
    const body = await parseJson(c, StatusRequest, maxBytes);
    if (!body.ok) return body.response;
    const standing = await facadeStatus(c.var.deps.provider, { ...credentialsOf(c), body: body.value }, later(c));
    return standing.ok ? c.body(JSON.stringify(standing.value), 200, secretHeaders) : refuse(c, standing.error);
  });

  routes.get(facadePaths.keys, async (c) =>
    c.body(jwksText(await c.var.deps.keyRing.idTokenKeys()), 200, publicFor(300)),
  );
  return routes;
}
