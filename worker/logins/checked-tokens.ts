// Answers of the last second about access tokens, in this isolate's memory: a service's page asks about one token many times at once.
// SECURITY: a revocation is seen at once where it was made, and within `rememberedMs` anywhere else.

import { type Call, lineOf } from './remote.ts';

const rememberedMs = 1000;
const mostTokens = 2048;
const question = 'checkToken';
/** Steps after which an answer is as good as before. */
const changesNothing: ReadonlySet<string> = new Set([question, 'view', 'inspectRefresh', 'waitForAnswer']);

type Answered = { readonly line: string; readonly atMs: number; readonly answer: string | undefined };

export class CheckedTokens {
  readonly #nowMs: () => number;
  readonly #byLogin = new Map<string, Answered>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** `call` with this memory before it. */
  before(call: (id: string, line: string) => Promise<string | undefined>): Call {
    return async (id, step, input) => {
      const line = lineOf(step, input);
      if (step !== question) {
        const answer = call(id, line);
        if (changesNothing.has(step)) return answer;
        // Whatever was asked while the step was under way may have been answered before it.
        return answer.finally(() => this.#byLogin.delete(id));
      }
      const known = this.#byLogin.get(id);
      const atMs = this.#nowMs();
      if (known?.line === line && atMs - known.atMs < rememberedMs) return known.answer;
      const answer = await call(id, line);
      if (this.#byLogin.size >= mostTokens) this.#byLogin.clear();
      this.#byLogin.set(id, { line, atMs, answer });
      return answer;
    };
  }
}
