// Logout that a relying party asks for (OpenID Connect RP-Initiated Logout 1.0), and the word that goes to all others (Back-Channel
// Logout 1.0). A session ends for every client at once.

import type { SubjectId } from '../../../shared/base/brands.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import type { Client } from '../../clients/client.ts';
import { matchesRedirectUri } from '../../clients/redirect-uri.ts';
import type { SessionRecord } from '../../logins/session-rules.ts';
import type { Params } from '../authorize/request.ts';
import { type Claims, signJwt, verifyJwt } from '../jwt.ts';
import type { Later, Provider } from '../provider.ts';
import { findSession } from './find-session.ts';

export type LogoutProblem = 'logout_hint_invalid' | 'logout_redirect_not_registered';

export type Logout =
  | { readonly kind: 'problem'; readonly reason: LogoutProblem }
  /** Ask first: nothing proves that the request came from a client of this session. */
  | { readonly kind: 'ask'; readonly back: Back }
  | { readonly kind: 'done'; readonly back: Back };

/** Where the browser goes afterwards; null: to our own page. */
export type Back = {
  readonly clientId: string | null;
  readonly redirectUri: string | null;
  readonly state: string | null;
};

/** `confirmed`: the person pressed the button on our own page. */
export async function endSession(
  provider: Provider,
  input: { readonly params: Params; readonly sessionCookie: string | undefined; readonly confirmed: boolean },
  later: Later,
): Promise<Logout> {
  const { params, sessionCookie } = input;
  const hintText = params.values.get('id_token_hint');
  // An ID token that expired long ago still names its session (§4); one that we did not sign names nothing.
  const hint = hintText === undefined ? undefined : await verifyJwt(provider.keys, 'JWT', hintText);
  const clientId = params.values.get('client_id') ?? (typeof hint?.['aud'] === 'string' ? hint['aud'] : null);
  if ((hintText !== undefined && !hint) || (hint && hint['aud'] !== clientId))
    return { kind: 'problem', reason: 'logout_hint_invalid' };
  const client = clientId === null ? undefined : await provider.clients.find(clientId, later);
  const redirectUri = params.values.get('post_logout_redirect_uri') ?? null;
  if (redirectUri !== null && client && !isRegistered(client, redirectUri))
    return { kind: 'problem', reason: 'logout_redirect_not_registered' };
  // SECURITY: without a client there is nothing to check the address against, so nobody is sent there.
  const back: Back = {
    clientId: client?.id ?? null,
    redirectUri: client ? redirectUri : null,
    state: params.values.get('state') ?? null,
  };
  const session = await findSession(provider, sessionCookie);
  if (!session) return { kind: 'done', back };
  if (!input.confirmed && !(await isOfSession(provider, hint, client, session))) return { kind: 'ask', back };
  await endEverywhere(provider, session, later);
  return { kind: 'done', back };
}

function isRegistered(client: Client, uri: string): boolean {
  const native = client.metadata.application_type === 'native';
  return client.metadata.post_logout_redirect_uris.some((registered) => matchesRedirectUri(uri, registered, native));
}

async function isOfSession(
  provider: Provider,
  hint: Claims | undefined,
  client: Client | undefined,
  session: SessionRecord,
): Promise<boolean> {
  return (
    hint !== undefined && client !== undefined && hint['sid'] === (await provider.pairwise.sid(client, session.id))
  );
}

/** Ends the session, the logins in it that were not granted to outlive it, and tells every client that asked to be told. */
export async function endEverywhere(provider: Provider, session: SessionRecord, later: Later): Promise<void> {
  const person = await provider.objects.person(session.subject as SubjectId);
  await finishEnding(provider, (await person.endSession(session.id)) ?? session, later);
}

/** The rest of it, for a session that answers for nobody any more. May be done again: a service is then told twice. */
export async function finishEnding(provider: Provider, session: SessionRecord, later: Later): Promise<void> {
  const subject = session.subject as SubjectId;
  const { clients } = session;
  await Promise.all(
    clients.flatMap(({ logins }) => logins.map((login) => provider.objects.login(login).endWithSession())),
  );
  const at = provider.now();
  later(
    provider.journal.append({
      at,
      event: 'session.ended',
      actor: `subject:${subject}`,
      subjectId: subject,
      detail: { clients: clients.length },
    }),
  );
  const tellAll = async () => {
    await Promise.all(clients.map(({ clientId }) => tell(provider, clientId, { subject, id: session.id }, later)));
    await (await provider.objects.person(subject)).forgetEnded(session.id);
  };
  later(tellAll());
}

/** `id` null: all that the person has there (Back-Channel Logout §2.4: `sub` without `sid`). One logout token, one POST, no second try: a client that misses it is caught by its tokens' five minutes. */
export async function tell(
  provider: Provider,
  clientId: string,
  session: { readonly subject: SubjectId; readonly id: string | null },
  later: Later,
): Promise<void> {
  const client = await provider.clients.find(clientId, later);
  const uri = client?.metadata.backchannel_logout_uri;
  if (client?.state !== 'active' || uri === undefined) return;
  const now = provider.now();
  const claims = {
    iss: provider.issuer,
    aud: client.id,
    iat: now,
    exp: now + 120,
    jti: encodeBase64Url(provider.random(16)),
    sub: await provider.pairwise.sub(client, session.subject),
    ...(session.id === null ? {} : { sid: await provider.pairwise.sid(client, session.id) }),
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  };
  // The key that the client checks its ID tokens with (§2.4: as they are signed).
  const token = await signJwt(provider.keys, 'logout+jwt', claims, client.metadata.id_token_signed_response_alg);
  await provider.outbound.send(uri, {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ logout_token: token }).toString(),
  });
}
