// An access token (RFC 9068) in the place of an API key: of a relying party for itself, signed by us, and judged here without asking
// anybody. Knows no signature and no database: what reads a token and what knows the clients are handed in.
import { err, ok, type Result } from '../../shared/base/result.ts';
import { VerifyContext, verifyScope, verifyScopeOf } from '../../shared/contract/verify.ts';
import type { Callers } from './callers.ts';
import type { Verifier } from './verifier.ts';

export type TokenRefusal = { readonly reason: 'token_unknown' | 'scope_missing' | 'verifier_suspended' };

export type AccessTokenNeeds = {
  readonly callers: Pick<Callers, 'findByClient' | 'isRevoked'>;
  /** The claims of a token that we signed as an access token; undefined for anything else. */
  readonly claimsOf: (token: string) => Promise<Readonly<Record<string, unknown>> | undefined>;
  readonly issuer: string;
  /** Known within five seconds of a change. */
  readonly clientIsActive: (clientId: string, later: (work: Promise<unknown>) => void) => Promise<boolean>;
  readonly now: () => number;
};

/** What of a business a token of such a scope speaks for; undefined: nothing. */
export type Narrow = (verifier: Verifier, scope: string) => Verifier | undefined;

/** `token`: what follows `Bearer`. The business it speaks for, its policy narrowed to the contexts of the token's scope. */
export async function judgeAccessToken(
  token: string,
  needs: AccessTokenNeeds,
  later: (work: Promise<unknown>) => void,
  narrow: Narrow = narrowedBy,
): Promise<Result<Verifier, TokenRefusal>> {
  const unknown = err({ reason: 'token_unknown' } as const);
  const claims = await needs.claimsOf(token);
  const { client_id: clientId, sub, aud, exp, jti, scope, cnf } = claims ?? {};
  // SECURITY: a person's token, given to a client at a login, has another subject and speaks for no business.
  if (typeof clientId !== 'string' || sub !== clientId || typeof jti !== 'string') return unknown;
  if (typeof exp !== 'number' || exp <= needs.now()) return unknown;
  // SECURITY: a token for another service could be shown here by that service.
  if (aud !== needs.issuer && !(Array.isArray(aud) && aud.includes(needs.issuer))) return unknown;
  // SECURITY: a token that is bound to a key (RFC 9449) counts with a proof only, and none is taken here.
  if (cnf !== undefined) return unknown;
  if (!(await needs.clientIsActive(clientId, later))) return unknown;
  const verifier = await needs.callers.findByClient(clientId, later);
  if (verifier === undefined || needs.callers.isRevoked(jti)) return unknown;
  if (verifier.state !== 'active') return err({ reason: 'verifier_suspended' });
  const narrowed = narrow(verifier, typeof scope === 'string' ? scope : '');
  return narrowed === undefined ? err({ reason: 'scope_missing' }) : ok(narrowed);
}

const narrowings = new WeakMap<Verifier, Map<string, Verifier | undefined>>();
const mostNarrowings = 50;

/** Undefined when the scope says nothing about checking. The same object for the same scope, for what is kept beside it. */
function narrowedBy(verifier: Verifier, scope: string): Verifier | undefined {
  const known = narrowings.get(verifier) ?? new Map<string, Verifier | undefined>();
  narrowings.set(verifier, known);
  if (known.has(scope)) return known.get(scope);
  const words = scope.split(' ');
  const named = VerifyContext.options.filter((context) => words.includes(verifyScopeOf(context)));
  const contexts = words.includes(verifyScope)
    ? verifier.policy.contexts
    : verifier.policy.contexts.filter((context) => named.includes(context));
  const narrowed =
    named.length > 0 || words.includes(verifyScope)
      ? { ...verifier, policy: { ...verifier.policy, contexts } }
      : undefined;
  if (known.size < mostNarrowings) known.set(scope, narrowed);
  return narrowed;
}
