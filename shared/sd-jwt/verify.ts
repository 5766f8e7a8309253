// One presentation, one verdict: an ordered table of checks over an SD-JWT VC with key binding. Nothing from inside is believed before
// the issuer's signature holds. Specifications: RFC 9901 §7.3, SD-JWT VC §2.5, OpenID4VP 1.0 §8.6 and B.3, HAIP 1.0 §6.

import type { EpochSeconds } from '../base/brands.ts';
import { decodeBase64 } from '../bytes/base64.ts';
import { equalBytes } from '../bytes/equal.ts';
import { encodeUtf8 } from '../bytes/text.ts';
import type { PlatformKey } from '../crypto/keys.ts';
import { verifyP256 } from '../crypto/p256.ts';
import { sha256Sync } from '../crypto/sha256.ts';
import { type FreshnessPolicy, freshness } from '../trust/freshness.ts';
import { STATUS } from '../trust/status-bitmap.ts';
import type { FetchedStatusSource, StatusAnswer } from '../trust/status-source.ts';
import type { Certificate } from '../x509/certificate.ts';
import { certificateKey, maxChain, verifyChain } from '../x509/chain.ts';
import { decodeSdJwt, discloseClaims, type SdJwt } from './decode.ts';
import { SD_JWT_VC_TYPE } from './issue.ts';
import { p256JwkOf } from './jwk.ts';
import { decodeJws, isJsonObject, type JsonObject, type Jws } from './jws.ts';
import { KEY_BINDING_TYPE, shownHashOf } from './present.ts';

export type PresentationInputs = {
  readonly anchors: readonly Certificate[];
  /** Whether a leaf's key (65 bytes) was withdrawn before its certificate ended. */
  readonly isWithdrawn: (publicKey: Uint8Array) => boolean;
  readonly issuer: string;
  /** The kinds of credential (`vct`) that were asked for. */
  readonly types: readonly string[];
  /** Who asked, and the number it asked with: what the holder signed. */
  readonly audience: string;
  readonly nonce: string;
  readonly status: FetchedStatusSource;
  readonly now: EpochSeconds;
  readonly policy: PresentationPolicy;
};

export type PresentationPolicy = {
  readonly status: FreshnessPolicy;
  readonly clockSkewSeconds: number;
  /** How old the holder's signature may be. */
  readonly bindingMaxAgeSeconds: number;
};

export const presentationPolicy: PresentationPolicy = {
  status: { maxAgeSeconds: 7 * 86_400, graceSeconds: 2 * 86_400 },
  clockSkewSeconds: 60,
  bindingMaxAgeSeconds: 300,
};

/** What the checks leave behind for those after them. */
type Work = {
  readonly text: string;
  readonly inputs: PresentationInputs;
  sdJwt?: SdJwt;
  leaf?: Certificate;
  claims?: JsonObject;
  holderKey?: PlatformKey;
  binding?: Jws;
  status?: StatusAnswer;
};

type Row = {
  readonly name: string;
  readonly outcome: 'rejected' | 'undecided';
  readonly run: (work: Work) => boolean | Promise<boolean>;
};

