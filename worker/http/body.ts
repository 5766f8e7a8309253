// Reads a request's body once, within a limit, and parses it with a schema: every route's front door.
import type { Context } from 'hono';
import type * as z from 'zod';
import { problem } from './problem.ts';

export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly response: Response };

/** The raw body, or a 413 problem. */
export async function readBody(c: Context, maxBytes: number): Promise<Parsed<Uint8Array>> {
  const bytes = await readBytes(c.req.raw, maxBytes);
  if (bytes !== undefined) return { ok: true, value: bytes, bytes };
  const detail = `at most ${maxBytes} bytes`;
  const title = 'The body is too large';
  return { ok: false, response: problem(c, { status: 413, reason: 'body_too_large', title, detail }) };
}

/** The raw body, or undefined for a longer one. `maxBytes` counts what is read, not what Content-Length claims. */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array | undefined> {
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > maxBytes) return undefined;
  if (!(declared > 0)) return readStream(request.body, maxBytes);
  // workerd holds the peer to its Content-Length, so one read is enough.
  const bytes = new Uint8Array(await request.arrayBuffer());
  return bytes.length > maxBytes ? undefined : bytes;
}

/**
 * The body as text by the shortest way, or why not: one read by the platform, which is held to the Content-Length that was looked at.
 * `too_large` counts bytes. `bad_utf8`: bytes that are none, or U+FFFD, which stands for such bytes and is in no code.
 */
export function readText(request: Request, maxBytes: number): Promise<TextRead> {
  const declared = Number(request.headers.get('content-length') ?? Number.NaN);
  if (declared > maxBytes) return Promise.resolve('too_large' as const);
  return declared >= 0 ? request.text().then(textRead) : readTextStream(request, maxBytes);
}

type TextRead = { readonly text: string } | 'too_large' | 'bad_utf8';

const textRead = (text: string): TextRead => (text.includes('\uFFFD') ? 'bad_utf8' : { text });

async function readTextStream(request: Request, maxBytes: number): Promise<TextRead> {
  const bytes = await readStream(request.body, maxBytes);
  if (bytes === undefined) return 'too_large';
  try {
    return { text: strictUtf8.decode(bytes) };
  } catch {
    return 'bad_utf8';
  }
}

/** What arrives without a length: undefined once it is longer than `maxBytes`. */
async function readStream(stream: ReadableStream | null, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (stream ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** JSON body → schema. 415 for another media type, 400 for bad UTF-8 or JSON, 422 with pointers for a shape that is wrong. */
export async function parseJson<S extends z.ZodType>(
  c: Context,
  schema: S,
  maxBytes: number,
): Promise<Parsed<z.output<S>>> {
  if (!isJson(c)) return notJson(c);
  const body = await readBody(c, maxBytes);
  return body.ok ? parseJsonBytes(c, schema, body.bytes) : body;
}

const isJson = (c: Context) =>
  (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() === 'application/json';

const notJson = (c: Context) =>
  ({ ok: false, response: problem(c, { status: 415, reason: 'not_json', title: 'Send application/json' }) }) as const;

/** The same for a body that was read before, e.g. to check its signature. */
export function parseJsonBytes<S extends z.ZodType>(c: Context, schema: S, bytes: Uint8Array): Parsed<z.output<S>> {
  if (!isJson(c)) return notJson(c);
  let json: unknown;
  try {
    json = JSON.parse(strictUtf8.decode(bytes));
  } catch {
    return {
      ok: false,
      response: problem(c, { status: 400, reason: 'bad_json', title: 'The body is not JSON in UTF-8' }),
    };
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const errors = parsed.error.issues.slice(0, 20).map((issue) => ({
      pointer: '/' + issue.path.map((step) => String(step).replaceAll('~', '~0').replaceAll('/', '~1')).join('/'),
      detail: issue.message,
    }));
    return {
      ok: false,
      response: problem(c, {
        status: 422,
        reason: 'bad_input',
        title: 'The body does not have the right shape',
        errors,
      }),
    };
  }
  return { ok: true, value: parsed.data, bytes };
}
