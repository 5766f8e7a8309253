// What the holders of the roots do: say which keys of the edge the world may believe, and from when it may not. Each act reads the
// list that stands, makes the next version, signs it with both roots and hands it to the edge. Knows no terminal.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { publicPaths } from '../../shared/contract/public-paths.ts';
import type { CoseKey } from '../../shared/cose/key.ts';
import { webEd25519 } from '../../shared/crypto/ed25519.ts';
import { type TrustList, verifyTrustList } from '../../shared/trust/trust-list.ts';
import { type AdminClient, EdgeUnreachable, whyUnreachable } from './admin-client.ts';
import type { Roots } from './root-file.ts';
import type { RootKey } from './secrets.ts';
import { type ListInput, makeTrustList, type PublishedKey } from './trust-ceremony.ts';

export type EdgeKeyState = PublishedKey & { readonly kid: string; readonly state: string };

/** What can be done with the authority's token alone, without a root. */
export type EdgeWork = {
  readonly api: Pick<AdminClient, 'call'>;
  readonly edgeUrl: string;
  readonly now: () => EpochSeconds;
  readonly fetch?: typeof fetch;
};

export type KeyWork = EdgeWork & { readonly roots: Roots };

/** How long a list stands before the next one is due. */
export const trustListSeconds = 90 * 86_400;

