// What the holders of the roots do: say which keys of the edge the world may believe, and from when it may not. Each act reads the
// list that stands, makes the next version, signs it with both roots and hands it to the edge. Knows no terminal.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { publicPaths } from '../../shared/contract/public-paths.ts';
import type { CoseKey } from '../../shared/cose/key.ts';
import { webEd25519 } from '../../shared/crypto/ed25519.ts';
import { type TrustList, verifyTrustList } from '../../shared/trust/trust-list.ts';
import type { AdminClient } from './admin-client.ts';
import type { Roots } from './root-file.ts';
import { makeTrustList, type PublishedKey } from './trust-ceremony.ts';

export type EdgeKeyState = PublishedKey & { readonly kid: string; readonly state: string };

export type KeyWork = {
  readonly api: Pick<AdminClient, 'call'>;
  readonly edgeUrl: string;
  readonly roots: Roots;
  readonly now: () => EpochSeconds;
  readonly fetch?: typeof fetch;
};

const trustListDays = 90;
const day = 86_400;

/** The list that stands, checked with the roots at hand; undefined before the first. Throws when these roots did not sign it. */
export async function standingList(work: KeyWork): Promise<TrustList | undefined> {
  const answer = await (work.fetch ?? fetch)(work.edgeUrl + publicPaths.trustList);
  if (answer.status === 404) return undefined;
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const roots = work.roots.map(({ publicKey }): CoseKey => ({ curve: 'Ed25519', x: bytesOf(publicKey) }));
  const list = await verifyTrustList(bytes, { roots, now: work.now(), ed25519: webEd25519 });
  if (!list.ok) throw new Error(`the list that the edge shows is not of these roots: ${list.error.reason}`);
  return list.value;
}

export async function edgeKeys(work: KeyWork): Promise<readonly EdgeKeyState[]> {
  const { keys } = (await work.api.call('GET', '/v1/admin/keys')) as { keys: EdgeKeyState[] };
  return keys;
}

export type NextList = {
  /** Compromises to add to those that the standing list names, by kid. */
  readonly compromised?: ReadonlyMap<string, number>;
  /** Takes these as roots from the next list on. */
  readonly newRoots?: Roots;
};

/** Signs and publishes the next version; answers its number. */
export async function publishNextList(work: KeyWork, change: NextList = {}): Promise<number> {
  const standing = await standingList(work);
  const compromisedAt = new Map(change.compromised);
  for (const key of standing?.keys ?? []) {
    const kid = encodeBase64Url(key.kid);
    if (key.compromisedAt !== undefined && !compromisedAt.has(kid)) compromisedAt.set(kid, key.compromisedAt);
  }
  const list = await makeTrustList({
    issuer: work.edgeUrl,
    version: (standing?.version ?? 0) + 1,
    prevHash: standing?.hash ?? new Uint8Array(32),
    roots: change.newRoots ?? work.roots,
    ...(change.newRoots && { formerRoots: work.roots }),
    // What is past its last day can be left out: nothing that it signed counts any more.
    keys: (await edgeKeys(work)).filter((key) => key.acceptUntil >= work.now()),
    compromisedAt,
    now: work.now(),
    validSeconds: trustListDays * day,
  });
  const { version } = (await work.api.call('PUT', '/v1/admin/trust-list', list, 'application/octet-stream')) as {
    version: number;
  };
  return version;
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
  const publishStatuses = () => work.api.call('POST', '/v1/admin/status-list/publish');
  const early = key.purpose === 'status' && replacedBy !== undefined;
  if (early) await publishStatuses();
  if (key.state !== 'compromised') await work.api.call('POST', '/v1/admin/keys/move', { kid, to: 'compromised' });
  const version = await publishNextList(work, { compromised: new Map([[kid, from]]) });
  if (!early) await publishStatuses();
  let revoked = 0;
  if (options.revoke) {
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
  }
  return { version, replacedBy, revoked };
}

function bytesOf(text: string): Uint8Array {
  const bytes = decodeBase64Url(text);
  if (!bytes.ok) throw new Error('a key is not base64url');
  return bytes.value;
}
