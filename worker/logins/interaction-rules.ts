// The part of a login in which a person is asked: taken up, number shown and typed, authenticated, refused. Pure.

import { err, ok, type Result } from '../../shared/base/result.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { isSecretOf } from './handle.ts';
import {
  type Authentication,
  type Json,
  type LoginKind,
  type LoginPhase,
  type LoginRecord,
  mayMove,
  type NumberRequest,
  type NumberState,
  type PasskeyChallenge,
  type Step,
} from './login-record.ts';

export type BeginInput = {
  readonly kind: LoginKind;
  readonly phase: 'requested' | 'interacting' | 'authenticated';
  /** Of a login that an existing session began: consent is all that it waits for. */
  readonly authentication?: Authentication;
  readonly clientId: string;
  readonly request: Json;
  readonly holderHash: string | null;
  readonly pollHash: string | null;
  readonly requestUriHash: string | null;
  /** A number that is asked for from the beginning (backchannel). */
  readonly number?: AskNumber;
  readonly ping?: Json;
  /** Epoch seconds: after this the login is gone unless it moved on. */
  readonly expiresAt: number;
};

export function begin(input: BeginInput, now: number): LoginRecord {
  const { number, ping, ...rest } = input;
  return {
    ...rest,
    ping: ping ?? null,
    polledAtMs: null,
    createdAt: now,
    number: number ? { ...number, state: 'waiting', tries: 0, earned: null, answeredAt: 0 } : null,
    authentication: input.authentication ?? null,
    grant: null,
    code: null,
    refresh: null,
    endedBecause: null,
    revokedTokens: [],
  };
}

export type HolderError = { readonly reason: 'login_unknown' | 'login_expired' | 'login_ended' | 'login_out_of_order' };

/** The holder is whoever has the cookie's (or the poll's) secret. A wrong secret and an unknown login look the same. */
export function checkHolder(
  record: LoginRecord | undefined,
  secret: string,
  now: number,
): Result<LoginRecord, HolderError> {
  if (!record || !isSecretOf(secret, record.holderHash ?? undefined)) return err({ reason: 'login_unknown' });
  if (record.phase === 'ended') return err({ reason: 'login_ended' });
  if (now >= record.expiresAt) return err({ reason: 'login_expired' });
  return ok(record);
}

export type TakeUpError = {
  readonly reason: 'request_unknown' | 'request_used' | 'request_expired' | 'request_of_other_client';
};

/**
 * A parked request (PAR, RFC 9126 §4) is taken up by a browser: that browser becomes the holder. It may be taken up again
 * until the person has acted (a reload, a second click), each time by the newest browser.
 */
export function takeUp(
  record: LoginRecord | undefined,
  input: {
    readonly secret: string;
    readonly clientId: string;
    readonly holderHash: string;
    readonly expiresAt: number;
  },
  now: number,
): Step<Result<Json, TakeUpError>> {
  if (!record || !isSecretOf(input.secret, record.requestUriHash ?? undefined))
    return { result: err({ reason: 'request_unknown' }) };
  if (record.clientId !== input.clientId) return { result: err({ reason: 'request_of_other_client' }) };
  if (record.phase !== 'requested') {
    const untouched = record.phase === 'interacting' && record.number === null && record.authentication === null;
    if (!untouched) return { result: err({ reason: 'request_used' }) };
  }
  if (now >= record.expiresAt) return { result: err({ reason: 'request_expired' }) };
  const taken: LoginRecord = {
    ...record,
    phase: 'interacting',
    passkey: null,
    holderHash: input.holderHash,
    expiresAt: record.phase === 'requested' ? input.expiresAt : record.expiresAt,
  };
  return { record: taken, result: ok(record.request) };
}

export type AskNumber = Pick<NumberRequest, 'value' | 'subject' | 'acr' | 'purpose' | 'expiresAt'>;

/** A new number replaces the one before it; its tries do not start again, so asking anew is no way to guess on. */
export function askNumber(record: LoginRecord, input: AskNumber): Step<Result<null, HolderError>> {
  if (record.phase !== 'interacting') return { result: err({ reason: 'login_out_of_order' }) };
  const spent = record.number?.tries ?? record.scan?.tries ?? 0;
  const number: NumberRequest = {
    ...input,
    state: spent >= numberTries ? 'locked' : 'waiting',
    tries: spent,
    earned: null,
    answeredAt: 0,
  };
  return { record: { ...record, number, scan: null }, result: ok(null) };
}

/** Wrong entries in one login, however many numbers it shows. */
export const numberTries = 3;

export type AnswerNumber = {
  readonly subject: string;
  readonly decision: 'approve' | 'refuse' | 'report';
  readonly number: string;
  readonly acr: string;
  readonly clientId: string;
  readonly purpose: string;
  /** What an approval earns, the identity's level taken into account. */
  readonly earned: { readonly acr: string; readonly amr: readonly string[] };
};

export type NumberAnswered = { readonly state: NumberState; readonly ping: Json };

