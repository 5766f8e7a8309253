// How the edge calls a step of an object: values in, one line of JSON out. An answer that is an object costs a good part of the call again
// (it is cloned with a disposer of its own); a text does not.

/** What such an object offers: the answer is JSON; undefined where a step answers nothing. */
export type Called = { call(id: string, step: string, input: readonly unknown[]): Promise<string | undefined> };

/** In the object: takes the step on `target`. Steps are the methods of its class; the caller is this Worker and nobody else. */
export async function answerCall(target: object, step: string, input: readonly unknown[]): Promise<string | undefined> {
  const method = (target as Record<string, unknown>)[step];
  if (typeof method !== 'function') throw new Error(`no step ${step}`);
  return JSON.stringify(await method.apply(target, input));
}

/**
 * At the edge: an object with the methods of `model`, each of which is a call to the same method over there. `T`: the interface that
 * the class has, every method of which answers JSON.
 */
export function remoteOf<T extends object>(model: { readonly prototype: T }): (object: Called, id: string) => T {
  class Remote {
    readonly object: Called;
    readonly id: string;
    constructor(object: Called, id: string) {
      this.object = object;
      this.id = id;
    }
  }
  const steps = Remote.prototype as unknown as Record<string, unknown>;
  for (const [step, { value }] of Object.entries(Object.getOwnPropertyDescriptors(model.prototype))) {
    if (step === 'constructor' || typeof value !== 'function') continue;
    steps[step] = async function (this: Remote, ...input: readonly unknown[]): Promise<unknown> {
      const answer = await this.object.call(this.id, step, input);
      return answer === undefined ? undefined : JSON.parse(answer);
    };
  }
  return (object, id) => new Remote(object, id) as unknown as T;
}
