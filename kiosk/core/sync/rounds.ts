// When the rounds with the edge happen: one at a time, at start, every so often, and when an operator asks.
import { type SyncNeeds, syncNow } from './sync.ts';

export type RoundsNeeds = SyncNeeds & {
  /** 0: only when asked. */
  readonly everySeconds: number;
  readonly random: (length: number) => Uint8Array;
  readonly changed: () => void;
  readonly failed: (thrown: unknown) => void;
};

export class Rounds {
  readonly #needs: RoundsNeeds;
  #underway: { readonly all: boolean; readonly done: ReturnType<typeof syncNow> } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(needs: RoundsNeeds) {
    this.#needs = needs;
  }

  /** Who asks for everything to be sent does not get the answer of a round that sends only what is due. */
  async now(options: { readonly all: boolean }): ReturnType<typeof syncNow> {
    while (this.#underway && options.all && !this.#underway.all) await this.#underway.done.catch(() => undefined);
    if (this.#underway) return this.#underway.done;
    const done = syncNow(this.#needs, options).finally(() => {
      this.#underway = undefined;
      this.#needs.changed();
    });
    this.#underway = { all: options.all, done };
    return done;
  }

  /** What waited through a restart goes now; after that each kiosk at its own moment, so that a fleet does not ask in step. */
  start(): void {
    if (this.#needs.everySeconds > 0) void this.#again();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#underway?.done.catch(() => undefined);
  }

  async #again(): Promise<void> {
    await this.now({ all: false }).catch(this.#needs.failed);
    if (this.#stopped) return;
    const [byte = 0] = this.#needs.random(1);
    this.#timer = setTimeout(() => void this.#again(), this.#needs.everySeconds * (800 + (byte * 400) / 255));
    this.#timer.unref();
  }
}
