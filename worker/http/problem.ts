// Problem documents (RFC 9457): the one way our own APIs say no. A reason is a stable code; nothing in it names a person. What people may
// be shown (the title, and a detail that is written for them) is in the language that is asked for (§3.1.3); what developers read (fields,
// pointers, limits) is in English.
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type Problem, problemTypePrefix } from '../../shared/contract/problem.ts';
import type { Locale } from '../../shared/i18n/locale.ts';
import { arabicProblemTitle, type ProblemReason, problemLocale } from '../../shared/i18n/problem-title.ts';

export type ProblemInput = {
  readonly status: ContentfulStatusCode;
  /** Stable code, snake_case; becomes the type `urn:tawthiq:problem:<reason>`. */
  readonly reason: ProblemReason;
  /** In English; the Arabic one goes by the reason (shared/i18n/ar/problems.ts). */
  readonly title: string;
  /** A text is for developers, in English; both languages where a page, a wallet or a kiosk may show it. */
  readonly detail?: string | Readonly<Record<Locale, string>>;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly headers?: Readonly<Record<string, string>>;
};

export function problem(c: Context, input: ProblemInput): Response {
  const locale = problemLocale(c.req.header('accept-language'));
  return c.body(bodyOf(input, locale), input.status, headersOf(input, locale));
}

/** The same where no framework is on the way. */
export function plainProblem(input: ProblemInput, request: Request): Response {
  const locale = problemLocale(request.headers.get('accept-language') ?? undefined);
  return new Response(bodyOf(input, locale), { status: input.status, headers: headersOf(input, locale) });
}

function bodyOf(input: ProblemInput, locale: Locale): string {
  const { status, reason, detail, errors } = input;
  const body: Problem = {
    type: problemTypePrefix + reason,
    status,
    reason,
    title: locale === 'ar' ? arabicProblemTitle(reason) : input.title,
    ...(detail !== undefined && { detail: typeof detail === 'string' ? detail : detail[locale] }),
    ...(errors && { errors: [...errors] }),
  };
  return JSON.stringify(body);
}

function headersOf({ headers, detail, errors }: ProblemInput, locale: Locale): Record<string, string> {
  const alsoEnglish = locale !== 'en' && (typeof detail === 'string' || errors !== undefined);
  return {
    ...headers,
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Language': alsoEnglish ? `${locale}, en` : locale,
    // Never kept, so nothing needs to vary by language.
    'Cache-Control': 'no-store',
  };
}

/** What a fault of ours looks like from outside; the log has its name and place. */
export function faultProblem(error: Error): ProblemInput {
  if (error.name === 'NoKeyError') {
    return { status: 503, reason: 'keys_not_ready', title: 'The edge has no key for this yet' };
  }
  if (error.name === 'StatusSpaceFullError') {
    const headers = { 'Retry-After': '3600' };
    return {
      status: 503,
      reason: 'status_space_full',
      title: 'No more credentials can be issued at the moment',
      headers,
    };
  }
  // Bound values and bodies may be in a message: only the error's name and place are logged.
  console.error('unexpected', error.name, error.stack?.split('\n')[1]?.trim() ?? '');
  return { status: 500, reason: 'unexpected', title: 'Something is broken on our side; nothing was changed' };
}
