// The holder's side: shows chosen claims of a credential and proves the key that it is bound to (RFC 9901 §4.3, §7.2).

import { encodeBase64Url } from '../bytes/base64url.ts';
import { encodeUtf8 } from '../bytes/text.ts';
import { sha256Sync } from '../crypto/sha256.ts';
import { type Es256Sign, jsonOf, signJws } from './jws.ts';

export const KEY_BINDING_TYPE = 'kb+jwt';

export type KeyBinding = {
  /** The verifier's client id, with its prefix. */
  readonly audience: string;
  readonly nonce: string;
  readonly issuedAt: number;
  readonly sign: Es256Sign;
};

/** `text` as it was issued; `names`: the claims to show. Everything else stays a digest. */
export async function presentSdJwt(text: string, names: readonly string[], binding: KeyBinding): Promise<string> {
  const [jwt = '', ...disclosures] = text.split('~').slice(0, -1);
  const chosen = disclosures.filter((disclosure) => {
    const parts = jsonOf(disclosure);
    return Array.isArray(parts) && names.includes(String(parts[1]));
  });
  const shown = [jwt, ...chosen, ''].join('~');
  return shown + (await signKeyBinding(shown, binding));
}

export function signKeyBinding(shown: string, binding: KeyBinding): Promise<string> {
  const { issuedAt: iat, audience: aud, nonce, sign } = binding;
  return signJws({ typ: KEY_BINDING_TYPE }, { iat, aud, nonce, sd_hash: shownHashOf(shown) }, sign);
}

/** Everything before the key-binding JWT, the last `~` included. */
export function shownHashOf(shown: string): string {
  return encodeBase64Url(sha256Sync(encodeUtf8(shown)));
}
