// Frames a verifier has taken while they are good: the second showing of one is a recording of the first.

import type { EpochSeconds } from '../base/brands.ts';

export type ReplayMemory = {
  /** True the first time a frame is shown. Remembers it for `goodSeconds` at least: for as long as it could be shown again. */
  firstShowing(frame: string, now: EpochSeconds, goodSeconds?: number): boolean;
};

/** Remembers `capacity` frames, each for `keepSeconds` or for as long as it is good if that is longer. When full the oldest go first. */
export function replayMemory(keepSeconds = 60, capacity = 10_000): ReplayMemory {
  const keptUntil = new Map<string, number>();
  return {
    firstShowing(frame, now, goodSeconds = 0) {
      for (const [old, until] of keptUntil) {
        if (now <= until && keptUntil.size < capacity) break;
        keptUntil.delete(old);
      }
      if (keptUntil.has(frame)) return false;
      keptUntil.set(frame, now + Math.max(keepSeconds, goodSeconds));
      return true;
    },
  };
}
