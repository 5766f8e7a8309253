// One login: lets a rule decide about its record, and keeps what changed before it answers. Long: every step that a login can take is
// here, one method each. Knows no object and no database: where the record is kept is handed in.

import { err, ok, type Result } from '../../shared/base/result.ts';
import { decodeBase64Url } from '../../shared/bytes/base64url.ts';
import {
  checkToken,
  giveBack,
  type IssueInput,
  issue,
  type RedeemError,
  type Redeemed,
  type RedeemInput,
  redeem,
  revokeToken,
  type TokenError,
} from './code-rules.ts';
import {
  type AnswerNumber,
  type AnswerNumberError,
  type AskNumber,
  answerNumber,
  askNumber,
  askPasskey,
  authenticate,
  type BeginInput,
  begin,
  checkHolder,
  end,
  type HolderError,
  type NumberAnswered,
  type TakeUpError,
  takePasskey,
  takeUp,
  takeUpDevice,
  withdrawNumber,
} from './interaction-rules.ts';
import type { Authentication, Json, LoginRecord, PasskeyChallenge, Step } from './login-record.ts';
import {
  type CollectError,
  type CollectInput,
  collect,
  lapse,
  type Poll,
  type PollError,
  type PollInput,
  poll,
  settleHandOver,
  standingOf,
  takeHandOver,
} from './poll-rules.ts';
import {
  inspectRefresh,
  type RefreshError,
  type Refreshed,
  type RefreshInput,
  revokeRefresh,
  rotate,
} from './refresh-rules.ts';
import { takeStep } from './remote.ts';
import { offerScan, type ScanError, type ScanInput, type Scanned, scanFrame } from './scan-rules.ts';

/** What the edge may ask of a login. Every method is one atomic step: no method waits between reading and saving. */
export interface LoginObject {
  begin(input: BeginInput): Promise<void>;
  takeUp(input: Parameters<typeof takeUp>[1]): Promise<Result<Json, TakeUpError>>;
  view(holderSecret: string): Promise<Result<LoginRecord, HolderError>>;
  /** True as soon as what the page shows is over (scanned, answered, expired, gone); false if it still waits after `mostMs`. */
  waitForAnswer(holderSecret: string, mostMs: number): Promise<boolean>;
  askNumber(holderSecret: string, input: AskNumber): Promise<Result<null, HolderError>>;
  answerNumber(input: AnswerNumber): Promise<Result<NumberAnswered, AnswerNumberError>>;
  /** The page shows a code from now on; `offer`: what the wallet will say of where and what for. */
  offerScan(holderSecret: string, offer: Parameters<typeof offerScan>[1]): Promise<Result<null, HolderError>>;
  scanFrame(input: ScanLine): Promise<Result<Scanned, ScanError>>;
  /** Ends what waits for this person, who reported another request. Null: nothing waited. */
  withdrawNumber(subject: string): Promise<NumberAnswered | null>;
  askPasskey(holderSecret: string, input: PasskeyChallenge): Promise<Result<null, HolderError>>;
  /** The challenge in base64url, once; null if there is none that is still good. */
  takePasskey(holderSecret: string): Promise<Result<string | null, HolderError>>;
  authenticate(holderSecret: string, authentication: Authentication): Promise<Result<null, HolderError>>;
  issue(holderSecret: string, input: IssueInput): Promise<Result<null, HolderError>>;
  abandon(holderSecret: string, because: string): Promise<Result<null, HolderError>>;
  takeUpDevice(input: Parameters<typeof takeUpDevice>[1]): Promise<boolean>;
  /** Answers at once, or when it is no longer pending, at most after `waitMs`. */
  poll(input: PollInput, waitMs: number): Promise<Result<Poll, PollError>>;
  collect(input: CollectInput): Promise<Result<Redeemed, CollectError>>;
  settleHandOver(input: Parameters<typeof settleHandOver>[1]): Promise<null>;
  takeHandOver(input: PollInput): Promise<(Redeemed & { readonly ping: Json }) | null>;
  /** The session is over: what was not granted to outlive it ends. */
  endWithSession(): Promise<void>;
  redeem(input: RedeemInput): Promise<Result<Redeemed & { readonly refreshable: boolean }, RedeemError>>;
  giveBack(input: Parameters<typeof giveBack>[1]): Promise<null>;
  refresh(input: RefreshInput): Promise<Result<Refreshed, RefreshError>>;
  inspectRefresh(secret: string): Promise<ReturnType<typeof inspectRefresh>>;
  /** True if a living refresh token was taken back by this very call. */
  revokeRefresh(input: { readonly secret: string; readonly clientId: string }): Promise<boolean>;
  checkToken(tokenId: string): Promise<Result<Redeemed, TokenError>>;
  /** True if the token was good till now. */
  revokeToken(tokenId: string, expiresAt: number): Promise<boolean>;
  end(because: string): Promise<void>;
}

