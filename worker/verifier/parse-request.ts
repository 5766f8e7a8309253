// The body of POST /v1/verify, read by hand: the same limits as `VerifyRequest` of the contract, without its schema's cost.

import { err, ok, type Result } from '../../shared/base/result.ts';
import { maxBatchCodes, type VerifyContext } from '../../shared/contract/verify.ts';
import { CNONCE_BYTES, parseChallenge } from '../../shared/credential/challenge.ts';
import type { Challenge } from '../../shared/credential/checks/work.ts';

/** 8,192 characters, each at most six bytes (`\uXXXX`), and room for the rest. */
export const maxVerifyBodyBytes = 50_000;

const contexts: ReadonlySet<string> = new Set<VerifyContext>(['counter', 'gate', 'border', 'age']);

/** A hundred of the longest codes that are any use (4,296 characters), and room for the rest. */
export const maxBatchBodyBytes = 600_000;

export type RequestError =
  | { readonly reason: 'bad_json' }
  | { readonly reason: 'bad_input'; readonly pointer: string; readonly detail: string };

export type CodeRequest = {
  readonly text: string;
  readonly context: VerifyContext;
  readonly challenge: Challenge | undefined;
};

export function parseVerifyRequest(body: string): Result<CodeRequest, RequestError> {
  const json = jsonOf(body);
  return json.ok ? codeOf(json.value) : json;
}

/** `{"codes": [...]}`: 1 to 100, each as of {@link parseVerifyRequest}; the pointer of an error names which. */
export function parseVerifyBatch(body: string): Result<readonly CodeRequest[], RequestError> {
  const json = jsonOf(body);
  if (!json.ok) return json;
  const codes = (json.value as { readonly codes?: unknown } | null)?.codes;
  if (!Array.isArray(codes) || codes.length < 1 || codes.length > maxBatchCodes) {
    return err({ reason: 'bad_input', pointer: '/codes', detail: `1 to ${maxBatchCodes} codes are expected` });
  }
  const parsed: CodeRequest[] = [];
  for (const [i, code] of codes.entries()) {
    const one = codeOf(code);
    if (!one.ok) {
      const { error } = one;
      return err(error.reason === 'bad_json' ? error : { ...error, pointer: `/codes/${i}${error.pointer}` });
    }
    parsed.push(one.value);
  }
  return ok(parsed);
}

function jsonOf(body: string): Result<unknown, RequestError> {
  try {
    return ok(JSON.parse(body));
  } catch {
    return err({ reason: 'bad_json' });
  }
}

function codeOf(json: unknown): Result<CodeRequest, RequestError> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return err({ reason: 'bad_input', pointer: '', detail: 'an object is expected' });
  }
  const { text, context, challenge } = json as { readonly [name: string]: unknown };
  if (typeof text !== 'string' || text.length < 1 || text.length > 8192) {
    return err({ reason: 'bad_input', pointer: '/text', detail: 'a text of 1 to 8192 characters is expected' });
  }
  if (context !== undefined && (typeof context !== 'string' || !contexts.has(context))) {
    return err({ reason: 'bad_input', pointer: '/context', detail: 'counter, gate, border or age is expected' });
  }
  if (challenge === undefined) return ok({ text, context: (context ?? 'counter') as VerifyContext, challenge });
  const shown = challengeOf(challenge);
  if (shown === undefined) {
    const detail = `the text of a challenge is expected: TWQC:…, its nonce at least ${CNONCE_BYTES} bytes`;
    return err({ reason: 'bad_input', pointer: '/challenge', detail });
  }
  return ok({ text, context: (context ?? 'counter') as VerifyContext, challenge: shown });
}

function challengeOf(text: unknown): Challenge | undefined {
  const parsed = typeof text === 'string' ? parseChallenge(text) : undefined;
  // SECURITY: a short nonce could be guessed, or come twice: its answer might have been filmed before.
  return parsed?.ok && parsed.value.cnonce.length >= CNONCE_BYTES ? parsed.value : undefined;
}
