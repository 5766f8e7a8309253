// What a trust list says, in words, beside the one that stands: for whoever is about to sign it, and can read no CBOR. Pure.
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeHex } from '../../shared/bytes/hex.ts';
import { credentialIssuer } from '../../shared/contract/public-paths.ts';
import { type CoseKey, kidOf } from '../../shared/cose/key.ts';
import type { TrustKey } from '../../shared/trust/trust-list.ts';
import type { ReadList } from './list-file.ts';

/** Past the year 9999 a date is no text that anybody reads, and far past it none at all. */
const lastSecond = 253_402_300_799;
const instant = (at: number) => (at > lastSecond ? `never (${at})` : new Date(at * 1000).toISOString());
const day = (at: number) => (at > lastSecond ? instant(at) : instant(at).slice(0, 10));
/** SECURITY: a terminal obeys what it is sent: nothing of a file reaches it but plain characters. */
const plain = (text: string) => text.replaceAll(/[^\x20-\x7e]/g, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);
const nameOf = ({ kid }: Pick<TrustKey, 'kid'>) => encodeBase64Url(kid);

/** A root as it is spoken of: the id of its key, and the key itself as TRUST_ROOTS has it. */
export const rootName = (root: CoseKey) => `${encodeBase64Url(kidOf(root))} (${encodeBase64Url(root.x)})`;

/** Every key of the list, and everything that is not as it was: a line each, what matters most marked with `!`. */
export function listWords(list: ReadList, standing: ReadList | undefined): string[] {
  return [
    `Trust list of ${plain(list.issuer)}, version ${list.version}${standing ? `, after version ${standing.version}` : ', the first'}`,
    `  made ${instant(list.issuedAt)}; the next one is due on ${day(list.expiresAt)}`,
    ...(standing && standing.issuer !== list.issuer ? [`! the address changes: it was ${plain(standing.issuer)}`] : []),
    ...rootWords(list, standing),
    `  ${list.keys.length} keys:`,
    ...list.keys.flatMap((key) => keyWords(key, standing)),
    ...goneWords(list, standing),
    ...certificateWords(list, standing),
  ];
}

function rootWords(list: ReadList, standing: ReadList | undefined): string[] {
  const ids = (roots: readonly CoseKey[]) => new Set(roots.map((root) => encodeBase64Url(root.x)));
  const [before, after] = [ids(standing?.roots ?? list.roots), ids(list.roots)];
  const same = before.size === after.size && [...after].every((id) => before.has(id));
  if (same) return [`  stands on the roots${list.roots.map((root) => `\n    ${rootName(root)}`).join('')}`];
  return [
    '! THE ROOTS CHANGE: from then on only the new ones can sign',
    ...(standing?.roots ?? []).map((root) => `!   until now  ${rootName(root)}`),
    ...list.roots.map((root) => `!   from now   ${rootName(root)}`),
  ];
}

function keyWords(key: TrustKey, standing: ReadList | undefined): string[] {
  const was = standing?.keys.find((other) => nameOf(other) === nameOf(key));
  const dates = `signs ${day(key.usableFrom)} to ${day(key.signUntil)}, accepted to ${day(key.acceptUntil)}`;
  const whose = key.issuer === credentialIssuer ? '' : ` of ${plain(key.issuer)}`;
  const what = `${nameOf(key)}  ${key.purposes.join(' ') || 'nothing'}${whose}`;
  const changed = was === undefined || !sameKey(was, key);
  const mark = changed ? '!' : ' ';
  const state = key.state === 'compromised' ? `COMPROMISED: ${countedWords(key)}` : key.state;
  const lines = [`${mark}   ${what}  ${was === undefined && standing ? 'NEW, ' : ''}${state}; ${dates}`];
  if (was !== undefined && changed) lines.push(`!     until now: ${wasWords(was, key)}`);
  if (was !== undefined && takesBack(was, key))
    lines.push('!     THIS TAKES A COMPROMISE BACK: more of what a thief may have signed with it would count');
  return lines;
}

const countedWords = ({ compromisedAt }: TrustKey) =>
  compromisedAt === undefined
    ? 'nothing that it signed counts'
    : `nothing that it signed from ${instant(compromisedAt)} on counts`;

/** A compromise that ends, or begins later than was said. */
function takesBack(was: TrustKey, is: TrustKey): boolean {
  if (was.state !== 'compromised') return false;
  return is.state !== 'compromised' || (is.compromisedAt ?? -1) > (was.compromisedAt ?? -1);
}

function wasWords(was: TrustKey, is: TrustKey): string {
  const parts = [
    was.state !== is.state ? was.state : undefined,
    was.state === 'compromised' && was.compromisedAt !== is.compromisedAt ? countedWords(was) : undefined,
    was.purposes.join() !== is.purposes.join() ? `for ${was.purposes.join(' ')}` : undefined,
    was.issuer !== is.issuer ? `of ${plain(was.issuer)}` : undefined,
    was.usableFrom !== is.usableFrom ? `signs from ${day(was.usableFrom)}` : undefined,
    was.signUntil !== is.signUntil ? `signs to ${day(was.signUntil)}` : undefined,
    was.acceptUntil !== is.acceptUntil ? `accepted to ${day(was.acceptUntil)}` : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

/** Its bytes are its name. */
function sameKey(a: TrustKey, b: TrustKey): boolean {
  return wasWords(a, b) === '';
}

function goneWords(list: ReadList, standing: ReadList | undefined): string[] {
  const gone = standing?.keys.filter((key) => !list.keys.some((other) => nameOf(other) === nameOf(key))) ?? [];
  return gone.map((key) => {
    const why = key.acceptUntil < list.issuedAt ? `its time was over on ${day(key.acceptUntil)}` : 'before its time was over: nothing that it signed counts'; // biome-ignore format: one row
    return `!   ${nameOf(key)}  ${key.purposes.join(' ')}  NO LONGER LISTED, ${why}`;
  });
}

function certificateWords(list: ReadList, standing: ReadList | undefined): string[] {
  const names = (of: ReadList | undefined) => (of?.captureCertificates ?? []).map((hash) => encodeHex(hash));
  const [before, after] = [names(standing), names(list)];
  return [
    ...after.map(
      (name) => `${before.includes(name) || !standing ? ' ' : '!'}   readers seal captures to certificate ${name}`,
    ),
    ...before.filter((name) => !after.includes(name)).map((name) => `!   readers seal no more to certificate ${name}`),
  ];
}