/** `mac`: base64url. */
export type ScanLine = Omit<ScanInput, 'frame'> & {
  readonly frame: Omit<ScanInput['frame'], 'mac'> & { readonly mac: string };
};

/** A long poll's length: under the half minute at which proxies give up. */
const mostWaitMs = 25_000;

/** Keeps the record; what is kept is on disk before any answer that follows from it leaves. */
export type Keep = (record: LoginRecord) => void;

export class OneLogin implements LoginObject {
  #record: LoginRecord | undefined;
  readonly #keep: Keep;
  readonly #waiting = new Set<() => void>();

  constructor(record: LoginRecord | undefined, keep: Keep) {
    this.#record = record;
    this.#keep = keep;
  }

  /** Looks whether its time is over: until when it is kept now (epoch seconds); undefined if nothing is kept of it any more. */
  runOut(): number | undefined {
    const record = this.#record;
    if (record && seconds() < record.expiresAt) return record.expiresAt;
    const lapsed = record && lapse(record, seconds());
    if (lapsed) this.#save(lapsed);
    else this.#record = undefined;
    for (const wake of this.#waiting) wake();
    return lapsed?.expiresAt;
  }

  /**
   * A step by the holder of a login that nobody had touched: what began it stayed with the browser till now, and this very step begins it
   * here, if none did before. It is kept with what the step changes, in one write.
   */
  async started(start: BeginInput, step: string, ...input: readonly unknown[]): Promise<unknown> {
    if (!this.#record && seconds() < start.expiresAt) this.#record = begin(start, seconds());
    return takeStep(this, step, input);
  }

  async begin(input: BeginInput): Promise<void> {
    if (this.#record) throw new Error('this login has begun');
    this.#save(begin(input, seconds()));
  }

  async takeUp(input: Parameters<typeof takeUp>[1]): Promise<Result<Json, TakeUpError>> {
    return this.#apply(takeUp(this.#record, input, seconds()));
  }

  async view(holderSecret: string): Promise<Result<LoginRecord, HolderError>> {
    return checkHolder(this.#record, holderSecret, seconds());
  }

  async waitForAnswer(holderSecret: string, mostMs: number): Promise<boolean> {
    const until = Date.now() + Math.min(mostMs, mostWaitMs);
    const first = this.#record?.number ?? null;
    for (;;) {
      const held = checkHolder(this.#record, holderSecret, seconds());
      if (!held.ok || held.value.phase !== 'interacting') return true;
      const { number, scan, expiresAt } = held.value;
      // A code waits to be scanned; a number waits to be answered.
      const waits = number ? number.state === 'waiting' && first !== null : scan != null && first === null;
      const ends = number?.expiresAt ?? expiresAt;
      if (!waits || seconds() >= ends) return true;
      const left = Math.min(until, ends * 1000) - Date.now();
      if (until <= Date.now()) return false;
      await this.#change(Math.max(left, 1));
    }
  }

  async askNumber(holderSecret: string, input: AskNumber): Promise<Result<null, HolderError>> {
    return this.#held(holderSecret, (record) => askNumber(record, input));
  }

  async answerNumber(input: AnswerNumber): Promise<Result<NumberAnswered, AnswerNumberError>> {
    return this.#apply(answerNumber(this.#record, input, seconds()));
  }

  async offerScan(holderSecret: string, offer: Parameters<typeof offerScan>[1]): Promise<Result<null, HolderError>> {
    return this.#held(holderSecret, (record) => offerScan(record, offer));
  }

  async scanFrame(input: ScanLine): Promise<Result<Scanned, ScanError>> {
    const mac = decodeBase64Url(input.frame.mac);
    const frame = { ...input.frame, mac: mac.ok ? mac.value : new Uint8Array() };
    return this.#apply(scanFrame(this.#record, { ...input, frame }, seconds()));
  }

  async withdrawNumber(subject: string): Promise<NumberAnswered | null> {
    return this.#apply(withdrawNumber(this.#record, subject, seconds()));
  }

  async askPasskey(holderSecret: string, input: PasskeyChallenge): Promise<Result<null, HolderError>> {
    return this.#held(holderSecret, (record) => askPasskey(record, input));
  }

  async takePasskey(holderSecret: string): Promise<Result<string | null, HolderError>> {
    return this.#held(holderSecret, (record) => takePasskey(record, seconds()));
  }

  async authenticate(holderSecret: string, authentication: Authentication): Promise<Result<null, HolderError>> {
    return this.#held(holderSecret, (record) => authenticate(record, authentication));
  }

  async issue(holderSecret: string, input: IssueInput): Promise<Result<null, HolderError>> {
    return this.#held(holderSecret, (record) => issue(record, input));
  }

  async abandon(holderSecret: string, because: string): Promise<Result<null, HolderError>> {
    return this.#held(holderSecret, (record) => ({ record: end(record, because, seconds()), result: ok(null) }));
  }

  async takeUpDevice(input: Parameters<typeof takeUpDevice>[1]): Promise<boolean> {
    return this.#apply(takeUpDevice(this.#record, input, seconds()));
  }

  async poll(input: PollInput, waitMs: number): Promise<Result<Poll, PollError>> {
    const first = this.#apply(poll(this.#record, input, Date.now()));
    if (!first.ok || first.value.state !== 'pending') return first;
    const until = Date.now() + Math.min(waitMs, mostWaitMs);
    for (;;) {
      const standing = this.#record ? standingOf(this.#record, seconds()) : first;
      if (!standing.ok || standing.value.state !== 'pending' || Date.now() >= until) return standing;
      await this.#change(until - Date.now());
    }
  }

  async collect(input: CollectInput): Promise<Result<Redeemed, CollectError>> {
    return this.#apply(collect(this.#record, input, seconds()));
  }

  async settleHandOver(input: Parameters<typeof settleHandOver>[1]): Promise<null> {
    return this.#apply(settleHandOver(this.#record, input));
  }

  async takeHandOver(input: PollInput): Promise<(Redeemed & { readonly ping: Json }) | null> {
    return this.#apply(takeHandOver(this.#record, input, seconds()));
  }

  async endWithSession(): Promise<void> {
    const record = this.#record;
    if (record && record.phase !== 'ended' && record.refresh === null)
      this.#save(end(record, 'session_ended', seconds()));
  }

  async redeem(input: RedeemInput): Promise<Result<Redeemed & { readonly refreshable: boolean }, RedeemError>> {
    return this.#apply(redeem(this.#record, input, Date.now()));
  }

  async giveBack(input: Parameters<typeof giveBack>[1]): Promise<null> {
    return this.#apply(giveBack(this.#record, input, seconds()));
  }

  async refresh(input: RefreshInput): Promise<Result<Refreshed, RefreshError>> {
    return this.#apply(rotate(this.#record, input, Date.now()));
  }

  async inspectRefresh(secret: string): Promise<ReturnType<typeof inspectRefresh>> {
    return inspectRefresh(this.#record, secret, seconds());
  }

  async revokeRefresh(input: { readonly secret: string; readonly clientId: string }): Promise<boolean> {
    return this.#apply(revokeRefresh(this.#record, input, seconds()));
  }

  async checkToken(tokenId: string): Promise<Result<Redeemed, TokenError>> {
    return checkToken(this.#record, tokenId);
  }

  async revokeToken(tokenId: string, expiresAt: number): Promise<boolean> {
    if (!this.#record || !checkToken(this.#record, tokenId).ok) return false;
    this.#save(revokeToken(this.#record, tokenId, expiresAt, seconds()));
    return true;
  }

  async end(because: string): Promise<void> {
    if (this.#record && this.#record.phase !== 'ended') this.#save(end(this.#record, because, seconds()));
  }

  #held<T>(holderSecret: string, rule: (record: LoginRecord) => Step<Result<T, HolderError>>): Result<T, HolderError> {
    const held = checkHolder(this.#record, holderSecret, seconds());
    return held.ok ? this.#apply(rule(held.value)) : err(held.error);
  }

  #apply<R>(step: Step<R>): R {
    if (step.record) this.#save(step.record);
    return step.result;
  }

  /** Resolves at the next save, or after `ms`. Waiting keeps nobody else out: other calls run meanwhile. */
  #change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(wake, ms);
      const waiting = this.#waiting;
      function wake() {
        clearTimeout(timer);
        waiting.delete(wake);
        resolve();
      }
      waiting.add(wake);
    });
  }

  #save(record: LoginRecord): void {
    this.#record = record;
    this.#keep(record);
    for (const wake of this.#waiting) wake();
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
