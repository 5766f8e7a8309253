// The rule that no input costs a decoder more than 50 ms, put around any property. For `npm run fuzz` and its short form in the tests.
import type { FuzzTarget } from './target.ts';

const maxCaseMs = 50;

/** Of this thread alone: what a collector or another test does beside it is not the decoder's. */
const cpuMs = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** The property, failing where a case costs too much CPU twice in a row (once may be a pause of the machine's). */
export function timed(property: FuzzTarget['property']): FuzzTarget['property'] {
  type Run = typeof property.run;
  const run = async (value: unknown) => {
    for (let attempt = 0; ; attempt++) {
      const started = cpuMs();
      const failure = await property.run(value);
      const took = cpuMs() - started;
      if (failure !== null || took <= maxCaseMs) return failure;
      if (attempt > 0) return { error: new Error(`the case took ${took.toFixed(0)} ms`) };
    }
  };
  return new Proxy(property, {
    get: (target, name) => {
      if (name === 'run') return run as unknown as Run;
      if (name === 'isAsync') return () => true;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
