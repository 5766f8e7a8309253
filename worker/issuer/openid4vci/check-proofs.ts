// Proofs of the holder's keys (OpenID4VCI 1.0 §8.2.1.1, Appendix F.1): for us, now, over a nonce of ours, each with a key of its own.

import { err, ok, type Result } from '../../../shared/base/result.ts';
import { verifyP256 } from '../../../shared/crypto/p256.ts';
import { type P256Jwk, p256JwkOf, thumbprintOf } from '../../../shared/sd-jwt/jwk.ts';
import { decodeJws, type Jws } from '../../../shared/sd-jwt/jws.ts';
import { type CredentialError, credentialError } from './credential-request.ts';
import type { CredentialNonces } from './nonces.ts';

export const proofType = 'openid4vci-proof+jwt';
/** How far a wallet's clock may be from ours; the nonce says how fresh the proof is. */
const mostSkewSeconds = 300;

export type ProofSetting = {
  readonly issuer: string;
  readonly now: number;
  /** The client that the token names; undefined for a wallet that is not registered. */
  readonly clientId: string | undefined;
  readonly nonces: Pick<CredentialNonces, 'isFresh'>;
};

export type ProvedKeys = { readonly holders: readonly P256Jwk[]; readonly nonce: string };

/** The keys in the order of the proofs, and the one nonce that all of them carry. It is NOT used up here. */
export async function checkProofs(
  proofs: readonly string[],
  setting: ProofSetting,
): Promise<Result<ProvedKeys, CredentialError>> {
  const holders: P256Jwk[] = [];
  const nonces = new Set<string>();
  for (const text of proofs) {
    const proof = decodeJws(text, 8192);
    if (!proof.ok) return credentialError('invalid_proof', 'a proof is not a compact JWS');
    const wrong = rules.find((rule) => !rule.holds(proof.value, setting));
    if (wrong) return credentialError('invalid_proof', wrong.otherwise);
    const holder = await p256JwkOf(proof.value.header['jwk']);
    if (!holder.ok) return credentialError('invalid_proof', 'jwk must be a public P-256 key');
    if (!(await verifyP256(holder.value.key, proof.value.signed, proof.value.signature)))
      return credentialError('invalid_proof', 'the signature is not of the key in jwk');
    const { nonce } = proof.value.payload;
    if (typeof nonce !== 'string') return credentialError('invalid_proof', 'nonce is missing');
    nonces.add(nonce);
    holders.push(holder.value.jwk);
  }
  const [nonce, another] = nonces;
  if (nonce === undefined || another !== undefined)
    return credentialError('invalid_proof', 'all proofs carry one nonce');
  if (!(await setting.nonces.isFresh(nonce)))
    return credentialError('invalid_nonce', 'ask the nonce endpoint for another');
  // A key in two credentials would let two verifiers see that they met the same person.
  if (new Set(holders.map(thumbprintOf)).size < holders.length)
    return credentialError('invalid_proof', 'each proof needs a key of its own');
  return ok({ holders, nonce });
}

const rules: readonly {
  readonly otherwise: string;
  readonly holds: (proof: Jws, setting: ProofSetting) => boolean;
}[] = [
  { otherwise: `typ must be ${proofType}`, holds: ({ header }) => header['typ'] === proofType },
  { otherwise: 'alg must be ES256', holds: ({ header }) => header['alg'] === 'ES256' },
  {
    otherwise: 'the key must be in jwk, and nowhere else',
    holds: ({ header }) => 'jwk' in header && !('kid' in header) && !('x5c' in header),
  },
  { otherwise: 'aud must be this issuer', holds: ({ payload }, { issuer }) => isFor(payload['aud'], issuer) },
  {
    otherwise: 'iss must be the client, or absent',
    holds: ({ payload }, { clientId }) =>
      payload['iss'] === undefined || clientId === undefined || payload['iss'] === clientId,
  },
  {
    otherwise: 'iat is too far from now',
    holds: ({ payload }, { now }) =>
      typeof payload['iat'] === 'number' && Math.abs(now - payload['iat']) <= mostSkewSeconds,
  },
];

function isFor(audience: unknown, issuer: string): boolean {
  return audience === issuer || (Array.isArray(audience) && audience.length === 1 && audience[0] === issuer);
}

/** SECURITY: after everything that can be refused without it, and before anything is issued. */
export async function useNonce(
  nonces: Pick<CredentialNonces, 'use'>,
  nonce: string,
): Promise<Result<null, CredentialError>> {
  return (await nonces.use(nonce))
    ? ok(null)
    : err({ error: 'invalid_nonce', description: 'this nonce was used: ask for another' } as const);
}
