// A verifier's own limits. The defaults are those of a counter with a line most days.

import type { FreshnessPolicy } from '../trust/freshness.ts';
import type { Profile } from './verdict.ts';

export type VerifyPolicy = {
  readonly trust: FreshnessPolicy;
  readonly status: FreshnessPolicy;
  /** How far an issuer's clock may be ahead of the verifier's. */
  readonly clockSkewSeconds: number;
  /** A dynamic frame is good for this long, and may come from this far in the future. */
  readonly frameMaxAgeSeconds: number;
  readonly frameMaxAheadSeconds: number;
  /** The longest life of an age pass, which has no status. */
  readonly passMaxLifeSeconds: number;
  readonly profiles: readonly Profile[];
  /** Whether whoever decides sees the face in the code. If not, a copy proves no age: nobody compared it. */
  readonly faceSeen: boolean;
  /** For the context `age`. */
  readonly minimumAge: number;
  /** The civil day of the registry's country. */
  readonly utcOffsetMinutes: number;
};

const DAY = 86_400;

export const DEFAULT_POLICY: VerifyPolicy = {
  trust: { maxAgeSeconds: 30 * DAY, graceSeconds: 7 * DAY },
  status: { maxAgeSeconds: 7 * DAY, graceSeconds: 2 * DAY },
  clockSkewSeconds: 60,
  frameMaxAgeSeconds: 30,
  frameMaxAheadSeconds: 15,
  passMaxLifeSeconds: 8 * DAY,
  profiles: ['S', 'D', 'C', 'A'],
  faceSeen: true,
  minimumAge: 18,
  utcOffsetMinutes: 180,
};
