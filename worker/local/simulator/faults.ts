// What can go wrong between a relying party and its provider, to be had on demand: the faults of the simulator. Pure but for the key.
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

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

/** The simulator's own key: what it changes it must sign anew, so that only the fault is wrong. */
export class FaultKey {
  readonly #key: KeyObject;
  readonly jwk: Readonly<Record<string, unknown>>;

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' });
    const kid = createHash('sha256').update(`${jwk.x}${jwk.y}`).digest('base64url').slice(0, 11);
    this.#key = privateKey;
    this.jwk = { ...jwk, kid, alg: 'ES256', use: 'sig' };
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
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const input = `${part({ alg: 'ES256', typ: 'JWT', kid: this.jwk['kid'] })}.${part({ ...claims, ...change(claims) })}`;
    const spoiled = sign('sha256', Buffer.from(input), { key: this.#key, dsaEncoding: 'ieee-p1363' });
    return `${input}.${spoiled.toString('base64url')}`;
  }
}
