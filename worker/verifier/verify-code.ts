// The act behind POST /v1/verify: one code, one verdict, one receipt, one line for the journal. It never sees a request.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import type { VerifyAnswer, VerifyBatchAnswer, VerifyContext } from '../../shared/contract/verify.ts';
import type { Signer } from '../../shared/cose/sign1.ts';
import type { IdentityClaims } from '../../shared/credential/claims.ts';
import { DEFAULT_POLICY, type VerifyPolicy } from '../../shared/credential/policy.ts';
import type { ReplayMemory } from '../../shared/credential/replay.ts';
import type { Verdict, Verification, VerifiedCredential } from '../../shared/credential/verdict.ts';
import { verifyCredential } from '../../shared/credential/verify.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import type { Ed25519 } from '../../shared/crypto/ed25519.ts';
import { sha256Sync } from '../../shared/crypto/sha256.ts';
import { wholeIndex } from '../../shared/trust/status-source.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { NewShowing } from '../store/showings.ts';
import type { HeldLists } from './lists.ts';
import { signBatchReceipt, signReceipt } from './receipt.ts';
import type { DisclosableClaim, Verifier } from './verifier.ts';

export type VerifyNeeds = {
  readonly lists: HeldLists;
  readonly signer: Signer;
  readonly ed25519: Ed25519;
  readonly replay: ReplayMemory;
  readonly now: EpochSeconds;
  /** Where our own credentials' statuses are. */
  readonly statusListUri: string;
  /** Asked only of credentials under a key that was compromised later. */
  readonly wasIssued?: (hash: Uint8Array) => Promise<boolean>;
};

/** What follows the answer: the act's line of the journal, and what the holders may see of it. */
type After = { readonly entry: JournalEntry; readonly showings: readonly NewShowing[] };
export type Answered = After & { readonly answer: VerifyAnswer };
export type AnsweredBatch = After & { readonly answer: VerifyBatchAnswer };
export type VerifyRefusal = { readonly reason: 'context_not_allowed' | 'lists_not_ready' };
export type CodeRequest = { readonly text: string; readonly context: VerifyContext };

/** A verdict is never an error: only a caller who may not ask so is refused. */
export async function verifyCode(
  request: CodeRequest,
  caller: Verifier,
  needs: VerifyNeeds,
): Promise<Result<Answered, VerifyRefusal>> {
  const judged = await judgeCode(request, caller, needs);
  if (!judged.ok) return judged;
  const { answer, hash, verdict, showing } = judged.value;
  const receipt = await signReceipt({ hash, verdict, verifierId: caller.id, at: needs.now }, needs.signer);
  const entry = entryOf(judged.value, request.context, caller, needs.now);
  return ok({ answer: { ...answer, receipt }, entry, showings: showing ? [showing] : [] });
}

/**
 * All at once, one act with one receipt and one line of the journal that holds the receipt's hash. A context that the caller may not use
 * refuses the whole batch before anything is judged.
 */
export async function verifyCodes(
  requests: readonly CodeRequest[],
  caller: Verifier,
  needs: VerifyNeeds,
): Promise<Result<AnsweredBatch, VerifyRefusal>> {
  if (requests.some(({ context }) => !caller.policy.contexts.includes(context))) {
    return err({ reason: 'context_not_allowed' });
  }
  const judged = await Promise.all(requests.map((request) => judgeCode(request, caller, needs)));
  const lines: Judged[] = [];
  for (const one of judged) {
    if (!one.ok) return one;
    lines.push(one.value);
  }
  const receipt = await signBatchReceipt({ lines, verifierId: caller.id, at: needs.now }, needs.signer);
  return ok({
    answer: { answers: lines.map(({ answer }) => answer), receipt },
    entry: await batchEntryOf(lines, receipt, caller, needs.now),
    showings: lines.flatMap(({ showing }) => (showing ? [showing] : [])),
  });
}

type Judged = {
  readonly answer: Omit<VerifyAnswer, 'receipt'>;
  readonly credential: VerifiedCredential | undefined;
  readonly hash: Uint8Array;
  readonly verdict: Verdict;
  readonly showing: NewShowing | undefined;
};

async function judgeCode(
  request: CodeRequest,
  caller: Verifier,
  needs: VerifyNeeds,
): Promise<Result<Judged, VerifyRefusal>> {
  const { lists, ed25519, replay, now, wasIssued } = needs;
  const { text, context } = request;
  if (!caller.policy.contexts.includes(context)) return err({ reason: 'context_not_allowed' });
  const { trust, status } = lists;
  const policy = policyOf(caller);
  const inputs = { trust, status, now, context, policy, ed25519, replay, ...(wasIssued && { wasIssued }) };
  const verification = await verifyCredential(text, inputs);
  const { verdict, credential, notices } = verification;
  const hash = credential?.hash ?? sha256Sync(encodeUtf8(text));
  const claims = verdict.outcome === 'accepted' ? shownClaims(verification, caller) : undefined;
  const check = verdict.outcome === 'accepted' ? undefined : verdict.check;
  const answer: Omit<VerifyAnswer, 'receipt'> = {
    verdict: check === undefined ? { outcome: verdict.outcome } : { outcome: verdict.outcome, check },
    ...(claims && { claims }),
    ...(credential && { profile: credential.profile }),
    ages: {
      trustListSeconds: verification.ages.trustListSeconds,
      statusListSeconds: lists.statusIssuedAt === undefined ? null : Math.max(0, now - lists.statusIssuedAt),
    },
    notices: [...notices],
  };
  // Only what the issuer signed has a holder to tell; an age pass names no status, so that not even we know whose it was.
  const { statusUri: uri, statusIndex: index } = credential ?? {};
  const statusIdx =
    uri === undefined || index === undefined ? undefined : wholeIndex(needs.statusListUri, { uri, index });
  const showing =
    credential && statusIdx !== undefined
      ? { statusIdx, verifierId: caller.id, at: now, context, outcome: verdict.outcome, profile: credential.profile }
      : undefined;
  return ok({ answer, credential, hash, verdict, showing });
}

function entryOf(
  { verdict, credential }: Judged,
  context: VerifyContext,
  caller: Verifier,
  at: EpochSeconds,
): JournalEntry {
  return {
    at,
    event: 'verification.answered',
    actor: `verifier:${caller.id}`,
    // SECURITY: the hash of a signed credential says nothing of its holder; that of any other text could be guessed back.
    ...(credential && { object: encodeBase64Url(credential.hash) }),
    detail: {
      outcome: verdict.outcome,
      context,
      ...(verdict.outcome !== 'accepted' && { check: verdict.check }),
      ...(credential && { profile: credential.profile }),
    },
  };
}

/** The receipt names every code and verdict; its hash in the chained journal keeps anyone from making another one later. */
async function batchEntryOf(
  lines: readonly Judged[],
  receipt: string,
  caller: Verifier,
  at: EpochSeconds,
): Promise<JournalEntry> {
  const detail = { codes: lines.length, accepted: 0, rejected: 0, undecided: 0 };
  for (const { verdict } of lines) detail[verdict.outcome]++;
  const object = encodeBase64Url(await sha256(encodeUtf8(receipt)));
  return { at, event: 'verification.batch_answered', actor: `verifier:${caller.id}`, object, detail };
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
