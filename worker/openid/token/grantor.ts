// One way of getting tokens. The table of them is in token.ts.

import type { Result } from '../../../shared/base/result.ts';
import type { Client } from '../../clients/client.ts';
import type { Params } from '../authorize/request.ts';
import type { OAuthError } from '../oauth-error.ts';
import type { Later, Provider } from '../provider.ts';

export type TokenRequest = {
  readonly client: Client;
  readonly params: Params;
  /** Thumbprint of the key of a valid DPoP proof that came with the request (RFC 9449), or null. */
  readonly dpopJkt: string | null;
  /** What the access token shall be for (RFC 8707 §2.2); empty: all that was granted. */
  readonly resources: readonly string[];
  /** RFC 7240 `Prefer: wait=`: how long the client would wait for a person; null if it does not say. */
  readonly waitSeconds: number | null;
  readonly later: Later;
};

export type Grantor = (
  provider: Provider,
  request: TokenRequest,
) => Promise<Result<Readonly<Record<string, unknown>>, OAuthError>>;
