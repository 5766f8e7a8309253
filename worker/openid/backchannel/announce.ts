// What goes out to a service when its person has answered: CIBA's ping (Core §10.2), or the facade's callback with its signed answer.

import type { Json } from '../../logins/login-record.ts';
import { rejectedToken } from '../facade/answer-token.ts';
import { complete, deliverySeconds, type FacadeLogin } from '../facade/requests.ts';
import { transIdOf } from '../facade/transaction.ts';
import type { Later, Provider } from '../provider.ts';

/** As the login kept it; null: nobody is to be told. */
export type Ping =
  | null
  /** `clientId`: absent from early logins. */
  | { readonly clientId?: string; readonly uri: string; readonly token: string; readonly authReqId: string }
  | { readonly facade: FacadeLogin };

export async function announce(
  provider: Provider,
  answered: { readonly state: string; readonly ping: Json },
  later: Later,
): Promise<void> {
  const ping = answered.ping as Ping;
  if (ping === null) return;
  if ('uri' in ping) {
    // A service that was suspended meanwhile hears nothing.
    if (ping.clientId !== undefined && (await provider.clients.find(ping.clientId, later))?.state !== 'active') return;
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${ping.token}` };
    await provider.outbound.send(ping.uri, { headers, body: JSON.stringify({ auth_req_id: ping.authReqId }) });
    return;
  }
  await tellService(provider, ping.facade, answered.state === 'approved', later);
}

/** What its address does not take waits for the service's own question (`facadeStatus`). */
async function tellService(provider: Provider, facade: FacadeLogin, approved: boolean, later: Later): Promise<void> {
  const { clientId, loginId, secret, requestId } = facade;
  const client = await provider.clients.find(clientId, later);
  const uri = client?.policy.facade?.callback;
  // Without an address the service asks, and gets the token then.
  if (client?.state !== 'active' || uri === undefined) return;
  const sending = { handOverFrom: provider.now() + deliverySeconds };
  const completed = approved ? await complete(provider, client, facade, sending, later) : 'not_enough';
  if (completed === 'taken') return;
  const rejected = completed === 'not_enough';
  const token = rejected ? await rejectedToken(provider, client, facade) : completed;
  const body = JSON.stringify({ token, transId: transIdOf(loginId), requestId });
  const arrived = await deliver(provider, uri, body);
  if (rejected) return;
  await provider.objects.login(loginId).settleHandOver({ secret, clientId, from: arrived ? null : provider.now() });
}

/** The callback is the truth for its service, so it is tried thrice; CIBA's ping is a hint, and is not. True: it was taken. */
async function deliver(provider: Provider, uri: string, body: string): Promise<boolean> {
  for (const pauseMs of [0, 1000, 4000]) {
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const status = await provider.outbound.send(uri, { headers: { 'Content-Type': 'application/json' }, body });
    if (status !== undefined && status < 500) return status >= 200 && status < 300;
  }
  return false;
}
