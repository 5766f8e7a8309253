// A trust list is made where the edge is reached and signed where it is not: prepare, sign (each root at its own table), publish. The
// machine that holds a root needs no network and no token; the one that has both holds no root. Knows no terminal.
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { type CoseKey, kidOf } from '../../shared/cose/key.ts';
import { decodeSign } from '../../shared/cose/sign.ts';
import { webEd25519 } from '../../shared/crypto/ed25519.ts';
import {
  encodeTrustList,
  readTrustListContent,
  signTrustListContent,
  trustListSigners,
} from '../../shared/trust/trust-list.ts';
import {
  bytesOf,
  type EdgeKeyState,
  type EdgeWork,
  edgeKeys,
  nextListInput,
  publishStatuses,
  putList,
  revokeSigned,
  shownList,
} from './key-acts.ts';
import { joined, type ListFile, ListFileError, type ReadList } from './list-file.ts';
import { rootName } from './list-words.ts';
import type { RootKey } from './secrets.ts';
import { isListed, rootSigner, trustListContent } from './trust-ceremony.ts';

export type Preparation = {
  /** Stands on these from then on (TRUST_ROOTS of the next list). Before the first list: on what it stands at all. */
  readonly roots?: readonly string[] | undefined;
  /** A key to name, and from when nothing that it signed counts. */
  readonly compromised?: { readonly kid: string; readonly from: number } | undefined;
  /** A purpose whose next key is to be listed, made now if none waits. */
  readonly rotate?: string | undefined;
};

/** What is to be signed next. A key that is to take another's place is made at the edge now, and listed in it. */
export async function prepareList(work: EdgeWork, preparation: Preparation): Promise<Omit<ListFile, 'signed'>> {
  const { compromised } = preparation;
  const keys = await edgeKeys(work);
  const stolen = compromised && keys.find(({ kid }) => kid === compromised.kid);
  if (compromised && !stolen) throw new ListFileError('the edge has no such key');
  if (stolen && !isListed(stolen.purpose))
    throw new ListFileError(
      `a key for ${stolen.purpose} is in no trust list: \`keys compromise KID\` ends it without a root`,
    );
  const purpose = preparation.rotate ?? (stolen?.state === 'current' ? stolen.purpose : undefined);
  if (purpose !== undefined && !waiting(keys, purpose)) await work.api.call('POST', '/v1/admin/keys', { purpose });
  const standing = await shownList(work);
  const held = standing && readStanding(standing);
  const roots = preparation.roots ?? held?.roots.map((root) => encodeBase64Url(root.x));
  if (roots === undefined) throw new ListFileError('the first list needs its two roots: --next-roots A,B');
  const named = new Map(compromised ? [[compromised.kid, compromised.from]] : []);
  const input = await nextListInput(work, held, named);
  const content = encodeTrustList(trustListContent({ ...input, roots: roots.map((publicKey) => ({ publicKey })) }));
  const list = readTrustListContent(content);
  if (!list) throw new ListFileError('no list can be made of this: two different roots, and what the edge has');
  return { content, list, standing };
}

/** The content of the list that stands; who signed it is another question. */
export function readStanding(standing: Uint8Array): ReadList {
  const message = decodeSign(standing, { maxBytes: 65_536 });
  const list = message.ok ? readTrustListContent(message.value.payload) : undefined;
  if (!list) throw new ListFileError('the list that stands is no trust list');
  return list;
}

/**
 * What must hold before a root signs. `known`: roots that the signer is sure of, its own and those handed in: with their key the list
 * that stands must be signed, or everything that is said to be as it was is the word of whoever brought the file.
 */
export async function refusalToSign(
  file: ListFile,
  root: RootKey,
  known: readonly string[],
): Promise<string | undefined> {
  const own = coseRoot(root.publicKey);
  const among = (roots: readonly CoseKey[]) => roots.some(({ x }) => equalBytes(x, own.x));
  const { list, standing } = file;
  const held = standing && readStanding(standing);
  if (!among(list.roots) && !(held && among(held.roots))) return 'this root is none of those that the list stands on';
  if (list.version !== (held?.version ?? 0) + 1)
    return `version ${list.version} does not follow version ${held?.version ?? 0}`;
  if (!equalBytes(list.prevHash, held?.hash ?? new Uint8Array(32)))
    return 'it does not follow the list that it was brought with';
  if (standing) {
    const sure = [own, ...known.map(coseRoot)];
    const signers = await trustListSigners(standing, sure, webEd25519);
    if (!signers?.length)
      return `nobody that you are sure of signed version ${held?.version}: say --trust-roots A,B, the roots as you have them on paper`;
  }
  if ((await signersOf(file)).some(({ x }) => equalBytes(x, own.x))) return 'this root has signed it already';
  return undefined;
}

export async function signList(file: ListFile, root: RootKey): Promise<ListFile> {
  const message = await signTrustListContent(file.content, [rootSigner(root)]);
  return { ...file, signed: [...file.signed, message] };
}

/** Of the roots that it stands on, and those that it stood on, the ones that signed it. */
export async function signersOf(file: ListFile): Promise<readonly CoseKey[]> {
  if (file.signed.length === 0) return [];
  return (await trustListSigners(joined(file, 'the file'), allRoots(file), webEd25519)) ?? [];
}

