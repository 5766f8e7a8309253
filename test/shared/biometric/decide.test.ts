import { describe, expect, it } from 'vitest';
import { crowding, log10FmrAt } from '../../../shared/biometric/calibration.ts';
import { disturb, syntheticFinger } from '../../../shared/biometric/constellation.ts';
import { type FingerSample, isReplay, judgeEvidence } from '../../../shared/biometric/decide.ts';
import { matchFingers } from '../../../shared/biometric/match.ts';
import type { FingerPosition } from '../../../shared/biometric/position.ts';
import { prepare } from '../../../shared/biometric/prepare.ts';
import type { FingerTemplate } from '../../../shared/biometric/template.ts';
import { syntheticTemplate } from './finger-files.ts';

const sample = (template: FingerTemplate, hash: string, position: FingerPosition = 'right_index'): FingerSample => ({
  template,
  position,
  hash,
  extractor: 'secugen',
});
const person = syntheticFinger('person');
const enrolled = [1, 2, 3].map((i) => sample(disturb(person, i), `enrolled-${i}`));
const probe = sample(disturb(person, 'probe'), 'probe');
const stranger = sample(disturb(syntheticFinger('stranger'), 'probe'), 'stranger');
const judge = (probes: FingerSample[], rest: Partial<Parameters<typeof judgeEvidence>[0]> = {}) =>
  judgeEvidence({ probes, enrolled, earlierHashes: [], ...rest });

describe('judgeEvidence', () => {
  it('accepts the person’s own finger with the false-match rate it was reached at', () => {
    const result = judge([probe]);
    expect(result).toMatchObject({ ok: true, value: { fingers: [{ position: 'right_index', comparisons: 3 }] } });
    if (result.ok) expect(result.value.score).toBeCloseTo(-10 * Math.log10(result.value.fmr));
  });

  it('accepts real template files of one finger and refuses those of another', () => {
    const file = (name: string) => sample(syntheticTemplate('secugen-openafis', 'fvc2002_db4_b', name), name);
    const samples = ['101_1', '101_2', '101_3'].map(file);
    expect(judge([file('101_5'), file('101_6')], { enrolled: samples }).ok).toBe(true);
    expect(judge([file('102_5'), file('102_6')], { enrolled: samples })).toMatchObject({
      error: { reason: 'no_match' },
    });
  });

  it('refuses a stranger as no_match and says how near it was', () => {
    const result = judge([stranger]);
    expect(result).toMatchObject({ ok: false, error: { reason: 'no_match' } });
    if (!result.ok && result.error.reason === 'no_match') expect(result.error.fmr).toBeGreaterThan(0.001);
  });

  it('takes the better of two tries and counts both against the threshold', () => {
    const result = judge([stranger, probe]);
    expect(result).toMatchObject({ ok: true, value: { fingers: [{ comparisons: 6 }] } });
  });

  it('refuses as replay what was captured before, what is enrolled, and one capture sent twice', () => {
    expect(judge([probe], { earlierHashes: ['x', 'probe'] })).toMatchObject({ error: { reason: 'replay' } });
    expect(judge([{ ...probe, hash: 'enrolled-2' }])).toMatchObject({ error: { reason: 'replay' } });
    expect(judge([probe, probe])).toMatchObject({ error: { reason: 'replay' } });
    expect(isReplay('a', ['b'])).toBe(false);
  });

  it('refuses as replay an enrolled template that was written anew in another format and order', () => {
    const [first] = enrolled;
    if (!first) throw new Error('no sample');
    const views = first.template.views.map((v) => ({ ...v, minutiae: v.minutiae.toReversed() }));
    const anew = sample({ ...first.template, format: 'iso-19794-2:2011', views }, 'anew');
    expect(judge([anew])).toMatchObject({ error: { reason: 'replay' } });
  });

  it('refuses captures with too few minutiae', () => {
    const views = probe.template.views.map((v) => ({ ...v, minutiae: v.minutiae.slice(0, 6) }));
    expect(judge([sample({ ...probe.template, views }, 'poor')])).toMatchObject({
      error: { reason: 'too_few_minutiae', needed: 10 },
    });
  });

  it('refuses when there is nothing to compare, too many tries, or fewer fingers than the policy wants', () => {
    expect(judge([])).toMatchObject({ error: { reason: 'no_probe' } });
    const tries = ['a', 'b', 'c'].map((hash) => ({ ...probe, hash }));
    expect(judge(tries)).toMatchObject({ error: { reason: 'too_many_tries', limit: 2 } });
    expect(judge([probe], { policy: { minFingers: 2 } })).toMatchObject({ error: { reason: 'too_few_fingers' } });
    expect(judge([{ ...probe, position: 'left_thumb' }])).toMatchObject({ error: { reason: 'no_enrolled_finger' } });
  });

  it('compares a finger of unknown position with every enrolled one, at the price of more comparisons', () => {
    const other = sample(disturb(syntheticFinger('other'), 1), 'other', 'left_thumb');
    const result = judge([{ ...probe, position: 'unknown' }], { enrolled: [...enrolled, other] });
    expect(result).toMatchObject({ ok: true, value: { fingers: [{ comparisons: 4 }] } });
  });

  it('is surer with two fingers than with either, and less sure when the second is a stranger’s', () => {
    const thumb = syntheticFinger('thumb');
    const both = [...enrolled, sample(disturb(thumb, 1), 'thumb-1', 'left_thumb')];
    const one = judge([probe], { enrolled: both });
    const two = judge([probe, sample(disturb(thumb, 2), 'thumb-2', 'left_thumb')], { enrolled: both });
    const mixed = judge([probe, { ...stranger, position: 'left_thumb' }], { enrolled: both });
    if (!one.ok || !two.ok) throw new Error('own fingers must match');
    expect(two.value.fmr).toBeLessThan(one.value.fmr);
    expect(mixed.ok ? mixed.value.fmr : 1).toBeGreaterThan(one.value.fmr);
  });
});

describe('crowded prints', () => {
  const fingers = Array.from({ length: 12 }, (_, i) => syntheticFinger(`crowded ${i}`, { minutiae: 90 }));
  const pairs = fingers.flatMap((a, i) => fingers.flatMap((b, j) => (i === j ? [] : [{ a, b, seed: `${i}/${j}` }])));
  const sample = (template: FingerTemplate, hash: string) =>
    ({ template, hash, position: 'right_index', extractor: 'unheard of' }) as const;

  it('of strangers are no match, though some of their scores would be one of fewer minutiae', () => {
    let tempting = 0;
    for (const { a, b, seed } of pairs) {
      const touched = disturb(a, seed);
      if (log10FmrAt(matchFingers(prepare(touched), prepare(b)), 'unheard of') < -3) tempting++;
      const judged = judgeEvidence({ probes: [sample(touched, 'p')], enrolled: [sample(b, 'e')], earlierHashes: [] });
      expect(judged).toMatchObject({ error: { reason: 'no_match' } });
    }
    expect(tempting).toBeGreaterThan(0);
  });

  it('of one person still are', () => {
    for (const [i, finger] of fingers.entries()) {
      const probes = [sample(disturb(finger, `again ${i}`), 'p')];
      expect(judgeEvidence({ probes, enrolled: [sample(finger, 'e')], earlierHashes: [] }).ok).toBe(true);
    }
  });

  it('are nothing special below sixty minutiae', () => {
    expect([crowding(40, 90), crowding(58, 58), crowding(70, 90)]).toEqual([0, 0, crowding(90, 70)]);
    expect(crowding(70, 70)).toBeGreaterThan(1);
  });
});
