// What a service asks of the facade, and how it stands: CIBA in other words, for services that were built for a request by number.

import * as z from 'zod';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import type { Client } from '../../clients/client.ts';
import { asGranted } from '../../logins/grant-limits.ts';
import { newLoginId } from '../../logins/handle.ts';
import type { Json } from '../../logins/login-record.ts';
import { parseUnifiedNumber } from '../../registry/unified-number.ts';
import type { AuthorizationRequest } from '../authorize/request.ts';
import { paramsOf } from '../authorize/request.ts';
import { finished, grantOfApproval, judgeApproval } from '../backchannel/approval.ts';
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
    | 'transaction_unknown'
    | 'asked_too_often';
  /** With `asked_too_often`. */
  readonly waitSeconds?: number;
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
    ping: { facade: { loginId, secret, clientId: client.id, service, requestId: input.requestId } },
  };
  const reached = await askPerson(provider, asking, later);
  if (!reached.ok) return reached;
  return ok({ transId, random: number.value });
}

export type FacadeAnswer = { readonly status: FacadeStatus; readonly token?: string };

/** The token is in the answer for a service that has no address for it, or whose address did not take it: once. */
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
  const login = provider.objects.login(loginId);
  const asking = { secret, clientId: client.id };
  const standing = await login.poll(asking, 0);
  if (!standing.ok) {
    const { reason } = standing.error;
    if (reason === 'poll_unknown') return err({ reason: 'transaction_unknown' });
    const left = reason === 'poll_used' ? await login.takeHandOver(asking) : null;
    if (left === null) return ok({ status: statuses[reason] });
    const completed = { loginId, service: serviceOf(left.ping), ...left };
    return ok({ status: 'COMPLETED', token: await completedToken(provider, client, completed) });
  }
  if (standing.value.state !== 'approved') return ok({ status: 'WAITING' });
  const { number } = standing.value;
  // Its own address gets the answer in this moment; here it is only said how it will be.
  if (client.facade.callback !== undefined && provider.now() < number.answeredAt + deliverySeconds) {
    const request = standing.value.request as unknown as AuthorizationRequest;
    return ok({ status: judgeApproval({ client, loginId, number, request }).ok ? 'COMPLETED' : 'REJECTED' });
  }
  const completed = await complete(provider, client, { loginId, secret }, {}, later);
  if (completed === 'not_enough') return ok({ status: 'REJECTED' });
  return ok({ status: 'COMPLETED', ...(completed === 'taken' ? {} : { token: completed }) });
}

const statuses = { poll_used: 'COMPLETED', poll_expired: 'EXPIRED', poll_denied: 'REJECTED' } as const;

/** Longer than all tries at a service's address take together: after that, whoever asks may have the answer. */
export const deliverySeconds = 30;

/** As the login keeps it for when the person has answered: `announce.ts` does what it says. */
export type FacadeLogin = {
  readonly loginId: string;
  readonly secret: string;
  readonly clientId: string;
  readonly service: string;
  readonly requestId: string | null;
};

function serviceOf(ping: Json): string {
  return (ping as { readonly facade: FacadeLogin }).facade.service;
}

/**
 * The signed answer of an approved request, once. not_enough: this client needs more than was approved; the request ends with it. taken:
 * somebody was first.
 */
export async function complete(
  provider: Provider,
  client: Client,
  { loginId, secret }: Pick<FacadeLogin, 'loginId' | 'secret'>,
  sending: { readonly handOverFrom?: number },
  later: Later,
): Promise<string | 'not_enough' | 'taken'> {
  const login = provider.objects.login(loginId);
  const standing = await login.poll({ secret, clientId: client.id }, 0);
  if (!standing.ok || standing.value.state !== 'approved') return 'taken';
  const { number, ping } = standing.value;
  const request = standing.value.request as unknown as AuthorizationRequest;
  const granted = await grantOfApproval(provider, { client, loginId, number, request });
  if (!granted.ok) {
    await login.end('approval_not_enough');
    return 'not_enough';
  }
  const taken = {
    secret,
    clientId: client.id,
    granted: granted.value,
    narrowing: asGranted,
    refresh: null,
    ...sending,
  };
  const collected = await login.collect(taken);
  if (!collected.ok) return 'taken';
  await finished(provider, { client, loginId }, granted.value.authentication, later);
  return completedToken(provider, client, { loginId, service: serviceOf(ping), ...granted.value });
}
