// Ten codes on paper, each good once: beside the password they stand in for what was lost (SP 800-63B-4 §4.2). A person has one set of
// them, whatever it is that they lose; they are shown when they are made and never again, and their hashes are kept.
import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import type { Authenticator, Authenticators } from '../store/authenticators.ts';
import { base32 } from './base32.ts';

/** What an authenticator of type `recovery_code` holds: SHA-256 of those that are left; 80 random bits each, so a plain hash will do. */
export type RecoveryData = { readonly left: readonly string[] };

export type MakeCodesNeeds = {
  readonly authenticators: Pick<Authenticators, 'replaceRecoveryCodes'>;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: EpochSeconds;
};

const codeCount = 10;

/** Sixteen letters and digits: 80 random bits. */
const newCode = (random: MakeCodesNeeds['random']): string => base32(random(10));

export async function recoveryHash(code: string): Promise<string> {
  return encodeBase64Url(await sha256(encodeUtf8(`tawthiq recovery code v1\0${code}`)));
}

/** Spaces, dashes and capitals do not count. */
export function plainCode(typed: string): string {
  return typed.replaceAll(/[\s-]/g, '').toLowerCase();
}

export function isRecoveryCode(text: string): boolean {
  return /^[a-z2-7]{16}$/.test(text);
}

/** The codes to show, and the row to keep. */
export async function newRecoveryCodes(
  subjectId: SubjectId,
  random: MakeCodesNeeds['random'],
  now: EpochSeconds,
): Promise<{ readonly codes: readonly string[]; readonly row: Omit<Authenticator, 'state' | 'lastUsedAt'> }> {
  const codes = Array.from({ length: codeCount }, () => newCode(random));
  const data: RecoveryData = { left: await Promise.all(codes.map(recoveryHash)) };
  const id = subjectId.slice(0, 3) + encodeBase64Url(random(16));
  return { codes, row: { id, subjectId, type: 'recovery_code', name: '', data: JSON.stringify(data), createdAt: now } };
}

/** The ten codes, for the one page that shows them. Those before them are good no longer. */
export async function makeRecoveryCodes(needs: MakeCodesNeeds, subjectId: SubjectId): Promise<readonly string[]> {
  const { now, random, authenticators } = needs;
  const { codes, row } = await newRecoveryCodes(subjectId, random, now);
  await authenticators.replaceRecoveryCodes(
    row,
    {
      at: now,
      event: 'authenticator.bound',
      actor: `subject:${subjectId}`,
      subjectId,
      object: row.id,
      detail: { type: 'recovery_code' },
    },
    { subjectId, at: now, kind: 'recovery.codes_made' },
  );
  return codes;
}
