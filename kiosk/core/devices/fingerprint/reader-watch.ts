// Which reader this kiosk uses and how it is, as far as it was seen: looked for when asked, and judged by what captures show.
import type { KioskState } from '../../../bridge/contract.ts';
import type { FingerprintDriver, ReaderError, ReaderInfo } from './driver.ts';

type ReaderState = KioskState['reader'];
const discoverMs = 10_000;

export class ReaderWatch {
  readonly #driver: Pick<FingerprintDriver, 'discover'>;
  readonly #refused: (error: ReaderError) => void;
  #state: ReaderState = { state: 'unknown' };
  #id = '';

  /** `refused` is told why a reader could not be looked for. */
  constructor(driver: Pick<FingerprintDriver, 'discover'>, refused: (error: ReaderError) => void) {
    this.#driver = driver;
    this.#refused = refused;
  }

  get state(): ReaderState {
    return this.#state;
  }

  /** What the driver calls the reader; empty until one was found. */
  get id(): string {
    return this.#id;
  }

  async discover(): Promise<ReaderState> {
    const found = await this.#driver.discover(AbortSignal.timeout(discoverMs));
    if (!found.ok) {
      this.#refused(found.error);
      const { reason } = found.error;
      this.#state = { state: reason === 'reader_busy' ? 'busy' : 'failed', reason };
      return this.#state;
    }
    const [first] = found.value;
    this.#id = first?.id ?? '';
    this.#state = first ? stateOf(first) : { state: 'absent' };
    return this.#state;
  }

  /** What a capture shows of the reader: it works (no reason), it is gone, or the reason says nothing about it. */
  saw(reason: string | undefined): void {
    const { state: _, reason: __, ...about } = this.#state;
    if (reason === undefined) this.#state = { state: 'ready', ...about };
    else if (reason === 'reader_not_found' || reason === 'reader_unplugged') this.#state = { state: 'absent' };
    else if (reason === 'reader_unreachable') this.#state = { state: 'failed', reason };
  }
}

function stateOf({ status, make, model, serial, fingersAtOnce }: ReaderInfo): ReaderState {
  const about = { make, model, serial, ...(fingersAtOnce ? { fingersAtOnce } : {}) };
  switch (status) {
    case 'ready':
      return { state: 'ready', ...about };
    case 'busy':
      return { state: 'busy', ...about, reason: 'reader_busy' };
    case 'not_ready':
      return { state: 'failed', ...about, reason: 'reader_not_ready' };
    case 'not_registered':
      return { state: 'failed', ...about, reason: 'reader_not_registered' };
  }
}