/** The bytes of the list that stands, nothing checked; undefined before the first. */
export async function shownList(work: EdgeWork): Promise<Uint8Array | undefined> {
  const at = work.edgeUrl + publicPaths.trustList;
  const answer = await (work.fetch ?? fetch)(at).catch((error: unknown) => {
    throw new EdgeUnreachable(work.edgeUrl, whyUnreachable(error));
  });
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Error(`the edge answered ${answer.status} where its trust list is`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** The list that stands, checked with the roots at hand; undefined before the first. Throws when these roots did not sign it. */
export async function standingList(
  work: EdgeWork & { readonly roots: readonly Pick<RootKey, 'publicKey'>[] },
): Promise<TrustList | undefined> {
  const bytes = await shownList(work);
  if (!bytes) return undefined;
  const roots = work.roots.map(({ publicKey }): CoseKey => ({ curve: 'Ed25519', x: bytesOf(publicKey) }));
  const list = await verifyTrustList(bytes, { roots, now: work.now(), ed25519: webEd25519 });
  if (!list.ok) throw new Error(`the list that the edge shows is not of these roots: ${list.error.reason}`);
  return list.value;
}

export async function edgeKeys(work: EdgeWork): Promise<readonly EdgeKeyState[]> {
  const { keys } = (await work.api.call('GET', '/v1/admin/keys')) as { keys: EdgeKeyState[] };
  return keys;
}

export type NextList = {
  /** Compromises to add to those that the standing list names, by kid. */
  readonly compromised?: ReadonlyMap<string, number>;
  /** Takes these as roots from the next list on. */
  readonly newRoots?: Roots;
};

/**
 * What the next list says, but for its roots: the edge's keys, and every compromise that `standing` names besides the new ones. What is
 * past its last day is left out: nothing that it signed counts any more.
 */
export async function nextListInput(
  work: EdgeWork,
  standing: Pick<TrustList, 'version' | 'hash' | 'keys'> | undefined,
  compromised: ReadonlyMap<string, number> = new Map(),
): Promise<Omit<ListInput, 'roots'>> {
  const compromisedAt = new Map<string, number | undefined>(compromised);
  for (const { kid, state, compromisedAt: from } of standing?.keys ?? []) {
    const name = encodeBase64Url(kid);
    if (state === 'compromised' && !compromisedAt.has(name)) compromisedAt.set(name, from);
  }
  return {
    issuer: work.edgeUrl,
    version: (standing?.version ?? 0) + 1,
    prevHash: standing?.hash ?? new Uint8Array(32),
    keys: (await edgeKeys(work)).filter((key) => key.acceptUntil >= work.now()),
    compromisedAt,
    now: work.now(),
    validSeconds: trustListSeconds,
  };
}

/** Signs and publishes the next version; answers its number. */
export async function publishNextList(work: KeyWork, change: NextList = {}): Promise<number> {
  const list = await makeTrustList({
    ...(await nextListInput(work, await standingList(work), change.compromised)),
    roots: change.newRoots ?? work.roots,
    ...(change.newRoots && { formerRoots: work.roots }),
  });
  return putList(work, list);
}

/** Hands a signed list to the edge; answers its version. */
export async function putList(work: EdgeWork, list: Uint8Array): Promise<number> {
  const put = work.api.call('PUT', '/v1/admin/trust-list', list, 'application/octet-stream');
  return ((await put) as { version: number }).version;
}

/** The key that waits for a purpose, made and listed now if there is none. `listedAt`: since when the world can know it. */
export async function announceKey(
  work: KeyWork,
  purpose: string,
): Promise<{ kid: string; listed: number | undefined }> {
  const waiting = (await edgeKeys(work)).find((key) => key.purpose === purpose && key.state === 'next');
  if (waiting) {
    const listed = (await standingList(work))?.keys.some((key) => encodeBase64Url(key.kid) === waiting.kid);
    return { kid: waiting.kid, listed: listed ? undefined : await publishNextList(work) };
  }
  const { kid } = (await work.api.call('POST', '/v1/admin/keys', { purpose })) as { kid: string };
  return { kid, listed: await publishNextList(work) };
}

/** The announced key signs from now on. The one before it is retired; what it signed is accepted as long as it always was. */
export async function finishRotation(work: KeyWork, purpose: string): Promise<{ kid: string; version: number }> {
  const waiting = (await edgeKeys(work)).find((key) => key.purpose === purpose && key.state === 'next');
  if (!waiting) throw new Error(`no ${purpose} key waits: announce one first`);
  const listed = (await standingList(work))?.keys.some((key) => encodeBase64Url(key.kid) === waiting.kid);
  // SECURITY: a key that no list names signs what nobody accepts.
  if (!listed) await publishNextList(work);
  await work.api.call('POST', '/v1/admin/keys/move', { kid: waiting.kid, to: 'current' });
  return { kid: waiting.kid, version: await publishNextList(work) };
}

/**
 * A key is stolen: another takes its place if it was signing, and nothing that it signed from `from` on counts. With `revoke` also
 * what it signed from then on is revoked, credential by credential, so that our own log says so too.
 */
export async function compromiseKey(
  work: KeyWork,
  kid: string,
  from: number,
  options: { readonly revoke: boolean },
): Promise<{ version: number; replacedBy: string | undefined; revoked: number }> {
  const key = (await edgeKeys(work)).find((candidate) => candidate.kid === kid);
  if (!key) throw new Error('the edge has no such key');
  let replacedBy: string | undefined;
  if (key.state === 'current') {
    await announceKey(work, key.purpose);
    replacedBy = (await finishRotation(work, key.purpose)).kid;
  }
  // A new list before the statuses: what they are signed with must be in it. And the statuses before the list that ends the trust in
  // what is out now, so that nobody who follows is without for a moment.
  const early = key.purpose === 'status' && replacedBy !== undefined;
  if (early) await publishStatuses(work);
  if (key.state !== 'compromised') await work.api.call('POST', '/v1/admin/keys/move', { kid, to: 'compromised' });
  const version = await publishNextList(work, { compromised: new Map([[kid, from]]) });
  if (!early) await publishStatuses(work);
  const revoked = options.revoke ? await revokeSigned(work, kid, from) : 0;
  return { version, replacedBy, revoked };
}

/** In every form, under the key that signs now. */
export const publishStatuses = (work: EdgeWork) => work.api.call('POST', '/v1/admin/status-list/publish');

/**
 * A key that is in no trust list (online credentials, requests to wallets) is stolen: another signs, and what it signed counts no more
 * wherever the edge is asked. No root has to say so.
 */
export async function endUnlistedKey(work: EdgeWork, kid: string): Promise<{ replacedBy: string | undefined }> {
  const keys = await edgeKeys(work);
  const key = keys.find((candidate) => candidate.kid === kid);
  if (!key) throw new Error('the edge has no such key');
  let replacedBy: string | undefined;
  if (key.state === 'current') {
    const { purpose, alg } = key;
    const waiting = keys.find((other) => other.purpose === purpose && other.alg === alg && other.state === 'next');
    const order = { purpose, ...(purpose === 'id_token' && { alg }) };
    replacedBy = (waiting ?? ((await work.api.call('POST', '/v1/admin/keys', order)) as { kid: string })).kid;
    await work.api.call('POST', '/v1/admin/keys/move', { kid: replacedBy, to: 'current' });
  }
  if (key.state !== 'compromised') await work.api.call('POST', '/v1/admin/keys/move', { kid, to: 'compromised' });
  return { replacedBy };
}

/** Takes back, credential by credential, what a key signed from an instant until now; answers how many were not revoked before. */
export async function revokeSigned(work: EdgeWork, kid: string, from: number): Promise<number> {
  let revoked = 0;
  let after: unknown;
  do {
    const period = { kid, issuedFrom: from, issuedUntil: work.now(), ...(after ? { after } : {}) };
    const step = (await work.api.call('POST', '/v1/admin/credentials/revoke-period', period)) as {
      changed: number;
      next?: unknown;
    };
    revoked += step.changed;
    after = step.next;
  } while (after);
  return revoked;
}

export function bytesOf(text: string): Uint8Array {
  const bytes = decodeBase64Url(text);
  if (!bytes.ok) throw new Error('a key is not base64url');
  return bytes.value;
}
