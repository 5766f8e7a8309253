// Error rates of a biometric comparison in the words of ISO/IEC 19795-1. Knows scores and whose they are, nothing else.

/** Mated: two captures of one finger; non-mated: of two fingers. */
export type Scores = { readonly mated: readonly number[]; readonly nonMated: readonly number[] };

export type ErrorRates = {
  readonly mated: number;
  readonly nonMated: number;
  /** Shares, not per cent. */
  readonly eer: number;
  readonly eerThreshold: number;
  /** FNMR at the lowest threshold whose FMR is at most 1 %, and 0.1 %. */
  readonly fnmrAt1: number;
  readonly thresholdAt1: number;
  readonly fnmrAt01: number;
  readonly thresholdAt01: number;
};

/** A comparison counts as a match when its score is at least the threshold. */
export function errorRates({ mated, nonMated }: Scores): ErrorRates {
  const m = [...mated].sort((a, b) => a - b);
  const n = [...nonMated].sort((a, b) => a - b);
  const thresholds = [...new Set([...m, ...n])].sort((a, b) => a - b).concat(Number.POSITIVE_INFINITY);
  const at = { eer: 1, eerThreshold: 0, gap: 2 };
  const point = (maxFmr: number) => ({ maxFmr, fnmr: 1, threshold: Number.POSITIVE_INFINITY, found: false });
  const points = [point(0.01), point(0.001)] as const;
  let missed = 0;
  let rejected = 0;
  for (const threshold of thresholds) {
    while (missed < m.length && (m[missed] as number) < threshold) missed++;
    while (rejected < n.length && (n[rejected] as number) < threshold) rejected++;
    const fnmr = missed / m.length;
    const fmr = 1 - rejected / n.length;
    if (Math.abs(fnmr - fmr) < at.gap) {
      Object.assign(at, { eer: (fnmr + fmr) / 2, eerThreshold: threshold, gap: Math.abs(fnmr - fmr) });
    }
    for (const p of points) {
      if (!p.found && fmr <= p.maxFmr) Object.assign(p, { found: true, fnmr, threshold });
    }
  }
  return {
    mated: m.length,
    nonMated: n.length,
    eer: at.eer,
    eerThreshold: at.eerThreshold,
    fnmrAt1: points[0].fnmr,
    thresholdAt1: points[0].threshold,
    fnmrAt01: points[1].fnmr,
    thresholdAt01: points[1].threshold,
  };
}

/** Scores at which log10(FMR) takes the wanted values, as far as there are non-mated pairs to tell. */
export function calibrationPoints(nonMated: readonly number[], log10Fmrs: readonly number[]) {
  const falling = [...nonMated].sort((a, b) => b - a);
  return log10Fmrs
    .map((log10Fmr) => ({ score: falling[Math.floor(10 ** log10Fmr * falling.length)], log10Fmr }))
    .filter((p): p is { score: number; log10Fmr: number } => p.score !== undefined);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
