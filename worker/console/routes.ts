// The authority's API that belongs to no other room: administrator tokens, the journal, rotation of the key-encryption key.
import { Hono } from 'hono';
import * as z from 'zod';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { parseJson } from '../http/body.ts';
import { problem } from '../http/problem.ts';
import { type AdminEnv, requireScope } from '../http/require-scope.ts';
import { journalEvents } from '../journal/events.ts';
import { archiveName, segmentName } from '../journal/journal-archive.ts';
import { readJournal } from '../journal/read-journal.ts';
import { createToken, maxTokenSeconds } from './create-token.ts';
import { adminScopes } from './scopes.ts';

export const TokenRequest = z.object({
  name: z.string().min(1).max(100),
  scopes: z.array(z.enum(adminScopes)).min(1).max(adminScopes.length),
  lifetimeSeconds: z.int().min(60).max(maxTokenSeconds).default(86_400),
});

const maxListed = 200;
const maxJournalEntries = 500;
const keysPerRewrap = 200;

export function consoleRoutes(): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();

  app.post('/v1/admin/tokens', requireScope('tokens:write'), async (c) => {
    const body = await parseJson(c, TokenRequest, 4096);
    if (!body.ok) return body.response;
    const { adminTokens: tokens, random, now } = c.var.deps;
    const created = await createToken({ tokens, random, now }, c.var.admin, body.value);
    if (!created.ok) {
      const detail = `the calling token lacks ${created.error.scope}`;
      return problem(c, {
        status: 403,
        reason: 'scope_not_held',
        title: 'A token gives only scopes of its maker',
        detail,
      });
    }
    return c.json(created.value, 201, { 'Cache-Control': 'no-store' });
  });

  app.get('/v1/admin/tokens', requireScope('tokens:write'), async (c) => {
    return c.json({ tokens: await c.var.deps.adminTokens.list(maxListed) }, 200, { 'Cache-Control': 'no-store' });
  });

  app.post('/v1/admin/tokens/:id/revoke', requireScope('tokens:write'), async (c) => {
    const { adminTokens, now } = c.var.deps;
    const id = c.req.param('id');
    const notFound = { status: 404, reason: 'token_unknown', title: 'There is no such token to revoke' } as const;
    if (!/^[A-Za-z0-9_-]{12}$/.test(id)) return problem(c, notFound);
    const entry = { at: now(), event: 'admin_token.revoked', actor: c.var.admin.actor, object: id } as const;
    const revoked = await adminTokens.revoke(id, now(), entry);
    return revoked ? c.json({ id, revoked: true }) : problem(c, notFound);
  });

  app.get('/v1/admin/journal', requireScope('journal:read'), async (c) => {
    const limit = Number(c.req.query('limit') ?? '100');
    const event = c.req.query('event');
    const after = parsePlaces(c.req.query('after'));
    if (!Number.isInteger(limit) || limit < 1 || limit > maxJournalEntries) {
      return problem(c, { status: 400, reason: 'bad_limit', title: `"limit" is 1 to ${maxJournalEntries}` });
    }
    if (event !== undefined && !Object.hasOwn(journalEvents, event)) {
      return problem(c, { status: 400, reason: 'unknown_event', title: 'There is no such event' });
    }
    if (after === undefined)
      return problem(c, { status: 400, reason: 'bad_after', title: '"after" is the "next" of a page' });
    const { journal, journalTrail } = c.var.deps;
    const filter = { limit, ...(event === undefined ? {} : { event }), ...(after === null ? {} : { after }) };
    const page = await readJournal({ journal, trail: journalTrail }, filter);
    if (!page.ok) {
      const { segments } = page.error.archived;
      return problem(c, {
        status: 410,
        reason: 'place_archived',
        title: 'What comes after this place is in the archive',
        detail: `the first ${segments} segments have it; go on behind the highest numbers of their ids`,
      });
    }
    const { entries, next: places, oldest, archived } = page.value;
    const next = Object.entries(places)
      .map(([source, seq]) => `${source}:${seq}`)
      .join(',');
    return c.json({ entries, next, oldest, archived }, 200, { 'Cache-Control': 'no-store' });
  });

  /** Hands on what waits and says where the chain stands. */
  app.post('/v1/admin/journal/archive', requireScope('journal:read'), async (c) => {
    const handedOn = await c.var.deps.journal.handOn();
    const archive = c.env.JOURNAL_ARCHIVE.getByName(archiveName);
    const [state, gaps] = await Promise.all([archive.head(), archive.gaps()]);
    const hash = encodeBase64Url(state.head.hash);
    return c.json({ handedOn, seq: state.head.seq, hash, segments: state.segments, gaps });
  });

  /** One segment as it lies in R2: whoever keeps a hash can follow the chain to it (`npm run admin -- journal verify`). */
  app.get('/v1/admin/journal/segments/:n', requireScope('journal:read'), async (c) => {
    const n = c.req.param('n');
    const file = /^[1-9]\d{0,9}$/.test(n) ? await c.env.FILES.get(segmentName(archiveName, Number(n))) : null;
    if (!file) return problem(c, { status: 404, reason: 'segment_unknown', title: 'There is no such segment' });
    return c.body(file.body, 200, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' });
  });

  app.post('/v1/admin/keys/rewrap', requireScope('people:rotate'), async (c) => {
    const { wrappedKeys, now } = c.var.deps;
    const rewrapped = await wrappedKeys.rewrap(keysPerRewrap, c.var.admin.actor, now());
    return c.json({ rewrapped, done: rewrapped === 0 });
  });

  return app;
}

/** `source:seq,…` → places; null: not given; undefined: not of this form. */
function parsePlaces(text: string | undefined): Readonly<Record<string, number>> | null | undefined {
  if (text === undefined) return null;
  const places: Record<string, number> = {};
  for (const part of text.split(',')) {
    const match = /^(directory|shard-\d{1,4}):(\d{1,15})$/.exec(part);
    if (!match?.[1]) return undefined;
    places[match[1]] = Number(match[2]);
  }
  return places;
}
