// The life of one request to a wallet: waiting, then answered or refused, once. Pure; the Durable Object keeps the record.

import { err, ok, type Result } from '../../../shared/base/result.ts';
import { isSecretOf } from '../../logins/handle.ts';

export type PresentationPhase = 'waiting' | 'answered' | 'refused';
export type ResponseMode = 'direct_post' | 'direct_post.jwt';

/** What the wallet is asked, as far as it is the same for every request of it. JSON only. */
export type Asked = {
  readonly verifierId: string;
  /** With its prefix: what the holder's signature names. */
  readonly clientId: string;
  readonly responseMode: ResponseMode;
  readonly signed: boolean;
  /** JSON of the DCQL query. */
  readonly query: string;
  /** JSON of the public JWK that the answer is encrypted to, and the private one, sealed; null for plain answers. */
  readonly encryption: { readonly publicJwk: string; readonly sealedPrivate: string } | null;
  readonly redirectUri: string | null;
};

export type PresentationRecord = Asked & {
  readonly phase: PresentationPhase;
  /** Of the secret in the request's address, from which nonce and state are derived. */
  readonly secretHash: string;
  readonly stateHash: string;
  readonly nonce: string;
  readonly expiresAt: number;
  /** base64url of the sealed outcome. */
  readonly outcome: string | null;
  /** Of the code that the person's own browser brings back. */
  readonly responseCodeHash: string | null;
};

export type BeginPresentation = Asked & Pick<PresentationRecord, 'secretHash' | 'stateHash' | 'nonce' | 'expiresAt'>;

export function beginPresentation(input: BeginPresentation): PresentationRecord {
  return { ...input, phase: 'waiting', outcome: null, responseCodeHash: null };
}

/** How often one request is read, and how many answers to it are looked at: a wallet whose line breaks tries again, a thousand are none. */
export const mostReads = 50;
export const mostTries = 20;

export type PresentationError = {
  readonly reason: 'request_unknown' | 'request_expired' | 'request_answered' | 'too_many_tries';
};
export type Step<R> = { readonly record?: PresentationRecord; readonly result: R };

/** The record while an answer is awaited. */
export function waiting(
  record: PresentationRecord | undefined,
  now: number,
): Result<PresentationRecord, PresentationError> {
  if (!record) return err({ reason: 'request_unknown' });
  if (record.phase !== 'waiting') return err({ reason: 'request_answered' });
  return now < record.expiresAt ? ok(record) : err({ reason: 'request_expired' });
}

/** Whoever has the request's address may read it until it is answered. */
export function showRequest(
  record: PresentationRecord | undefined,
  secret: string,
  now: number,
): Result<PresentationRecord, PresentationError> {
  return record && isSecretOf(secret, record.secretHash) ? waiting(record, now) : err({ reason: 'request_unknown' });
}

export type FinishPresentation = {
  readonly phase: 'answered' | 'refused';
  readonly outcome: string | null;
  readonly responseCodeHash: string | null;
};

/** Seconds that a business has to fetch an outcome. */
export const outcomeSeconds = 300;

/** SECURITY: the first answer counts; a second one, however good, changes nothing. */
export function finishPresentation(
  record: PresentationRecord | undefined,
  input: FinishPresentation,
  now: number,
): Step<Result<null, PresentationError>> {
  const open = waiting(record, now);
  if (!open.ok) return { result: open };
  // The key was for this one answer.
  const finished = { ...open.value, ...input, encryption: null, expiresAt: now + outcomeSeconds };
  return { record: finished, result: ok(null) };
}

export type FetchError = { readonly reason: 'presentation_unknown' | 'presentation_expired' | 'response_code_wrong' };

/** For the business that asked. Where the person comes back by a browser, only who brings its code gets the outcome (§13.3). */
export function fetchOutcome(
  record: PresentationRecord | undefined,
  input: { readonly verifierId: string; readonly responseCode: string | null },
  now: number,
): Result<Pick<PresentationRecord, 'phase' | 'outcome'>, FetchError> {
  if (record?.verifierId !== input.verifierId) return err({ reason: 'presentation_unknown' });
  if (now >= record.expiresAt) return err({ reason: 'presentation_expired' });
  const { phase, outcome, responseCodeHash } = record;
  if (responseCodeHash !== null && !isSecretOf(input.responseCode ?? '', responseCodeHash))
    return err({ reason: 'response_code_wrong' });
  return ok({ phase, outcome });
}
