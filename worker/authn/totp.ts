// One-time codes of an authenticator app (RFC 6238: 30 seconds, 6 digits), and which second factor a text proves. Knows no password.

import type { SubjectId } from '../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { hotp } from '../../shared/crypto/hotp.ts';
import type { Authenticator } from '../store/authenticators.ts';
import type { People } from '../store/people.ts';
import { opened } from '../store/vault.ts';
import { isRecoveryCode, plainCode, type RecoveryData, recoveryHash } from './recovery-codes.ts';

const stepSeconds = 30;

/** What an authenticator of type `totp` holds. `sealed`: the secret under the person's key. `lastStep`: codes up to it are used. */
export type TotpData = {
  readonly sealed: string;
  readonly lastStep: number;
};

/** The step whose code this is: now, or one before for a slow hand (RFC 6238 §5.2); never one that was used. */
export async function stepOf(
  secret: Uint8Array,
  code: string,
  now: number,
  lastStep: number,
): Promise<number | undefined> {
  const current = Math.floor(now / stepSeconds);
  for (const step of [current, current - 1]) {
    // SECURITY: constant time, and a code is good once (§5.2).
    if (equalBytes(encodeUtf8(await hotp(secret, step)), encodeUtf8(code)) && step > lastStep) return step;
  }
  return undefined;
}

const placeOf = (id: string) => ({ table: 'authenticators', row: id, column: 'data' });

export async function sealTotp(
  people: Pick<People, 'sealerOf'>,
  subjectId: SubjectId,
  id: string,
  secret: Uint8Array,
): Promise<string> {
  const sealer = await people.sealerOf(subjectId);
  if (!sealer) throw new Error('a person with a setup code has no key');
  return encodeBase64Url(await sealer.seal(placeOf(id), secret));
}

export type SecondFactor = {
  readonly method: 'password_totp' | 'password_recovery_code';
  /** Which of them it was, and what is to be kept of it. */
  readonly bound: Authenticator;
  readonly data: TotpData | RecoveryData;
};

/** The first that the text proves: a code of the app, or one of the ten on paper. */
export async function judgeSecondFactors(
  people: Pick<People, 'sealerOf'>,
  all: readonly Authenticator[],
  typed: string,
  now: number,
): Promise<SecondFactor | undefined> {
  for (const bound of all) {
    const found =
      bound.type === 'totp'
        ? await judgeAppCode(people, bound, typed, now)
        : bound.type === 'recovery_code'
          ? await judgePaperCode(bound, typed)
          : undefined;
    if (found) return found;
  }
  return undefined;
}

async function judgePaperCode(bound: Authenticator, typed: string): Promise<SecondFactor | undefined> {
  const { left } = JSON.parse(bound.data) as RecoveryData;
  const code = plainCode(typed);
  const hash = isRecoveryCode(code) ? await recoveryHash(code) : undefined;
  if (hash === undefined || !left.includes(hash)) return undefined;
  return { method: 'password_recovery_code', bound, data: { left: left.filter((one) => one !== hash) } };
}

/** What the text proves, with what to keep so that it proves it once; undefined for nothing. Spaces and dashes do not count. */
async function judgeAppCode(
  people: Pick<People, 'sealerOf'>,
  bound: Authenticator,
  typed: string,
  now: number,
): Promise<SecondFactor | undefined> {
  const data = JSON.parse(bound.data) as TotpData;
  const code = plainCode(typed);
  if (!/^\d{6}$/.test(code)) return undefined;
  const sealed = decodeBase64Url(data.sealed);
  const sealer = await people.sealerOf(bound.subjectId);
  if (!sealed.ok || !sealer) throw new Error('a stored one-time code secret is not whole');
  const secret = opened(placeOf(bound.id), await sealer.open(placeOf(bound.id), sealed.value));
  const lastStep = await stepOf(secret, code, now, data.lastStep);
  return lastStep === undefined ? undefined : { method: 'password_totp', bound, data: { ...data, lastStep } };
}
