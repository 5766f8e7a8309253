// Fingers of people who do not exist: random but plausible minutiae, and new impressions of them. For simulators, demos
// and tests only; knows nothing of matching. The same seed always gives the same finger.
import type { FingerPosition } from './position.ts';
import type { FingerTemplate, Minutia } from './template.ts';

const width = 300;
const height = 400;
const centre = { x: width / 2, y: height / 2 };
/** Half axes of the finger pad's ellipse in pixels at 500 dpi. */
const pad = { x: 125, y: 170 };
const minSpacing = 14;

/** `minutiae`: how many, up to 100; 30 to 45 unless told. */
export type SyntheticOptions = { readonly position?: FingerPosition; readonly minutiae?: number };

/** A template (ISO 19794-2:2005, 300 × 400 at 500 dpi, one view, 30 to 45 minutiae along an orientation field). */
export function syntheticFinger(seed: string | number, options: SyntheticOptions = {}): FingerTemplate {
  const random = seeded(`finger/${seed}`);
  const orientation = orientationField(random);
  const usual = 30 + Math.floor(random() * 16);
  const wanted = options.minutiae ?? usual;
  const minutiae: Minutia[] = [];
  for (let attempt = 0; attempt < 4_000 && minutiae.length < wanted; attempt++) {
    const x = centre.x + (2 * random() - 1) * pad.x;
    const y = centre.y + (2 * random() - 1) * pad.y;
    if (((x - centre.x) / pad.x) ** 2 + ((y - centre.y) / pad.y) ** 2 > 1) continue;
    if (minutiae.some((m) => (m.x - x) ** 2 + (m.y - y) ** 2 < minSpacing ** 2)) continue;
    // a ridge ends or splits in one of the two directions along it
    const angle = orientation(x, y) + (random() < 0.5 ? Math.PI : 0) + 0.1 * gaussian(random);
    minutiae.push(minutia(x, y, angle, random() < 0.55 ? 'ending' : 'bifurcation', 60 + Math.floor(random() * 41)));
  }
  const view = { position: options.position ?? 'unknown', viewNumber: 0, impression: 0, quality: 80, extended: [] };
  return {
    format: 'iso-19794-2:2005',
    width,
    height,
    resolutionX: 197,
    resolutionY: 197,
    device: { vendor: 0, subFormat: 0, id: 0, certification: 0 },
    views: [{ ...view, minutiae }],
  };
}

/** How far a new impression may differ. Defaults are those of a cooperative capture. */
export type Disturbance = {
  /** Standard deviations: rotation in radians, shift in pixels, jitter in pixels and radians. */
  readonly rotation: number;
  readonly shift: number;
  readonly jitter: number;
  readonly angleJitter: number;
  /** Amplitude in pixels of the smooth stretching of the skin. */
  readonly stretch: number;
  /** Shares of minutiae that are missed and, of those found, that are invented. */
  readonly missing: number;
  readonly spurious: number;
};

const cooperative: Disturbance = {
  rotation: 0.17,
  shift: 14,
  jitter: 1.5,
  angleJitter: 0.07,
  stretch: 5,
  missing: 0.15,
  spurious: 0.08,
};

/** A new impression of every view: turned, shifted, stretched, minutiae missing and invented. Never the same bytes. */
export function disturb(
  template: FingerTemplate,
  seed: string | number,
  amount: Partial<Disturbance> = {},
): FingerTemplate {
  const { rotation, shift, jitter, angleJitter, stretch, missing, spurious } = { ...cooperative, ...amount };
  const random = seeded(`impression/${seed}`);
  const views = template.views.map((view) => {
    const turn = rotation * gaussian(random);
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
    // a whole pixel at least, so that no impression repeats another
    const shiftX = shift * gaussian(random) + 1;
    const shiftY = shift * gaussian(random) + 1;
    const waves = Array.from({ length: 4 }, () => (2 * random() - 1) * Math.PI);
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = waves;
    const minutiae: Minutia[] = [];
    for (const m of view.minutiae) {
      if (random() < missing) continue;
      const sx = m.x + stretch * Math.sin(m.y / 70 + w0) * Math.cos(m.x / 90 + w1);
      const sy = m.y + stretch * Math.cos(m.x / 70 + w2) * Math.sin(m.y / 90 + w3);
      const [dx, dy] = [sx - centre.x, sy - centre.y];
      const x = centre.x + cos * dx + sin * dy + shiftX + jitter * gaussian(random);
      const y = centre.y - sin * dx + cos * dy + shiftY + jitter * gaussian(random);
      const type = random() < 0.1 ? (m.type === 'ending' ? 'bifurcation' : 'ending') : m.type;
      const quality = Math.max(20, Math.min(100, m.quality + Math.round(12 * gaussian(random))));
      minutiae.push(minutia(x, y, m.angle + turn + angleJitter * gaussian(random), type, quality));
    }
    for (let extra = Math.round(minutiae.length * spurious * 2 * random()); extra > 0; extra--) {
      const angle = 2 * Math.PI * random();
      const out = Math.sqrt(random());
      const x = centre.x + shiftX + out * pad.x * Math.cos(angle);
      const y = centre.y + shiftY + out * pad.y * Math.sin(angle);
      minutiae.push(minutia(x, y, 2 * Math.PI * random(), random() < 0.5 ? 'ending' : 'bifurcation', 30));
    }
    const inside = minutiae.filter((m) => m.x >= 0 && m.x < template.width && m.y >= 0 && m.y < template.height);
    return { ...view, minutiae: inside, extended: [], quality: 60 + Math.floor(random() * 41) };
  });
  return { ...template, views };
}

function minutia(x: number, y: number, angle: number, type: Minutia['type'], quality: number): Minutia {
  const unit = Math.PI / 128;
  const steps = ((Math.round(angle / unit) % 256) + 256) % 256;
  return { x: Math.round(x), y: Math.round(y), angle: steps * unit, type, quality };
}

/** Ridge direction by position: the zero-pole model of Sherlock and Monro with the singular points of a random class. */
function orientationField(random: () => number): (x: number, y: number) => number {
  const about = (x: number, y: number) => ({
    x: centre.x + x + 12 * gaussian(random),
    y: centre.y + y + 12 * gaussian(random),
  });
  const kind = random();
  const [loops, deltas] =
    kind < 0.32
      ? [[about(0, -20)], [about(85, 110)]]
      : kind < 0.64
        ? [[about(0, -20)], [about(-85, 110)]]
        : kind < 0.92
          ? [
              [about(0, -30), about(0, 25)],
              [about(-95, 110), about(95, 110)],
            ]
          : [[about(0, 40)], [about(0, 110)]];
  return (x, y) => {
    const argument = (p: { x: number; y: number }) => Math.atan2(p.y - y, x - p.x);
    const sum = loops.reduce((s, p) => s + argument(p), 0) - deltas.reduce((s, p) => s + argument(p), 0);
    return Math.PI / 2 + sum / 2 - ((loops.length - deltas.length) * Math.PI) / 4;
  };
}

/** Repeatable numbers in [0, 1) from a text: FNV-1a into a 32-bit mixing counter. No secret may come from it. */
function seeded(text: string): () => number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
