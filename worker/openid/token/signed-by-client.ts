// What every JWT that a client signed must be, whatever it is for: of its own kind, and not from the future. Pure.

/** What a client of the profile fapi2 may sign with (FAPI 2.0 Security Profile §5.4.1). */
export const fapiAlgs = ['ES256', 'EdDSA', 'Ed25519', 'PS256'] as const;

/** FAPI 2.0 Security Profile §5.3.2.1: ten seconds ahead must pass, more than sixty must not. */
const mostAheadSeconds = 60;

/**
 * SECURITY: what says of itself that it is something else is nothing here (RFC 8725 §3.11): a request object goes through browsers, and would
 * otherwise authenticate its client to whoever saw it. `typ`: of the header; most makers leave it out, or write `JWT`. `own`: in lower case.
 */
export function isOfKind(typ: string | undefined, own: string): boolean {
  // RFC 7515 §4.1.9: a media type, whose `application/` may be left out.
  const kind = typ?.toLowerCase().replace(/^application\//, '');
  return kind === undefined || kind === 'jwt' || kind === own;
}

export function isFromFuture(iat: number | undefined, now: number): boolean {
  return iat !== undefined && iat > now + mostAheadSeconds;
}
