// Fingerprint figures: error rates on synthetic fingers beside SourceAFIS' matcher on the same pairs, and time in workerd.
// `--templates=DIR` runs other sets laid out alike, `--images=DIR` those of `<set>/<finger>_<impression>.png` with our extractor. The matcher's weights were fitted on FVC2002 DB4_B (marked *).
import path from 'node:path';
import { ownExtractor } from '../../shared/biometric/extract/extract-template.ts';
import { matchFingers } from '../../shared/biometric/match.ts';
import { prepare } from '../../shared/biometric/prepare.ts';
import { calibrationPoints, type ErrorRates, errorRates, quantile, type Scores } from './error-rates.ts';
import type { Figure } from './figure.ts';
import {
  allPairs,
  type FingerSet,
  loadFingerSets,
  type PairScores,
  pairKey,
  pooled,
  scoresOf,
  transactionScores,
} from './finger-sets.ts';
import { comparisonTimes } from './finger-workerd.ts';
import { type ImageTimes, loadImageSets } from './image-sets.ts';

const tunedOn = 'fvc2002_db4_b';

type Measured = {
  readonly extractor: string;
  readonly set: string;
  readonly ours: Scores;
  readonly oursPolicy: Scores;
  readonly peer: Scores | undefined;
  readonly peerPolicy: Scores | undefined;
  readonly ms: readonly number[];
};

export type Row = {
  readonly extractor: string;
  readonly set: string;
  readonly policy: '1 sample, 1 try' | '3 samples, 2 tries';
  readonly matcher: 'ours' | 'sourceafis';
  readonly rates: ErrorRates;
  readonly medianMs?: number;
};

export async function figures(options: { readonly log: (line: string) => void }): Promise<readonly Figure[]> {
  const root = argument('templates') ?? path.join(import.meta.dirname, '../vectors/fingerprints/synthetic');
  const sets = loadFingerSets(root);
  const images = await loadImageSets(argument('images') ?? path.join(root, 'images'));
  const measured = [...sets, ...images.sets].map(measure);
  const rows = tabulate(measured);
  options.log(heading);
  for (const row of rows) options.log(text(row));
  options.log('');
  options.log(
    `* the set that the matcher's weights were fitted on (by three extractors' templates); the others were not.`,
  );
  options.log(
    'Figures as in ISO/IEC 19795-1. Synthetic fingers, few of them: they compare matchers and do not say how a population fares.',
  );
  for (const extractor of new Set(measured.map((m) => m.extractor))) {
    const nonMated = measured.filter((m) => m.extractor === extractor).flatMap((m) => m.ours.nonMated);
    const points = calibrationPoints(nonMated, [-0.5, -1, -1.5, -2, -2.5, -3, -3.3]);
    options.log(
      `calibration ${extractor}, ${nonMated.length} non-mated: ${points.map((p) => `${p.score.toFixed(2)}→${p.log10Fmr}`).join('  ')}`,
    );
  }
  const out: Figure[] = [...accuracy(rows), ...extraction(rows, images)];
  const times = await comparisonTimes(sets);
  out.push(
    bound('fingerprint.match.median', quantile(times.match, 0.5), 1, 'ms', times.note),
    bound('fingerprint.match.p99', quantile(times.match, 0.99), 5, 'ms', times.note),
    bound('fingerprint.judge.median', quantile(times.whole, 0.5), 5, 'ms', times.wholeNote),
  );
  return out;
}

function measure(set: FingerSet): Measured {
  const prepared = new Map([...set.templates].map(([name, template]) => [name, prepare(template)]));
  const scores = new Map<string, number>();
  const ms: number[] = [];
  for (const [a, b] of allPairs(set.names)) {
    const [pa, pb] = [prepared.get(a), prepared.get(b)];
    if (!pa || !pb) continue;
    const started = performance.now();
    scores.set(pairKey(a, b), matchFingers(pa, pb));
    ms.push(performance.now() - started);
  }
  const peer = (of: (names: readonly string[], scores: PairScores) => Scores) =>
    set.peer ? of(set.names, set.peer) : undefined;
  return {
    extractor: set.extractor,
    set: set.set,
    ours: scoresOf(set.names, scores),
    oursPolicy: transactionScores(set.names, scores),
    peer: peer(scoresOf),
    peerPolicy: peer(transactionScores),
    ms,
  };
}

