// Asks the edge: signs (RFC 9421), limits time and size, tries again where that is safe, and tells "the line is down" from
// "the edge says no". Knows no store and no screen; fetch, clock and key are handed in.
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import { type EpochSeconds, epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { kioskSignatureTag } from '../../../shared/contract/kiosk.ts';
import { Problem } from '../../../shared/contract/problem.ts';
import { randomBytes } from '../../../shared/crypto/random.ts';
import { signRequest } from '../../../shared/http-signature/sign-request.ts';
import { type EdgeReason, edgeReasonOf } from './problems.ts';

export type EdgeKey = { readonly keyid: string; sign(message: Uint8Array): Uint8Array };

export type EdgeClientOptions = {
  /** The edge's own origin: what is signed. */
  readonly edge: string;
  /** Another origin through which it is reached, if any (a relay on this machine). The signature still names `edge`. */
  readonly via?: string;
  readonly fetch: typeof fetch;
  readonly now: () => EpochSeconds;
  readonly software: string;
  /** What time it is at the edge, when it refuses a request for its own. */
  readonly clockRejected?: (edgeTime: EpochSeconds) => void;
  /** Milliseconds to wait before the second, third... try. */
  readonly backoffMs?: readonly number[];
};

export type EdgeError =
  | {
      readonly reason: EdgeReason;
      readonly retryAfterSeconds?: number;
      readonly detail?: string;
      /** With `clock_rejected`: what time it is at the edge. */
      readonly edgeTime?: EpochSeconds;
    }
  /** A problem document about the act. */
  | {
      readonly reason: 'refused';
      readonly problem: string;
      readonly status: number;
      readonly retryAfterSeconds?: number;
    };

export type Ask = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Uint8Array;
  /** Absent: the request is public. */
  readonly key?: EdgeKey;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** How often in all; more than once only for what may safely arrive twice. */
  readonly tries: number;
};

export type EdgeAnswer = {
  readonly status: number;
  readonly body: Uint8Array;
  readonly etag: string | undefined;
  readonly roundTripMs: number;
};

const defaultBackoffMs = [250, 1_000];

export class EdgeClient {
  readonly #options: EdgeClientOptions;

  constructor(options: EdgeClientOptions) {
    this.#options = options;
  }

  /** 2xx and 304 are answers. Reasons: see EdgeError; `line_down` covers every way of not being heard. */
  async ask(ask: Ask): Promise<Result<EdgeAnswer, EdgeError>> {
    const backoffMs = this.#options.backoffMs ?? defaultBackoffMs;
    for (let tried = 1; ; tried++) {
      const answer = await this.#askOnce(ask);
      const transient = !answer.ok && (answer.error.reason === 'line_down' || answer.error.reason === 'edge_busy');
      if (!transient || tried >= ask.tries) return answer;
      await sleep(backoffMs[Math.min(tried, backoffMs.length) - 1] ?? 0);
    }
  }

  /** The same for JSON, parsed through its shape: what does not fit is `edge_misbehaved`. */
  async askJson<S extends z.ZodType>(
    shape: S,
    ask: Omit<Ask, 'body' | 'maxBytes'> & { readonly json?: object },
  ): Promise<Result<{ readonly value: z.output<S>; readonly roundTripMs: number }, EdgeError>> {
    const { json, ...rest } = ask;
    const body = json === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(json)) };
    const answer = await this.ask({ ...rest, ...body, maxBytes: 262_144 });
    if (!answer.ok) return answer;
    const value = parseJson(shape, answer.value.body);
    return value === undefined
      ? err({ reason: 'edge_misbehaved', detail: `unexpected answer from ${ask.path}` })
      : ok({ value, roundTripMs: answer.value.roundTripMs });
  }

  async #askOnce(ask: Ask): Promise<Result<EdgeAnswer, EdgeError>> {
    const { edge, via, now, software } = this.#options;
    const signedUrl = edge + ask.path;
    const signature = ask.key
      ? await signRequest(
          { method: ask.method, url: signedUrl, ...(ask.body ? { body: ask.body } : {}) },
          // A new nonce each try: the edge refuses one it has seen, even where the first try's answer was lost.
          {
            keyid: ask.key.keyid,
            created: now(),
            nonce: encodeBase64Url(randomBytes(16)),
            tag: kioskSignatureTag,
            sign: ask.key.sign,
          },
        )
      : {};
    const startedMs = performance.now();
    try {
      const response = await this.#options.fetch((via ?? edge) + ask.path, {
        method: ask.method,
        ...(ask.body ? { body: Buffer.from(ask.body) } : {}),
        headers: {
          ...ask.headers,
          ...signature,
          ...(ask.body ? { 'content-type': 'application/json' } : {}),
          'user-agent': software,
        },
        redirect: 'error',
        signal: AbortSignal.timeout(ask.timeoutMs),
      });
      const body = await readLimited(response, ask.maxBytes);
      if (!body) return err({ reason: 'edge_misbehaved', detail: 'answer too large' });
      if (response.ok || response.status === 304) {
        const etag = response.headers.get('etag') ?? undefined;
        return ok({ status: response.status, body, etag, roundTripMs: performance.now() - startedMs });
      }
      const refused = refusalOf(response, body);
      if (refused.reason === 'clock_rejected' && refused.edgeTime) this.#options.clockRejected?.(refused.edgeTime);
      return err(refused);
    } catch (thrown) {
      // fetch throws TypeError for a network that fails and DOMException for a time limit; anything else is a bug here.
      if (thrown instanceof TypeError || thrown instanceof DOMException) return err({ reason: 'line_down' });
      throw thrown;
    }
  }
}

function refusalOf(response: Response, body: Uint8Array): EdgeError {
  const { status } = response;
  const problem = parseJson(Problem, body);
  const known = problem && edgeReasonOf(problem.reason);
  if (known === 'clock_rejected') return { reason: known, ...edgeTimeOf(response) };
  if (known) return { reason: known };
  const after = Number(response.headers.get('retry-after'));
  const retry = Number.isInteger(after) && after > 0 ? { retryAfterSeconds: Math.min(after, 3600) } : {};
  if (status === 429 || status >= 500) return { reason: 'edge_busy', ...retry };
  return problem
    ? { reason: 'refused', problem: problem.reason, status, ...retry }
    : { reason: 'edge_misbehaved', detail: `status ${status} without a problem document` };
}

function edgeTimeOf(response: Response): { edgeTime?: EpochSeconds } {
  const ms = Date.parse(response.headers.get('date') ?? '');
  return Number.isFinite(ms) && ms > 0 ? { edgeTime: epochSecondsOfMs(ms) } : {};
}

/** undefined when there is more than `maxBytes`. */
async function readLimited(response: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  if (!response.body) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body) {
    size += part.length;
    if (size > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

export function parseJson<S extends z.ZodType>(shape: S, bytes: Uint8Array): z.output<S> | undefined {
  try {
    const parsed = shape.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** For errors that a screen is told: a refusal that the act does not know by name is the edge misbehaving. */
export function bridgeErrorOf(error: EdgeError): { reason: EdgeReason; retryAfterSeconds?: number } {
  if (error.reason === 'refused') return { reason: 'edge_misbehaved' };
  const { reason, retryAfterSeconds } = error;
  return retryAfterSeconds === undefined ? { reason } : { reason, retryAfterSeconds };
}
