// What a service asks of the facade, and how it stands: CIBA in other words, for services that were built for a request by number.

import * as z from 'zod';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import type { Client } from '../../clients/client.ts';
import { asGranted } from '../../logins/grant-limits.ts';
import { newLoginId } from '../../logins/handle.ts';
import { parseUnifiedNumber } from '../../registry/unified-number.ts';
import type { AuthorizationRequest } from '../authorize/request.ts';
import { paramsOf } from '../authorize/request.ts';
import { grantOfApproval } from '../backchannel/approval.ts';
import { askPerson, backchannelRequest, expiry, matchNumberFor } from '../backchannel/ask-person.ts';
import { hintedPerson } from '../backchannel/hinted-person.ts';
import type { Later, Provider } from '../provider.ts';
import { authenticateClient } from '../token/client-authentication.ts';
import { completedToken } from './answer-token.ts';
import { loginIdOf, transIdOf } from './transaction.ts';

export const NewRequest = z.object({ nationalId: z.string().max(20), service: z.string().min(1).max(60) });
export const StatusRequest = z.object({
  nationalId: z.string().max(20),
  transId: z.string().max(40),
  random: z.string().max(10),
});

export type FacadeRefusal = {
  readonly reason:
    | 'credentials_wrong'
    | 'facade_not_allowed'
    | 'service_unknown'
    | 'number_malformed'
    | 'transaction_unknown';
};
export type Credentials = { readonly appId: string; readonly appKey: string };
export type FacadeStatus = 'WAITING' | 'COMPLETED' | 'REJECTED' | 'EXPIRED';

/** APP-ID and APP-KEY are the client's id and secret; the authority lets a client use the facade or does not. */
async function callerOf(
  provider: Provider,
  { appId, appKey }: Credentials,
  later: Later,
): Promise<Result<Client & { readonly facade: NonNullable<Client['policy']['facade']> }, FacadeRefusal>> {
  const authorization = `Basic ${btoa(`${encodeURIComponent(appId)}:${encodeURIComponent(appKey)}`)}`;
  const input = { params: paramsOf(new URLSearchParams()), authorization, endpoint: provider.issuer };
  const client = await authenticateClient(provider, input, later);
  if (!client.ok) return err({ reason: 'credentials_wrong' });
  const { facade } = client.value.policy;
  return facade ? ok({ ...client.value, facade }) : err({ reason: 'facade_not_allowed' });
}

export type BeginFacade = Credentials & {
  readonly body: z.output<typeof NewRequest>;
  readonly locale: 'ar' | 'en';
  /** The service's own name of the request: comes back with the answer. */
  readonly requestId: string | null;
  readonly network: string;
};

/** `random`: what the service shows and the person types; two digits, or six where the client's least level needs them. */
export async function beginFacade(
  provider: Provider,
  input: BeginFacade,
  later: Later,
): Promise<Result<{ readonly transId: string; readonly random: string }, FacadeRefusal>> {
  const caller = await callerOf(provider, input, later);
  if (!caller.ok) return caller;
  const client = caller.value;
  const { nationalId, service } = input.body;
  const purpose = Object.hasOwn(client.facade.services, service) ? client.facade.services[service] : undefined;
  if (!purpose) return err({ reason: 'service_unknown' });
  const parsed = parseUnifiedNumber(nationalId);
  if (!parsed.ok) return err({ reason: 'number_malformed' });
  const found = await hintedPerson(provider, client, paramsOf(new URLSearchParams({ login_hint: nationalId })));
  if (!found.ok) return err({ reason: 'number_malformed' });
  const number = matchNumberFor(client, []);
  const loginId = newLoginId(provider.random);
  const secret = await provider.transactions.secretOf({
    loginId,
    clientId: client.id,
    nationalId: parsed.value,
    random: number.value,
  });
  const transId = transIdOf(loginId);
  const asked = ['openid', 'profile', ...(client.policy.unifiedNumber ? ['unified_number'] : [])];
  const asking = {
    client,
    found: found.value,
    userCode: undefined,
    request: backchannelRequest({ scopes: asked, wanted: [], resources: [], locale: input.locale }),
    handle: { id: loginId, secret },
    number,
    purpose: purpose[input.locale],
    expiresAt: provider.now() + expiry.most,
    network: input.network,
    ping: { facade: { loginId, secret, clientId: client.id, service, requestId: input.requestId } },
  };
  await askPerson(provider, asking, later);
  return ok({ transId, random: number.value });
}

export type FacadeAnswer = { readonly status: FacadeStatus; readonly token?: string };

/** The token is in the answer only for a service that has no address for it, and once. */
export async function facadeStatus(
  provider: Provider,
  input: Credentials & { readonly body: z.output<typeof StatusRequest> },
  later: Later,
): Promise<Result<FacadeAnswer, FacadeRefusal>> {
  const caller = await callerOf(provider, input, later);
  if (!caller.ok) return caller;
  const client = caller.value;
  const { nationalId, transId, random } = input.body;
  const loginId = loginIdOf(transId);
  if (loginId === undefined) return err({ reason: 'transaction_unknown' });
  const secret = await provider.transactions.secretOf({ loginId, clientId: client.id, nationalId, random });
  const standing = await provider.objects.login(loginId).poll({ secret, clientId: client.id }, 0);
  if (!standing.ok) {
    const { reason } = standing.error;
    if (reason === 'poll_unknown') return err({ reason: 'transaction_unknown' });
    return ok({ status: statuses[reason] });
  }
  if (standing.value.state !== 'approved') return ok({ status: 'WAITING' });
  if (client.facade.callback !== undefined) return ok({ status: 'COMPLETED' });
  const told = await complete(provider, client, { loginId, secret, service: '' }, later);
  return ok(told === undefined ? { status: 'REJECTED' } : { status: 'COMPLETED', token: told });
}

const statuses = { poll_used: 'COMPLETED', poll_expired: 'EXPIRED', poll_denied: 'REJECTED' } as const;

export type Completing = { readonly loginId: string; readonly secret: string; readonly service: string };

/** The signed answer of an approved request, once; undefined if the approval is not enough for this client, or was taken up before. */
export async function complete(
  provider: Provider,
  client: Client,
  { loginId, secret, service }: Completing,
  later: Later,
): Promise<string | undefined> {
  const login = provider.objects.login(loginId);
  const standing = await login.poll({ secret, clientId: client.id }, 0);
  if (!standing.ok || standing.value.state !== 'approved') return undefined;
  const { number } = standing.value;
  const request = standing.value.request as unknown as AuthorizationRequest;
  const granted = await grantOfApproval(provider, { client, loginId, number, request }, later);
  if (!granted.ok) return undefined;
  const taken = { secret, clientId: client.id, granted: granted.value, narrowing: asGranted, refresh: null };
  const collected = await login.collect(taken);
  if (!collected.ok) return undefined;
  return completedToken(provider, client, { loginId, service, ...granted.value });
}
