// A wallet's answer: opened, held against the request's state, judged, sealed for the business that asked. Answered once. One file for the
// steps of one answer, in their order.
import { compactDecrypt, importJWK, type JWK } from 'jose';
import type { EpochSeconds } from '../../../shared/base/brands.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { decodeBase64Url, encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { decodeUtf8, encodeUtf8 } from '../../../shared/bytes/text.ts';
import type { PresentationResult } from '../../../shared/contract/openid4vp.ts';
import type { Signer } from '../../../shared/cose/sign1.ts';
import { sha256Sync } from '../../../shared/crypto/sha256.ts';
import { isJsonObject, type JsonObject } from '../../../shared/sd-jwt/jws.ts';
import {
  type PresentationInputs,
  type PresentationPolicy,
  type PresentationVerdict,
  type PresentationVerification,
  verifyPresentation,
} from '../../../shared/sd-jwt/verify.ts';
import { wholeIndex } from '../../../shared/trust/status-source.ts';
import type { JournalEntry } from '../../journal/entry.ts';
import { hashSecret, isSecretOf, newSecret } from '../../logins/handle.ts';
import type { NewShowing } from '../../store/showings.ts';
import type { Vault } from '../../store/vault.ts';
import { signReceipt } from '../receipt.ts';
import { sealedPlace } from './begin-presentation.ts';
import { type CredentialQuery, claimsFor, DcqlQuery, isEnough } from './dcql.ts';
import type { PresentationObject } from './presentation.ts';
import type { PresentationError, PresentationRecord } from './presentation-rules.ts';
import { encryptedResponseEncs } from './request-object.ts';
import { isOfOne } from './trusted-authorities.ts';

export const maxResponseBytes = 131_072;
const maxPresentationChars = 65_536;
/** Of journal and showings: no context of a counter, and the profile of SD-JWT VC. */
const [context, profile] = ['online', 'V'] as const;

export type ReceiveNeeds = {
  readonly presentations: (id: string) => PresentationObject;
  readonly vault: Pick<Vault, 'sealWithMaster' | 'openWithMaster'>;
  /** Anchors, withdrawn keys, issuer and status, as they stand now, and how old the lists are. */
  readonly trust: () => Promise<
    Pick<PresentationInputs, 'anchors' | 'isWithdrawn' | 'issuer' | 'status'> & Pick<Outcome[string], 'ages'>
  >;
  /** Where our own credentials' statuses are. */
  readonly statusUri: string;
  readonly policyOf: (verifierId: string) => Promise<PresentationPolicy>;
  readonly receiptSigner: () => Promise<Signer>;
  readonly append: (entry: JournalEntry) => void;
  /** What the holders may see of it. */
  readonly show: (showings: readonly NewShowing[]) => void;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: EpochSeconds;
};

export type ReceiveRefusal =
  | PresentationError
  | { readonly reason: 'response_malformed' | 'response_not_encrypted' | 'response_not_decrypted' | 'state_wrong' };

/** Answers where the wallet sends the person, if anywhere. A presentation that is refused is an answer too: the business is told. */
export async function receiveResponse(
  needs: ReceiveNeeds,
  id: string,
  form: ReadonlyMap<string, string>,
): Promise<Result<{ readonly redirectUri: string | undefined }, ReceiveRefusal>> {
  const open = await needs.presentations(id).waiting();
  if (!open.ok) return open;
  const record = open.value;
  const answer = await readAnswer(needs, id, record, form);
  if (!answer.ok) return answer;
  const { state, error, vp_token: token } = answer.value;
  // SECURITY: whoever answers has read this very request.
  if (typeof state !== 'string' || !isSecretOf(state, record.stateHash)) return err({ reason: 'state_wrong' });
  if (error === undefined && !isJsonObject(token)) return err({ reason: 'response_malformed' });
  const decided = isJsonObject(token) ? await decide(needs, record, token) : undefined;
  const answered = decided && { decided, outcome: await outcomeOf(needs, record, decided) };
  const responseCode = record.redirectUri === null ? null : newSecret(needs.random);
  const sealed =
    answered &&
    (await needs.vault.sealWithMaster(sealedPlace(id, 'outcome'), encodeUtf8(JSON.stringify(answered.outcome))));
  const finished = await needs.presentations(id).finish({
    phase: answered ? 'answered' : 'refused',
    outcome: sealed ? encodeBase64Url(sealed) : null,
    responseCodeHash: responseCode === null ? null : hashSecret(responseCode),
  });
  if (!finished.ok) return finished;
  // Of two answers at once only the one that counts is told of.
  needs.append(entryOf(record, answered, needs.now));
  if (decided) needs.show(showingsOf(needs, record, decided));
  return ok({ redirectUri: responseCode === null ? undefined : `${record.redirectUri}#response_code=${responseCode}` });
}

