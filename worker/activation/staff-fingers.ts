// Staff's own fingers: a supervisor's approval is matched with theirs, and a person's capture that is a colleague's is told. Compared
// with the few who are at this kiosk, or at one centre when a finger is enrolled; never with the registry.
import { type FingerSample, judgeEvidence } from '../../shared/biometric/decide.ts';
import { decodeTemplate } from '../../shared/biometric/decode-template.ts';
import type { EnrolledFinger } from '../store/fingers.ts';
import type { OperatorFinger } from '../store/operator-fingers.ts';
import { opened, type Vault } from '../store/vault.ts';
import { operatorFingerPlace } from './kept-places.ts';
import type { FingerOwner } from './match-finger.ts';
import type { Capture } from './open-evidence.ts';
import { staffFinger } from './policy.ts';

type Opens = Pick<Vault, 'openWithMaster'>;

async function openOperatorFinger(vault: Opens, finger: OperatorFinger): Promise<EnrolledFinger> {
  const { position, sample, extractor, quality, sealedTemplate } = finger;
  const place = operatorFingerPlace(finger);
  const template = opened(place, await vault.openWithMaster(place, sealedTemplate));
  return { position, sample, extractor, quality, template };
}

/** One operator, for the matcher. */
export function staffAsOwner(vault: Opens, fingers: readonly OperatorFinger[]): FingerOwner {
  return {
    openFingers: (position) =>
      Promise.all(
        fingers
          .filter((finger) => position === undefined || finger.position === position)
          .map((finger) => openOperatorFinger(vault, finger)),
      ),
  };
}

/**
 * Whether the best of these captures is a finger of one of these people, whichever finger it was said to be. Each of them is judged
 * at a false-match rate far below that of a person's own match: this is asked of everybody, and answers with an accusation.
 */
export async function isFingerOfStaff(
  vault: Opens,
  captures: readonly Capture[],
  fingers: readonly OperatorFinger[],
): Promise<boolean> {
  const [best] = [...captures].sort((a, b) => b.quality - a.quality);
  if (!best) return false;
  const probe: FingerSample = { ...best, position: 'unknown', hash: 'now' };
  const { maxFmr, maxSamples } = staffFinger;
  for (const own of Map.groupBy(fingers, ({ operatorId }) => operatorId).values()) {
    const enrolled: FingerSample[] = [];
    for (const finger of own.slice(0, maxSamples)) {
      const { template, extractor, sample } = await openOperatorFinger(vault, finger);
      const decoded = decodeTemplate(template);
      if (decoded.ok)
        enrolled.push({ template: decoded.value, extractor, position: 'unknown', hash: `staff/${sample}` });
    }
    const judged = judgeEvidence({ probes: [probe], enrolled, earlierHashes: [], policy: { maxFmr, maxSamples } });
    if (judged.ok || judged.error.reason === 'replay') return true;
  }
  return false;
}
