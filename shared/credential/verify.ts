// The one verification, run alike at the edge, at a kiosk and in a browser: decode once, then the table of checks.
// It knows no network and no clock; lists, time and policy are handed in.

import type { EpochSeconds } from '../base/brands.ts';
import { claimsFor } from './checks/context.ts';
import { CHECKS } from './checks/table.ts';
import { type VerifyInputs, Work } from './checks/work.ts';
import { AGE_AT_LEAST } from './claims.ts';
import { DECODE_CHECKS, type Decoded, decodeCredential } from './decode.ts';
import type { Notice, Profile, Verdict, Verification, VerifiedCredential } from './verdict.ts';

const NO_NOTICES: readonly Notice[] = [];
const COPY: readonly Notice[] = ['copy_compare_face'];
const NOT_FOR_BORDER: readonly Notice[] = ['not_for_border'];
const CLOCK: readonly Notice[] = ['clock_may_be_wrong'];

/** Verifies the text of a QR code. Never throws on any text. `trust` keeps imported keys: make one view a list, not one a call. */
export async function verifyCredential(text: string, inputs: VerifyInputs): Promise<Verification> {
  const trustListSeconds = Math.max(0, inputs.now - inputs.trust.list.issuedAt);
  const nothingYet = { trustListSeconds, statusListSeconds: null, frameSeconds: null };
  if (inputs.context === 'border') {
    // Never valid for crossing a border, whatever it says.
    const verdict: Verdict = { outcome: 'rejected', check: 'usable_in_context', stage: 'C' };
    return { verdict, notices: NOT_FOR_BORDER, ages: nothingYet };
  }
  const decoded = decodeCredential(text);
  if (!decoded.ok) {
    const { reason, detail } = decoded.error;
    const stage = DECODE_CHECKS.find((check) => check.name === reason)?.stage ?? 'D';
    return { verdict: { outcome: 'rejected', check: reason, stage, detail }, notices: NO_NOTICES, ages: nothingYet };
  }
  const work = new Work(inputs, decoded.value, profileOf(decoded.value));
  // By number: an iterator is made anew for each code.
  for (let i = 0; i < CHECKS.length; i++) {
    const check = CHECKS[i] as (typeof CHECKS)[number];
    const held = check.run(work);
    if (held === true || (held !== false && (await held))) continue;
    return answer(work, { outcome: check.outcome, check: check.name, stage: check.stage });
  }
  return answer(work, { outcome: 'accepted' });
}

/** What a decoded text claims to be. An age pass says nothing but an age. */
export function profileOf(decoded: Decoded): Profile {
  if (decoded.token === undefined) return 'S';
  const { identity, status } = decoded.payload;
  if (identity.size === 1 && identity.has(AGE_AT_LEAST) && status === undefined) return 'A';
  return decoded.token.payload.cnonce === undefined ? 'D' : 'C';
}

function answer(work: Work, verdict: Verdict): Verification {
  const { inputs, decoded } = work;
  const token = decoded.token?.payload;
  const ages = {
    trustListSeconds: work.trustFreshness.ageSeconds,
    statusListSeconds: work.statusFreshness?.ageSeconds ?? null,
    frameSeconds: token === undefined ? null : inputs.now - token.issuedAt,
  };
  // SECURITY: nothing from inside leaves here before the issuer's signature holds.
  if (work.issuerKey === undefined) return { verdict, notices: NO_NOTICES, ages };
  const credential = new Judged(work);
  if (verdict.outcome === 'rejected') {
    const clock = verdict.check === 'frame_fresh' || verdict.check === 'already_valid';
    return { verdict, notices: clock ? CLOCK : NO_NOTICES, ages, credential };
  }
  const claims = work.claims && claimsFor(inputs.context, work.profile, work.claims, inputs.policy.minimumAge);
  const notices = work.profile === 'S' ? COPY : NO_NOTICES;
  return claims === undefined ? { verdict, notices, ages, credential } : { verdict, notices, ages, credential, claims };
}

const NO_KID = new Uint8Array(0);

// A class, since an object literal with a getter is made anew, property by property, each time.
class Judged implements VerifiedCredential {
  readonly kid: Uint8Array;
  readonly issuer: string;
  readonly profile: Profile;
  readonly statusIndex: number | undefined;
  readonly statusUri: string | undefined;
  readonly issuedAt: EpochSeconds;
  readonly expiresAt: EpochSeconds;
  readonly #work: Work;

  constructor(work: Work) {
    const { message, payload } = work.decoded;
    this.kid = message.header.kid ?? NO_KID;
    this.issuer = payload.issuer;
    this.profile = work.profile;
    this.statusIndex = payload.status?.index;
    this.statusUri = payload.status?.uri;
    this.issuedAt = payload.issuedAt;
    this.expiresAt = payload.expiresAt;
    this.#work = work;
  }

  get hash(): Uint8Array {
    return this.#work.hash;
  }

  static forget(credential: Judged): void {
    credential.#work.forget();
  }
}

/** Takes out what the code says of its holder, for a caller that keeps what else was found out: its claims and the bytes they stood in. */
export function forgetHolder(credential: VerifiedCredential): void {
  if (credential instanceof Judged) Judged.forget(credential);
}
