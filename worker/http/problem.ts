// Problem documents (RFC 9457): the one way our own APIs say no. A reason is a stable code; nothing in it names a person. The title is in
// the language that is asked for (§3.1.3); details, which name fields and limits, are in English.
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type Problem, problemTypePrefix } from '../../shared/contract/problem.ts';
import { arabicProblemTitle, type ProblemReason, problemLocale } from '../../shared/i18n/problem-title.ts';

export type ProblemInput = {
  readonly status: ContentfulStatusCode;
  /** Stable code, snake_case; becomes the type `urn:tawthiq:problem:<reason>`. */
  readonly reason: ProblemReason;
  /** In English; the Arabic one goes by the reason (shared/i18n/ar/problems.ts). */
  readonly title: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly headers?: Readonly<Record<string, string>>;
};

export function problem(c: Context, input: ProblemInput): Response {
  if (problemLocale(c.req.header('accept-language')) === 'en')
    return c.body(bodyOf(input), input.status, headersOf(input));
  const english = input.detail !== undefined || input.errors !== undefined;
  return c.body(bodyOf({ ...input, title: arabicProblemTitle(input.reason) }), input.status, {
    ...headersOf(input),
    'Content-Language': english ? 'ar, en' : 'ar',
  });
}

/** The same in English, where no framework is on the way. */
export function plainProblem(input: ProblemInput): Response {
  return new Response(bodyOf(input), { status: input.status, headers: headersOf(input) });
}

function bodyOf({ headers: _, status, errors, ...rest }: ProblemInput): string {
  const body: Problem = {
    type: problemTypePrefix + rest.reason,
    ...rest,
    status,
    ...(errors ? { errors: [...errors] } : {}),
  };
  return JSON.stringify(body);
}

function headersOf({ headers }: ProblemInput): Record<string, string> {
  return {
    ...headers,
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Language': 'en',
    // Never kept, so nothing needs to vary by language.
    'Cache-Control': 'no-store',
  };
}

/** What a fault of ours looks like from outside; the log has its name and place. */
export function faultProblem(error: Error): ProblemInput {
  if (error.name === 'NoKeyError') {
    return { status: 503, reason: 'keys_not_ready', title: 'The edge has no key for this yet' };
  }
  // Bound values and bodies may be in a message: only the error's name and place are logged.
  console.error('unexpected', error.name, error.stack?.split('\n')[1]?.trim() ?? '');
  return { status: 500, reason: 'unexpected', title: 'Something is broken on our side; nothing was changed' };
}
