// How usable a finger image is, 0 to 100, in the spirit of NFIQ: size of the finger, clearness of its ridges, minutiae found.
import { block, type RidgeField } from './ridge-field.ts';

/** Square pixels of finger and minutiae that are enough, contrast beyond which more does not help. */
const fullArea = 50_000;
const fullMinutiae = 25;
const fullContrast = 40;

/** 0 unusable, below 40 better captured again, above 60 good. The weakest of its parts counts most (geometric mean). */
export function imageQuality(field: RidgeField, minutiae: number): number {
  let blocks = 0;
  let coherence = 0;
  let contrast = 0;
  for (let b = 0; b < field.mask.length; b++) {
    if (field.mask[b] === 0) continue;
    blocks++;
    coherence += field.coherence[b] as number;
    contrast += field.contrast[b] as number;
  }
  if (blocks === 0) return 0;
  const area = Math.min(1, (blocks * block * block) / fullArea);
  const clear = Math.min(1, coherence / blocks / 0.85);
  const strong = Math.min(1, contrast / blocks / fullContrast);
  const enough = Math.min(1, minutiae / fullMinutiae);
  return Math.round(100 * (area * clear * clear * strong ** 0.5 * enough) ** (1 / 2.5));
}
