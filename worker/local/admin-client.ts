// The authority's HTTP API from Node: JSON calls, and an import in slices that goes on where the line was cut. Knows no command line.
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { Problem } from '../../shared/contract/problem.ts';
import { ImportEvent, importPath } from '../../shared/contract/registry.ts';

/** The edge said no; `problem` says why. */
export class AdminRefused extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    const where = (problem.errors ?? []).map((error) => `${error.pointer} ${error.detail}`).join('; ');
    super([problem.title, problem.detail, where].filter((part) => part).join(': '));
    this.name = 'AdminRefused';
    this.problem = problem;
  }
}

const Page = z.looseObject({ next: z.string().min(1).optional() });

/** Nobody answers, or something that is not the edge. */
export class EdgeUnreachable extends Error {
  constructor(url: string, why: string) {
    super(`no edge answers at ${url} (${why})`);
    this.name = 'EdgeUnreachable';
  }
}

/** Why nobody could be asked there with that; undefined where one may try. It says nothing of the token itself. */
export function placeFault(url: string, token: string): string | undefined {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol !== 'https:' && protocol !== 'http:') return `${url} is no address of an edge: https://id.example, say`;
  return /^[!-~]{1,500}$/.test(token) ? undefined : 'the token is one word, as it was given';
}

/** Why a `fetch` failed, in one line; TLS tells it in a page. */
export function whyUnreachable(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, message } = cause as NodeJS.ErrnoException;
  return code?.startsWith('ERR_SSL_')
    ? code
    : (message ?? String(error)).split('\n', 1)[0] || String(code ?? 'no answer');
}

export type ImportTotals = {
  readonly lines: number;
  readonly imported: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: number;
};

export type ImportOptions = {
  /** The number of the first line handed in; lines are reported by these numbers. */
  readonly from?: number;
  readonly onRefused?: (event: Extract<ImportEvent, { type: 'refused' }>) => void;
  /** Every line up to `durable` is stored or refused: where a cut import goes on. */
  readonly onProgress?: (durable: number, totals: ImportTotals) => void;
};

/** What one request carries: some seconds of the edge's work, so that a cut line costs little. */
const sliceLines = 2_000;
const sliceChars = 8 * 1024 * 1024;
const attemptsPerSlice = 6;

export class AdminClient {
  readonly #url: string;
  readonly #token: string;

  /** `url`: the edge's origin. */
  constructor(url: string, token: string) {
    this.#url = url.replace(/\/$/, '');
    this.#token = token;
  }

