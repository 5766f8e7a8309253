// The wallet's two questions to the edge: which logins wait for me, and here is my answer to one. Both signed by the bound key.

import type { Method } from '../../shared/assurance/authentication.ts';
import { levelOfAcr } from '../../shared/assurance/level.ts';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import {
  type AnswerRequest,
  answerMessage,
  type ListRequest,
  type LiveRequest,
  listMessage,
  walletMaxSkewSeconds,
} from '../../shared/contract/wallet.ts';
import { type AccountRefusal, admit } from '../authn/authentication.ts';
import { isLoginId } from '../logins/handle.ts';
import type { AnswerNumberError, NumberAnswered } from '../logins/interaction-rules.ts';
import type { LoginObjects } from '../logins/objects.ts';
import type { LoginSubject, LoginSubjects } from '../store/login-subjects.ts';
import { parseSubjectId } from '../store/shard-map.ts';
import { verifyBy, type WalletKey, type WalletKeyError } from './wallet-key.ts';

export type WalletNeeds = {
  readonly subjects: Pick<LoginSubjects, 'byAuthenticator'>;
  readonly objects: Pick<LoginObjects, 'login' | 'person'>;
  readonly now: EpochSeconds;
};

export type WalletRefusal = WalletKeyError | { readonly reason: 'wallet_unknown' | 'clock_off' };

/** One D1 query. An unknown wallet and a wrong signature are told apart: a wallet that was removed must know it. */
export async function openWallet(
  needs: Pick<WalletNeeds, 'subjects' | 'now'>,
  request: { readonly walletId: string; readonly at: number; readonly signature: string },
  message: Uint8Array,
): Promise<Result<LoginSubject, WalletRefusal>> {
  if (Math.abs(needs.now - request.at) > walletMaxSkewSeconds) return err({ reason: 'clock_off' });
  // Wallet ids have the form of subject ids: three hex digits of bucket, then randomness.
  if (!parseSubjectId(request.walletId)) return err({ reason: 'wallet_unknown' });
  const subject = await needs.subjects.byAuthenticator(request.walletId);
  const bound = subject?.authenticators.find(({ id, type }) => id === request.walletId && type === 'wallet_key');
  if (!subject || !bound) return err({ reason: 'wallet_unknown' });
  const verified = await verifyBy(JSON.parse(bound.data) as WalletKey, message, request.signature);
  return verified.ok ? ok(subject) : verified;
}

export async function listRequests(
  needs: WalletNeeds,
  request: ListRequest,
): Promise<Result<readonly LiveRequest[], WalletRefusal>> {
  const wallet = await openWallet(needs, request, listMessage(request));
  if (!wallet.ok) return wallet;
  const person = await needs.objects.person(wallet.value.subjectId);
  const live = await person.requests();
  return ok(
    live.map(({ txn, clientId, clientName, clientLogo, purpose, from, quiet, digits, acr, expiresAt }) => ({
      txn,
      client: { id: clientId, name: clientName, ...(clientLogo && { logo: clientLogo }) },
      purpose,
      from,
      quiet,
      digits,
      acr,
      expiresAt,
    })),
  );
}

export type AnswerRefusal = WalletRefusal | AccountRefusal | AnswerNumberError;
export type Answered = NumberAnswered & {
  readonly subject: LoginSubject;
  /** Other logins that a report ended. */
  readonly ended: readonly NumberAnswered[];
};

/** One D1 query, the login's object, and the person's when the request is done with. */
export async function answerRequest(
  needs: WalletNeeds,
  request: AnswerRequest,
): Promise<Result<Answered, AnswerRefusal>> {
  const wallet = await openWallet(needs, request, answerMessage(request));
  if (!wallet.ok) return wallet;
  if (!isLoginId(request.txn)) return err({ reason: 'request_unknown' });
  const method: Method = request.number.length === 2 ? 'number2' : 'number6';
  // SECURITY: what two digits earn is the login's to know; it refuses an answer whose signed acr is not the one that it asks for.
  const twoDigits = levelOfAcr(request.acr) === 'substantial' ? 'substantial' : 'low';
  const admitted = admit(wallet.value, method, needs.now, twoDigits);
  if (!admitted.ok && request.decision === 'approve') return admitted;
  const answered = await needs.objects.login(request.txn).answerNumber({
    subject: wallet.value.subjectId,
    decision: request.decision,
    number: request.number,
    acr: request.acr,
    clientId: request.client,
    purpose: request.purpose,
    earned: admitted.ok ? { acr: admitted.value.acr, amr: admitted.value.amr } : { acr: '', amr: [] },
  });
  const person = await needs.objects.person(wallet.value.subjectId);
  if (answered.ok && answered.value.state === 'reported') {
    const others = await person.reportRequest(request.txn);
    const ended = await Promise.all(
      others.map((txn) => needs.objects.login(txn).withdrawNumber(wallet.value.subjectId)),
    );
    return ok({ ...answered.value, subject: wallet.value, ended: ended.filter((one) => one !== null) });
  }
  if (answered.ok && answered.value.state === 'approved') await person.hideRequest(request.txn);
  else if (answered.ok || answered.error.reason === 'request_locked') await person.removeRequest(request.txn);
  return answered.ok ? ok({ ...answered.value, subject: wallet.value, ended: [] }) : answered;
}
