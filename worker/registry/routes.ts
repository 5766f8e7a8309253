// POST /v1/admin/people: an NDJSON body of any length in, NDJSON of what happened to it out, both streamed.
import { Hono } from 'hono';
import { type ImportEvent, importPath } from '../../shared/contract/registry.ts';
import { problem } from '../http/problem.ts';
import { type AdminEnv, requireScope } from '../http/require-scope.ts';
import { makeCardFace } from './card-face.ts';
import { importPeople } from './import-people.ts';

export function registryRoutes(): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();
  app.post(importPath, requireScope('people:import'), (c) => {
    const type = (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
    if (type !== 'application/x-ndjson') {
      return problem(c, { status: 415, reason: 'not_ndjson', title: 'Send application/x-ndjson' });
    }
    const from = c.req.query('from') ?? '1';
    if (!/^[1-9][0-9]{0,9}$/.test(from)) {
      return problem(c, { status: 400, reason: 'bad_from', title: '"from" is the number of the first line, from 1' });
    }
    const body = c.req.raw.body;
    if (!body) return problem(c, { status: 400, reason: 'body_missing', title: 'Send one person a line' });
    const { peopleImport, journal, now } = c.var.deps;
    const events = importPeople(
      { people: peopleImport, journal, now, makeCardFace },
      c.var.admin.actor,
      body,
      Number(from),
    );
    return c.body(ndjson(events), 200, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' });
  });
  return app;
}

function ndjson(events: AsyncGenerator<ImportEvent>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const next = await events.next();
      if (next.done) controller.close();
      else controller.enqueue(encoder.encode(`${JSON.stringify(next.value)}\n`));
    },
    // The caller went away: the body is given up, and what was stored stays.
    async cancel() {
      await events.return(undefined);
    },
  });
}