/** Accepted if every row holds; the first that does not names the verdict. `undecided`: nothing is known against it. */
export const PRESENTATION_CHECKS = [
  { name: 'sd_jwt_readable', outcome: 'rejected', run: readable },
  { name: 'type_is_sd_jwt_vc', outcome: 'rejected', run: (work) => headerOf(work)['typ'] === SD_JWT_VC_TYPE },
  { name: 'algorithm_allowed', outcome: 'rejected', run: (work) => headerOf(work)['alg'] === 'ES256' },
  { name: 'issuer_trusted', outcome: 'rejected', run: issuerTrusted },
  { name: 'issuer_signature', outcome: 'rejected', run: issuerSignature },
  { name: 'issuer_key_standing', outcome: 'rejected', run: issuerKeyStanding },
  { name: 'issuer_named', outcome: 'rejected', run: (work) => payloadOf(work)['iss'] === work.inputs.issuer },
  { name: 'disclosures_match', outcome: 'rejected', run: disclosuresMatch },
  {
    name: 'type_expected',
    outcome: 'rejected',
    run: (work) => work.inputs.types.includes(String(payloadOf(work)['vct'])),
  },
  { name: 'already_valid', outcome: 'rejected', run: alreadyValid },
  { name: 'not_expired', outcome: 'rejected', run: notExpired },
  { name: 'bound_to_a_key', outcome: 'rejected', run: boundToKey },
  { name: 'key_binding_shown', outcome: 'rejected', run: keyBindingShown },
  { name: 'holder_signature', outcome: 'rejected', run: holderSignature },
  { name: 'for_this_verifier', outcome: 'rejected', run: (work) => bindingOf(work)['aud'] === work.inputs.audience },
  { name: 'answers_this_request', outcome: 'rejected', run: (work) => bindingOf(work)['nonce'] === work.inputs.nonce },
  { name: 'over_what_is_shown', outcome: 'rejected', run: overWhatIsShown },
  { name: 'binding_fresh', outcome: 'rejected', run: bindingFresh },
  { name: 'revocable', outcome: 'rejected', run: (work) => statusOf(work) !== undefined },
  { name: 'status_list_at_hand', outcome: 'undecided', run: statusListAtHand },
  { name: 'not_revoked', outcome: 'rejected', run: notRevoked },
  { name: 'not_suspended', outcome: 'rejected', run: (work) => work.status?.status !== STATUS.suspended },
  { name: 'status_list_fresh', outcome: 'undecided', run: statusListFresh },
] as const satisfies readonly Row[];

export type PresentationCheck = (typeof PRESENTATION_CHECKS)[number]['name'];

export type PresentationVerdict =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'rejected' | 'undecided'; readonly check: PresentationCheck };

export type PresentationVerification = {
  readonly verdict: PresentationVerdict;
  /** SHA-256 of the issuer's JWT, once the issuer's signature holds. */
  readonly hash: Uint8Array | undefined;
  /** Where the credential's status is, as the issuer signed it; of what no issuer of ours signed there is none. */
  readonly status: { readonly uri: string; readonly index: number } | undefined;
  /** Of the list that was asked; undefined when the verdict came before that, or there was none. */
  readonly statusIssuedAt: EpochSeconds | undefined;
  /** What was shown, with the claims about the credential itself; only if accepted. */
  readonly claims: JsonObject | undefined;
};

export async function verifyPresentation(text: string, inputs: PresentationInputs): Promise<PresentationVerification> {
  const work: Work = { text, inputs };
  let signed: Pick<PresentationVerification, 'hash' | 'status'> = { hash: undefined, status: undefined };
  for (const check of PRESENTATION_CHECKS) {
    if (!(await check.run(work))) {
      const statusIssuedAt = work.status?.issuedAt;
      return { verdict: { outcome: check.outcome, check: check.name }, ...signed, statusIssuedAt, claims: undefined };
    }
    if (check.name === 'issuer_signature')
      signed = { hash: sha256Sync(encodeUtf8(work.sdJwt?.issuerJwt ?? '')), status: statusOf(work) };
  }
  return { verdict: { outcome: 'accepted' }, ...signed, statusIssuedAt: work.status?.issuedAt, claims: work.claims };
}

function readable(work: Work): boolean {
  const decoded = decodeSdJwt(work.text);
  if (decoded.ok) work.sdJwt = decoded.value;
  return decoded.ok;
}

const headerOf = (work: Work) => work.sdJwt?.issuer.header ?? {};
const payloadOf = (work: Work) => work.sdJwt?.issuer.payload ?? {};
const bindingOf = (work: Work) => work.binding?.payload ?? {};

