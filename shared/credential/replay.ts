// Frames a verifier has taken in the last minute: the second showing of one is a recording of the first.

import type { EpochSeconds } from '../base/brands.ts';

export type ReplayMemory = {
  /** True the first time a frame is shown, and remembers it. */
  firstShowing(frame: string, now: EpochSeconds): boolean;
};

/** Remembers `capacity` frames for `keepSeconds`, longer than a frame is good for. When full the oldest go first. */
export function replayMemory(keepSeconds = 60, capacity = 10_000): ReplayMemory {
  const seenAt = new Map<string, number>();
  return {
    firstShowing(frame, now) {
      for (const [old, at] of seenAt) {
        if (now - at <= keepSeconds && seenAt.size < capacity) break;
        seenAt.delete(old);
      }
      if (seenAt.has(frame)) return false;
      seenAt.set(frame, now);
      return true;
    },
  };
}
