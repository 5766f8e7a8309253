// The part of a login in which its page shows a code and a wallet reads it (shared/contract/login-frame.ts). Pure.

import { err, ok, type Result } from '../../shared/base/result.ts';
import { judgeLoginFrame, type LoginFrame } from '../../shared/contract/login-frame.ts';
import { type HolderError, numberTries } from './interaction-rules.ts';
import type { LoginRecord, NumberRequest, Step } from './login-record.ts';

/** The page shows a code instead of a number; what was asked before is dropped, its wrong tries are not. */
export function offerScan(
  record: LoginRecord,
  offer: { readonly from: string; readonly purpose: string },
): Step<Result<null, HolderError>> {
  if (record.phase !== 'interacting') return { result: err({ reason: 'login_out_of_order' }) };
  const tries = record.number?.tries ?? record.scan?.tries ?? 0;
  return { record: { ...record, number: null, scan: { ...offer, tries } }, result: ok(null) };
}

export type ScanInput = {
  readonly frame: Pick<LoginFrame, 'txn' | 'step' | 'mac'>;
  /** Whose wallet scanned. */
  readonly subject: string;
  /** A number for the answer, drawn by the caller: taken only if this scan is the first. */
  readonly value: string;
  readonly acr: string;
  readonly expiresAt: number;
};
export type Scanned = {
  readonly clientId: string;
  readonly from: string;
  readonly number: Pick<NumberRequest, 'value' | 'acr' | 'purpose' | 'expiresAt'>;
};
export type ScanError = {
  readonly reason: 'request_unknown' | 'request_expired' | 'request_locked' | 'frame_stale' | 'frame_taken';
};

/**
 * A wallet read the page's code: from now on this login waits for its person, and for nobody else until the browser asks anew. The same
 * wallet may scan again and gets the same number.
 */
export function scanFrame(
  record: LoginRecord | undefined,
  input: ScanInput,
  now: number,
): Step<Result<Scanned, ScanError>> {
  const scan = record?.scan;
  if (!record || !scan || record.holderHash === null) return { result: err({ reason: 'request_unknown' }) };
  const judged = judgeLoginFrame(input.frame, record.holderHash, input.frame.txn, now);
  if (judged === 'forged') return { result: err({ reason: 'request_unknown' }) };
  if (judged === 'stale') return { result: err({ reason: 'frame_stale' }) };
  if (record.phase !== 'interacting' || now >= record.expiresAt) return { result: err({ reason: 'request_expired' }) };
  if (scan.tries >= numberTries) return { result: err({ reason: 'request_locked' }) };
  const { number } = record;
  const { clientId } = record;
  const { from, purpose } = scan;
  if (number && (number.subject !== input.subject || number.state !== 'waiting'))
    return { result: err({ reason: 'frame_taken' }) };
  if (number) return { result: ok({ clientId, from, number }) };
  const { value, subject, acr, expiresAt } = input;
  const waiting: NumberRequest = {
    ...{ value, subject, acr, purpose, expiresAt },
    ...{ state: 'waiting', tries: scan.tries, earned: null, answeredAt: 0, scanned: true },
  };
  return { record: { ...record, number: waiting }, result: ok({ clientId, from, number: waiting }) };
}