/** SECURITY: the key comes from the chain and from nowhere else; jwk, jku and kid of the header are not read. */
async function issuerTrusted(work: Work): Promise<boolean> {
  const { x5c } = headerOf(work);
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > maxChain) return false;
  const chain: Uint8Array[] = [];
  for (const text of x5c as readonly unknown[]) {
    const bytes = typeof text === 'string' ? decodeBase64(text) : undefined;
    if (!bytes?.ok) return false;
    chain.push(bytes.value);
  }
  const leaf = await verifyChain(chain, work.inputs.anchors, work.inputs.now);
  if (leaf.ok) work.leaf = leaf.value;
  return leaf.ok;
}

async function issuerSignature(work: Work): Promise<boolean> {
  const { leaf, sdJwt } = work;
  if (!leaf || !sdJwt) return false;
  const key = await certificateKey(leaf);
  return key !== undefined && verifyP256(key, sdJwt.issuer.signed, sdJwt.issuer.signature);
}

function issuerKeyStanding(work: Work): boolean {
  return work.leaf !== undefined && !work.inputs.isWithdrawn(work.leaf.publicKey);
}

function disclosuresMatch(work: Work): boolean {
  const claims = work.sdJwt && discloseClaims(work.sdJwt);
  if (claims?.ok) work.claims = claims.value;
  return claims?.ok === true;
}

function alreadyValid(work: Work): boolean {
  const latest = work.inputs.now + work.inputs.policy.clockSkewSeconds;
  return [payloadOf(work)['iat'], payloadOf(work)['nbf']].every(
    (at) => at === undefined || (isInstant(at) && at <= latest),
  );
}

/** A credential without an end is refused: ours all have one. */
function notExpired(work: Work): boolean {
  const { exp } = payloadOf(work);
  return isInstant(exp) && work.inputs.now < exp + work.inputs.policy.clockSkewSeconds;
}

async function boundToKey(work: Work): Promise<boolean> {
  const { cnf } = payloadOf(work);
  const holder = await p256JwkOf(isJsonObject(cnf) ? cnf['jwk'] : undefined);
  if (holder.ok) work.holderKey = holder.value.key;
  return holder.ok;
}

function keyBindingShown(work: Work): boolean {
  const decoded = decodeJws(work.sdJwt?.keyBinding ?? '', 8192);
  if (!decoded.ok) return false;
  work.binding = decoded.value;
  return decoded.value.header['typ'] === KEY_BINDING_TYPE && decoded.value.header['alg'] === 'ES256';
}

async function holderSignature(work: Work): Promise<boolean> {
  const { holderKey, binding } = work;
  return holderKey !== undefined && binding !== undefined && verifyP256(holderKey, binding.signed, binding.signature);
}

function overWhatIsShown(work: Work): boolean {
  const { sd_hash: hash } = bindingOf(work);
  return typeof hash === 'string' && equalBytes(encodeUtf8(hash), encodeUtf8(shownHashOf(work.sdJwt?.shown ?? '')));
}

function bindingFresh(work: Work): boolean {
  const { iat } = bindingOf(work);
  const { now, policy } = work.inputs;
  return isInstant(iat) && iat <= now + policy.clockSkewSeconds && iat >= now - policy.bindingMaxAgeSeconds;
}

function statusOf(work: Work): { readonly uri: string; readonly index: number } | undefined {
  const { status } = payloadOf(work);
  const list = isJsonObject(status) ? status['status_list'] : undefined;
  if (!isJsonObject(list)) return undefined;
  const { uri, idx } = list;
  return typeof uri === 'string' && isInstant(idx) ? { uri, index: idx } : undefined;
}

async function statusListAtHand(work: Work): Promise<boolean> {
  const reference = statusOf(work);
  const answer = reference && (await work.inputs.status.find(reference.uri, reference.index));
  if (answer) work.status = answer;
  return answer !== undefined;
}

/** Any status but valid and suspended counts as revoked: a meaning we do not know is not a good sign. */
function notRevoked(work: Work): boolean {
  return work.status?.status === STATUS.valid || work.status?.status === STATUS.suspended;
}

function statusListFresh(work: Work): boolean {
  return work.status !== undefined && freshness(work.status, work.inputs.now, work.inputs.policy.status).fresh;
}

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
