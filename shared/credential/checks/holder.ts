// Whether the holder is here and now: the key-binding token around a credential with `cnf` (notably not a copy of one).

import { equalBytes } from '../../bytes/equal.ts';
import { encodeHex } from '../../bytes/hex.ts';
import { sigStructure } from '../../cose/sign1.ts';
import { importP256Public, verifyP256 } from '../../crypto/p256.ts';
import type { Work } from './work.ts';

/** For any verifier of the network. */
export const BROADCAST = '*';

/** Before a nonce in the memory of what was shown: no frame's name has a letter outside 0-9 and a-f. */
const CHALLENGE = 'c:';

/** A credential bound to a key, lifted out of its token, would be an eternal copy. */
export function boundOnlyInToken(work: Work): boolean {
  // SECURITY: the issuer's signature over a lifted credential is perfectly good; only this refuses it.
  return work.decoded.token !== undefined || work.decoded.payload.holderKey === undefined;
}

export function tokenHoldsBound(work: Work): boolean {
  return work.decoded.token === undefined || work.decoded.payload.holderKey !== undefined;
}

export function holderSignature(work: Work): boolean | Promise<boolean> {
  const { token, payload } = work.decoded;
  if (token === undefined) return true;
  const key = payload.holderKey;
  const { message } = token;
  if (key === undefined) return false;
  const over = sigStructure(message.protected, message.payload);
  // SECURITY: the key decides the algorithm; a token that names another one is refused before any arithmetic.
  if (key.curve === 'P-256')
    return message.header.alg === -7 && verifyHolderP256(key.x, key.y, over, message.signature);
  if (key.curve !== 'Ed25519' || message.header.alg === -7) return false;
  const { ed25519 } = work.inputs;
  const imported = ed25519.importPublicKey(key.x);
  if (imported instanceof Promise) {
    return imported.then((ready) => ready !== undefined && ed25519.verify(ready, over, message.signature));
  }
  return imported !== undefined && ed25519.verify(imported, over, message.signature);
}

async function verifyHolderP256(
  x: Uint8Array,
  y: Uint8Array,
  over: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const key = await importP256Public(x, y);
  return key.ok && verifyP256(key.value, over, signature);
}

/** The holder cannot make a token outlive the credential. */
export function tokenWithinCredential(work: Work): boolean {
  const end = work.decoded.token?.payload.expiresAt;
  return end === undefined || (end <= work.decoded.payload.expiresAt && work.inputs.now < end);
}

/** A verifier that has shown a challenge takes only its answer: a broadcast frame could be a recording. */
export function answersChallenge(work: Work): boolean {
  const { challenge } = work.inputs;
  if (challenge === undefined) return true;
  const token = work.decoded.token?.payload;
  if (token?.cnonce === undefined) return false;
  return token.audience === challenge.audience && equalBytes(token.cnonce, challenge.cnonce);
}

/** A verifier that has shown none takes broadcast frames, and not an answer made for somebody else. */
export function forThisVerifier(work: Work): boolean {
  const token = work.decoded.token?.payload;
  if (token === undefined || work.inputs.challenge !== undefined) return true;
  return token.audience === BROADCAST && token.cnonce === undefined;
}

/** An answered challenge needs no clock: its nonce is fresh by itself. */
export function frameFresh(work: Work): boolean {
  const token = work.decoded.token?.payload;
  if (token === undefined || work.inputs.challenge !== undefined) return true;
  const age = work.inputs.now - token.issuedAt;
  return age <= work.inputs.policy.frameMaxAgeSeconds && age >= -work.inputs.policy.frameMaxAheadSeconds;
}

/**
 * Remembers the frame, so it is the last check: a frame that failed another one may be shown again. The credential is named by its
 * issuer's signature, which is one for each and cheaper than a hash. A challenge is answered once, by whomever.
 */
export function firstShowing(work: Work): boolean {
  const token = work.decoded.token?.payload;
  if (token === undefined) return true;
  const { challenge } = work.inputs;
  if (challenge !== undefined) {
    return work.inputs.replay?.firstShowing(`${CHALLENGE}${encodeHex(challenge.cnonce)}`, work.inputs.now) ?? false;
  }
  const frame = `${encodeHex(work.decoded.message.signature.subarray(0, 16))}.${token.issuedAt}`;
  const { frameMaxAgeSeconds, frameMaxAheadSeconds } = work.inputs.policy;
  const goodSeconds = frameMaxAgeSeconds + frameMaxAheadSeconds;
  return work.inputs.replay?.firstShowing(frame, work.inputs.now, goodSeconds) ?? false;
}
