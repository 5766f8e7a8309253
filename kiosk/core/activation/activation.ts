// One activation on the desk: what it is made of, and the pure rules about it. Knows no device, no store and no edge.
import type { z } from 'zod';
import { crockford } from '../../../shared/contract/invitation.ts';
import type { ActivationPolicy, SessionAnswer } from '../../../shared/contract/kiosk.ts';
import type { ActivationState } from '../../bridge/contract.ts';
import type { activationReasons } from '../../bridge/reasons.ts';
import type { DeviceIdentity } from '../devices/fingerprint/driver.ts';

export type ActivationReason = (typeof activationReasons)[number];

/** A capture of enough quality. `template` is plain: it lives until the evidence is sealed, then it is overwritten. */
export type KeptCapture = {
  readonly position: number;
  readonly quality: number;
  readonly template: Uint8Array;
  readonly extractor: string;
  readonly capturedAt: number;
  readonly device: DeviceIdentity;
};

export type Activation = {
  readonly id: string;
  readonly reference: string;
  readonly number: string;
  readonly operatorToken: string;
  /** Absent: begun while the line was down. */
  readonly session: z.output<typeof SessionAnswer> | undefined;
  readonly policy: ActivationPolicy;
  readonly expiresAt: number;
  readonly kept: KeptCapture[];
  /** Every capture so far, good enough or not. */
  readonly taken: { readonly position: number; readonly quality: number; readonly goodEnough: boolean }[];
};

/** The matcher at the edge looks at two captures of one finger and no more. */
export const maxCapturesOfOneFinger = 2;
/** How long an activation begun offline may lie on the desk. */
export const offlineSessionSeconds = 600;

const allPositions = [2, 7, 1, 6, 3, 8, 4, 9, 5, 10];

/** Eight characters of Crockford's base32 from the activation's id: for two people to read to each other, not a secret. */
export function referenceOf(id: Uint8Array): string {
  const text = crockford(id, 8);
  return `${text.slice(0, 4)}-${text.slice(4)}`;
}

/**
 * Whether this can end in an activation at all; the edge asks the same again. A finger is not read for nothing: what needs more
 * than this kiosk can bring (an appointment, a guardian's finger) is refused before.
 */
export function sessionRefusal(session: z.output<typeof SessionAnswer>): ActivationReason | undefined {
  switch (session.accountState) {
    case 'active':
      return 'already_active';
    case 'suspended':
      return 'account_suspended';
    case 'closed':
      return 'account_closed';
    // Somebody who never registered is registered here, at the desk.
    case 'none':
    case 'pending':
      if (session.requires.includes('none')) return 'age_not_allowed';
      if (!session.requires.every((requirement) => requirement === 'fingerprint')) return 'requirements_not_met';
      return session.positions.length === 0 ? 'no_enrolled_fingers' : undefined;
  }
}

export function captureRefusal(activation: Activation, position: number): ActivationReason | undefined {
  if (activation.taken.length >= activation.policy.maxCaptures) return 'captures_used_up';
  const ofThis = activation.kept.filter((capture) => capture.position === position);
  return ofThis.length >= maxCapturesOfOneFinger ? 'captures_used_up' : undefined;
}

export function stateOf(activation: Activation): ActivationState {
  const { session, policy } = activation;
  return {
    activationId: activation.id,
    reference: activation.reference,
    mode: session ? 'online' : 'offline',
    ...(session ? { maskedName: session.maskedName, ageGroup: session.ageGroup } : {}),
    requires: session?.requires ?? ['fingerprint'],
    positions: session?.positions ?? allPositions,
    minQuality: policy.minQuality,
    maxCaptures: policy.maxCaptures,
    captures: [...activation.taken],
    ready: activation.kept.length > 0,
    expiresAt: activation.expiresAt,
  };
}

/** Overwrites every plain template: after this nothing biometric of this activation is in our hands. */
export function forgetCaptures(activation: Activation): void {
  for (const capture of activation.kept) capture.template.fill(0);
  activation.kept.length = 0;
}
