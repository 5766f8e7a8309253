// The Durable Object of one request to a wallet: loads its record, lets a rule decide, saves before it answers. The alarm deletes it.

import { DurableObject } from 'cloudflare:workers';
import { err, type Result } from '../../../shared/base/result.ts';
import {
  type BeginPresentation,
  beginPresentation,
  type FetchError,
  type FinishPresentation,
  fetchOutcome,
  finishPresentation,
  mostReads,
  mostTries,
  type PresentationError,
  type PresentationRecord,
  showRequest,
  waiting,
} from './presentation-rules.ts';

/** What the edge may ask of a request. Every method is one atomic step. */
export interface PresentationObject {
  begin(input: BeginPresentation): Promise<void>;
  show(secret: string): Promise<Result<PresentationRecord, PresentationError>>;
  /** One try at an answer. */
  waiting(): Promise<Result<PresentationRecord, PresentationError>>;
  finish(input: FinishPresentation): Promise<Result<null, PresentationError>>;
  outcome(
    input: Parameters<typeof fetchOutcome>[1],
  ): Promise<Result<Pick<PresentationRecord, 'phase' | 'outcome'>, FetchError>>;
}

export class Presentation extends DurableObject implements PresentationObject {
  #record: PresentationRecord | undefined = this.ctx.storage.kv.get<PresentationRecord>('presentation');

  // In memory only: a stranger writes nothing. An object that is asked again and again does not fall asleep.
  #reads = 0;
  #tries = 0;

  async begin(input: BeginPresentation): Promise<void> {
    if (this.#record) throw new Error('this request has begun');
    this.#save(beginPresentation(input));
  }

  async show(secret: string): Promise<Result<PresentationRecord, PresentationError>> {
    const shown = showRequest(this.#record, secret, seconds());
    return shown.ok && ++this.#reads > mostReads ? err({ reason: 'too_many_tries' }) : shown;
  }

  async waiting(): Promise<Result<PresentationRecord, PresentationError>> {
    const open = waiting(this.#record, seconds());
    return open.ok && ++this.#tries > mostTries ? err({ reason: 'too_many_tries' }) : open;
  }

  async finish(input: FinishPresentation): Promise<Result<null, PresentationError>> {
    const step = finishPresentation(this.#record, input, seconds());
    if (step.record) this.#save(step.record);
    return step.result;
  }

  async outcome(
    input: Parameters<typeof fetchOutcome>[1],
  ): Promise<Result<Pick<PresentationRecord, 'phase' | 'outcome'>, FetchError>> {
    return fetchOutcome(this.#record, input, seconds());
  }

  override async alarm(): Promise<void> {
    if (this.#record && seconds() < this.#record.expiresAt)
      return this.ctx.storage.setAlarm(this.#record.expiresAt * 1000);
    this.#record = undefined;
    await this.ctx.storage.deleteAll();
  }

  #save(record: PresentationRecord): void {
    this.#record = record;
    this.ctx.storage.kv.put('presentation', record);
    // Writes are held back from the caller until they are on disk (output gate), so nothing is awaited here.
    void this.ctx.storage.setAlarm(record.expiresAt * 1000);
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