/** The parameters of the answer: plain, or out of the one JWE (OpenID4VP 1.0 §8.2, §8.3). */
async function readAnswer(
  needs: ReceiveNeeds,
  id: string,
  record: PresentationRecord,
  form: ReadonlyMap<string, string>,
): Promise<Result<JsonObject, ReceiveRefusal>> {
  const jwe = form.get('response');
  // §8.3.1: an error may come in the clear, whatever was asked.
  if (record.encryption === null || (jwe === undefined && form.has('error'))) {
    const token = form.get('vp_token');
    const parsed = token === undefined ? undefined : jsonOf(token);
    return ok({ ...Object.fromEntries(form), vp_token: parsed });
  }
  if (jwe === undefined) return err({ reason: 'response_not_encrypted' });
  const sealed = decodeBase64Url(record.encryption.sealedPrivate);
  const secret = sealed.ok ? await needs.vault.openWithMaster(sealedPlace(id, 'key'), sealed.value) : sealed;
  const text = secret.ok ? decodeUtf8(secret.value) : secret;
  if (!text.ok) throw new Error(`the key of a presentation does not open: ${text.error.reason}`);
  try {
    const key = await importJWK(JSON.parse(text.value) as JWK, 'ECDH-ES');
    const { plaintext } = await compactDecrypt(jwe, key, {
      keyManagementAlgorithms: ['ECDH-ES'],
      contentEncryptionAlgorithms: [...encryptedResponseEncs],
    });
    const opened = decodeUtf8(plaintext);
    const json = opened.ok ? jsonOf(opened.value) : undefined;
    return isJsonObject(json) ? ok(json) : err({ reason: 'response_malformed' });
  } catch {
    return err({ reason: 'response_not_decrypted' });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

type Outcome = NonNullable<PresentationResult['credentials']>;
type Verdict = PresentationVerdict | { readonly outcome: 'rejected'; readonly check: 'answers_the_query' };
type Judged = Pick<PresentationVerification, 'hash' | 'status' | 'statusIssuedAt' | 'claims'> & {
  readonly verdict: Verdict;
};

/** What was decided of a token: an entry for each credential of the query that was shown or is missed, and whether they are enough. */
type Decided = {
  readonly isEnough: boolean;
  readonly each: readonly (readonly [id: string, judged: Judged])[];
  readonly ages: Outcome[string]['ages'];
};

async function decide(needs: ReceiveNeeds, record: PresentationRecord, token: JsonObject): Promise<Decided> {
  const query = DcqlQuery.parse(JSON.parse(record.query));
  const { ages, ...trust } = await needs.trust();
  const policy = await needs.policyOf(record.verifierId);
  const inputs = { ...trust, policy, now: needs.now, audience: record.clientId, nonce: record.nonce };
  const each: [string, Judged][] = [];
  for (const credential of query.credentials) {
    const shown = token[credential.id];
    // What was not asked for has no id here and is never looked at.
    if (shown === undefined) continue;
    const text = Array.isArray(shown) && shown.length === 1 ? (shown as readonly unknown[])[0] : undefined;
    each.push([credential.id, await judgeOne(typeof text === 'string' ? text : '', credential, inputs)]);
  }
  const accepted = each.filter(([, { verdict }]) => verdict.outcome === 'accepted').map(([id]) => id);
  if (isEnough(query, accepted)) return { isEnough: true, each, ages };
  // Some of it is missing: none of it is told, and what was good answers the query no more than what is not there.
  const told = query.credentials.map(({ id }) => {
    const judged = each.find(([name]) => name === id)?.[1] ?? notShown;
    return [id, judged.verdict.outcome === 'accepted' ? { ...judged, ...noAnswer } : judged] as const;
  });
  return { isEnough: false, each: told, ages };
}

const noAnswer = { verdict: { outcome: 'rejected', check: 'answers_the_query' }, claims: undefined } as const;
const notShown: Judged = { ...noAnswer, hash: undefined, status: undefined, statusIssuedAt: undefined };

async function judgeOne(
  text: string,
  query: CredentialQuery,
  inputs: Omit<PresentationInputs, 'types'>,
): Promise<Judged> {
  const shown = text.length <= maxPresentationChars ? text : '';
  const judged = await verifyPresentation(shown, { ...inputs, types: query.meta.vct_values });
  if (judged.verdict.outcome !== 'accepted' || !judged.claims) return judged;
  const { trusted_authorities: authorities } = query;
  const asked =
    authorities && !isOfOne(authorities, shown)
      ? err({ reason: 'authority_not_asked' } as const)
      : claimsFor(query, judged.claims);
  return asked.ok ? { ...judged, claims: asked.value } : { ...judged, ...noAnswer };
}

/** For the business: a verdict and a receipt for each. */
async function outcomeOf(
  needs: Pick<ReceiveNeeds, 'receiptSigner' | 'now'>,
  { verifierId, nonce }: PresentationRecord,
  { each, ages }: Decided,
): Promise<Outcome> {
  const signer = await needs.receiptSigner();
  const outcome: Record<string, Outcome[string]> = {};
  for (const [id, { verdict, claims, hash, statusIssuedAt }] of each) {
    // Nothing that could be hashed was signed by an issuer: the receipt then names the request.
    const object = hash ?? sha256Sync(encodeUtf8(nonce));
    const what = { hash: object, verdict, verifierId, context, ...(hash && { profile }) };
    const receipt = await signReceipt({ ...what, at: needs.now }, signer);
    outcome[id] = {
      verdict: verdict.outcome === 'accepted' ? { outcome: 'accepted' } : verdict,
      ...(claims && { claims }),
      ages:
        statusIssuedAt === undefined ? ages : { ...ages, statusListSeconds: Math.max(0, needs.now - statusIssuedAt) },
      receipt,
    };
  }
  return outcome;
}

/** The one line of the journal for an answer, whatever became of it. `decided` and `outcome`: undefined when the person said no. */
function entryOf(
  { verifierId }: PresentationRecord,
  answered: { readonly decided: Decided; readonly outcome: Outcome } | undefined,
  at: EpochSeconds,
): JournalEntry {
  const line = { at, event: 'verification.answered', actor: `verifier:${verifierId}` } as const;
  if (answered === undefined) return { ...line, detail: { outcome: 'refused', context } };
  const { each, isEnough: enough } = answered.decided;
  const failed = each.map(([, { verdict }]) => verdict).find((verdict) => verdict.outcome !== 'accepted');
  const outcome = enough ? 'accepted' : each.some(isUndecided) ? 'undecided' : 'rejected';
  const check = !enough && failed && 'check' in failed ? { check: failed.check } : {};
  const [first, second] = each;
  if (first && !second) {
    const [, { hash }] = first;
    return { ...line, ...(hash && { object: encodeBase64Url(hash) }), detail: { outcome, context, profile, ...check } };
  }
  // The receipts name every credential; their hash here keeps anyone from making others later.
  const receipts = Object.values(answered.outcome).map(({ receipt }) => receipt);
  const counts = { credentials: each.length, accepted: 0, rejected: 0, undecided: 0 };
  for (const [, { verdict }] of each) counts[verdict.outcome]++;
  const object = encodeBase64Url(sha256Sync(encodeUtf8(receipts.join(' '))));
  return { ...line, object, detail: { outcome, context, profile, ...check, ...counts } };
}

const isUndecided = ([, { verdict }]: Decided['each'][number]) => verdict.outcome === 'undecided';

/** For the person: who met which of their credentials, and what came of it. */
function showingsOf(
  needs: Pick<ReceiveNeeds, 'statusUri' | 'now'>,
  { verifierId }: PresentationRecord,
  { each }: Decided,
): NewShowing[] {
  return each.flatMap(([, { status, verdict }]) => {
    const statusIdx = status && wholeIndex(needs.statusUri, status);
    if (statusIdx === undefined) return [];
    return [{ statusIdx, verifierId, at: needs.now, context, outcome: verdict.outcome, profile }];
  });
}
