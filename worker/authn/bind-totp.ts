// Binds an authenticator app with the setup code: a secret is shown, its first code proves that the app has it. Who has no recovery codes
// (left) is given ten; who has keeps them.

import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { hmacSha256, importHmacKey } from '../../shared/crypto/hmac.ts';
import type { People } from '../store/people.ts';
import { base32 } from './base32.ts';
import { newRecoveryCodes } from './recovery-codes.ts';
import { sealTotp, stepOf, type TotpData } from './totp.ts';
import { openSetupCode, type SetupNeeds, type SetupRefusal } from './use-setup-code.ts';

export type TotpNeeds = SetupNeeds & { readonly people: Pick<People, 'sealerOf'>; readonly pepper: Uint8Array };

/** The secret belongs to the code and to a secret of ours, so nothing is kept until the app has proved that it has it. 20 bytes. */
async function secretOf(needs: TotpNeeds, code: string): Promise<Uint8Array> {
  const key = await importHmacKey(needs.pepper);
  return (await hmacSha256(key, encodeUtf8(`tawthiq totp secret v1\0${code}`))).slice(0, 20);
}

/** The secret as people type it (Base32), for the page that shows it. */
export async function beginTotp(needs: TotpNeeds, setupCode: string): Promise<Result<string, SetupRefusal>> {
  const setup = await openSetupCode(needs, setupCode, 'totp');
  return setup.ok ? ok(base32(await secretOf(needs, setupCode))) : setup;
}

export type BindTotpRefusal = SetupRefusal | { readonly reason: 'otp_wrong' };

/** The recovery codes, which are shown once; null: those that the person has stay. A new app takes the place of the one before. */
export async function bindTotp(
  needs: TotpNeeds,
  input: { readonly setupCode: string; readonly otp: string },
): Promise<Result<readonly string[] | null, BindTotpRefusal>> {
  const setup = await openSetupCode(needs, input.setupCode, 'totp');
  if (!setup.ok) return setup;
  const secret = await secretOf(needs, input.setupCode);
  const lastStep = await stepOf(secret, input.otp.replaceAll(/\s/g, ''), needs.now, 0);
  if (lastStep === undefined) return err({ reason: 'otp_wrong' });
  const { subjectId, write } = setup.value;
  const id = subjectId.slice(0, 3) + encodeBase64Url(needs.random(16));
  const data: TotpData = { sealed: await sealTotp(needs.people, subjectId, id, secret), lastStep };
  const { codes, row } = await newRecoveryCodes(subjectId, needs.random, needs.now);
  const bound = {
    id,
    subjectId,
    type: 'totp' as const,
    name: 'authenticator app',
    data: JSON.stringify(data),
    createdAt: needs.now,
  };
  const entry = { at: needs.now, event: 'authenticator.bound', actor: `subject:${subjectId}`, subjectId } as const;
  const won = await needs.authenticators.bindWithSetup(
    bound,
    write,
    { ...entry, object: id, detail: { type: 'totp' } },
    'totp',
    { row, entry: { ...entry, object: row.id, detail: { type: 'recovery_code' } } },
  );
  if (!won) return err({ reason: 'setup_code_used' });
  return ok((await needs.authenticators.find(row.id, row.id)) ? codes : null);
}
