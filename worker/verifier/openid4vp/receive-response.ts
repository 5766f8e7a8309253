// A wallet's answer: opened, held against the request's state, judged, sealed for the business that asked. Answered once.

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
  verifyPresentation,
} from '../../../shared/sd-jwt/verify.ts';
import type { JournalEntry } from '../../journal/entry.ts';
import { hashSecret, isSecretOf, newSecret } from '../../logins/handle.ts';
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

export type ReceiveNeeds = {
  readonly presentations: (id: string) => PresentationObject;
  readonly vault: Pick<Vault, 'sealWithMaster' | 'openWithMaster'>;
  /** Anchors, withdrawn keys, issuer and status, as they stand now. */
  readonly trust: () => Promise<Pick<PresentationInputs, 'anchors' | 'isWithdrawn' | 'issuer' | 'status'>>;
  readonly policyOf: (verifierId: string) => Promise<PresentationPolicy>;
  readonly receiptSigner: () => Promise<Signer>;
  readonly append: (entry: JournalEntry) => void;
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
  const outcome = isJsonObject(token) ? await judge(needs, record, token) : undefined;
  const responseCode = record.redirectUri === null ? null : newSecret(needs.random);
  const sealed =
    outcome && (await needs.vault.sealWithMaster(sealedPlace(id, 'outcome'), encodeUtf8(JSON.stringify(outcome))));
  const finished = await needs.presentations(id).finish({
    phase: outcome ? 'answered' : 'refused',
    outcome: sealed ? encodeBase64Url(sealed) : null,
    responseCodeHash: responseCode === null ? null : hashSecret(responseCode),
  });
  if (!finished.ok) return finished;
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

async function judge(needs: ReceiveNeeds, record: PresentationRecord, token: JsonObject): Promise<Outcome> {
  const query = DcqlQuery.parse(JSON.parse(record.query));
  const trust = await needs.trust();
  const policy = await needs.policyOf(record.verifierId);
  const signer = await needs.receiptSigner();
  const outcome: Record<string, Outcome[string]> = {};
  const accepted: string[] = [];
  for (const credential of query.credentials) {
    const shown = token[credential.id];
    // What was not asked for has no id here and is never looked at.
    if (shown === undefined) continue;
    const text = Array.isArray(shown) && shown.length === 1 ? (shown as readonly unknown[])[0] : undefined;
    const inputs = { ...trust, policy, now: needs.now, audience: record.clientId, nonce: record.nonce };
    const judged = await judgeOne(typeof text === 'string' ? text : '', credential, inputs);
    if (judged.verdict.outcome === 'accepted') accepted.push(credential.id);
    outcome[credential.id] = await tell(needs, record, signer, judged);
  }
  if (isEnough(query, accepted)) return outcome;
  // Some of it is missing: none of it is told.
  for (const { id } of query.credentials) {
    const standing = outcome[id];
    if (standing && standing.verdict.outcome !== 'accepted') continue;
    const missing = {
      verdict: { outcome: 'rejected', check: 'answers_the_query' },
      hash: undefined,
      claims: undefined,
    } as const;
    outcome[id] = await tell(needs, record, signer, missing);
  }
  return outcome;
}

type Judged = {
  readonly verdict: Verdict;
  readonly hash: Uint8Array | undefined;
  readonly claims: JsonObject | undefined;
};

async function judgeOne(
  text: string,
  query: CredentialQuery,
  inputs: Omit<PresentationInputs, 'types'>,
): Promise<Judged> {
  const shown = text.length <= maxPresentationChars ? text : '';
  const { verdict, hash, claims } = await verifyPresentation(shown, { ...inputs, types: query.meta.vct_values });
  if (verdict.outcome !== 'accepted' || !claims) return { verdict, hash, claims: undefined };
  const { trusted_authorities: authorities } = query;
  const asked =
    authorities && !isOfOne(authorities, shown)
      ? err({ reason: 'authority_not_asked' } as const)
      : claimsFor(query, claims);
  return asked.ok
    ? { verdict, hash, claims: asked.value }
    : { verdict: { outcome: 'rejected', check: 'answers_the_query' }, hash, claims: undefined };
}

async function tell(
  needs: ReceiveNeeds,
  record: PresentationRecord,
  signer: Signer,
  judged: Judged,
): Promise<Outcome[string]> {
  const { verdict, claims } = judged;
  const { verifierId } = record;
  // Nothing that could be hashed was signed by an issuer: the receipt then names the request.
  const hash = judged.hash ?? sha256Sync(encodeUtf8(record.nonce));
  const receipt = await signReceipt({ hash, verdict, verifierId, at: needs.now }, signer);
  const check = verdict.outcome === 'accepted' ? undefined : verdict.check;
  needs.append({
    at: needs.now,
    event: 'verification.answered',
    actor: `verifier:${verifierId}`,
    ...(judged.hash && { object: encodeBase64Url(judged.hash) }),
    detail: { outcome: verdict.outcome, context: 'online', ...(check !== undefined && { check }) },
  });
  return {
    verdict: check === undefined ? { outcome: verdict.outcome } : { outcome: verdict.outcome, check },
    ...(claims && { claims }),
    receipt,
  };
}
