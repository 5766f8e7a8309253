// One-time codes of an authenticator app (RFC 6238: 30 seconds, 6 digits) and the recovery codes that stand in for it. Knows no password.

import type { SubjectId } from '../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import { hotp } from '../../shared/crypto/hotp.ts';
import type { Authenticator } from '../store/authenticators.ts';
import type { People } from '../store/people.ts';
import { opened } from '../store/vault.ts';
import type { RecoveryData } from './recovery-codes.ts';

const stepSeconds = 30;
export const recoveryCodeCount = 10;

/** What an authenticator of type `totp` holds. `sealed`: the secret under the person's key. `lastStep`: codes up to it are used. */
export type TotpData = {
  readonly sealed: string;
  readonly lastStep: number;
  /** SHA-256 of those recovery codes that are left: 80 random bits each, so a plain hash is enough. */
  readonly recovery: readonly string[];
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

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** Base32 (RFC 4648 §6) in small letters, without padding; whole groups of five bytes. */
export function base32(bytes: Uint8Array): string {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)] ?? '').join('');
}

/** Sixteen letters and digits: 80 random bits. */
export function newRecoveryCodes(random: (bytes: number) => Uint8Array): string[] {
  return Array.from({ length: recoveryCodeCount }, () => base32(random(10)));
}

export async function recoveryHash(code: string): Promise<string> {
  return encodeBase64Url(await sha256(encodeUtf8(`tawthiq recovery code v1\0${code}`)));
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

/** The first that the text proves: a code of the app, one of the app's own recovery codes, or one of the ten on paper. */
export async function judgeSecondFactors(
  people: Pick<People, 'sealerOf'>,
  all: readonly Authenticator[],
  typed: string,
  now: number,
): Promise<SecondFactor | undefined> {
  for (const bound of all) {
    const found =
      bound.type === 'totp'
        ? await judgeSecondFactor(people, bound, typed, now)
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

function plainCode(typed: string): string {
  return typed.replaceAll(/[\s-]/g, '').toLowerCase();
}

function isRecoveryCode(text: string): boolean {
  return /^[a-z2-7]{16}$/.test(text);
}

/** What the text proves, with what to keep so that it proves it once; undefined for nothing. Spaces and dashes do not count. */
async function judgeSecondFactor(
  people: Pick<People, 'sealerOf'>,
  bound: Authenticator,
  typed: string,
  now: number,
): Promise<SecondFactor | undefined> {
  const data = JSON.parse(bound.data) as TotpData;
  const code = plainCode(typed);
  if (isRecoveryCode(code)) {
    const hash = await recoveryHash(code);
    if (!data.recovery.includes(hash)) return undefined;
    const recovery = data.recovery.filter((left) => left !== hash);
    return { method: 'password_recovery_code', bound, data: { ...data, recovery } };
  }
  if (!/^\d{6}$/.test(code)) return undefined;
  const sealed = decodeBase64Url(data.sealed);
  const sealer = await people.sealerOf(bound.subjectId);
  if (!sealed.ok || !sealer) throw new Error('a stored one-time code secret is not whole');
  const secret = opened(placeOf(bound.id), await sealer.open(placeOf(bound.id), sealed.value));
  const lastStep = await stepOf(secret, code, now, data.lastStep);
  return lastStep === undefined ? undefined : { method: 'password_totp', bound, data: { ...data, lastStep } };
}
