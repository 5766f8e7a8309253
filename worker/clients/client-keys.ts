// A relying party's public keys: those it registered, or those at its jwks_uri, kept for five minutes and read anew, at most every half
// minute, when a key is asked for that is not among them: so keys rotate without anybody telling us. An address that does not answer takes
// nothing away: what was read last is good for an hour.

import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Client } from './client.ts';
import type { Outbound } from './outbound.ts';
import { canVerify } from './public-key.ts';

const freshMs = 300_000;
const againAfterMs = 30_000;
/** SECURITY: how long a key that its owner took from there can still be good, if the address fails from that moment on. */
const lastGoodMs = 3_600_000;
const mostKeys = 50;

/** `readAtMs`: when it was asked last. `goodAtMs`: when the keys were read. */
type Held = { readonly readAtMs: number; readonly goodAtMs: number; readonly keys: JWTVerifyGetKey | undefined };

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
      const known = this.#registered.get(client) ?? createLocalJWKSet(verifying(jwks.keys));
      this.#registered.set(client, known);
      return known;
    }
    if (uri === undefined) return undefined;
    return async (header, token) => {
      const held = this.#fetched.get(uri);
      const age = this.#nowMs() - (held?.readAtMs ?? Number.NEGATIVE_INFINITY);
      // What failed is tried again sooner than what was read.
      const fresh = age < (held?.readAtMs === held?.goodAtMs ? freshMs : againAfterMs);
      const first = fresh ? this.#kept(held) : await this.#read(uri);
      try {
        if (first) return await first(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      }
      if (!fresh || age < againAfterMs) throw new errors.JWKSNoMatchingKey();
      const second = await this.#read(uri);
      if (!second) throw new errors.JWKSNoMatchingKey();
      return second(header, token);
    };
  }

  #kept(held: Held | undefined): JWTVerifyGetKey | undefined {
    return held && this.#nowMs() - held.goodAtMs < lastGoodMs ? held.keys : undefined;
  }

  async #read(uri: string): Promise<JWTVerifyGetKey | undefined> {
    const document = (await this.#outbound.read(uri)) as JSONWebKeySet | undefined;
    const usable = Array.isArray(document?.keys) && document.keys.length <= mostKeys;
    const readAtMs = this.#nowMs();
    const before = this.#fetched.get(uri);
    const held: Held = usable
      ? { readAtMs, goodAtMs: readAtMs, keys: createLocalJWKSet(verifying(document.keys)) }
      : { readAtMs, goodAtMs: before?.goodAtMs ?? Number.NEGATIVE_INFINITY, keys: before?.keys };
    if (this.#fetched.size > 1000) this.#fetched.clear();
    this.#fetched.set(uri, held);
    return this.#kept(held);
  }
}

/**
 * SECURITY: whatever was registered before it was looked at, or stands at an address that nobody looked at. An Ed25519 key loses its `alg`,
 * since either of its two names may stand in a header: its curve says as much.
 */
function verifying(keys: readonly unknown[]): JSONWebKeySet {
  const good = keys
    .filter((key) => canVerify(key))
    .map(({ alg, ...key }) => (key['kty'] === 'OKP' ? key : { ...key, alg }));
  return { keys: good as unknown as JSONWebKeySet['keys'] };
}
