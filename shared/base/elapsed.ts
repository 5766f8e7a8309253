// How long ago something was, for what is remembered by a clock. Knows no clock.

/**
 * Time since `since`, in the unit of both. For ever when `since` is still to come: a clock that was set back would otherwise make what
 * was remembered before it new for as long as it was ahead, and a suspended business or a stolen key would not be heard of till then.
 */
export function elapsed(now: number, since: number): number {
  return now < since ? Number.POSITIVE_INFINITY : now - since;
}
