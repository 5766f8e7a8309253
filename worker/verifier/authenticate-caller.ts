// Who asks: the business behind an API key, or behind the access token of a client that speaks for it. In the steady state nothing
// is waited for.
import { err, ok, type Result } from '../../shared/base/result.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { type AccessTokenNeeds, judgeAccessToken, type Narrow, type TokenRefusal } from './access-token.ts';
import { type ApiKey, parseApiKey } from './api-key.ts';
import type { Callers } from './callers.ts';
import type { Verifier } from './verifier.ts';

export type CallerRefusal = { readonly reason: 'key_missing' | 'key_unknown' } | TokenRefusal;
export type AuthenticateNeeds = {
  readonly callers: Pick<Callers, 'find'>;
  readonly accessTokens: AccessTokenNeeds;
};

type Answer = Result<Verifier, CallerRefusal>;

/** The business that an `Authorization` header speaks for. At once when it is a key and the isolate knows the business. */
export function authenticateCaller(
  authorization: string | null,
  needs: AuthenticateNeeds,
  later: (work: Promise<unknown>) => void,
  narrow?: Narrow,
): Answer | Promise<Answer> {
  if (authorization === null) return err({ reason: 'key_missing' });
  const key = keyOf(authorization);
  if (key !== undefined) {
    const found = needs.callers.find(key.verifierId, later);
    return found instanceof Promise ? found.then((verifier) => judge(verifier, key)) : judge(found, key);
  }
  // Three parts with dots: the form of a JWT, and of none of our keys (RFC 7515 §3.1).
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
  return token === undefined
    ? err({ reason: 'key_missing' })
    : judgeAccessToken(token, needs.accessTokens, later, narrow);
}

/** The last headers that were keys, and the hashes they were found to have: the same few tills ask all day. */
const parsed = new Map<string, ApiKey>();
const mostParsed = 2_000;

function keyOf(authorization: string): ApiKey | undefined {
  const known = parsed.get(authorization);
  if (known !== undefined) return known;
  const key = parseApiKey(authorization);
  if (key === undefined) return undefined;
  // SECURITY: only what the text says is kept, never that it was right: whether it counts is asked every time.
  if (parsed.size >= mostParsed) parsed.clear();
  parsed.set(authorization, key);
  return key;
}

function judge(verifier: Verifier | undefined, key: ApiKey): Answer {
  // SECURITY: one answer for an unknown business and for a wrong key of a known one.
  if (verifier === undefined || !equalBytes(verifier.keyHash, key.secretHash)) return err({ reason: 'key_unknown' });
  return verifier.state === 'active' ? ok(verifier) : err({ reason: 'verifier_suspended' });
}
