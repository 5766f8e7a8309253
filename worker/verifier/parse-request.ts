// The body of POST /v1/verify, read by hand: the same limits as `VerifyRequest` of the contract, without its schema's cost.

import type * as z from 'zod';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { decodeUtf8 } from '../../shared/bytes/text.ts';
import type { VerifyContext, VerifyRequest } from '../../shared/contract/verify.ts';

/** 8,192 characters, each at most six bytes (`\uXXXX`), and room for the rest. */
export const maxVerifyBodyBytes = 50_000;

const contexts: ReadonlySet<string> = new Set<VerifyContext>(['counter', 'gate', 'border', 'age']);

export type RequestError =
  | { readonly reason: 'bad_json' }
  | { readonly reason: 'bad_input'; readonly pointer: '' | '/text' | '/context'; readonly detail: string };

export function parseVerifyRequest(body: Uint8Array): Result<z.output<typeof VerifyRequest>, RequestError> {
  const decoded = decodeUtf8(body);
  if (!decoded.ok) return err({ reason: 'bad_json' });
  let json: unknown;
  try {
    json = JSON.parse(decoded.value);
  } catch {
    return err({ reason: 'bad_json' });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return err({ reason: 'bad_input', pointer: '', detail: 'an object is expected' });
  }
  const { text, context } = json as { readonly text?: unknown; readonly context?: unknown };
  if (typeof text !== 'string' || text.length < 1 || text.length > 8192) {
    return err({ reason: 'bad_input', pointer: '/text', detail: 'a text of 1 to 8192 characters is expected' });
  }
  if (context !== undefined && (typeof context !== 'string' || !contexts.has(context))) {
    return err({ reason: 'bad_input', pointer: '/context', detail: 'counter, gate, border or age is expected' });
  }
  return ok({ text, context: (context ?? 'counter') as VerifyContext });
}
