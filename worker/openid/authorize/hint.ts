// id_token_hint (OpenID Connect Core §3.1.2.1): an ID token of ours, perhaps expired, that names whom the client expects.

import { err, ok, type Result } from '../../../shared/base/result.ts';
import { verifyJwt } from '../jwt.ts';
import { type OAuthError, oauthError } from '../oauth-error.ts';
import type { Provider } from '../provider.ts';

export async function hintedSubOf(
  provider: Pick<Provider, 'keys'>,
  hint: string | undefined,
): Promise<Result<string | null, OAuthError>> {
  if (hint === undefined) return ok(null);
  const claims = await verifyJwt(provider.keys, 'JWT', hint);
  return typeof claims?.['sub'] === 'string'
    ? ok(claims['sub'])
    : err(oauthError('invalid_request', 'id_token_hint is not a token of this issuer'));
}
