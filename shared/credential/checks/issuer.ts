// Whose credential it is: the issuer's key in the trust list, its signature, and whether the key could sign then and counts now.

import { passingSigStructure, sigStructure } from '../../cose/sign1.ts';
import type { TrustedKey } from '../../trust/trust-view.ts';
import type { Work } from './work.ts';

/** An issuer that a stale list does not name may be a new one: nothing can be said. */
export function issuerInFreshList(work: Work): boolean {
  const { kid } = work.decoded.message.header;
  work.candidates = kid === undefined ? [] : work.inputs.trust.candidates(kid);
  return work.candidates.length > 0 || work.trustFreshness.fresh;
}

export function issuerKnown(work: Work): boolean {
  return work.candidates.length > 0;
}

export function keyForCredentials(work: Work): boolean {
  return work.candidates.some((key) => key.entry.purposes.includes('credential'));
}

/** Tries every candidate key. The algorithm must be the key's own: an issuer's keys are Ed25519. */
export function issuerSignature(work: Work): boolean | Promise<boolean> {
  const { message } = work.decoded;
  const { ed25519 } = work.inputs;
  if (message.header.alg === -7) return false;
  const [only] = work.candidates;
  const key = work.candidates.length === 1 ? only?.importedFor(ed25519) : undefined;
  if (only !== undefined && key !== undefined && !(key instanceof Promise)) {
    // The common case: one key, imported before. No promise where the platform verifies at once.
    const valid = ed25519.verify(key, passingSigStructure(message.protected, message.payload), message.signature);
    return typeof valid === 'boolean' ? keepSigner(work, only, valid) : valid.then((it) => keepSigner(work, only, it));
  }
  return tryAll(work, sigStructure(message.protected, message.payload));
}

function keepSigner(work: Work, key: TrustedKey, valid: boolean): boolean {
  if (valid) work.issuerKey = key;
  return valid;
}

async function tryAll(work: Work, over: Uint8Array): Promise<boolean> {
  for (const candidate of work.candidates) {
    if (!candidate.entry.purposes.includes('credential')) continue;
    const key = await candidate.importedFor(work.inputs.ed25519);
    if (key === undefined) continue;
    if (keepSigner(work, candidate, await work.inputs.ed25519.verify(key, over, work.decoded.message.signature))) {
      return true;
    }
  }
  return false;
}

/** One listed issuer cannot speak in another's name. */
export function issuerNamed(work: Work): boolean {
  return work.issuerKey?.entry.issuer === work.decoded.payload.issuer;
}

export function keyValidAtIssuance(work: Work): boolean {
  const { issuedAt } = work.decoded.payload;
  const entry = work.issuerKey?.entry;
  return entry !== undefined && issuedAt >= entry.usableFrom && issuedAt <= entry.signUntil;
}

export function keyAcceptedNow(work: Work): boolean {
  const entry = work.issuerKey?.entry;
  return entry !== undefined && work.inputs.now <= entry.acceptUntil;
}

/** Nothing issued after the compromise counts. */
export function keyNotCompromised(work: Work): boolean {
  const entry = work.issuerKey?.entry;
  if (entry === undefined) return false;
  if (entry.state !== 'compromised') return true;
  return entry.compromisedAt !== undefined && work.decoded.payload.issuedAt < entry.compromisedAt;
}

/** What claims to be older than the compromise may be backdated by the thief: only the log of issued credentials can tell. */
export function issuanceConfirmed(work: Work): boolean | Promise<boolean> {
  // SECURITY: a stolen key signs any date, so the date alone proves nothing.
  if (work.issuerKey?.entry.state !== 'compromised') return true;
  return work.inputs.wasIssued?.(work.hash) ?? false;
}
