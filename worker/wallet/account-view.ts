// Everything a person sees of their own account on one page, read at once. Knows no HTML.

import type { IdentityLevel, Level } from '../../shared/assurance/level.ts';
import { levelOfAcr } from '../../shared/assurance/level.ts';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import type { PasswordData } from '../authn/authenticate-password.ts';
import { levelOfPasskey, type PasskeyData } from '../authn/passkey.ts';
import { reachOf } from '../authn/reach.ts';
import type { RecoveryData } from '../authn/recovery-codes.ts';
import { clientName } from '../clients/client.ts';
import type { ClientCache } from '../clients/client-cache.ts';
import { accountClientId } from '../clients/own-client.ts';
import type { LoginObjects } from '../logins/objects.ts';
import type { SessionRecord } from '../logins/session-rules.ts';
import { plainName } from '../openid/consent.ts';
import type { AuthenticatorType } from '../store/authenticators.ts';
import type { Consent, Consents } from '../store/consents.ts';
import type { LoginSubject } from '../store/login-subjects.ts';
import type { Notifications, StoredNotification } from '../store/notifications.ts';
import type { Showings } from '../store/showings.ts';
import type { Verifiers } from '../store/verifiers.ts';
import { freshSeconds, listed } from './own-authenticators.ts';

type Named = { readonly ar: string; readonly en: string };

export type ShownAuthenticator = {
  readonly id: string;
  readonly type: AuthenticatorType;
  readonly name: string;
  /** What it reaches beside nothing else; null: it stands beside another. */
  readonly level: Level | null;
  readonly boundAt: number;
  readonly usedAt: number | null;
  /** Of recovery codes: how many are left. */
  readonly left: number | null;
};

export type AccountView = {
  readonly identityLevel: IdentityLevel;
  /** The highest level that these authenticators reach. */
  readonly reach: Level | null;
  /** The level at which changes may be made now; null: a fresh login is needed first. */
  readonly freshLevel: Level | null;
  readonly authenticators: readonly ShownAuthenticator[];
  readonly userCode: boolean;
  readonly sessions: readonly {
    readonly id: string;
    readonly current: boolean;
    readonly device: string;
    readonly authTime: number;
    readonly lastSeenAt: number;
    readonly services: readonly Named[];
  }[];
  readonly consents: readonly {
    readonly clientId: string;
    readonly name: Named;
    /** What it may see, each under its plain name. */
    readonly claims: readonly { readonly name: string; readonly until: number }[];
    readonly grantedAt: number;
    readonly expiresAt: number;
  }[];
  readonly history: readonly {
    readonly at: number;
    readonly name: Named;
    readonly level: Level | null;
    readonly from: string;
  }[];
  readonly showings: readonly {
    readonly at: number;
    readonly name: Named;
    readonly context: string;
    /** What was shown: S, D, C, or V for an online credential. */
    readonly profile: string;
    readonly outcome: 'accepted' | 'rejected' | 'undecided';
  }[];
  readonly notifications: readonly (StoredNotification & { readonly service: Named | null })[];
};

export type ViewNeeds = {
  readonly objects: Pick<LoginObjects, 'person'>;
  readonly consents: Pick<Consents, 'list'>;
  readonly clients: Pick<ClientCache, 'find'>;
  readonly showings: Pick<Showings, 'ofSubject'>;
  readonly verifiers: Pick<Verifiers, 'find'>;
  readonly notifications: Pick<Notifications, 'ofSubject' | 'markSeen'>;
  readonly later: (work: Promise<unknown>) => void;
  readonly now: EpochSeconds;
};

const most = { showings: 20, notifications: 15, history: 20 } as const;

