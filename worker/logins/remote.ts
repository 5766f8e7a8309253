// How the edge calls a step of an object: one line of text out, one line back. Values that cross between isolates are cloned, and each answer
// gets a disposer of its own: that costs as much again as the call, and a text does not.

/** What such an object offers: `line` is `<step> <JSON list>`; the answer is JSON, undefined where a step answers nothing. */
export type Called = { call(line: string): Promise<string | undefined> };
/** The same at the edge, before it is a line; `id` names the object. */
export type Call = (id: string, step: string, input: readonly unknown[]) => Promise<string | undefined>;

export function lineOf(step: string, input: readonly unknown[]): string {
  return `${step} ${JSON.stringify(input)}`;
}

/** In the object: takes the step. The caller is this Worker and nobody else. */
export async function answerCall(line: string, target: object): Promise<string | undefined> {
  const afterStep = line.indexOf(' ');
  const input = JSON.parse(line.slice(afterStep + 1)) as unknown[];
  return JSON.stringify(await takeStep(target, line.slice(0, afterStep), input));
}

/** The method of that name. Throws for a name that is none. */
export function takeStep(target: object, name: string, input: readonly unknown[]): unknown {
  const step = (target as Record<string, unknown>)[name];
  if (typeof step !== 'function') throw new Error('no such step');
  return step.apply(target, input);
}

/**
 * At the edge: an object with the methods of `model`, each of which is a call to the same method over there. `T`: the interface that
 * the class has; every method takes and answers JSON.
 */
export function remoteOf<T extends object>(model: { readonly prototype: T }): (call: Call, id: string) => T {
  class Remote {
    readonly call: Call;
    readonly id: string;
    constructor(call: Call, id: string) {
      this.call = call;
      this.id = id;
    }
  }
  const steps = Remote.prototype as unknown as Record<string, unknown>;
  for (const [step, { value }] of Object.entries(Object.getOwnPropertyDescriptors(model.prototype))) {
    if (step === 'constructor' || typeof value !== 'function') continue;
    steps[step] = async function (this: Remote, ...input: readonly unknown[]): Promise<unknown> {
      const answer = await this.call(this.id, step, input);
      return answer === undefined ? undefined : JSON.parse(answer);
    };
  }
  return (call, id) => new Remote(call, id) as unknown as T;
}
