// A person's wallet that holds credentials, for tests of what it is given and of what becomes of that; and what a verifier says of them.
import { env } from 'cloudflare:workers';
import { epochSecondsOfMs, type SubjectId } from '../../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { publicPaths } from '../../../shared/contract/public-paths.ts';
import {
  bindMessage,
  CredentialsAnswer,
  credentialNonceMessage,
  credentialsMessage,
  walletPaths,
} from '../../../shared/contract/wallet.ts';
import { DEFAULT_POLICY } from '../../../shared/credential/policy.ts';
import { replayMemory } from '../../../shared/credential/replay.ts';
import { showCredential } from '../../../shared/credential/token.ts';
import type { VerifyContext } from '../../../shared/credential/verdict.ts';
import { verifyCredential } from '../../../shared/credential/verify.ts';
import { generateEd25519, signEd25519, webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { type HolderKey, holderSigner, makeHolderKey, proveKey } from '../../../shared/holder/holder-key.ts';
import { verifyStatusList } from '../../../shared/trust/status-list.ts';
import { StatusLists } from '../../../shared/trust/status-source.ts';
import { verifyTrustList } from '../../../shared/trust/trust-list.ts';
import { trustView } from '../../../shared/trust/trust-view.ts';
import { bucketOfSubject } from '../../../worker/store/shard-map.ts';
import { roots } from '../issuer/issuing-edge.ts';
import { aPerson, house, postJson, type TestPerson } from '../openid/world.ts';

export const now = () => epochSecondsOfMs(Date.now());
export const bytesOf = (text: string) => {
  const bytes = decodeBase64Url(text);
  if (!bytes.ok) throw new Error('not base64url');
  return bytes.value;
};

export async function aWallet(account: Parameters<typeof aPerson>[0] = {}) {
  const person = await aPerson(account);
  return bindPhone(person, person.setupCode);
}

/** `keys`: a phone that was bound before. */
export async function bindPhone(
  person: Pick<TestPerson, 'number' | 'subjectId'>,
  setupCode: string,
  keys?: Awaited<ReturnType<typeof generateEd25519>>,
) {
  const pair = keys ?? (await generateEd25519({ extractable: false }));
  const sign = async (message: Uint8Array) => encodeBase64Url(await signEd25519(pair.privateKey, message));
  const publicKey = encodeBase64Url(pair.publicRaw);
  const proof = await sign(bindMessage(setupCode));
  const bound = await postJson(walletPaths.bind, { setupCode, name: 'phone', alg: 'EdDSA', publicKey, proof });
  const { walletId } = (await bound.json()) as { walletId: string };
  const nonce = async () => {
    const message = { walletId, at: now() };
    const answer = await postJson(walletPaths.credentialNonce, {
      ...message,
      signature: await sign(credentialNonceMessage(message)),
    });
    return (await answer.json()) as { nonce: string; audience: string };
  };
  const ask = async (profile: 'D' | 'A', proofs: string[]) => {
    const message = { walletId, profile, proofs, at: now() };
    return postJson(walletPaths.credentials, { ...message, signature: await sign(credentialsMessage(message)) });
  };
  return { person, walletId, keys: pair, nonce, ask };
}
export type Wallet = Awaited<ReturnType<typeof aWallet>>;

export async function proofs(wallet: Wallet, holders: readonly HolderKey[]): Promise<string[]> {
  const { nonce, audience } = await wallet.nonce();
  const made = holders.map((holder) => proveKey(holder, { audience, nonce: bytesOf(nonce), now: now() }));
  return (await Promise.all(made)).map(encodeBase64Url);
}

export async function verdictOf(text: string, context: VerifyContext = 'counter') {
  const { publications } = house();
  const [trustFile, statusFile] = [await publications.read('trust_list'), await publications.read('status_list')];
  const list = await verifyTrustList(trustFile?.bytes ?? new Uint8Array(), { roots, now: now(), ed25519: webEd25519 });
  if (!list.ok) throw new Error(list.error.reason);
  const trust = trustView(list.value);
  const uri = env.ISSUER + publicPaths.statusList;
  const statuses = await verifyStatusList(statusFile?.bytes ?? new Uint8Array(), {
    trust,
    ed25519: webEd25519,
    now: now(),
    uri,
  });
  if (!statuses.ok) throw new Error(statuses.error.reason);
  const status = new StatusLists();
  status.put(statuses.value);
  const inputs = {
    trust,
    status,
    now: now(),
    context,
    policy: DEFAULT_POLICY,
    ed25519: webEd25519,
    replay: replayMemory(),
  };
  return verifyCredential(text, inputs);
}

/** An identity credential for this phone; `frame` shows it now. */
export async function issueD(wallet: Wallet) {
  const holder = await makeHolderKey('P-256');
  const answer = await wallet.ask('D', await proofs(wallet, [holder]));
  if (answer.status !== 201) throw new Error(await answer.text());
  const cose = bytesOf(CredentialsAnswer.parse(await answer.json()).credentials[0] ?? '');
  return { cose, frame: () => showCredential({ cose, now: now() }, holderSigner(holder)) };
}

/** Only the rows of an identity credential, where no key signs: its status index. */
export async function heldRow(subjectId: SubjectId, walletId: string): Promise<number> {
  const { statusEntries, credentials, random } = house();
  const statusIdx = await statusEntries.reserve(bucketOfSubject(subjectId), now(), random);
  const dates = { issuedAt: now(), expiresAt: now() + 1000 };
  const row = { hash: `held-${statusIdx}`, subjectId, profile: 'D', statusIdx, kid: 'k', ...dates } as const;
  const entry = { at: now(), event: 'credential.issued', actor: 'system', subjectId } as const;
  if (!(await credentials.replace({ walletId, holderKid: 'h' }, row, entry))) throw new Error('nothing was stored');
  return statusIdx;
}
