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

/** Beyond the last measured point the line goes on at this slope, gentler than the measured one (-0.5), to the floor. */
const tailSlope = -0.3;
const floorLog10Fmr = -6;

const measuredOn =
  'impostor pairs within FVC2002 DB4_B and FVC2004 DB4_B (SFinGe, synthetic): 20 fingers × 8 impressions; `npm run bench -- fingerprint`';

const points = (...pairs: readonly (readonly [score: number, log10Fmr: number])[]) =>
  pairs.map(([score, log10Fmr]) => ({ score, log10Fmr }));

export const calibrations: readonly Calibration[] = [
  {
    extractor: 'sourceafis',
    provenance: measuredOn,
    impostorComparisons: 5_760,
    points: points([6.84, -0.5], [8.04, -1], [8.92, -1.5], [9.8, -2], [10.61, -2.5], [11.41, -3], [11.89, -3.3]),
  },
  {
    extractor: 'mindtct',
    provenance: measuredOn,
    impostorComparisons: 5_760,
    points: points([6.28, -0.5], [7.67, -1], [8.86, -1.5], [9.85, -2], [11.03, -2.5], [12.02, -3], [12.46, -3.3]),
  },
  {
    extractor: 'secugen',
    provenance: measuredOn,
    impostorComparisons: 5_760,
    points: points([6.82, -0.5], [8.05, -1], [8.98, -1.5], [9.88, -2], [10.72, -2.5], [11.63, -3], [12.08, -3.3]),
  },
  {
    // extract/extract-template.ts on the images of the same sets
    extractor: 'tawthiq',
    provenance: `${measuredOn}`,
    impostorComparisons: 5_760,
    points: points([7.03, -0.5], [8.27, -1], [9.3, -1.5], [10.21, -2], [11, -2.5], [12.11, -3], [12.46, -3.3]),
  },
];

/**
 * How much of a score two crowded prints reach by chance: more minutiae than the calibration's fingers have find more partners
 * among strangers. To be taken off before the score is read. Measured on 1,770 pairs each of made-up fingers (constellation) with 40,
 * 55, 70 and 90 minutiae: their scores at FMR 1 % are 8.4, 9.4, 10.9 and 15.4.
 */
export function crowding(minutiae: number, ofTheOther: number): number {
  return 0.2 * Math.max(0, Math.min(minutiae, ofTheOther) - 58);
}

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
