// The secrets of one laptop's network, made on its first start and kept beside its state, readable by the owner alone.
// A country keeps them in `wrangler secret` and its root keys on a machine without a network.
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export type RootKey = { readonly publicKey: string; readonly privateKeyPkcs8: string };

export type LocalSecrets = {
  /** Text bindings of the Worker. */
  readonly bindings: Readonly<Record<string, string>>;
  /** The first administrator's bearer token. */
  readonly adminToken: string;
  /** Ed25519; base64url, raw public and PKCS #8 private. */
  readonly roots: readonly [RootKey, RootKey];
};

export function newRootKey(): RootKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicKey: publicKey.export({ format: 'jwk' }).x ?? '',
    privateKeyPkcs8: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64url'),
  };
}

export function newSecrets(): LocalSecrets {
  const roots = [newRootKey(), newRootKey()] as const;
  return { ...newEdgeSecrets(roots.map((key) => key.publicKey)), roots };
}

/** What an edge needs that nobody else may have, and the token that its first administrator shows; the roots by their public halves. */
export function newEdgeSecrets(roots: readonly string[]): Omit<LocalSecrets, 'roots'> {
  const adminToken = `twa_${randomBytes(32).toString('base64url')}`;
  const random = () => randomBytes(32).toString('base64url');
  return {
    adminToken,
    bindings: {
      KEY_ENCRYPTION_KEY: random(),
      NUMBER_SECRET: random(),
      PAIRWISE_SECRET: random(),
      PASSWORD_PEPPER: random(),
      COOKIE_SECRET: random(),
      ADMIN_TOKEN_SHA256: createHash('sha256').update(adminToken).digest('base64url'),
      TRUST_ROOTS: roots.join(','),
    },
  };
}

/** The secrets in `stateDir`, made now if there are none. */
export function loadSecrets(stateDir: string): LocalSecrets {
  const file = path.join(stateDir, 'secrets.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as LocalSecrets;
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const secrets = newSecrets();
  writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600, flag: 'wx' });
  return secrets;
}