/** A row a set, one a extractor over all sets, and one over everything; each matcher; each policy. */
export function tabulate(measured: readonly Measured[]): Row[] {
  const extractors = [...new Set(measured.map((m) => m.extractor))];
  const groups = [
    ...measured.map((m) => ({ extractor: m.extractor, set: m.set, of: [m] })),
    ...extractors.map((e) => ({ extractor: e, set: 'all sets', of: measured.filter((m) => m.extractor === e) })),
    { extractor: 'all', set: 'all sets', of: measured.filter((m) => m.extractor !== ownExtractor) },
  ];
  return groups.flatMap(({ extractor, set, of }) => {
    const row = (policy: Row['policy'], matcher: Row['matcher'], scores: readonly (Scores | undefined)[]): Row[] => {
      const known = scores.filter((s) => s !== undefined);
      if (known.length < of.length) return [];
      const rates = errorRates(pooled(known));
      return [{ extractor, set, policy, matcher, rates, ...(matcher === 'ours' ? { medianMs: median(of) } : {}) }];
    };
    return [
      ...row(
        '1 sample, 1 try',
        'ours',
        of.map((m) => m.ours),
      ),
      ...row(
        '1 sample, 1 try',
        'sourceafis',
        of.map((m) => m.peer),
      ),
      ...row(
        '3 samples, 2 tries',
        'ours',
        of.map((m) => m.oursPolicy),
      ),
      ...row(
        '3 samples, 2 tries',
        'sourceafis',
        of.map((m) => m.peerPolicy),
      ),
    ];
  });
}

const median = (of: readonly Measured[]) =>
  quantile(
    of.flatMap((m) => m.ms),
    0.5,
  );

/** EER of every extractor over all sets, and of everything, beside the peer's on the same pairs. */
function accuracy(rows: readonly Row[]): Figure[] {
  return rows
    .filter((row) => row.matcher === 'ours' && row.set === 'all sets')
    .flatMap((row) => {
      const peer = rows.find(
        (r) => r.matcher !== 'ours' && r.set === row.set && r.extractor === row.extractor && r.policy === row.policy,
      );
      if (!peer) return [];
      const { eer, mated, nonMated } = row.rates;
      const ratio = peer.rates.eer === 0 ? (eer === 0 ? 1 : Number.POSITIVE_INFINITY) : eer / peer.rates.eer;
      return [
        {
          name: `fingerprint.eer.${row.extractor}.${row.policy.replaceAll(', ', '-').replaceAll(' ', '-')}`,
          ours: eer * 100,
          peer: peer.rates.eer * 100,
          unit: '% EER',
          ratio,
          target: '<= 1',
          ok: ratio <= 1,
          note: `SourceAFIS' matcher, same pairs: ${mated} mated, ${nonMated} non-mated; weights fitted on ${tunedOn}`,
        },
      ];
    });
}

/** Our own templates beside the peer's matcher on mindtct's of the same images; and how long an image takes. */
function extraction(rows: readonly Row[], images: ImageTimes): Figure[] {
  if (images.ms.length === 0) return [];
  const out = [
    bound(
      'fingerprint.extract.median',
      quantile(images.ms, 0.5),
      400,
      'ms',
      `CPU time an image, ${images.ms.length} images, Node`,
    ),
  ];
  const pooledRow = (matcher: Row['matcher'], extractor: string) =>
    rows.find(
      (r) => r.matcher === matcher && r.extractor === extractor && r.set === 'all sets' && r.policy.startsWith('1'),
    );
  const ours = pooledRow('ours', ownExtractor);
  const peer = pooledRow('sourceafis', 'mindtct');
  if (!ours || !peer) return out;
  const ratio = ours.rates.eer / peer.rates.eer;
  const figure = {
    name: 'fingerprint.eer.images',
    ours: ours.rates.eer * 100,
    peer: peer.rates.eer * 100,
    unit: '% EER',
  };
  const note = `own extractor and matcher on ${images.ms.length} images, against SourceAFIS' matcher on mindtct's templates of them`;
  return [...out, { ...figure, ratio, target: '<= 1', ok: ratio <= 1, note }];
}

function bound(name: string, ours: number, limit: number, unit: string, note: string): Figure {
  return { name, ours, peer: limit, unit, ratio: ours / limit, target: `<= ${limit} ${unit}`, ok: ours <= limit, note };
}

const heading =
  'extractor    set             policy              matcher      EER %  FNMR@FMR1%  FNMR@FMR.1%  thresholds          mated  non-mated  ms';

function text(row: Row): string {
  const { rates } = row;
  const percent = (share: number) => (100 * share).toFixed(2);
  const thresholds = [rates.eerThreshold, rates.thresholdAt1, rates.thresholdAt01].map((t) => t.toFixed(1)).join('/');
  return [
    row.extractor.padEnd(12),
    (row.set + (row.set === tunedOn ? '*' : '')).padEnd(15),
    row.policy.padEnd(19),
    row.matcher.padEnd(10),
    percent(rates.eer).padStart(7),
    percent(rates.fnmrAt1).padStart(11),
    percent(rates.fnmrAt01).padStart(12),
    thresholds.padStart(16),
    String(rates.mated).padStart(10),
    String(rates.nonMated).padStart(10),
    row.medianMs?.toFixed(2) ?? '',
  ].join(' ');
}

export function argument(name: string): string | undefined {
  return process.argv.find((a) => a.startsWith(`--${name}=`))?.slice(name.length + 3);
}
