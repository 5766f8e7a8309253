// The act behind POST /v1/verify: one code, one verdict, one receipt, one line for the journal. It never sees a request.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import type { VerifyContext } from '../../shared/contract/verify.ts';
import type { Signer } from '../../shared/cose/sign1.ts';
import type { VerifyInputs } from '../../shared/credential/checks/work.ts';
import { blankClaims } from '../../shared/credential/claims.ts';
import { DEFAULT_POLICY, type VerifyPolicy } from '../../shared/credential/policy.ts';
import type { ReplayMemory } from '../../shared/credential/replay.ts';
import type { Profile, Verdict, Verification, VerifiedCredential } from '../../shared/credential/verdict.ts';
import { forgetHolder, verifyCredential } from '../../shared/credential/verify.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import type { Ed25519 } from '../../shared/crypto/ed25519.ts';
import { sha256Sync } from '../../shared/crypto/sha256.ts';
import { wholeIndex } from '../../shared/trust/status-source.ts';
import { entryText } from '../journal/entry.ts';
import type { NewShowing } from '../store/showings.ts';
import { answerText, batchAnswerText, type ShownClaim, type Told } from './answer-text.ts';
import { answeredEntry } from './answered-entry.ts';
import type { HeldLists } from './lists.ts';
import type { CodeRequest } from './parse-request.ts';
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

/** What follows the answer: the act's line of the journal, as JSON, and what the holders may see of it. */
type After = { readonly entry: string; readonly showings: readonly NewShowing[] };
/** `text`: the VerifyAnswer, or for many the VerifyBatchAnswer, as JSON. */
export type Answered = After & { readonly text: string };
export type VerifyRefusal = { readonly reason: 'context_not_allowed' | 'challenge_not_yours' };

/** A verdict is never an error: only a caller who may not ask so is refused. */
export async function verifyCode(
  request: CodeRequest,
  caller: Verifier,
  needs: VerifyNeeds,
): Promise<Result<Answered, VerifyRefusal>> {
  const refused = refusalOf(request, caller);
  if (refused !== undefined) return err({ reason: refused });
  const rules = rulesOf(caller);
  const judged = judgedOf(await verifyCredential(request.text, inputsOf(request, rules, needs)), request, rules, needs);
  const { context } = request;
  const { answer, hash, verdict, profile, showing } = judged;
  const said = { hash, verdict, verifierId: caller.id, at: needs.now, context, profile };
  const receipt = await signReceipt(said, needs.signer);
  const answered: Answered = {
    text: answerText(answer, receipt),
    entry: answeredEntry(judged, context, caller.id, needs.now),
    showings: showing === undefined ? noShowings : [showing],
  };
  if (judgedSince++ % keptEvery === 0) {
    kept.judged = withoutHolder(judged);
    kept.answered = { text: '', entry: answered.entry, showings: answered.showings };
  }
  return ok(answered);
}

/** SECURITY: an answer made for another business proves nothing to this one, though it may have been shown both. */
function refusalOf({ context, challenge }: CodeRequest, { id, policy }: Verifier): VerifyRefusal['reason'] | undefined {
  if (!policy.contexts.includes(context)) return 'context_not_allowed';
  return challenge !== undefined && challenge.audience !== id ? 'challenge_not_yours' : undefined;
}

const noShowings: readonly NewShowing[] = [];

/**
 * The shapes of something that was judged not long ago. V8 forgets the shape of an object when a collection of garbage finds none of it,
 * and with the shape the machine code of every function that knew it: one of each that stays saves compiling the whole path again after
 * every collection.
 */
const kept: { judged: Judged | undefined; answered: Answered | undefined } = { judged: undefined, answered: undefined };
/** One in so many: to make it forget its holder costs more than a check of the table. */
const keptEvery = 100;
let judgedSince = 0;

/** SECURITY: nothing that the code says of its holder stays in memory. Its text and its journal line must have been made. */
function withoutHolder(judged: Judged): Judged {
  const { credential, answer } = judged;
  if (credential !== undefined) forgetHolder(credential);
  if (answer.shown !== undefined) blankClaims(answer.shown.claims);
  return judged;
}

/**
 * All at once, one act with one receipt and one line of the journal that holds the receipt's hash. A context that the caller may not use,
 * or another business's challenge, refuses the whole batch before anything is judged.
 */
export async function verifyCodes(
  requests: readonly CodeRequest[],
  caller: Verifier,
  needs: VerifyNeeds,
): Promise<Result<Answered, VerifyRefusal>> {
  for (const request of requests) {
    const refused = refusalOf(request, caller);
    if (refused !== undefined) return err({ reason: refused });
  }
  const lines = await Promise.all(requests.map((request) => judgeCode(request, caller, needs)));
  const receipt = await signBatchReceipt({ lines, verifierId: caller.id, at: needs.now }, needs.signer);
  const text = batchAnswerText(
    lines.map(({ answer }) => answer),
    receipt,
  );
  const [first] = lines;
  kept.judged = first && withoutHolder(first);
  return ok({
    text,
    entry: await batchEntryOf(lines, receipt, caller, needs.now),
    showings: lines.flatMap(({ showing }) => (showing ? [showing] : [])),
  });
}

