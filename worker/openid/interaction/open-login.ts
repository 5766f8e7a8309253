// A login in the browser that holds it, and what its page may show. Knows no HTML and no cookie.

import { type Client, mayBeSentTo } from '../../clients/client.ts';
import type { HolderError } from '../../logins/interaction-rules.ts';
import type { LoginRecord } from '../../logins/login-record.ts';
import type { LoginObject } from '../../logins/one-login.ts';
import type { Reply } from '../authorize/authorize.ts';
import type { AuthorizationRequest } from '../authorize/request.ts';
import type { ConsentLine } from '../consent.ts';
import type { Notice } from '../pages/texts.ts';
import type { Later, Provider } from '../provider.ts';
import type { SessionCookie } from '../sealed-cookie.ts';
import { type HeldLogin, unbegunRecord } from '../unbegun-login.ts';

/** `from`: browser and place, coarse, for the person's own lists. `session`: the one that this browser holds, whosever it is. */
export type Held = HeldLogin & { readonly from: string; readonly session: SessionCookie | undefined };
/** A login that is under way, in the browser that began it. `object`: the login's, begun by the next step if need be. */
export type OpenLogin = Held & {
  readonly object: LoginObject;
  readonly record: LoginRecord;
  readonly client: Client;
  readonly request: AuthorizationRequest;
};

export type Shown =
  | { readonly kind: 'identify'; readonly notice: { readonly reason: Notice; readonly seconds?: number } | null }
  | { readonly kind: 'number'; readonly number: string }
  /** A code to be scanned; or, once a wallet has, its answer to be waited for. */
  | { readonly kind: 'code' | 'scanned' }
  /** `until`: epoch seconds, to when a yes is remembered. */
  | {
      readonly kind: 'consent';
      readonly claims: readonly ConsentLine[];
      readonly until: number;
      readonly offline: boolean;
    }
  | { readonly kind: 'problem'; readonly reason: Notice }
  /** Allowed: the device goes on. */
  | { readonly kind: 'device'; readonly session?: SessionCookie }
  /** Open the page again: something moved on. `session`: one began, its cookie must be set. */
  | { readonly kind: 'moved'; readonly session?: SessionCookie }
  | { readonly kind: 'reply'; readonly reply: Reply; readonly session?: SessionCookie };

export async function openLogin(provider: Provider, held: Held, later: Later): Promise<OpenLogin | HolderError> {
  const object = provider.objects.login(held.loginId, held.start);
  const { start, holderSecret } = held;
  const viewed = start ? unbegunRecord(start, holderSecret, provider.now()) : await object.view(holderSecret);
  if (!viewed.ok) return viewed.error;
  const record = viewed.value;
  const client = await provider.clients.find(record.clientId, later);
  // A client that was suspended meanwhile gets nothing; and once tokens are out, what was asked is no longer known.
  if (client?.state !== 'active' || record.request === null) return { reason: 'login_ended' };
  const request = record.request as unknown as AuthorizationRequest;
  // SECURITY: nor does an address that was taken from it meanwhile, perhaps as it is in other hands. A device has none.
  if (record.kind === 'code' && !mayBeSentTo(client, request.redirectUri)) return { reason: 'login_ended' };
  return { ...held, object, record, client, request };
}

export const problem = (reason: Notice): Shown => ({ kind: 'problem', reason });
export const identify = (reason: Notice | null, seconds?: number): Shown => ({
  kind: 'identify',
  notice: reason === null ? null : { reason, ...(seconds === undefined ? {} : { seconds }) },
});

export function kindOf(login: OpenLogin): 'code' | 'device' {
  return login.record.kind === 'device' ? 'device' : 'code';
}
