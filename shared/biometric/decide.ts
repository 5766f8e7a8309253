// Judges captured fingers against ONE person's enrolled fingers: fusion of samples, tries and fingers, replays, threshold.
// Never 1:N: who the person is has been claimed before. Knows no clock and no store.
import { err, ok, type Result } from '../base/result.ts';
import { crowding, log10FmrAt } from './calibration.ts';
import { matchFingers } from './match.ts';
import { type FingerPosition, positionsAgree } from './position.ts';
import { type PreparedFinger, prepare } from './prepare.ts';
import type { FingerTemplate } from './template.ts';

export type FingerSample = {
  readonly template: FingerTemplate;
  /** Which view of the template; the first by default. */
  readonly view?: number;
  readonly position: FingerPosition;
  /** A hash of the template's bytes, as the caller keeps them (any collision-resistant one, always the same). */
  readonly hash: string;
  /** Who made the template, as calibration names it. */
  readonly extractor: string;
};

export type MatchPolicy = {
  /** False-match rate of the whole transaction (all tries, samples and fingers) that is accepted. */
  readonly maxFmr: number;
  readonly minMinutiae: number;
  /** Captures of one finger; and enrolled samples of one finger that are looked at. */
  readonly maxTries: number;
  readonly maxSamples: number;
  /** Different fingers that must have been captured. */
  readonly minFingers: number;
};

export const defaultMatchPolicy: MatchPolicy = {
  maxFmr: 0.001,
  minMinutiae: 10,
  maxTries: 2,
  maxSamples: 3,
  minFingers: 1,
};

export type Evidence = {
  readonly probes: readonly FingerSample[];
  readonly enrolled: readonly FingerSample[];
  /** Hashes of captures seen before. */
  readonly earlierHashes: Iterable<string>;
  readonly policy?: Partial<MatchPolicy>;
};

export type Judgement = {
  /** −10·log10 of the transaction's false-match rate: 30 is one in a thousand. */
  readonly score: number;
  readonly fmr: number;
  readonly fingers: readonly {
    readonly position: FingerPosition;
    readonly score: number;
    readonly comparisons: number;
  }[];
};

export type JudgementError =
  | { readonly reason: 'no_probe' | 'no_enrolled_finger' | 'replay' }
  | { readonly reason: 'too_many_tries'; readonly limit: number }
  | { readonly reason: 'too_few_fingers'; readonly needed: number }
  | { readonly reason: 'too_few_minutiae'; readonly needed: number }
  | { readonly reason: 'no_match'; readonly score: number; readonly fmr: number };

/** Whether a capture's hash was seen before. Two live captures are never byte for byte the same. */
export function isReplay(hash: string, earlierHashes: Iterable<string>): boolean {
  for (const earlier of earlierHashes) if (earlier === hash) return true;
  return false;
}

/** Whether two views hold exactly the same minutiae, in whatever order and format: a template written anew. */
export function sameMinutiae(a: PreparedFinger, b: PreparedFinger): boolean {
  if (a.count !== b.count || a.count === 0) return false;
  const keys = (f: PreparedFinger) =>
    Array.from(f.x, (x, i) => [x, f.y[i] ?? 0, f.angle[i] ?? 0].map((n) => n.toFixed(1)).join()).sort();
  const other = keys(b);
  return keys(a).every((key, i) => key === other[i]);
}

/**
 * Compares every capture with the enrolled samples of the same finger. For each finger the best score counts, its FMR
 * multiplied by the number of comparisons that could have reached it; several fingers are combined by Fisher's method.
 * Refuses in this order: no_probe, too_many_tries, too_few_fingers, replay, no_enrolled_finger, too_few_minutiae, no_match.
 */
export function judgeEvidence(evidence: Evidence): Result<Judgement, JudgementError> {
  const policy = { ...defaultMatchPolicy, ...evidence.policy };
  const byFinger = Map.groupBy(evidence.probes, (probe) => probe.position);
  if (byFinger.size === 0) return err({ reason: 'no_probe' });
  for (const tries of byFinger.values()) {
    if (tries.length > policy.maxTries) return err({ reason: 'too_many_tries', limit: policy.maxTries });
  }
  if (byFinger.size < policy.minFingers) return err({ reason: 'too_few_fingers', needed: policy.minFingers });
  // SECURITY: an enrolled template sent back, and one capture sent twice, are replays as well
  const seen = new Set(evidence.earlierHashes);
  for (const sample of evidence.enrolled) seen.add(sample.hash);
  for (const probe of evidence.probes) {
    if (isReplay(probe.hash, seen)) return err({ reason: 'replay' });
    seen.add(probe.hash);
  }
  const fingers: (Judgement['fingers'][number] & { readonly log10Fmr: number })[] = [];
  let short = false;
  for (const [position, tries] of byFinger) {
    const enrolled = enrolledFor(position, evidence.enrolled, policy.maxSamples);
    if (enrolled.length === 0) return err({ reason: 'no_enrolled_finger' });
    const best = { score: 0, comparisons: 0, log10Fmr: 0 };
    for (const probe of tries) {
      const prepared = prepare(probe.template, probe.view);
      short ||= prepared.count < policy.minMinutiae;
      for (const sample of enrolled) {
        const candidate = prepare(sample.template, sample.view);
        if (sameMinutiae(prepared, candidate)) return err({ reason: 'replay' });
        if (prepared.count < policy.minMinutiae || candidate.count < policy.minMinutiae) continue;
        best.comparisons++;
        const score = matchFingers(prepared, candidate);
        best.score = Math.max(best.score, score);
        const earned = score - crowding(prepared.count, candidate.count);
        const log10Fmr = Math.max(log10FmrAt(earned, probe.extractor), log10FmrAt(earned, sample.extractor));
        best.log10Fmr = Math.min(best.log10Fmr, log10Fmr);
      }
    }
    if (best.comparisons > 0) fingers.push({ position, ...best });
  }
  if (fingers.length < policy.minFingers || (fingers.length === 0 && short)) {
    return err({ reason: 'too_few_minutiae', needed: policy.minMinutiae });
  }
  const fmr = combined(fingers.map((f) => Math.min(1, f.comparisons * 10 ** f.log10Fmr)));
  const score = -10 * Math.log10(fmr);
  if (fmr > policy.maxFmr) return err({ reason: 'no_match', score, fmr });
  return ok({
    score,
    fmr,
    fingers: fingers.map(({ position, score, comparisons }) => ({ position, score, comparisons })),
  });
}

function enrolledFor(position: FingerPosition, all: readonly FingerSample[], maxSamples: number): FingerSample[] {
  const perFinger = new Map<FingerPosition, number>();
  return all.filter((sample) => {
    const used = perFinger.get(sample.position) ?? 0;
    if (!positionsAgree(position, sample.position) || used >= maxSamples) return false;
    perFinger.set(sample.position, used + 1);
    return true;
  });
}

/** Fisher: the chance that independent fingers with such chances of a false match do at least as well together. */
function combined(chances: readonly number[]): number {
  const sum = chances.reduce((s, p) => s - Math.log(p), 0);
  let term = Math.exp(-sum);
  let total = 0;
  for (let k = 0; k < chances.length; k++) {
    total += term;
    term *= sum / (k + 1);
  }
  return Math.min(1, total);
}
