// The authority's HTTP for the breached list: its parts, then which version counts.
import { type Context, Hono } from 'hono';
import * as z from 'zod';
import type { AppEnv } from '../app.ts';
import { parseJson, readBody } from '../http/body.ts';
import { problem } from '../http/problem.ts';
import { type AdminEnv, requireScope } from '../http/require-scope.ts';
import { faultOfPart, isVersion, maxPartBytes, mostBits, type ReplaceFault } from './breached-list.ts';

const bits = z.int().min(0).max(mostBits);
const version = z.string().refine(isVersion);
/** `replaces`: the version that counts until then; none where there is no list yet. */
export const UseBreachedList = z.strictObject({ version, bits, count: z.int().min(0), replaces: version.optional() });

const refusals: Readonly<Record<ReplaceFault, string>> = {
  breached_version_in_use: 'The list that counts has this version: what replaces it takes another',
  breached_list_stands: 'A list counts already: "replaces" takes its version',
  breached_list_changed: 'The list that counts is not the one in "replaces"',
};

export function breachedRoutes(): Hono<AppEnv> {
  const routes = new Hono<AdminEnv>();

  routes.get('/v1/admin/breached', requireScope('trust:write'), async (c) =>
    c.json((await c.var.deps.breachedFiles.list()) ?? { version: null }),
  );

  // `part`: four hex digits; `bits` in the address says how parts are cut, so that a part of another cut is refused.
  routes.put('/v1/admin/breached/:version/:bits/:part', requireScope('trust:write'), async (c) => {
    const { version, part } = c.req.param();
    const cut = bits.safeParse(Number(c.req.param('bits')));
    if (!isVersion(version) || !cut.success || !/^[0-9a-f]{4}$/.test(part))
      return problem(c, {
        status: 422,
        reason: 'part_name',
        title: 'VERSION/BITS/PART: letters, 0 to 16, four hex digits',
      });
    const body = await readBody(c, maxPartBytes);
    if (!body.ok) return body.response;
    const fault = faultOfPart(body.bytes, Number.parseInt(part, 16), cut.data);
    if (fault)
      return problem(c, {
        status: 422,
        reason: fault,
        title: 'Not eight-byte entries of this part in ascending order',
      });
    const { breachedFiles } = c.var.deps;
    // SECURITY: a list that counts is replaced as a whole, by whoever names it.
    if ((await breachedFiles.list())?.version === version) return refuse(c, 'breached_version_in_use');
    await breachedFiles.putPart(version, Number.parseInt(part, 16), new Uint8Array(body.bytes));
    return c.json({ entries: body.bytes.length / 8 });
  });

  routes.put('/v1/admin/breached', requireScope('trust:write'), async (c) => {
    const body = await parseJson(c, UseBreachedList, 1_000);
    if (!body.ok) return body.response;
    const { breachedFiles, now } = c.var.deps;
    const { replaces, ...list } = body.value;
    const { version, count } = list;
    const entry = {
      at: now(),
      event: 'breached_list.published',
      actor: c.var.admin.actor,
      detail: { version, count },
    } as const;
    const used = await breachedFiles.use(list, replaces, entry);
    return used.ok ? c.json(list) : refuse(c, used.error.reason);
  });

  return routes as unknown as Hono<AppEnv>;
}

const refuse = (c: Context, reason: ReplaceFault) => problem(c, { status: 409, reason, title: refusals[reason] });
