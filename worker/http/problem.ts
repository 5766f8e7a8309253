// Problem documents (RFC 9457): the one way our own APIs say no. A reason is a stable code; nothing in it names a person.
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type Problem, problemTypePrefix } from '../../shared/contract/problem.ts';

export type ProblemInput = {
  readonly status: ContentfulStatusCode;
  /** Stable code, snake_case; becomes the type `urn:tawthiq:problem:<reason>`. */
  readonly reason: string;
  readonly title: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly headers?: Readonly<Record<string, string>>;
};

export function problem(c: Context, input: ProblemInput): Response {
  const { headers, status, errors, ...rest } = input;
  const body: Problem = {
    type: problemTypePrefix + input.reason,
    ...rest,
    status,
    ...(errors ? { errors: [...errors] } : {}),
  };
  return c.body(JSON.stringify(body), status, {
    ...headers,
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Cache-Control': 'no-store',
  });
}
