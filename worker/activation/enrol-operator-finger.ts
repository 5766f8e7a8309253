// The act: an operator on duty enrols their own finger, with the authority's one-time code. Three samples that are one finger, and no
// colleague's; in place of any earlier one. Two D1 trips: the admission with what is known of the centre's staff, then one batch.
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { type FingerSample, judgeEvidence } from '../../shared/biometric/decide.ts';
import { encodeTemplate } from '../../shared/biometric/encode-template.ts';
import { codeOfPosition } from '../../shared/biometric/position.ts';
import { decodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { crockford } from '../../shared/contract/invitation.ts';
import {
  type ActivationPolicy,
  OperatorFingerEvidence,
  type OperatorFingerRequest,
  operatorFingerInfo,
} from '../../shared/contract/kiosk.ts';
import { hmacSha256, importHmacKey } from '../../shared/crypto/hmac.ts';
import type { Actor, JournalEntry } from '../journal/entry.ts';
import { isOnDuty } from '../kiosks/on-duty.ts';
import { type AdmissionReason, operatorTokenHash } from '../kiosks/operator-session.ts';
import type { SignedBy } from '../store/kiosks.ts';
import type { OperatorFinger, OperatorFingers } from '../store/operator-fingers.ts';
import type { OperatorSession } from '../store/operators.ts';
import type { ActivateNeeds } from './activation-case.ts';
import { operatorFingerPlace } from './kept-places.ts';
import { type Capture, captureDigest, openSealedJson, readCaptures } from './open-evidence.ts';
import { openSealedCaptures } from './open-sealed-evidence.ts';
import { isFingerOfStaff } from './staff-fingers.ts';

const codeForSeconds = 24 * 3600;
const codeLength = 10;
/** How long before it is sent a sample may have been captured. */
const maxSampleAgeSeconds = 900;

export type EnrolFingerNeeds = Pick<
  ActivateNeeds,
  'kiosks' | 'operators' | 'keyRing' | 'captureKeys' | 'deviceTrustFile' | 'vault' | 'numberSecret' | 'policy' | 'now'
> & {
  readonly operatorFingers: Pick<OperatorFingers, 'ofColleagues' | 'fingersOf' | 'replace'>;
  /** Codes are kept as HMACs under it: fifty bits under a bare hash could be searched. */
  readonly codeSecret: Uint8Array;
  readonly journal: { append(entry: JournalEntry): Promise<void> };
};

export type EnrolFingerError = {
  readonly reason:
    | AdmissionReason
    | 'operator_not_on_duty'
    | 'evidence_unreadable'
    | 'evidence_stale'
    | 'quality_too_low'
    | 'fingers_differ'
    | 'finger_of_colleague'
    | 'evidence_replayed'
    | 'finger_code_refused';
};

async function codeHash(secret: Uint8Array, code: string): Promise<Uint8Array> {
  return hmacSha256(await importHmacKey(secret), encodeUtf8(`operator finger code v1\0${code}`));
}

/** The code's text is given once and kept nowhere. Undefined: there is no such operator on the books. */
export async function makeFingerCode(
  needs: {
    readonly operatorFingers: Pick<OperatorFingers, 'setCode'>;
    readonly codeSecret: Uint8Array;
    readonly random: (bytes: number) => Uint8Array;
    readonly now: () => EpochSeconds;
  },
  actor: Actor,
  operatorId: string,
): Promise<{ readonly code: string; readonly expiresAt: EpochSeconds } | undefined> {
  const code = crockford(needs.random(7), codeLength);
  const at = needs.now();
  const expiresAt = epochSeconds(at + codeForSeconds);
  const entry = { at, event: 'operator.finger_code_made', actor, object: operatorId } as const;
  const set = await needs.operatorFingers.setCode(operatorId, await codeHash(needs.codeSecret, code), expiresAt, entry);
  return set ? { code, expiresAt } : undefined;
}

type Facts = {
  readonly operator: OperatorSession | undefined;
  readonly kioskId: string;
  readonly captures: readonly Capture[] | undefined;
  readonly policy: ActivationPolicy;
  readonly now: EpochSeconds;
};

/** SECURITY: in order; who acts comes first. What is compared with others comes after all of it. */
const checks: readonly (readonly [EnrolFingerError['reason'], (facts: Facts) => boolean])[] = [
  ['operator_not_on_duty', ({ operator, kioskId, now }) => isOnDuty(operator, kioskId, now)],
  ['evidence_unreadable', ({ captures }) => captures !== undefined],
  [
    'evidence_stale',
    ({ captures = [], now }) => captures.every(({ capturedAt }) => Math.abs(now - capturedAt) <= maxSampleAgeSeconds),
  ],
  ['fingers_differ', ({ captures = [] }) => new Set(captures.map(({ position }) => position)).size === 1],
  ['fingers_differ', ({ captures: [first] = [] }) => first !== undefined && first.position !== 'unknown'],
  ['quality_too_low', ({ captures = [], policy }) => captures.every(({ quality }) => quality >= policy.minQuality)],
  ['fingers_differ', ({ captures = [] }) => areOneFinger(captures)],
];

/** Each sample matches the one after it, at the rate of a person's own match. */
function areOneFinger(captures: readonly Capture[]): boolean {
  const sample = (capture: Capture, hash: string): FingerSample => ({ ...capture, hash });
  return captures.slice(1).every((capture, i) => {
    const before = captures[i];
    const probes = [sample(capture, 'probe')];
    return before && judgeEvidence({ probes, enrolled: [sample(before, 'enrolled')], earlierHashes: [] }).ok;
  });
}

/** The position that is enrolled now, or why none is. */
export async function enrolOperatorFinger(
  needs: EnrolFingerNeeds,
  signed: SignedBy,
  request: OperatorFingerRequest,
): Promise<Result<{ readonly position: number }, EnrolFingerError>> {
  const now = needs.now();
  const { enrolmentId } = request;
  const idBytes = decodeBase64Url(enrolmentId);
  const evidenceKey = await needs.keyRing.evidencePrivate(request.evidenceKid);
  const sealed = await openSealedJson(evidenceKey, operatorFingerInfo, enrolmentId, request.evidence);
  const evidence = OperatorFingerEvidence.safeParse(sealed);
  const sent = evidence.success ? readCaptures(evidence.data.captures) : undefined;
  const tokenHash = (await operatorTokenHash(request.operatorToken)) ?? new Uint8Array();
  const admitted = await needs.kiosks.admit(signed, now, [
    needs.operators.sessionQuery(tokenHash),
    needs.operatorFingers.ofColleagues(signed.kioskId),
  ]);
  if (!admitted.ok) return admitted;
  const { kiosk, results } = admitted.value;
  const operator = needs.operators.sessionOf(results[0]);
  // SECURITY: only now: captures that a reader sealed cost a lot to open, and the kiosk is known.
  const captures = sent && idBytes.ok ? await openSealedCaptures(needs, sent, idBytes.value) : undefined;
  const facts = { operator, kioskId: kiosk.id, captures, policy: needs.policy, now };
  const failed = checks.find(([, holds]) => !holds(facts))?.[0];
  if (failed || !operator || !captures) return err({ reason: failed ?? 'evidence_unreadable' });

  const { operatorId } = operator;
  const about = { at: now, actor: `operator:${operatorId}`, object: kiosk.id } as const;
  const colleagues = needs.operatorFingers.fingersOf(results[1]).filter((finger) => finger.operatorId !== operatorId);
  if (await isFingerOfStaff(needs.vault, captures, colleagues)) {
    const reason = 'finger_of_colleague';
    await needs.journal.append({ ...about, event: 'operator.finger_refused', detail: { reason } });
    return err({ reason });
  }
  const digests = await Promise.all(captures.map(({ template }) => captureDigest(needs.numberSecret, template)));
  const known = digests.filter((digest) => digest !== undefined);
  if (known.length < captures.length) return err({ reason: 'quality_too_low' });
  const fingers = await Promise.all(captures.map((capture, i) => sealedSample(needs, operatorId, capture, i + 1)));
  const refused = await needs.operatorFingers.replace(
    operatorId,
    await codeHash(needs.codeSecret, request.code),
    fingers,
    { digests: known, usedFor: enrolmentId },
    { ...about, event: 'operator.finger_enrolled' },
  );
  switch (refused) {
    case undefined:
      return ok({ position: fingers[0]?.position ?? 0 });
    case 'capture_seen':
      return err({ reason: 'evidence_replayed' });
    case 'code_refused':
      await needs.journal.append({ ...about, event: 'operator.finger_refused', detail: { reason: 'code' } });
      return err({ reason: 'finger_code_refused' });
  }
}

async function sealedSample(
  { vault }: Pick<EnrolFingerNeeds, 'vault'>,
  operatorId: string,
  { template, position, extractor, quality }: Capture,
  sample: number,
): Promise<OperatorFinger> {
  const encoded = encodeTemplate(template);
  if (!encoded.ok) throw new Error('a template that was read cannot be written');
  const place = { operatorId, position: codeOfPosition(position), sample };
  const sealedTemplate = await vault.sealWithMaster(operatorFingerPlace(place), encoded.value);
  encoded.value.fill(0);
  return { ...place, extractor, quality, sealedTemplate };
}
