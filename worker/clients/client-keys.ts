// A relying party's public keys: those it registered, or those at its jwks_uri, kept for five minutes and read anew, at most every half
// minute, when a key is asked for that is not among them: so keys rotate without anybody telling us.

import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Client } from './client.ts';
import type { Outbound } from './outbound.ts';

const freshMs = 300_000;
const againAfterMs = 30_000;
const mostKeys = 50;

type Held = { readonly readAtMs: number; readonly keys: JWTVerifyGetKey | undefined };

export class ClientKeys {
  readonly #outbound: Pick<Outbound, 'read'>;
  readonly #nowMs: () => number;
  readonly #registered = new WeakMap<Client, JWTVerifyGetKey>();
  readonly #fetched = new Map<string, Held>();

  constructor(outbound: Pick<Outbound, 'read'>, nowMs: () => number) {
    this.#outbound = outbound;
    this.#nowMs = nowMs;
  }

  /** For jose's verify functions; undefined for a client without keys. */
  of(client: Client): JWTVerifyGetKey | undefined {
    const { jwks, jwks_uri: uri } = client.metadata;
    if (jwks) {
      const known = this.#registered.get(client) ?? createLocalJWKSet(jwks as JSONWebKeySet);
      this.#registered.set(client, known);
      return known;
    }
    if (uri === undefined) return undefined;
    return async (header, token) => {
      const age = this.#nowMs() - (this.#fetched.get(uri)?.readAtMs ?? Number.NEGATIVE_INFINITY);
      const first = age < freshMs ? this.#fetched.get(uri)?.keys : await this.#read(uri);
      try {
        if (first) return await first(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      }
      if (age < againAfterMs) throw new errors.JWKSNoMatchingKey();
      const second = age < freshMs ? await this.#read(uri) : undefined;
      if (!second) throw new errors.JWKSNoMatchingKey();
      return second(header, token);
    };
  }

  async #read(uri: string): Promise<JWTVerifyGetKey | undefined> {
    const document = (await this.#outbound.read(uri)) as JSONWebKeySet | undefined;
    const usable = Array.isArray(document?.keys) && document.keys.length <= mostKeys;
    const keys = usable ? createLocalJWKSet({ keys: document.keys.filter(isPublic) }) : undefined;
    if (this.#fetched.size > 1000) this.#fetched.clear();
    this.#fetched.set(uri, { readAtMs: this.#nowMs(), keys });
    return keys;
  }
}

function isPublic(key: unknown): boolean {
  return typeof key === 'object' && key !== null && !('d' in key) && (key as { kty?: unknown }).kty !== 'oct';
}
