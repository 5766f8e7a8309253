// One measured figure: ours beside a peer or a physical floor, taken in the same run.
export type Figure = {
  /** `credential.static.verify`: room, subject, what. */
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  /** Of both sides, e.g. `op/CPU-s`, `B`, `ms`. */
  readonly unit: string;
  /** ours / peer. */
  readonly ratio: number;
  /** The bound, e.g. `>= 0.70` or `<= 1.5`. */
  readonly target: string;
  readonly ok: boolean;
  /** What the peer is and how it was run. */
  readonly note: string;
};
