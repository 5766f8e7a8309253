// What /v1/verify answers, as JSON in ASCII. A text of single bytes is half the work for the platform, and one name in Arabic would make
// the whole of an answer, with its photo, a text of two. Written by hand: one of these is made for every code.
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { VerifyAnswer } from '../../shared/contract/verify.ts';
import type { IdentityClaims } from '../../shared/credential/claims.ts';

/** Claims that an answer can say, by their names in the credential and in the answer. A face is said with its format. */
export type ShownClaim =
  | 'ageAtLeast'
  | 'id'
  | 'nameArabic'
  | 'nameLatin'
  | 'birthDate'
  | 'gender'
  | 'nationality'
  | 'documentExpiresOn'
  | 'face';

/** What is said of one code: a VerifyAnswer without its receipt. An undefined member is not said. */
export type Told = {
  readonly verdict: VerifyAnswer['verdict'];
  /** `claims` are said as far as `named` has them, in its order. */
  readonly shown: { readonly claims: IdentityClaims; readonly named: readonly ShownClaim[] } | undefined;
  readonly profile: VerifyAnswer['profile'] | undefined;
  readonly ages: VerifyAnswer['ages'];
  /** Words of ours, as the names of outcomes and checks are: they need no escape. */
  readonly notices: readonly string[];
};

/** A VerifyAnswer. `receipt`: base64url. */
export function answerText(told: Told, receipt: string): string {
  return `{${membersOf(told)},"receipt":"${receipt}"}`;
}

/** A VerifyBatchAnswer. */
export function batchAnswerText(all: readonly Told[], receipt: string): string {
  let text = '';
  for (const told of all) text += text === '' ? `{${membersOf(told)}}` : `,{${membersOf(told)}}`;
  return `{"answers":[${text}],"receipt":"${receipt}"}`;
}

function membersOf({ verdict, shown, profile, ages, notices }: Told): string {
  const check = verdict.outcome === 'accepted' ? '' : `,"check":"${verdict.check}"`;
  const claims = shown === undefined ? '' : `"claims":${claimsText(shown.claims, shown.named)},`;
  const kind = profile === undefined ? '' : `"profile":"${profile}",`;
  const since = `{"trustListSeconds":${ages.trustListSeconds},"statusListSeconds":${ages.statusListSeconds}}`;
  const noted = notices.length === 0 ? '' : `"${notices.join('","')}"`;
  return `"verdict":{"outcome":"${verdict.outcome}"${check}},${claims}${kind}"ages":${since},"notices":[${noted}]`;
}

function claimsText(claims: IdentityClaims, named: readonly ShownClaim[]): string {
  let text = '';
  for (let i = 0; i < named.length; i++) {
    const name = named[i] as ShownClaim;
    const value = claims[name];
    if (value === undefined) continue;
    text += `${text === '' ? '{' : ','}"${name}":`;
    if (typeof value === 'string') text += quoted(value);
    else if (typeof value === 'number') text += value;
    else text += `"${encodeBase64Url(value.bytes)}","faceFormat":"${value.format}"`;
  }
  return text === '' ? '{}' : `${text}}`;
}

const escaped = (code: number) => `\\u${code.toString(16).padStart(4, '0')}`;
/** Whether a character stands in a JSON text as it is (RFC 8259 §7). */
const isPlain = (code: number) => code >= 32 && code < 127 && code !== 34 && code !== 92;
/** How each character up to the end of the Arabic block is written: names are made of these, and a table saves making each anew. */
const WRITTEN = Array.from({ length: 0x700 }, (_, code) => (isPlain(code) ? String.fromCharCode(code) : escaped(code)));

function quoted(text: string): string {
  let i = 0;
  while (i < text.length && isPlain(text.charCodeAt(i))) i++;
  if (i === text.length) return `"${text}"`;
  // One by one from the start: a slice of a text with Arabic in it would be of double bytes again.
  let json = '"';
  for (i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    json += code < WRITTEN.length ? WRITTEN[code] : escaped(code);
  }
  return `${json}"`;
}
