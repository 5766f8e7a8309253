// Two samples compared without any assumption about their shape: Kolmogorov–Smirnov and Mann–Whitney. Pure.

/** The largest distance between the two empirical distribution functions, 0 to 1. */
export function kolmogorovSmirnov(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [one.toSorted((x, y) => x - y), other.toSorted((x, y) => x - y)];
  let [i, j, most] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i] as number, b[j] as number);
    while (i < a.length && (a[i] as number) <= at) i++;
    while (j < b.length && (b[j] as number) <= at) j++;
    most = Math.max(most, Math.abs(i / a.length - j / b.length));
  }
  return most;
}

/** What the distance stays under in 999 of 1,000 comparisons of samples that have one distribution. */
export function kolmogorovSmirnovBound(n: number, m: number): number {
  return 1.949 * Math.sqrt((n + m) / (n * m));
}

/** The chance that one of the first is larger than one of the second (ties count half): 0.5 where nothing can be told. */
export function chanceOfLarger(one: readonly number[], other: readonly number[]): number {
  const b = other.toSorted((x, y) => x - y);
  const below = (value: number, orEqual: boolean) => {
    let [from, to] = [0, b.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const at = b[middle] as number;
      if (at < value || (orEqual && at === value)) from = middle + 1;
      else to = middle;
    }
    return from;
  };
  const larger = one.reduce((sum, value) => sum + (below(value, false) + below(value, true)) / 2, 0);
  return larger / (one.length * other.length);
}
