// What can go wrong between a relying party and its provider, to be had on demand: the faults of the simulator. Pure but for the key.
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type IdTokenAlg, idTokenAlgs } from '../../issuer/id-token-algs.ts';

/** Fault → what a relying party must do about it. */
export const faults = {
  wrong_iss: 'the ID token is of another issuer: refuse it',
  wrong_aud: 'the ID token is for another client: refuse it',
  wrong_nonce: 'the ID token answers another request: refuse it',
  bad_signature: 'the signature does not hold: refuse it',
  wrong_acr: 'the login reached less than was asked: refuse it, or ask again with an essential acr',
  expired: 'the ID token expired an hour ago: refuse it',
  denied: 'the person said no: show your own page, do not loop',
  unavailable: 'the provider cannot answer now: say so, try later',
} as const;
export type Fault = keyof typeof faults;

export function isFault(text: string): text is Fault {
  return Object.hasOwn(faults, text);
}

/** Faults that happen before anybody logs in, and what OAuth calls them. */
export const earlyFaults: Readonly<Partial<Record<Fault, 'access_denied' | 'temporarily_unavailable'>>> = {
  denied: 'access_denied',
  unavailable: 'temporarily_unavailable',
};

type Claims = Readonly<Record<string, unknown>>;
const changes: Readonly<Partial<Record<Fault, (claims: Claims) => Claims>>> = {
  wrong_iss: () => ({ iss: 'https://another-issuer.example' }),
  wrong_aud: () => ({ aud: 'another-client' }),
  wrong_nonce: () => ({ nonce: 'of-another-request' }),
  wrong_acr: () => ({ acr: 'urn:tawthiq:loa:low' }),
  expired: ({ iat, exp }) => ({ iat: Number(iat) - 7200, exp: Number(exp) - 7200 }),
};

const pairs = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
} as const satisfies Record<IdTokenAlg, unknown>;

/** The simulator's own keys: what it changes it must sign anew, by the same algorithm, so that only the fault is wrong. */
export class FaultKeys {
  readonly #byAlg = new Map<string, { readonly kid: string; readonly key: KeyObject }>();
  readonly jwks: readonly Readonly<Record<string, unknown>>[];

  constructor() {
    this.jwks = idTokenAlgs.map((alg) => {
      const { publicKey, privateKey } = pairs[alg]();
      const jwk = publicKey.export({ format: 'jwk' });
      const kid = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url').slice(0, 11);
      this.#byAlg.set(alg, { kid, key: privateKey });
      return { ...jwk, kid, alg, use: 'sig' };
    });
  }

  /** The same ID token with this one thing wrong. */
  spoil(idToken: string, fault: Fault): string {
    const [head = '', body = '', signature = ''] = idToken.split('.');
    if (fault === 'bad_signature') {
      const bytes = Buffer.from(signature, 'base64url');
      bytes[10] = (bytes[10] ?? 0) ^ 1;
      return `${head}.${body}.${bytes.toString('base64url')}`;
    }
    const change = changes[fault];
    if (!change) return idToken;
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Claims;
    const [{ alg }, claims] = [read(head), read(body)];
    const own = this.#byAlg.get(String(alg));
    if (!own) throw new Error('an ID token of an algorithm that the simulator has no key for');
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const input = `${part({ alg, typ: 'JWT', kid: own.kid })}.${part({ ...claims, ...change(claims) })}`;
    const digest = alg === 'EdDSA' ? null : 'sha256';
    const spoiled = sign(digest, Buffer.from(input), { key: own.key, dsaEncoding: 'ieee-p1363' });
    return `${input}.${spoiled.toString('base64url')}`;
  }
}
