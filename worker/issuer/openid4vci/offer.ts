// The Durable Object of one credential offer: loads its record, lets a rule decide, saves before it answers. The alarm deletes it.

import { DurableObject } from 'cloudflare:workers';
import type { Result } from '../../../shared/base/result.ts';
import {
  type BeginOffer,
  beginOffer,
  type OfferError,
  type OfferRecord,
  type RedeemOffer,
  type RedeemOfferError,
  redeemOffer,
  type SpendError,
  type Step,
  showOffer,
  spendOffer,
} from './offer-rules.ts';

/** Seconds that an offer's token lives. */
export const offerTokenSeconds = 300;

/** What the edge may ask of an offer. Every method is one atomic step: no method waits between reading and saving. */
export interface OfferObject {
  begin(input: BeginOffer): Promise<void>;
  show(secret: string): Promise<Result<{ readonly expiresAt: number }, OfferError>>;
  redeem(input: RedeemOffer): Promise<Result<{ readonly subject: string }, RedeemOfferError>>;
  spend(count: number): Promise<Result<{ readonly subject: string }, SpendError>>;
}

export class Offer extends DurableObject implements OfferObject {
  #record: OfferRecord | undefined = this.ctx.storage.kv.get<OfferRecord>('offer');

  async begin(input: BeginOffer): Promise<void> {
    if (this.#record) throw new Error('this offer has begun');
    this.#save(beginOffer(input));
  }

  async show(secret: string): Promise<Result<{ readonly expiresAt: number }, OfferError>> {
    return showOffer(this.#record, secret, seconds());
  }

  async redeem(input: RedeemOffer): Promise<Result<{ readonly subject: string }, RedeemOfferError>> {
    return this.#apply(redeemOffer(this.#record, input, seconds(), seconds() + offerTokenSeconds));
  }

  async spend(count: number): Promise<Result<{ readonly subject: string }, SpendError>> {
    return this.#apply(spendOffer(this.#record, count, seconds()));
  }

  override async alarm(): Promise<void> {
    if (this.#record && seconds() < this.#record.expiresAt)
      return this.ctx.storage.setAlarm(this.#record.expiresAt * 1000);
    this.#record = undefined;
    await this.ctx.storage.deleteAll();
  }

  #apply<R>(step: Step<R>): R {
    if (step.record) this.#save(step.record);
    return step.result;
  }

  #save(record: OfferRecord): void {
    const isFirst = this.#record === undefined;
    this.#record = record;
    this.ctx.storage.kv.put('offer', record);
    // Writes are held back from the caller until they are on disk (output gate), so nothing is awaited here.
    if (isFirst) void this.ctx.storage.setAlarm(record.expiresAt * 1000);
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