  /** Sends `body` as JSON, or as bytes with `contentType`; answers the JSON. Throws AdminRefused or EdgeUnreachable. */
  async call(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown, contentType?: string): Promise<unknown> {
    const raw = contentType ? (body as BodyInit) : body === undefined ? null : JSON.stringify(body);
    const type = contentType ?? (body === undefined ? undefined : 'application/json');
    const response = await this.#fetch(path, method, raw, type);
    const text = await response.text();
    try {
      return text === '' ? undefined : JSON.parse(text);
    } catch {
      throw new EdgeUnreachable(this.#url, 'its answer is not JSON');
    }
  }

  /** A list that the edge gives page by page, whole: `member` of each page, behind its `next` the one after. */
  async all(path: string, member: string): Promise<Readonly<Record<string, readonly unknown[]>>> {
    const rows: unknown[] = [];
    const seen = new Set<string>();
    for (let next: string | undefined = ''; next !== undefined; ) {
      const answer = await this.call('GET', next === '' ? path : `${path}?after=${encodeURIComponent(next)}`);
      const page = Page.safeParse(answer);
      const found = page.success ? page.data[member] : undefined;
      if (!Array.isArray(found)) throw new EdgeUnreachable(this.#url, `its answer has no ${member}`);
      rows.push(...found);
      next = page.data?.next;
      if (next !== undefined && seen.has(next)) throw new EdgeUnreachable(this.#url, 'its pages do not end');
      if (next !== undefined) seen.add(next);
    }
    return { [member]: rows };
  }

  /** A text that is not JSON; undefined where there is none (404). */
  async text(path: string): Promise<string | undefined> {
    try {
      return await (await this.#fetch(path, 'GET', null)).text();
    } catch (error) {
      if (error instanceof AdminRefused && error.problem.status === 404) return undefined;
      throw error;
    }
  }

  /** Imports lines, slice by slice; a slice whose answer was cut is sent again from the last durable line on. No line: the edge is asked too. */
  async importPeople(lines: AsyncIterable<string>, options: ImportOptions = {}): Promise<ImportTotals> {
    const totals = { lines: 0, imported: 0, updated: 0, unchanged: 0, refused: 0 };
    let first = options.from ?? 1;
    for await (const slice of slices(lines)) {
      await this.#importSlice(slice, first, totals, options);
      first += slice.length;
    }
    if (first === (options.from ?? 1)) await this.#importNobody(first);
    return totals;
  }

  /** Whether this edge would take an import of this token: an empty line is nobody. */
  async #importNobody(from: number): Promise<void> {
    const response = await this.#fetch(`${importPath}?from=${from}`, 'POST', '\n', 'application/x-ndjson');
    await response.text().catch((error: unknown) => {
      throw new EdgeUnreachable(this.#url, whyUnreachable(error));
    });
  }

  async #importSlice(slice: readonly string[], first: number, totals: Mutable<ImportTotals>, options: ImportOptions) {
    let from = first;
    const end = first + slice.length;
    for (let attempt = 1; from < end; attempt++) {
      const reached = await this.#importOnce(slice.slice(from - first), from, totals, options);
      if (reached >= end - 1) return;
      if (attempt >= attemptsPerSlice) throw new EdgeUnreachable(this.#url, `the import stopped after line ${reached}`);
      from = reached + 1;
      await pause(200 * 2 ** attempt);
    }
  }

  /** The last line known to be durable or refused: the one before `from` when the answer was cut at once. */
  async #importOnce(lines: readonly string[], from: number, totals: Mutable<ImportTotals>, options: ImportOptions) {
    let reached = from - 1;
    // Refusals behind the last durable line come again with the lines that are sent again.
    let refusals: Extract<ImportEvent, { type: 'refused' }>[] = [];
    let counted = { imported: 0, updated: 0, unchanged: 0, refused: 0 };
    try {
      const body = `${lines.join('\n')}\n`;
      const response = await this.#fetch(`${importPath}?from=${from}`, 'POST', body, 'application/x-ndjson');
      for await (const event of eventsOf(response)) {
        if (event.type === 'refused') {
          refusals.push(event);
          continue;
        }
        const settled = refusals.filter(({ line }) => line <= event.line);
        for (const refusal of settled) options.onRefused?.(refusal);
        refusals = refusals.filter(({ line }) => line > event.line);
        totals.lines += event.line - reached;
        totals.imported += event.imported - counted.imported;
        totals.updated += event.updated - counted.updated;
        totals.unchanged += event.unchanged - counted.unchanged;
        totals.refused += settled.length;
        counted = event;
        reached = event.line;
        options.onProgress?.(reached, totals);
      }
    } catch (error) {
      if (error instanceof AdminRefused) throw error;
      // The line was cut: the caller sends the rest again.
    }
    return reached;
  }

  async #fetch(path: string, method: string, body: BodyInit | null, contentType?: string): Promise<Response> {
    const headers = { Authorization: `Bearer ${this.#token}`, ...(contentType ? { 'Content-Type': contentType } : {}) };
    let response: Response;
    try {
      response = await fetch(this.#url + path, { method, headers, body });
    } catch (error) {
      throw new EdgeUnreachable(this.#url, whyUnreachable(error));
    }
    if (response.ok) return response;
    const problem = Problem.safeParse(await response.json().catch(() => undefined));
    if (!problem.success) throw new EdgeUnreachable(this.#url, `it answered ${response.status}`);
    throw new AdminRefused(problem.data);
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

async function* slices(lines: AsyncIterable<string>): AsyncGenerator<string[]> {
  let slice: string[] = [];
  let chars = 0;
  for await (const line of lines) {
    if (slice.length > 0 && (slice.length >= sliceLines || chars + line.length > sliceChars)) {
      yield slice;
      slice = [];
      chars = 0;
    }
    slice.push(line);
    chars += line.length;
  }
  if (slice.length > 0) yield slice;
}

async function* eventsOf(response: Response): AsyncGenerator<ImportEvent> {
  if (!response.body) return;
  let held = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (held + text).split('\n');
    held = lines.pop() ?? '';
    for (const line of lines) yield ImportEvent.parse(JSON.parse(line));
  }
}
