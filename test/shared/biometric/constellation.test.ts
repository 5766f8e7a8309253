import { describe, expect, it } from 'vitest';
import { disturb, syntheticFinger } from '../../../shared/biometric/constellation.ts';
import { encodeTemplate } from '../../../shared/biometric/encode-template.ts';
import { matchFingers } from '../../../shared/biometric/match.ts';
import { prepare } from '../../../shared/biometric/prepare.ts';
import { decoded } from './finger-files.ts';

const people = 300;
const fingers = Array.from({ length: people }, (_, i) => syntheticFinger(i));
const bytesOf = (template: ReturnType<typeof syntheticFinger>) => {
  const bytes = encodeTemplate(template);
  if (!bytes.ok) throw new Error(bytes.error.reason);
  return bytes.value;
};

describe('synthetic people', () => {
  it('have 30 to 45 minutiae with room between them, and templates that decode to what was made', () => {
    for (const finger of fingers) {
      const minutiae = finger.views[0]?.minutiae ?? [];
      expect(minutiae.length).toBeGreaterThanOrEqual(30);
      expect(minutiae.length).toBeLessThanOrEqual(45);
      const spacing = minutiae.flatMap((m, i) => minutiae.slice(i + 1).map((n) => Math.hypot(m.x - n.x, m.y - n.y)));
      expect(Math.min(...spacing)).toBeGreaterThan(12);
      expect(decoded(bytesOf(finger))).toEqual(finger);
    }
  });

  it('have the same finger for the same seed and another for another', () => {
    expect(bytesOf(syntheticFinger('1000000001/right_index'))).toEqual(
      bytesOf(syntheticFinger('1000000001/right_index')),
    );
    expect(bytesOf(syntheticFinger('a'))).not.toEqual(bytesOf(syntheticFinger('b')));
  });

  it('give impressions that are never the same bytes, and the same impression for the same seed', () => {
    const all = new Set(
      fingers.flatMap((f, i) => [f, disturb(f, i), disturb(f, `${i}b`)].map((t) => bytesOf(t).join())),
    );
    expect(all.size).toBe(3 * people);
    const [finger] = fingers;
    if (finger) expect(bytesOf(disturb(finger, 7))).toEqual(bytesOf(disturb(finger, 7)));
  });

  it('match their own disturbed impressions and nobody else, with a wide gap between', () => {
    const enrolled = fingers.map((f) => prepare(f));
    const probes = fingers.map((f, i) => prepare(disturb(f, i)));
    let lowestMated = Number.POSITIVE_INFINITY;
    let highestOther = Number.NEGATIVE_INFINITY;
    probes.forEach((probe, i) => {
      enrolled.forEach((candidate, j) => {
        if (i === j) lowestMated = Math.min(lowestMated, matchFingers(probe, candidate));
        else if ((j - i + people) % people <= 6) highestOther = Math.max(highestOther, matchFingers(probe, candidate));
      });
    });
    expect(highestOther).toBeLessThan(20);
    expect(lowestMated).toBeGreaterThan(25);
  });
});
