// A person's browser sessions at the edge: when one still answers for its person. Pure (SP 800-63B-4 §5.2, OpenID Connect Core §3.1.2.3).

import { hashSecret, isSecretOf } from './handle.ts';

export type SessionClient = {
  readonly clientId: string;
  /** Logins of this session at this client: ended with it. */
  readonly logins: readonly string[];
  readonly at: number;
};

export type SessionRecord = {
  readonly id: string;
  readonly hash: string;
  readonly subject: string;
  readonly acr: string;
  readonly amr: readonly string[];
  readonly authTime: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  readonly idleSeconds: number;
  /** For the person's own list: browser family and place, coarse. */
  readonly device: string;
  readonly clients: readonly SessionClient[];
};

export type StartSession = Pick<
  SessionRecord,
  'id' | 'subject' | 'acr' | 'amr' | 'authTime' | 'expiresAt' | 'idleSeconds' | 'device'
> & { readonly secret: string };

/**
 * `tries`: what was tried and from where: its count starts again, and the person is known there. `continues`: the secret of the session of
 * this very id, which goes on with what was proved now.
 */
export type NewSession = {
  readonly session: StartSession;
  readonly continues?: string;
  readonly tries: { readonly authenticator: string; readonly network: string } | null;
};

/** It answers for nobody any more; what came of it may not have ended yet, and its services may not have been told. */
export type EndingSession = { readonly session: SessionRecord; readonly since: number };

/** What a client was given ends, as its person took something back; it may not have ended yet. `until`: by then the last of it is over. */
export type OwedEnding = {
  readonly clientId: string;
  readonly logins: readonly string[];
  readonly since: number;
  readonly until: number;
};

/**
 * What began; `dropped`: sessions that had to make room, now or before, and have not all ended yet: what came of them, and who is to be told.
 * `owed`: what was taken back before, and has not ended yet; absent: nothing.
 */
export type BegunSession = { readonly dropped: readonly SessionRecord[]; readonly owed?: readonly OwedEnding[] };

/**
 * `before`: what the session was. Its services stay with it, its secret does not: whoever copied the cookie does not rise with the person.
 */
export function startSession(input: StartSession, now: number, before?: SessionRecord): SessionRecord {
  const { secret, ...rest } = input;
  return { ...rest, hash: hashSecret(secret), lastSeenAt: now, clients: before?.clients ?? [] };
}

/** The session as it may be relied on now, or undefined: wrong secret, too old, idle for too long. */
export function liveSession(
  session: SessionRecord | undefined,
  secret: string,
  now: number,
): SessionRecord | undefined {
  if (!session || !isSecretOf(secret, session.hash)) return undefined;
  if (now >= session.expiresAt || now >= session.lastSeenAt + session.idleSeconds) return undefined;
  return session;
}

const mostLogins = 20;

/** Remembers that a client got tokens out of this session, for logout. */
export function withClient(session: SessionRecord, clientId: string, login: string, now: number): SessionRecord {
  const known = session.clients.find((client) => client.clientId === clientId);
  const logins = [...(known?.logins ?? []), login].slice(-mostLogins);
  const clients = [...session.clients.filter((client) => client !== known), { clientId, logins, at: now }];
  return { ...session, lastSeenAt: now, clients };
}
