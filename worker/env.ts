// What the platform hands the Worker (wrangler.toml), and the one check of it. Everything else takes Config, never Env.
import { decodeBase64Url } from '../shared/bytes/base64url.ts';
import type { NotifyMessage } from '../shared/contract/notification.ts';
import { parseHeaderName, usualAddressHeader } from './http/network.ts';
import type { Offer } from './issuer/openid4vci/offer.ts';
import type { Once } from './issuer/openid4vci/once.ts';
import type { JournalArchive } from './journal/journal-archive.ts';
import type { JournalBuffer } from './journal/journal-buffer.ts';
import type { Login } from './logins/login.ts';
import type { Person } from './logins/person.ts';
import type { Business } from './verifier/business.ts';
import type { Presentation } from './verifier/openid4vp/presentation.ts';

export type Env = {
  readonly DIRECTORY: D1Database;
  readonly FILES: R2Bucket;
  readonly JOURNAL_QUEUE: Queue<string>;
  readonly NOTIFY_QUEUE: Queue<NotifyMessage>;
  readonly LOGIN: DurableObjectNamespace<Login>;
  readonly PERSON: DurableObjectNamespace<Person>;
  readonly OFFER: DurableObjectNamespace<Offer>;
  readonly ONCE: DurableObjectNamespace<Once>;
  readonly PRESENTATION: DurableObjectNamespace<Presentation>;
  readonly BUSINESS: DurableObjectNamespace<Business>;
  readonly JOURNAL_BUFFER: DurableObjectNamespace<JournalBuffer>;
  readonly JOURNAL_ARCHIVE: DurableObjectNamespace<JournalArchive>;
  readonly ASSETS: Fetcher;
  /** This edge's origin: the OpenID issuer, without a path or a trailing slash. */
  readonly ISSUER: string;
  /** Of the caller's address, as the proxy before the edge sets it; absent: Cloudflare's. docs/threats.md says what must stand before it. */
  readonly CLIENT_ADDRESS_HEADER?: string;
  /** base64url of 32 bytes each. */
  readonly KEY_ENCRYPTION_KEY: string;
  /** The key-encryption key before the current one, while a rotation goes on. */
  readonly KEY_ENCRYPTION_KEY_PREVIOUS?: string;
  readonly NUMBER_SECRET: string;
  readonly PAIRWISE_SECRET: string;
  readonly PASSWORD_PEPPER: string;
  readonly COOKIE_SECRET: string;
  /** base64url SHA-256 of the first administrator's bearer token; it may only make other tokens and set the house up. */
  readonly ADMIN_TOKEN_SHA256: string;
  /** The two offline root public keys (Ed25519, raw, base64url), comma-separated. */
  readonly TRUST_ROOTS: string;
} & { readonly [shard: `SHARD_${number}`]: D1Database };

export type Config = {
  readonly issuer: string;
  readonly clientAddressHeader: string;
  readonly keyEncryptionKey: Uint8Array;
  readonly previousKeyEncryptionKey: Uint8Array | undefined;
  readonly numberSecret: Uint8Array;
  readonly pairwiseSecret: Uint8Array;
  readonly passwordPepper: Uint8Array;
  readonly cookieSecret: Uint8Array;
  readonly adminTokenSha256: Uint8Array;
  readonly trustRoots: readonly [Uint8Array, Uint8Array];
  readonly shards: readonly D1Database[];
};

/** Which name is wrong, and nothing of its value. Its name says it too: that is what of an error is logged (http/problem.ts). */
class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = `ConfigError: ${message}`;
  }
}

function secret(name: string, text: string): Uint8Array {
  const bytes = decodeBase64Url(text ?? '');
  if (!bytes.ok || bytes.value.length !== 32) throw new ConfigError(`${name} must be 32 bytes in base64url`);
  return bytes.value;
}

/** Checks every binding once, when the isolate starts; a broken deployment fails here and says which name is wrong. */
export function configOf(env: Env): Config {
  const issuer = URL.parse(env.ISSUER ?? '');
  if (issuer === null || issuer.origin !== env.ISSUER)
    throw new ConfigError('ISSUER must be an origin without a trailing slash');
  const shards: D1Database[] = [];
  for (let i = 0; env[`SHARD_${i}`]; i++) shards.push(env[`SHARD_${i}`] as D1Database);
  if (shards.length === 0) throw new ConfigError('SHARD_0 is not bound');
  const [rootA, rootB, ...more] = (env.TRUST_ROOTS ?? '').split(',');
  if (!rootA || !rootB || more.length > 0) throw new ConfigError('TRUST_ROOTS must name two keys');
  const clientAddressHeader = parseHeaderName(env.CLIENT_ADDRESS_HEADER ?? usualAddressHeader);
  if (!clientAddressHeader) throw new ConfigError('CLIENT_ADDRESS_HEADER must be the name of a header');
  return {
    issuer: env.ISSUER,
    clientAddressHeader,
    keyEncryptionKey: secret('KEY_ENCRYPTION_KEY', env.KEY_ENCRYPTION_KEY),
    previousKeyEncryptionKey: env.KEY_ENCRYPTION_KEY_PREVIOUS
      ? secret('KEY_ENCRYPTION_KEY_PREVIOUS', env.KEY_ENCRYPTION_KEY_PREVIOUS)
      : undefined,
    numberSecret: secret('NUMBER_SECRET', env.NUMBER_SECRET),
    pairwiseSecret: secret('PAIRWISE_SECRET', env.PAIRWISE_SECRET),
    passwordPepper: secret('PASSWORD_PEPPER', env.PASSWORD_PEPPER),
    cookieSecret: secret('COOKIE_SECRET', env.COOKIE_SECRET),
    adminTokenSha256: secret('ADMIN_TOKEN_SHA256', env.ADMIN_TOKEN_SHA256),
    trustRoots: [secret('TRUST_ROOTS', rootA), secret('TRUST_ROOTS', rootB)],
    shards,
  };
}
