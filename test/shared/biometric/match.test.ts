import { describe, expect, it } from 'vitest';
import { log10FmrAt, scoreAtFmr } from '../../../shared/biometric/calibration.ts';
import { disturb, syntheticFinger } from '../../../shared/biometric/constellation.ts';
import { ownExtractor } from '../../../shared/biometric/extract/extract-template.ts';
import { Matcher, matchFingers } from '../../../shared/biometric/match.ts';
import { maxPreparedMinutiae, prepare } from '../../../shared/biometric/prepare.ts';
import type { FingerTemplate, Minutia } from '../../../shared/biometric/template.ts';
import { errorRates } from '../../bench/error-rates.ts';
import { allPairs, fingerOf } from '../../bench/finger-sets.ts';
import { extractors, syntheticTemplate } from './finger-files.ts';

const withMinutiae = (template: FingerTemplate, change: (minutiae: readonly Minutia[]) => readonly Minutia[]) => ({
  ...template,
  views: template.views.map((v) => ({ ...v, minutiae: change(v.minutiae) })),
});
const finger = syntheticFinger('match');
const impression = prepare(disturb(finger, 1));
const own = matchFingers(impression, prepare(finger));

describe('matchFingers', () => {
  it.each(extractors)('tells the fingers of a set by %s apart: EER below four per cent on six fingers', (extractor) => {
    const names = [101, 102, 103, 104, 105, 106].flatMap((f) => [1, 2, 3, 4].map((i) => `${f}_${i}`));
    const prepared = new Map(names.map((n) => [n, prepare(syntheticTemplate(extractor, 'fvc2002_db4_b', n))]));
    const scores = { mated: [] as number[], nonMated: [] as number[] };
    for (const [a, b] of allPairs(names)) {
      const [pa, pb] = [prepared.get(a), prepared.get(b)];
      if (pa && pb) (fingerOf(a) === fingerOf(b) ? scores.mated : scores.nonMated).push(matchFingers(pa, pb));
    }
    expect(scores.mated).toHaveLength(36);
    expect(errorRates(scores).eer).toBeLessThan(0.04);
  });

  it('gives the same score again and in another workspace: nothing is left over from earlier comparisons', () => {
    const stranger = prepare(syntheticFinger('somebody else'));
    const fresh = new Matcher();
    expect(matchFingers(impression, stranger)).toBe(fresh.compare(impression, stranger));
    expect(matchFingers(impression, prepare(finger))).toBe(own);
  });

  it('does not mind turning and shifting the finger', () => {
    const turned = prepare(
      disturb(finger, 9, { rotation: 0, shift: 0, jitter: 0, angleJitter: 0, stretch: 0, missing: 0, spurious: 0 }),
    );
    const straight = matchFingers(turned, prepare(finger));
    const far = prepare(
      disturb(finger, 9, { rotation: 0.6, shift: 25, jitter: 0, angleJitter: 0, stretch: 0, missing: 0, spurious: 0 }),
    );
    expect(matchFingers(far, prepare(finger))).toBeGreaterThan(0.6 * straight);
  });

  it('compares captures of different resolutions', () => {
    const fine = {
      ...withMinutiae(finger, (all) => all.map((m) => ({ ...m, x: m.x * 2, y: m.y * 2 }))),
      width: finger.width * 2,
      height: finger.height * 2,
      resolutionX: 394,
      resolutionY: 394,
    };
    expect(matchFingers(impression, prepare(fine))).toBeCloseTo(own, 6);
  });

  it('gives almost the same whichever finger is the probe', () => {
    expect(matchFingers(prepare(finger), impression)).toBeGreaterThan(0.85 * own);
    expect(matchFingers(prepare(finger), impression)).toBeLessThan(1.15 * own);
  });

  it('gives 0 for fingers with next to no minutiae', () => {
    for (const few of [0, 1, 2]) {
      expect(matchFingers(prepare(withMinutiae(finger, (all) => all.slice(0, few))), impression)).toBe(0);
    }
  });

  it('bears minutiae on one spot, on one line, and more of them than it keeps', () => {
    const spot = withMinutiae(finger, (all) => all.map((m) => ({ ...m, x: 5, y: 5 })));
    const line = withMinutiae(finger, (all) => all.map((m, i) => ({ ...m, x: 5 + i, y: 5 })));
    const cloud = withMinutiae(finger, (all) => [
      ...all,
      ...Array.from({ length: 200 }, (_, i) => ({
        ...(all[0] as Minutia),
        x: 250 + (i % 14),
        y: 20 + Math.floor(i / 14),
      })),
    ]);
    expect(prepare(cloud).count).toBe(maxPreparedMinutiae);
    for (const odd of [spot, line, cloud]) expect(Number.isFinite(matchFingers(prepare(odd), impression))).toBe(true);
    expect(matchFingers(prepare(cloud), impression)).toBeGreaterThan(20);
  });

  it('refuses to prepare a view that is not there', () => {
    expect(() => prepare(finger, 1)).toThrow(RangeError);
  });
});

describe('calibration', () => {
  it('falls with the score, agrees with itself, and takes the worst for an unknown extractor', () => {
    for (const extractor of ['sourceafis', 'mindtct', 'secugen', ownExtractor, 'unheard of']) {
      let previous = 0.001;
      for (let score = 0; score <= 40; score += 0.5) {
        const log10Fmr = log10FmrAt(score, extractor);
        expect(log10Fmr).toBeLessThanOrEqual(previous);
        previous = log10Fmr;
        expect(log10FmrAt(score, 'unheard of')).toBeGreaterThanOrEqual(log10Fmr);
      }
      expect(log10FmrAt(scoreAtFmr(0.001, extractor), extractor)).toBeCloseTo(-3, 6);
    }
  });

  it('never claims less than one false match in a million', () => {
    expect(log10FmrAt(1_000, 'secugen')).toBe(-6);
  });
});