export async function viewAccount(
  needs: ViewNeeds,
  subject: LoginSubject,
  session: SessionRecord,
): Promise<AccountView> {
  const { subjectId } = subject;
  const person = await needs.objects.person(subjectId);
  const [sessions, history, consents, showings, notifications] = await Promise.all([
    person.sessions(),
    person.history(),
    needs.consents.list(subjectId, needs.now),
    needs.showings.ofSubject(subjectId, Number.MAX_SAFE_INTEGER, most.showings),
    needs.notifications.ofSubject(subjectId, Number.MAX_SAFE_INTEGER, most.notifications),
  ]);
  const [newest] = notifications;
  if (newest && notifications.some(({ seenAt }) => seenAt === null))
    needs.later(needs.notifications.markSeen(subjectId, newest.id, needs.now));

  const past = history.filter(({ clientId }) => clientId !== accountClientId).slice(0, most.history);
  const told = (one: StoredNotification) => (typeof one.detail['client'] === 'string' ? one.detail['client'] : null);
  const clientIds = [
    ...sessions.flatMap(({ clients }) => clients.map(({ clientId }) => clientId)),
    ...consents.map(({ clientId }) => clientId),
    ...past.map(({ clientId }) => clientId),
    ...notifications.map((one) => told(one) ?? ''),
  ].filter((id) => id !== '' && id !== accountClientId);
  const services = await namesOf(clientIds, async (id) => {
    const client = await needs.clients.find(id, needs.later);
    return client && clientName(client.metadata);
  });
  const businesses = await namesOf(
    showings.map(({ verifierId }) => verifierId),
    async (id) => (await needs.verifiers.find(id))?.name,
  );
  const mine = listed(subject);
  return {
    identityLevel: subject.account.identityLevel,
    reach: reachOf(mine, subject.account.identityLevel),
    freshLevel: needs.now - session.authTime <= freshSeconds ? (levelOfAcr(session.acr) ?? null) : null,
    authenticators: mine.filter(({ type }) => type !== 'user_code').map(shownOf),
    userCode: mine.some(({ type }) => type === 'user_code'),
    sessions: sessions.map(({ id, device, authTime, lastSeenAt, clients }) => ({
      ...{ id, device, authTime, lastSeenAt, current: id === session.id },
      services: clients
        .filter(({ clientId }) => clientId !== accountClientId)
        .map(({ clientId }) => services(clientId)),
    })),
    consents: consents.map(({ clientId, claims, grantedAt, expiresAt }) => ({
      ...{ clientId, grantedAt, expiresAt, name: services(clientId) },
      claims: shownClaims(claims),
    })),
    history: past.map(({ at, clientId, acr, from }) => ({
      ...{ at, from },
      name: services(clientId),
      level: levelOfAcr(acr) ?? null,
    })),
    showings: showings.map(({ at, verifierId, context, outcome, profile }) => ({
      ...{ at, context, outcome, profile },
      name: businesses(verifierId),
    })),
    notifications: notifications.map((one) => {
      const client = told(one);
      return { ...one, service: client === null ? null : services(client) };
    }),
  };
}

/** A name's spellings are one claim to a person; the longest holds. */
function shownClaims(claims: Consent['claims']): readonly { readonly name: string; readonly until: number }[] {
  const shown = new Map<string, number>();
  for (const [name, { given, until }] of Object.entries(claims))
    if (given) shown.set(plainName(name), Math.max(until, shown.get(plainName(name)) ?? 0));
  return [...shown].map(([name, until]) => ({ name, until }));
}

function shownOf(one: LoginSubject['authenticators'][number]): ShownAuthenticator {
  const { id, type, name, createdAt, lastUsedAt } = one;
  const plain = { id, type, name, boundAt: createdAt, usedAt: lastUsedAt, left: null };
  switch (type) {
    case 'passkey':
      return { ...plain, level: levelOfPasskey(JSON.parse(one.data) as PasskeyData) };
    case 'wallet_key':
      return { ...plain, level: 'substantial' };
    case 'password':
      return { ...plain, level: (JSON.parse(one.data) as PasswordData).alone ? 'low' : null };
    case 'recovery_code':
      return { ...plain, level: null, left: (JSON.parse(one.data) as RecoveryData).left.length };
    default:
      return { ...plain, level: null };
  }
}

/** Each id is asked for once; one that is gone is named by itself. */
async function namesOf(
  ids: readonly string[],
  find: (id: string) => Promise<Named | undefined>,
): Promise<(id: string) => Named> {
  const known = new Map<string, Named>();
  await Promise.all(
    [...new Set(ids)].map(async (id) => {
      const name = await find(id);
      if (name) known.set(id, name);
    }),
  );
  return (id) => known.get(id) ?? { ar: id, en: id };
}