type Judged = {
  readonly answer: Told;
  readonly credential: VerifiedCredential | undefined;
  readonly hash: Uint8Array;
  readonly verdict: Verdict;
  readonly context: VerifyContext;
  readonly profile: Profile | undefined;
  readonly showing: NewShowing | undefined;
};

async function judgeCode(request: CodeRequest, caller: Verifier, needs: VerifyNeeds): Promise<Judged> {
  const rules = rulesOf(caller);
  return judgedOf(await verifyCredential(request.text, inputsOf(request, rules, needs)), request, rules, needs);
}

function inputsOf({ context, challenge }: CodeRequest, { policy }: Rules, needs: VerifyNeeds): VerifyInputs {
  const { lists, ed25519, replay, now, wasIssued = neverIssued } = needs;
  const { trust, status } = lists;
  return { trust, status, now, context, policy, ed25519, replay, challenge, wasIssued };
}

function judgedOf(
  verification: Verification,
  { text, context }: CodeRequest,
  { caller, named }: Rules,
  needs: VerifyNeeds,
): Judged {
  const { now } = needs;
  const { statusIssuedAt } = needs.lists;
  const { verdict, credential, notices, ages } = verification;
  const { outcome } = verdict;
  const accepted = outcome === 'accepted';
  const claims = accepted ? verification.claims : undefined;
  const answer: Told = {
    verdict: accepted ? { outcome } : { outcome, check: verdict.check },
    shown: claims === undefined ? undefined : { claims, named },
    profile: credential?.profile,
    ages: {
      trustListSeconds: ages.trustListSeconds,
      statusListSeconds: statusIssuedAt === undefined ? null : Math.max(0, now - statusIssuedAt),
    },
    notices,
  };
  const showing = credential && showingOf(credential, outcome, context, caller, needs);
  const hash = credential === undefined ? sha256Sync(encodeUtf8(text)) : credential.hash;
  return { answer, credential, hash, verdict, context, profile: credential?.profile, showing };
}

const neverIssued = () => false;

/** Only what the issuer signed has a holder to tell; an age pass names no status, so that not even we know whose it was. */
function showingOf(
  { statusUri: uri, statusIndex: index, profile }: VerifiedCredential,
  outcome: Verdict['outcome'],
  context: VerifyContext,
  caller: Verifier,
  { statusListUri, now: at }: VerifyNeeds,
): NewShowing | undefined {
  const statusIdx = uri === undefined || index === undefined ? undefined : wholeIndex(statusListUri, { uri, index });
  return statusIdx === undefined ? undefined : { statusIdx, verifierId: caller.id, at, context, outcome, profile };
}

/** The receipt names every code and verdict; its hash in the chained journal keeps anyone from making another one later. */
async function batchEntryOf(
  lines: readonly Pick<Judged, 'verdict'>[],
  receipt: string,
  caller: Verifier,
  at: EpochSeconds,
): Promise<string> {
  const detail = { codes: lines.length, accepted: 0, rejected: 0, undecided: 0 };
  for (const { verdict } of lines) detail[verdict.outcome]++;
  const object = encodeBase64Url(await sha256(encodeUtf8(receipt)));
  return entryText({ at, event: 'verification.batch_answered', actor: `verifier:${caller.id}`, object, detail });
}

type Rules = { readonly caller: Verifier; readonly policy: VerifyPolicy; readonly named: readonly ShownClaim[] };
const rulesOfCallers = new WeakMap<Verifier, Rules>();

/** The same for every code of a business: how old its lists may be, what it takes, and what it is shown of what the context lets anyone see. */
function rulesOf(caller: Verifier): Rules {
  const known = rulesOfCallers.get(caller);
  if (known !== undefined) return known;
  const { maxListAgeSeconds: maxAgeSeconds, claims, profiles } = caller.policy;
  const status = { maxAgeSeconds, graceSeconds: DEFAULT_POLICY.status.graceSeconds };
  // An age that was asked for is always said in its context; the face of a copy beside it, as everywhere, if the policy has it.
  const named: readonly ShownClaim[] = ['ageAtLeast', ...claims.flatMap((allowed) => namesOf[allowed])];
  const policy = { ...DEFAULT_POLICY, status, profiles, faceSeen: claims.includes('face') };
  const rules = { caller, policy, named };
  rulesOfCallers.set(caller, rules);
  return rules;
}

const namesOf: Readonly<Record<DisclosableClaim, readonly ShownClaim[]>> = {
  name: ['nameArabic', 'nameLatin'],
  number: ['id'],
  birthDate: ['birthDate'],
  gender: ['gender'],
  nationality: ['nationality'],
  documentExpiresOn: ['documentExpiresOn'],
  face: ['face'],
};
