// A person's user code (CIBA Core §7.1): whoever asks for them through a service's own channel must know it, so a number alone disturbs
// nobody. Short, so it is kept under a MAC whose key no database holds, and tries are counted.

import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { type HmacKey, hmacSha256, importHmacKey } from '../../shared/crypto/hmac.ts';
import type { Authenticators } from '../store/authenticators.ts';
import type { LoginSubject } from '../store/login-subjects.ts';
import { parseUserCode } from './user-code-form.ts';

export class UserCodes {
  readonly #pepper: Uint8Array;
  #key: HmacKey | undefined;

  constructor(pepper: Uint8Array) {
    this.#pepper = pepper;
  }

  async macOf(subjectId: string, code: string): Promise<string> {
    this.#key ??= await importHmacKey(this.#pepper);
    return encodeBase64Url(await hmacSha256(this.#key, encodeUtf8(`user code\0${subjectId}\0${code}`)));
  }

  /** Has the person set one? */
  isSet(subject: Pick<LoginSubject, 'authenticators'> | undefined): boolean {
    return subject?.authenticators.some(({ type }) => type === 'user_code') ?? false;
  }

  /** True if the person has none, or it is this one. The same work is done for nobody. */
  async fits(subject: Pick<LoginSubject, 'subjectId' | 'authenticators'> | undefined, code: string): Promise<boolean> {
    const bound = subject?.authenticators.find(({ type }) => type === 'user_code');
    const shown = encodeUtf8(await this.macOf(subject?.subjectId ?? 'nobody', code));
    const kept = encodeUtf8(bound ? (JSON.parse(bound.data) as { readonly mac: string }).mac : '');
    return equalBytes(shown, kept) || (subject !== undefined && bound === undefined);
  }
}

export type UserCodeNeeds = {
  readonly authenticators: Pick<Authenticators, 'replaceOne'>;
  readonly userCodes: UserCodes;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: EpochSeconds;
};

/** Sets the person's code, or takes it away (null). The one before it no longer counts. */
export async function setUserCode(
  needs: UserCodeNeeds,
  subjectId: SubjectId,
  text: string | null,
): Promise<Result<null, { readonly reason: 'user_code_malformed' }>> {
  const code = text === null ? null : parseUserCode(text);
  if (code === undefined) return err({ reason: 'user_code_malformed' });
  const id = subjectId.slice(0, 3) + encodeBase64Url(needs.random(16));
  const bound =
    code === null
      ? null
      : {
          id,
          name: '',
          data: JSON.stringify({ mac: await needs.userCodes.macOf(subjectId, code) }),
          createdAt: needs.now,
        };
  await needs.authenticators.replaceOne(subjectId, 'user_code', bound, {
    at: needs.now,
    event: bound ? 'authenticator.bound' : 'authenticator.removed',
    actor: `subject:${subjectId}`,
    subjectId,
    detail: { type: 'user_code' },
  });
  return ok(null);
}
