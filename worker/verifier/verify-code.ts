// The act behind POST /v1/verify: one code, one verdict, one receipt, one line for the journal. It never sees a request.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import type { VerifyAnswer, VerifyContext } from '../../shared/contract/verify.ts';
import type { Signer } from '../../shared/cose/sign1.ts';
import type { IdentityClaims } from '../../shared/credential/claims.ts';
import { DEFAULT_POLICY, type VerifyPolicy } from '../../shared/credential/policy.ts';
import type { ReplayMemory } from '../../shared/credential/replay.ts';
import type { Verification } from '../../shared/credential/verdict.ts';
import { verifyCredential } from '../../shared/credential/verify.ts';
import type { Ed25519 } from '../../shared/crypto/ed25519.ts';
import { sha256Sync } from '../../shared/crypto/sha256.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { HeldLists } from './lists.ts';
import { signReceipt } from './receipt.ts';
import type { DisclosableClaim, Verifier } from './verifier.ts';

export type VerifyNeeds = {
  readonly lists: HeldLists;
  readonly signer: Signer;
  readonly ed25519: Ed25519;
  readonly replay: ReplayMemory;
  readonly now: EpochSeconds;
};

export type Answered = { readonly answer: VerifyAnswer; readonly entry: JournalEntry };
export type VerifyRefusal = { readonly reason: 'context_not_allowed' | 'lists_not_ready' };

/** A verdict is never an error: only a caller who may not ask so is refused. */
export async function verifyCode(
  request: { readonly text: string; readonly context: VerifyContext },
  caller: Verifier,
  needs: VerifyNeeds,
): Promise<Result<Answered, VerifyRefusal>> {
  const { lists, signer, ed25519, replay, now } = needs;
  const { text, context } = request;
  if (!caller.policy.contexts.includes(context)) return err({ reason: 'context_not_allowed' });
  const { trust, status } = lists;
  const policy = policyOf(caller);
  const verification = await verifyCredential(text, { trust, status, now, context, policy, ed25519, replay });
  const { verdict, credential, notices } = verification;
  const hash = credential?.hash ?? sha256Sync(encodeUtf8(text));
  const receipt = await signReceipt({ hash, verdict, verifierId: caller.id, at: now }, signer);
  const claims = verdict.outcome === 'accepted' ? shownClaims(verification, caller) : undefined;
  const check = verdict.outcome === 'accepted' ? undefined : verdict.check;
  const answer: VerifyAnswer = {
    verdict: check === undefined ? { outcome: verdict.outcome } : { outcome: verdict.outcome, check },
    ...(claims && { claims }),
    ...(credential && { profile: credential.profile }),
    ages: {
      trustListSeconds: verification.ages.trustListSeconds,
      statusListSeconds: lists.statusIssuedAt === undefined ? null : Math.max(0, now - lists.statusIssuedAt),
    },
    notices: [...notices],
    receipt,
  };
  const entry: JournalEntry = {
    at: now,
    event: 'verification.answered',
    actor: `verifier:${caller.id}`,
    // SECURITY: the hash of a signed credential says nothing of its holder; that of any other text could be guessed back.
    ...(credential && { object: encodeBase64Url(credential.hash) }),
    detail: {
      outcome: verdict.outcome,
      context,
      ...(check !== undefined && { check }),
      ...(credential && { profile: credential.profile }),
    },
  };
  return ok({ answer, entry });
}

const policies = new WeakMap<Verifier, VerifyPolicy>();

function policyOf(caller: Verifier): VerifyPolicy {
  const known = policies.get(caller);
  if (known !== undefined) return known;
  const status = { maxAgeSeconds: caller.policy.maxListAgeSeconds, graceSeconds: DEFAULT_POLICY.status.graceSeconds };
  const policy = { ...DEFAULT_POLICY, status };
  policies.set(caller, policy);
  return policy;
}

const memberOf: Readonly<Record<DisclosableClaim, readonly Exclude<keyof IdentityClaims, 'face'>[]>> = {
  name: ['nameArabic', 'nameLatin'],
  number: ['id'],
  birthDate: ['birthDate'],
  gender: ['gender'],
  nationality: ['nationality'],
  documentExpiresOn: ['documentExpiresOn'],
  face: [],
};

/** What the context lets anyone see and the policy lets this business see, whichever is less. */
function shownClaims(verification: Verification, caller: Verifier): Record<string, unknown> | undefined {
  const { claims } = verification;
  if (claims === undefined) return undefined;
  const shown: Record<string, unknown> = {};
  if (claims.ageAtLeast !== undefined) shown['ageAtLeast'] = claims.ageAtLeast;
  for (const allowed of caller.policy.claims) {
    for (const member of memberOf[allowed]) if (claims[member] !== undefined) shown[member] = claims[member];
    if (allowed === 'face' && claims.face !== undefined) {
      shown['face'] = encodeBase64Url(claims.face.bytes);
      shown['faceFormat'] = claims.face.format;
    }
  }
  return shown;
}
