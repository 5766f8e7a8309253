// An edge whose keys and trust list are in place, over its real HTTP surface; and the two test roots of vitest.config.ts.
import { env, exports } from 'cloudflare:workers';
import { type EpochSeconds, epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { decodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { credentialIssuer } from '../../../shared/contract/public-paths.ts';
import { type CoseKey, kidOf } from '../../../shared/cose/key.ts';
import { ed25519Signer, type Signer } from '../../../shared/cose/sign1.ts';
import { importEd25519Seed } from '../../../shared/crypto/ed25519.ts';
import { signTrustList, type TrustKey, type TrustListContent } from '../../../shared/trust/trust-list.ts';

export const adminToken = 'test-admin-token';

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64Url(text);
  if (!bytes.ok) throw new Error('not base64url');
  return bytes.value;
}

export function admin(path: string, method = 'GET', body?: unknown): Promise<Response> {
  const raw = body instanceof Uint8Array;
  return exports.default.fetch(env.ISSUER + path, {
    method,
    headers: {
      authorization: `Bearer ${adminToken}`,
      ...(body === undefined ? {} : { 'content-type': raw ? 'application/octet-stream' : 'application/json' }),
    },
    ...(body === undefined ? {} : { body: raw ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
  });
}

export const roots = env.TRUST_ROOTS.split(',').map((text): CoseKey => ({ curve: 'Ed25519', x: bytesOf(text) }));

/** `which`: 0 or 1. */
export async function rootSigner(which: 0 | 1): Promise<Signer> {
  const seed = new Uint8Array(32).fill((which === 0 ? 'a' : 'b').charCodeAt(0));
  const root = roots[which];
  if (!root) throw new Error('no such root');
  return ed25519Signer(await importEd25519Seed(seed), kidOf(root));
}

type ListedKey = {
  purpose: 'credential' | 'receipt' | 'status' | 'evidence';
  alg: string;
  publicKey: string;
  usableFrom: EpochSeconds;
  signUntil: EpochSeconds;
  acceptUntil: EpochSeconds;
};

export async function listedKeys(): Promise<Omit<TrustKey, 'kid'>[]> {
  const { keys } = (await (await admin('/v1/admin/keys')).json()) as { keys: ListedKey[] };
  const named = ['credential', 'receipt', 'status', 'evidence'];
  return keys
    .filter(({ purpose }) => named.includes(purpose))
    .map((key) => ({
      issuer: credentialIssuer,
      key: { curve: key.alg === 'X25519' ? 'X25519' : 'Ed25519', x: bytesOf(key.publicKey) },
      usableFrom: key.usableFrom,
      signUntil: key.signUntil,
      acceptUntil: key.acceptUntil,
      purposes: [key.purpose],
      state: 'active',
      compromisedAt: undefined,
    }));
}

export async function signedTrustList(
  change: Partial<TrustListContent> = {},
  signers: readonly (0 | 1)[] = [0],
): Promise<Uint8Array> {
  const now = epochSecondsOfMs(Date.now());
  return signTrustList(
    {
      issuer: env.ISSUER,
      version: 1,
      issuedAt: now,
      expiresAt: (now + 86_400) as EpochSeconds,
      prevHash: new Uint8Array(32),
      roots,
      keys: await listedKeys(),
      ...change,
    },
    await Promise.all(signers.map(rootSigner)),
  );
}

/** One key of each purpose, and the trust list that names them. */
export async function setUpKeys(): Promise<void> {
  for (const purpose of ['credential', 'receipt', 'status', 'evidence', 'id_token']) {
    const made = await admin('/v1/admin/keys', 'POST', { purpose });
    if (made.status !== 201) throw new Error(`key ${purpose}: ${made.status}`);
  }
  const { version, hash } = (await (await admin('/v1/admin/trust-list')).json()) as { version: number; hash: string };
  const list = await signedTrustList({ version: version + 1, prevHash: bytesOf(hash) });
  const put = await admin('/v1/admin/trust-list', 'PUT', list);
  if (put.status !== 200) throw new Error(`trust list: ${put.status} ${await put.text()}`);
}
