// The parts of a network that may fall while it runs, and what is done about it. A part that ends by itself is started again with what
// it kept: whoever tries the network goes on where they were, which no sentence about it would give them. Once a minute, no more: a part
// that falls at once again has a reason that starting it cures not, and it is said that it is gone and what to do. Knows no process.
import { setTimeout as pause } from 'node:timers/promises';

export type PartName = 'edge' | 'kiosk' | 'reader';
/** `fell`: being started again. `again`: it was, and runs. `gone`: it stays down. */
export type Standing = 'fell' | 'again' | 'gone';
export type Fall = { readonly part: PartName; readonly standing: Standing; readonly atMs: number };

/** Of one process: `ended` resolves when it is gone, with what ended it. */
export type Running = { readonly ended: Promise<string>; stop(): Promise<void> };
export type Part = { readonly name: PartName; readonly first: Running; readonly again: () => Promise<Running> };

const names: Readonly<Record<PartName, string>> = {
  edge: 'the edge',
  kiosk: 'the kiosk',
  reader: 'the simulated reader',
};

const said: Readonly<Record<Standing, (name: string, why: string) => string>> = {
  fell: (name, why) => `${name} ended by itself (${why}): it is started again`,
  again: (name) => `${name} had ended by itself and runs again, with what it kept`,
  gone: (name, why) =>
    `${name} is gone (${why}) and stays so: end all with Ctrl+C and run npm start again, what it kept is kept`,
};

const patienceMs = 60_000;
/** A signal to the whole terminal reaches a part before it reaches whoever would start it again. */
const endingMs = 300;

export type Parts = {
  /** What fell since the network began, the last of each part, oldest first. */
  falls(): readonly Fall[];
  report(part: PartName, standing: Standing, why?: string): void;
  /** Watches a part from here on; what is returned ends it for good. */
  keep(part: Part): () => Promise<void>;
};

export function watchParts(say: (line: string) => void): Parts {
  const falls = new Map<PartName, Fall>();
  const report: Parts['report'] = (part, standing, why = '') => {
    falls.delete(part);
    falls.set(part, { part, standing, atMs: Date.now() });
    say(said[standing](names[part], why));
  };
  const keep: Parts['keep'] = ({ name, first, again }) => {
    let current = first;
    let stopped = false;
    let fellAtMs = Number.NEGATIVE_INFINITY;
    const follow = async (): Promise<void> => {
      const why = await current.ended;
      await pause(endingMs);
      if (stopped) return;
      const often = performance.now() - fellAtMs < patienceMs;
      fellAtMs = performance.now();
      if (often) return report(name, 'gone', why);
      report(name, 'fell', why);
      try {
        current = await again();
      } catch {
        return report(name, 'gone', why);
      }
      if (stopped) return current.stop();
      report(name, 'again');
      return follow();
    };
    const following = follow();
    return async () => {
      stopped = true;
      await current.stop();
      await following;
    };
  };
  return { falls: () => [...falls.values()], report, keep };
}