/** Whose signatures it still needs, in words; empty when it can be published. One root is enough, unless the roots change. */
export async function missingSigners(file: ListFile): Promise<readonly string[]> {
  const signed = await signersOf(file);
  const lacks = (roots: readonly CoseKey[]) => roots.filter(({ x }) => !signed.some((one) => equalBytes(one.x, x)));
  const before = file.standing ? readStanding(file.standing).roots : file.list.roots;
  const changes = file.list.roots.some(({ x }) => !before.some((root) => equalBytes(root.x, x)));
  if (changes) return lacks(allRoots(file)).map(rootName);
  return signed.length > 0 ? [] : [`one of ${before.map(rootName).join(' and ')}`];
}

function allRoots({ list, standing }: ListFile): readonly CoseKey[] {
  const former = standing ? readStanding(standing).roots : [];
  return [...list.roots, ...former.filter(({ x }) => !list.roots.some((root) => equalBytes(root.x, x)))];
}

export type PublishedFile = {
  readonly version: number;
  /** Keys that the list calls compromised and that the edge still had in use, and what took the place of those that were signing. */
  readonly ended: readonly { readonly kid: string; readonly replacedBy: string | undefined }[];
  readonly revoked: number;
};

/**
 * Hands the list to the edge, and has the edge do what it says: a key that is called compromised there signs no more, the next one of its
 * purpose takes its place, and the statuses go out under a good one. Repeating it is harmless, and finishes what was cut off.
 */
export async function publishList(
  work: EdgeWork,
  file: ListFile,
  options: { readonly revoke: boolean } = { revoke: false },
): Promise<PublishedFile> {
  const missing = await missingSigners(file);
  if (missing.length > 0) throw new ListFileError(`it is not signed by ${missing.join(', ')}`);
  const version = await putList(work, joined(file, 'the file'));
  const { keys } = file.list;
  const compromised = keys.filter(({ state }) => state === 'compromised');
  const ended: { kid: string; replacedBy: string | undefined }[] = [];
  for (const { kid } of compromised) {
    const done = await endKey(work, encodeBase64Url(kid), keys);
    if (done) ended.push(done);
  }
  // Whatever the thief could have signed statuses with: they stand under a good key when this is done. And beside the first list the
  // first statuses, which nobody could have made before: without them nothing is decided.
  const first = file.standing === undefined && keys.some(({ purposes }) => purposes.includes('status'));
  if (compromised.length > 0 || first) await publishStatuses(work);
  let revoked = 0;
  if (options.revoke)
    for (const { kid, compromisedAt } of compromised)
      revoked += await revokeSigned(work, encodeBase64Url(kid), compromisedAt ?? 0);
  return { version, ended, revoked };
}

/** Undefined for a key that the edge does not know, or does not use any more. `listed`: what may take its place. */
async function endKey(work: EdgeWork, kid: string, listed: ReadList['keys']) {
  const keys = await edgeKeys(work);
  const key = keys.find((candidate) => candidate.kid === kid);
  if (!key || key.state === 'compromised') return undefined;
  const next = key.state === 'current' ? waiting(keys, key.purpose) : undefined;
  // SECURITY: only a key that the list names: what another signs nobody accepts.
  const good = next && listed.some((other) => encodeBase64Url(other.kid) === next.kid) ? next.kid : undefined;
  if (good) await move(work, good, 'current');
  await move(work, kid, 'compromised');
  return { kid, replacedBy: good };
}

/** The key that was listed for a purpose signs from now on. The former one is called retired by the next list; it needs none for this. */
export async function useNextKey(work: EdgeWork, purpose: string): Promise<string> {
  const next = waiting(await edgeKeys(work), purpose);
  const first = isListed(purpose)
    ? `\`keys prepare OUT --rotate ${purpose}\``
    : `\`npm run admin -- key add --purpose ${purpose}\``;
  if (!next) throw new ListFileError(`no ${purpose} key waits: ${first} first`);
  const standing = isListed(purpose) ? await shownList(work) : undefined;
  const listed =
    !isListed(purpose) ||
    (standing && readStanding(standing).keys.some((key) => encodeBase64Url(key.kid) === next.kid));
  // SECURITY: a key that no list names signs what nobody accepts.
  if (!listed) throw new ListFileError(`${next.kid} is in no list yet: prepare, sign and publish one first`);
  await move(work, next.kid, 'current');
  return next.kid;
}

const waiting = (keys: readonly EdgeKeyState[], purpose: string) =>
  keys.find((key) => key.purpose === purpose && key.state === 'next');

const move = (work: EdgeWork, kid: string, to: 'current' | 'compromised') =>
  work.api.call('POST', '/v1/admin/keys/move', { kid, to });

function coseRoot(publicKey: string): CoseKey & { readonly curve: 'Ed25519' } {
  return { curve: 'Ed25519', x: bytesOf(publicKey) };
}

/** Of a root that was just made or is named: how the list's words speak of it. */
export const publicRootName = ({ publicKey }: Pick<RootKey, 'publicKey'>) =>
  encodeBase64Url(kidOf(coseRoot(publicKey)));
