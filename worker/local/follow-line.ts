// The edge of `npm start`, taken away while the line is marked as cut and started again after: to a kiosk, a line that is down.
import { setTimeout as pause } from 'node:timers/promises';
import { isLineCut, mendLine } from './line-mark.ts';
import type { Edge } from './network.ts';

const lookEveryMs = 300;

export type FollowLineOptions = {
  readonly stateDir: string;
  /** The edge that runs; `again` starts it anew, with all that it kept. */
  readonly edge: Edge;
  readonly again: () => Promise<Edge>;
  readonly say: (line: string) => void;
};

export type FollowedEdge = {
  /** Undefined while the line is cut. */
  current(): Edge | undefined;
  stop(): Promise<void>;
};

/** The line is whole at first: a mark of an earlier run counts for nothing. */
export function followLine({ stateDir, edge, again, say }: FollowLineOptions): FollowedEdge {
  mendLine(stateDir);
  let current: Edge | undefined = edge;
  let ended = false;
  const look = async (): Promise<void> => {
    while (!ended) {
      await pause(lookEveryMs, undefined, { ref: false });
      if (ended || isLineCut(stateDir) === (current === undefined)) continue;
      if (current) {
        const cut = current;
        current = undefined;
        await cut.stop();
        say('the line is cut: no edge answers, until npm run line -- mend');
      } else {
        current = await again();
        say('the line is whole again');
      }
    }
  };
  const looking = look().catch((error: unknown) => console.error('the line', error));
  return {
    current: () => current,
    stop: async () => {
      ended = true;
      // What is being started is ended too.
      await Promise.race([looking, pause(5_000)]);
      await current?.stop();
    },
  };
}
