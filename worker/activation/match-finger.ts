// Whether captured fingers are the person's: ONE person's enrolled fingers, never a search. Templates stay in this room.

import { err, ok, type Result } from '../../shared/base/result.ts';
import { type FingerSample, type JudgementError, judgeEvidence } from '../../shared/biometric/decide.ts';
import { decodeTemplate, withoutPadding } from '../../shared/biometric/decode-template.ts';
import { positionOfCode } from '../../shared/biometric/position.ts';
import { encodeHex } from '../../shared/bytes/hex.ts';
import type { ActivationRefusal } from '../../shared/contract/kiosk.ts';
import type { EnrolledFinger } from '../store/fingers.ts';
import { type Capture, captureDigest, codesOf } from './open-evidence.ts';

const refusals: Readonly<Record<JudgementError['reason'], ActivationRefusal>> = {
  no_probe: 'requirements_not_met',
  too_many_tries: 'requirements_not_met',
  too_few_fingers: 'requirements_not_met',
  replay: 'evidence_replayed',
  no_enrolled_finger: 'no_enrolled_fingers',
  too_few_minutiae: 'too_few_minutiae',
  no_match: 'no_match',
};

export type Match = {
  /** −10·log10 of the transaction's false-match rate. */
  readonly score: number;
};

export type MatchRefusal = { readonly reason: ActivationRefusal };

/** Whose enrolled fingers are opened: a person of the registry, or a member of staff. */
export type FingerOwner = { readonly openFingers: (position?: number) => Promise<EnrolledFinger[]> };

async function enrolledSamples(
  secret: Uint8Array,
  person: FingerOwner,
  captures: readonly Capture[],
): Promise<FingerSample[]> {
  const codes = codesOf(captures);
  // "Any finger" is compared with all of this person's; a named one with that finger alone.
  const opened: EnrolledFinger[] = codes.has(0)
    ? await person.openFingers()
    : (await Promise.all([...codes].map((code) => person.openFingers(code)))).flat();
  const samples: FingerSample[] = [];
  for (const { position, extractor, template } of opened) {
    const decoded = decodeTemplate(withoutPadding(template));
    const name = positionOfCode(position);
    // The import refuses templates that do not read: one that does not is damage, and the person's other samples still count.
    if (!decoded.ok || !name) continue;
    const digest = await captureDigest(secret, decoded.value);
    const hash = digest ? encodeHex(digest) : `few/enrolled/${samples.length}`;
    samples.push({ template: decoded.value, position: name, hash, extractor });
  }
  return samples;
}

/** `digests` belong to `captures`, in order. Only captures of at least `minQuality` count. */
export async function matchFinger(
  secret: Uint8Array,
  person: FingerOwner,
  captures: readonly Capture[],
  digests: readonly (Uint8Array | undefined)[],
  policy: { readonly minQuality: number; readonly maxCaptures: number },
): Promise<Result<Match, MatchRefusal>> {
  const probes = captures.flatMap(({ template, position, extractor, quality }, i): FingerSample[] => {
    const digest = digests[i];
    const hash = digest ? encodeHex(digest) : `few/${i}`;
    return quality >= policy.minQuality ? [{ template, position, extractor, hash }] : [];
  });
  const enrolled = await enrolledSamples(secret, person, captures);
  const judged = judgeEvidence({ probes, enrolled, earlierHashes: [], policy: { maxTries: policy.maxCaptures } });
  return judged.ok ? ok({ score: judged.value.score }) : err({ reason: refusals[judged.error.reason] });
}
