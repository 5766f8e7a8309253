// The demo's teller: runs a step, prints what happened, the verdict and the time, and stops the story at a wrong outcome.

export type Step = {
  readonly step: number;
  readonly name: string;
  readonly outcome: string;
  readonly ok: boolean;
  readonly ms: number;
};

export class WrongOutcome extends Error {}

export class Story {
  readonly steps: Step[] = [];
  readonly #json: boolean;

  constructor(json: boolean) {
    this.#json = json;
  }

  /** `act` does it and says how it came out; it throws WrongOutcome (see `expect`) when it came out wrong. */
  async tell<T>(name: string, act: (say: (outcome: string) => void) => Promise<T>): Promise<T> {
    const started = performance.now();
    let outcome = '';
    const end = (ok: boolean) => {
      const step: Step = {
        step: this.steps.length + 1,
        name,
        outcome,
        ok,
        ms: Math.round(performance.now() - started),
      };
      this.steps.push(step);
      if (!this.#json)
        console.log(`${ok ? '  ok ' : 'WRONG'} ${String(step.step).padStart(2)}  ${name}: ${outcome}  (${step.ms} ms)`);
    };
    try {
      const value = await act((text) => {
        outcome = text;
      });
      end(true);
      return value;
    } catch (error) {
      outcome = `${outcome ? `${outcome}; ` : ''}${error instanceof Error ? error.message : String(error)}`;
      end(false);
      throw error;
    }
  }

  finish(): void {
    const ok = this.steps.length > 0 && this.steps.every((step) => step.ok);
    const ms = this.steps.reduce((sum, step) => sum + step.ms, 0);
    if (this.#json) console.log(JSON.stringify({ ok, ms, steps: this.steps }, null, 2));
    else console.log(`${ok ? 'all' : 'NOT all'} ${this.steps.length} steps ok, ${(ms / 1000).toFixed(1)} s`);
  }
}

/** What must be so for the story to go on. */
export function expect(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new WrongOutcome(otherwise);
}
