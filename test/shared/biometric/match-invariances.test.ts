// What must not matter to the matcher: how the finger lay, how much of it was seen, in which format and resolution, what a writer left out.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoreAtFmr } from '../../../shared/biometric/calibration.ts';
import { disturb, syntheticFinger } from '../../../shared/biometric/constellation.ts';
import { decodeTemplate } from '../../../shared/biometric/decode-template.ts';
import { encodeTemplate } from '../../../shared/biometric/encode-template.ts';
import { matchFingers } from '../../../shared/biometric/match.ts';
import { prepare } from '../../../shared/biometric/prepare.ts';
import { type FingerTemplate, type Minutia, templateFormats } from '../../../shared/biometric/template.ts';
import { extractors, syntheticTemplate } from './finger-files.ts';

const threshold = scoreAtFmr(0.001, 'an unknown one');
const fingers = [101, 104, 107, 110];
const of = (extractor: (typeof extractors)[number], finger: number, impression: number) =>
  syntheticTemplate(extractor, 'fvc2002_db4_b', `${finger}_${impression}`);
const score = (a: FingerTemplate, b: FingerTemplate) => matchFingers(prepare(a), prepare(b));

const changed = (
  template: FingerTemplate,
  change: (all: readonly Minutia[]) => readonly Minutia[],
): FingerTemplate => ({
  ...template,
  views: template.views.map((view) => ({ ...view, minutiae: change(view.minutiae) })),
});

/** Turned about the middle and pushed aside, on a glass large enough for it. */
function laid(template: FingerTemplate, degrees: number, dx = 0, dy = 0): FingerTemplate {
  const turn = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const moved = changed(template, (all) =>
    all.map((m) => {
      const [x, y] = [m.x - template.width / 2, m.y - template.height / 2];
      return { ...m, x: 800 + dx + cos * x + sin * y, y: 800 + dy - sin * x + cos * y, angle: m.angle + turn };
    }),
  );
  return { ...moved, width: 1600, height: 1600 };
}

describe('what must not matter', () => {
  it.each(extractors)('turning by up to 45° and pushing aside costs a mated pair of %s little', (extractor) => {
    fc.assert(
      fc.property(
        fc.constantFrom(...fingers),
        fc.double({ min: -45, max: 45, noNaN: true }),
        fc.integer({ min: -300, max: 300 }),
        fc.integer({ min: -300, max: 300 }),
        (finger, degrees, dx, dy) => {
          const [probe, enrolled] = [of(extractor, finger, 1), of(extractor, finger, 2)];
          const straight = score(laid(probe, 0), enrolled);
          return Math.abs(score(laid(probe, degrees, dx, dy), enrolled) - straight) <= 0.12 * straight + 1;
        },
      ),
      { numRuns: 60 },
    );
  });

  it('turning a stranger’s finger does not make it the person’s', () => {
    for (const degrees of [-45, -30, -15, 15, 30, 45])
      for (const finger of fingers)
        for (const other of fingers.filter((one) => one !== finger))
          expect(score(laid(of('sourceafis', finger, 1), degrees), of('sourceafis', other, 2))).toBeLessThan(threshold);
  });

  it('the resolution of the header is honoured: the same finger at 250, 500 and 1000 dpi', () => {
    const probe = of('secugen-openafis', 104, 1);
    const straight = score(probe, of('secugen-openafis', 104, 2));
    for (const factor of [0.5, 2]) {
      const scaled = changed(probe, (all) => all.map((m) => ({ ...m, x: m.x * factor, y: m.y * factor })));
      const resolution = { resolutionX: probe.resolutionX * factor, resolutionY: probe.resolutionY * factor };
      const size = { width: probe.width * factor, height: probe.height * factor };
      expect(score({ ...scaled, ...size, ...resolution }, of('secugen-openafis', 104, 2))).toBeCloseTo(straight, 6);
      // A header that lies about it is another finger.
      expect(score({ ...scaled, ...size }, of('secugen-openafis', 104, 2))).toBeLessThan(0.7 * straight);
    }
  });

  it('every format says the same finger: written in one, compared with another', () => {
    for (const finger of fingers) {
      const [probe, enrolled] = [of('mindtct', finger, 1), of('mindtct', finger, 3)];
      const straight = score(probe, enrolled);
      for (const format of templateFormats) {
        const bytes = encodeTemplate({ ...probe, format });
        if (!bytes.ok) throw new Error(`${format}: ${bytes.error.reason}`);
        const read = decodeTemplate(bytes.value);
        if (!read.ok) throw new Error(`${format}: ${read.error.reason}`);
        expect(Math.abs(score(read.value, enrolled) - straight), format).toBeLessThan(0.1 * straight + 0.5);
      }
    }
  });

  it('a mirrored print is a stranger', () => {
    for (const finger of fingers) {
      const probe = of('secugen-openafis', finger, 1);
      const mirrored = changed(probe, (all) =>
        all.map((m) => ({ ...m, x: probe.width - 1 - m.x, angle: Math.PI - m.angle })),
      );
      expect(score(mirrored, of('secugen-openafis', finger, 2))).toBeLessThan(threshold);
    }
  });

  it('writers that give neither type nor quality lose nothing', () => {
    for (const finger of fingers) {
      const bare = changed(of('sourceafis', finger, 1), (all) => all.map((m) => ({ ...m, type: 'other', quality: 0 })));
      expect(score(bare, of('sourceafis', finger, 2))).toBe(
        score(of('sourceafis', finger, 1), of('sourceafis', finger, 2)),
      );
    }
  });
});

describe('how little may be seen', () => {
  const made = ['one', 'two', 'three', 'four'].map((seed) => syntheticFinger(`part of ${seed}`));

  it('two thirds of a finger, from any side, still are that finger', () => {
    for (const [i, finger] of made.entries()) {
      const touched = disturb(finger, `part ${i}`);
      for (const sides of [
        (m: Minutia) => m.x < 200,
        (m: Minutia) => m.x > 100,
        (m: Minutia) => m.y < 265,
        (m: Minutia) => m.y > 135,
      ])
        expect(
          score(
            changed(touched, (all) => all.filter(sides)),
            finger,
          ),
        ).toBeGreaterThan(threshold);
    }
  });

  it('ten or twelve minutiae never make a stranger the person', () => {
    for (const few of [10, 12])
      for (const [i, finger] of made.entries())
        for (const other of made.filter((_, at) => at !== i)) {
          const part = changed(disturb(finger, `few ${few}`), (all) => all.slice(0, few));
          expect(score(part, other)).toBeLessThan(threshold);
          expect(
            score(
              part,
              changed(other, (all) => all.slice(0, few)),
            ),
          ).toBeLessThan(threshold);
        }
  });
});
