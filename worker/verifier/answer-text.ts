// What /v1/verify answers, as JSON in ASCII. A text of single bytes is half the work for the platform, and one name in Arabic would make
// the whole of an answer, with its photo, a text of two.
import type { VerifyAnswer } from '../../shared/contract/verify.ts';

/** What is said of one code: a VerifyAnswer without its receipt. An undefined member is not said. */
export type Told = {
  readonly verdict: VerifyAnswer['verdict'];
  readonly claims: VerifyAnswer['claims'] | undefined;
  readonly profile: VerifyAnswer['profile'] | undefined;
  readonly ages: VerifyAnswer['ages'];
  readonly notices: readonly string[];
};

/** A VerifyAnswer. `receipt`: base64url. */
export function answerText(told: Told, receipt: string): string {
  return `{${membersOf(told)},"receipt":"${receipt}"}`;
}

/** A VerifyBatchAnswer. */
export function batchAnswerText(all: readonly Told[], receipt: string): string {
  return `{"answers":[${all.map((told) => `{${membersOf(told)}}`).join(',')}],"receipt":"${receipt}"}`;
}

function membersOf({ verdict, claims, profile, ages, notices }: Told): string {
  // Words of ours and numbers, but for the claims.
  const said = claims === undefined ? '' : `"claims":${claimsText(claims)},`;
  const kind = profile === undefined ? '' : `"profile":"${profile}",`;
  const rest = `"ages":${JSON.stringify(ages)},"notices":${JSON.stringify(notices)}`;
  return `"verdict":${JSON.stringify(verdict)},${said}${kind}${rest}`;
}

function claimsText(claims: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const name in claims) {
    const value = claims[name];
    // The face is base64url, and by far the longest.
    const json = name === 'face' ? JSON.stringify(value) : ascii(JSON.stringify(value));
    text += `${text === '' ? '{' : ','}"${name}":${json}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

/** The same JSON with all that is not ASCII escaped (RFC 8259 §7): in JSON it can stand in strings only. */
function ascii(json: string): string {
  let text = '';
  let from = 0;
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code < 128) continue;
    text += `${json.slice(from, i)}\\u${code.toString(16).padStart(4, '0')}`;
    from = i + 1;
  }
  return from === 0 ? json : text + json.slice(from);
}
