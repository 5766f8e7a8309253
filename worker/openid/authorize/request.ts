// What a relying party asks for, as it stays with the login: parsed once, JSON only.

import { type Level, levelOfAcr, reaches } from '../../../shared/assurance/level.ts';
import type { AskedClaims } from '../scopes.ts';

/** How the answer gets back (OAuth 2.0 Multiple Response Type Encoding Practices §2.1, Form Post Response Mode). */
export const responseModes = ['query', 'fragment', 'form_post'] as const;
export type ResponseMode = (typeof responseModes)[number];
/** The mode by its name; query, the code flow's own, for none or one that is not known. */
export const responseModeOf = (name: string | undefined): ResponseMode =>
  responseModes.find((mode) => mode === name) ?? 'query';

export type Prompt = 'none' | 'login' | 'consent' | 'select_account';
export type Locale = 'ar' | 'en';

export type AuthorizationRequest = {
  readonly redirectUri: string;
  readonly responseMode: ResponseMode;
  readonly scopes: readonly string[];
  readonly state: string | null;
  readonly nonce: string | null;
  readonly codeChallenge: string | null;
  readonly dpopJkt: string | null;
  readonly prompt: readonly Prompt[];
  /** Seconds since the person was last asked. */
  readonly maxAge: number | null;
  /** The levels wanted, preferred first; `essential`: one of them, or an error. */
  readonly wanted: readonly Level[];
  readonly essential: boolean;
  readonly claims: AskedClaims;
  /** The credential was asked for by authorization_details (RFC 9396), and is answered so. */
  readonly details?: true;
  /** What access tokens may be for, beside us (RFC 8707). */
  readonly resources: readonly string[];
  readonly locale: Locale | null;
  /** As it was sent; sealed (login-hint.ts) as soon as it is kept anywhere. */
  readonly loginHint: string | null;
  /** `sub` of an id_token_hint that we signed for this client. */
  readonly hintedSub: string | null;
};

/**
 * Parameters by name. `repeated`: names that came twice (RFC 6749 §3.1: not allowed). `resource` alone may (RFC 8707 §2): its values
 * are kept as words, since no URI holds a space.
 */
export type Params = { readonly values: ReadonlyMap<string, string>; readonly repeated: readonly string[] };

export function paramsOf(search: URLSearchParams): Params {
  const values = new Map<string, string>();
  const repeated: string[] = [];
  for (const [name, value] of search) {
    const before = values.get(name);
    if (before !== undefined && name === 'resource') values.set(name, `${before} ${value}`);
    else if (before !== undefined) repeated.push(name);
    // RFC 6749 §3.1: a parameter without a value counts as not sent.
    else if (value !== '') values.set(name, value);
  }
  return { values, repeated };
}

export function wordsOf(text: string | undefined): string[] {
  return (text ?? '').split(' ').filter((word) => word !== '');
}

/** `acr_values` is a preference; an essential acr in `claims` is a must (OpenID Connect Core §5.5.1.1). */
export function wantedLevels(names: readonly string[]): Level[] {
  return [...new Set(names.map(levelOfAcr).filter((level) => level !== undefined))];
}

/** What the login must reach for this request at this client: the most preferred level, or the client's least. */
export function levelToAim(wanted: readonly Level[], least: Level): Level {
  const first = wanted[0] ?? least;
  return reaches(first, least) ? first : least;
}

/** Whether a level that was reached satisfies an essential request: any value named, or better (OpenID Connect Core §5.5.1.1). */
export function satisfies(reached: Level, wanted: readonly Level[], essential: boolean, least: Level): boolean {
  if (!reaches(reached, least)) return false;
  return !essential || wanted.length === 0 || wanted.some((level) => reaches(reached, level));
}