export type AnswerNumberError =
  | {
      readonly reason: 'request_unknown' | 'request_expired' | 'request_answered' | 'request_differs';
    }
  /** `ping` where this very answer locked it: the service that asked is to be told, as for a refusal. */
  | { readonly reason: 'request_locked'; readonly ping?: Json }
  | { readonly reason: 'number_wrong'; readonly triesLeft: number };

/** The wallet's answer, whose signature the caller has checked. What was signed must be what this login asks. */
export function answerNumber(
  record: LoginRecord | undefined,
  input: AnswerNumber,
  now: number,
): Step<Result<NumberAnswered, AnswerNumberError>> {
  const number = record?.number;
  if (!record || !number || number.subject === null || number.subject !== input.subject)
    return { result: err({ reason: 'request_unknown' }) };
  if (record.phase !== 'interacting' || now >= number.expiresAt || now >= record.expiresAt)
    return { result: err({ reason: 'request_expired' }) };
  if (number.state === 'locked') return { result: err({ reason: 'request_locked' }) };
  if (number.state !== 'waiting') return { result: err({ reason: 'request_answered' }) };
  if (input.clientId !== record.clientId || input.purpose !== number.purpose || input.acr !== number.acr)
    return { result: err({ reason: 'request_differs' }) };
  const answered = (state: NumberState, tries = number.tries): LoginRecord => ({
    ...record,
    number: { ...number, state, tries, earned: state === 'approved' ? input.earned : null, answeredAt: now },
  });
  if (input.decision === 'refuse')
    return { record: answered('refused'), result: ok({ state: 'refused', ping: record.ping }) };
  if (input.decision === 'report')
    return { record: answered('reported'), result: ok({ state: 'reported', ping: record.ping }) };
  // SECURITY: constant time, and a wrong entry counts whatever becomes of the request.
  if (equalBytes(encodeUtf8(input.number), encodeUtf8(number.value)))
    return { record: answered('approved'), result: ok({ state: 'approved', ping: record.ping }) };
  const tries = number.tries + 1;
  const locked = tries >= numberTries;
  return {
    record: { ...record, number: { ...number, tries, state: locked ? 'locked' : 'waiting' } },
    result: locked
      ? err({ reason: 'request_locked', ping: record.ping })
      : err({ reason: 'number_wrong', triesLeft: numberTries - tries }),
  };
}

/** The person said "not me" to another login: this one, which waits for the same person, ends as if it had been reported too. */
export function withdrawNumber(
  record: LoginRecord | undefined,
  subject: string,
  now: number,
): Step<NumberAnswered | null> {
  const number = record?.number;
  if (record?.phase !== 'interacting' || number?.subject !== subject || number.state !== 'waiting')
    return { result: null };
  return {
    record: { ...record, number: { ...number, state: 'reported', answeredAt: now } },
    result: { state: 'reported', ping: record.ping },
  };
}

/** A new challenge replaces the one before it. */
export function askPasskey(record: LoginRecord, passkey: PasskeyChallenge): Step<Result<null, HolderError>> {
  if (record.phase !== 'interacting') return { result: err({ reason: 'login_out_of_order' }) };
  return { record: { ...record, passkey }, result: ok(null) };
}

/** SECURITY: the challenge leaves before the answer is looked at, so that no answer is looked at twice. Null: none, or too old. */
export function takePasskey(record: LoginRecord, now: number): Step<Result<string | null, HolderError>> {
  if (record.phase !== 'interacting') return { result: err({ reason: 'login_out_of_order' }) };
  const { passkey } = record;
  if (!passkey) return { result: ok(null) };
  return { record: { ...record, passkey: null }, result: ok(now < passkey.expiresAt ? passkey.challenge : null) };
}

export function authenticate(record: LoginRecord, authentication: Authentication): Step<Result<null, HolderError>> {
  if (!mayMove(record.phase, 'authenticated')) return { result: err({ reason: 'login_out_of_order' }) };
  return { record: { ...record, phase: 'authenticated', authentication }, result: ok(null) };
}

/** A device's request (RFC 8628 §3.3): the first browser that brings its user code becomes the holder. */
export function takeUpDevice(
  record: LoginRecord | undefined,
  input: { readonly holderHash: string; readonly expiresAt: number },
  now: number,
): Step<boolean> {
  if (record?.kind !== 'device' || record.phase !== 'requested' || now >= record.expiresAt) return { result: false };
  return {
    record: { ...record, phase: 'interacting', holderHash: input.holderHash, expiresAt: input.expiresAt },
    result: true,
  };
}

/** An ended login is remembered this long, so that its late tokens are told apart from unknown ones. */
const rememberEndedSeconds = 900;

/** What is kept of an ended login is its end; everything that could still be used is wiped. */
export function end(record: LoginRecord, because: string, now: number): LoginRecord {
  const phase: LoginPhase = 'ended';
  const wiped = { request: null, requestUriHash: null, number: null, passkey: null, grant: null } as const;
  return { ...record, ...wiped, phase, endedBecause: because, expiresAt: now + rememberEndedSeconds };
}
