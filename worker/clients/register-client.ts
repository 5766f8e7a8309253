// Acts of the authority on relying parties: register, give a new secret, suspend, resume. A secret is shown once; its hash is kept.

import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { Actor } from '../journal/entry.ts';
import type { JournalEvent } from '../journal/events.ts';
import { hashSecret } from '../logins/handle.ts';
import type { Clients } from '../store/clients.ts';
import { type Client, type ClientMetadata, type ClientPolicy, type ClientState, clientMoves } from './client.ts';
import { type FetchedLogo, logoOf } from './logo.ts';
import { refusesProfile } from './metadata-checks.ts';

export type Setting = {
  readonly now: EpochSeconds;
  readonly random: (bytes: number) => Uint8Array;
  readonly actor: Actor;
};

export type Registered = { readonly client: Client; readonly secret: string | null };

export function newClientSecret(random: Setting['random']): string {
  return `tws_${encodeBase64Url(random(32))}`;
}

export function usesSecret(metadata: ClientMetadata): boolean {
  return metadata.token_endpoint_auth_method.startsWith('client_secret_');
}

/** `id` only when the caller names it (a seed, an import); otherwise 128 random bits. */
export async function registerClient(
  clients: Pick<Clients, 'add'>,
  input: {
    readonly id?: string;
    readonly metadata: ClientMetadata;
    readonly policy: ClientPolicy;
    readonly fetched?: FetchedLogo | undefined;
  },
  setting: Setting,
): Promise<Result<Registered, { readonly reason: 'client_exists' } | ProfileError>> {
  const unfit = refusesProfile(input.metadata, input.policy);
  if (unfit) return err({ reason: 'profile_unfit', detail: unfit });
  const secret = usesSecret(input.metadata) ? newClientSecret(setting.random) : null;
  const logo = logoOf(input.metadata, input.fetched);
  const client: Client = {
    ...(logo && { logo }),
    id: input.id ?? encodeBase64Url(setting.random(16)),
    metadata: input.metadata,
    policy: input.policy,
    state: 'active',
    secrets: secret ? [{ hash: hashSecret(secret), goodUntil: null }] : [],
    createdAt: setting.now,
  };
  const added = await clients.add(client, {
    at: setting.now,
    event: 'client.registered',
    actor: setting.actor,
    object: client.id,
  });
  return added ? ok({ client, secret }) : err({ reason: 'client_exists' });
}

/** `detail`: which member, and what the profile of its policy wants there. */
export type ProfileError = { readonly reason: 'profile_unfit'; readonly detail: string };
export type ChangeError =
  | ProfileError
  | {
      readonly reason:
        | 'client_unknown'
        | 'client_changed_meanwhile'
        | 'client_has_no_secret'
        | 'client_not_registered_itself'
        | 'client_state_wrong'
        | 'domain_not_proven'
        | 'nothing_to_review';
    };
type PlainReason = Exclude<ChangeError['reason'], 'profile_unfit'>;

export async function change(
  clients: Pick<Clients, 'find' | 'replace'>,
  id: string,
  event: JournalEvent,
  setting: Setting,
  changed: (client: Client) => Client | PlainReason,
  detail: Readonly<Record<string, string>> | ((before: Client, after: Client) => Readonly<Record<string, string>>) = {},
): Promise<Result<Client, ChangeError>> {
  const before = await clients.find(id);
  if (!before) return err({ reason: 'client_unknown' });
  const after = changed(before);
  if (typeof after === 'string') return err({ reason: after });
  // Whoever changes what: no client is left with metadata that its profile has no room for. One that came to be so before a rule was there
  // can be stopped all the same.
  const unfit = refusesProfile(after.metadata, after.policy);
  const isStopped = after.state === 'closed' || after.state === 'suspended';
  if (unfit && !isStopped) return err({ reason: 'profile_unfit', detail: unfit });
  const said = typeof detail === 'function' ? detail(before, after) : detail;
  const entry = { at: setting.now, event, actor: setting.actor, object: id, detail: said } as const;
  return (await clients.replace(before, after, entry)) ? ok(after) : err({ reason: 'client_changed_meanwhile' });
}

/** Takes effect in every isolate within 5 seconds. */
export function moveClient(
  clients: Pick<Clients, 'find' | 'replace'>,
  id: string,
  state: ClientState,
  setting: Setting,
): Promise<Result<Client, ChangeError>> {
  const event = state === 'suspended' ? 'client.suspended' : 'client.changed';
  return change(clients, id, event, setting, (client) => {
    // A client that registered itself becomes active by a review, which looks at its domain.
    if (!clientMoves[client.state].includes(state) || (client.state === 'pending' && state === 'active'))
      return 'client_state_wrong';
    return { ...client, state };
  });
}

/** Adds a secret; the ones before it stay good for `overlapSeconds`, so that nothing stops while services change over. */
export async function rotateSecret(
  clients: Pick<Clients, 'find' | 'replace'>,
  id: string,
  overlapSeconds: number,
  setting: Setting,
): Promise<Result<Registered, ChangeError>> {
  const secret = newClientSecret(setting.random);
  const before = await clients.find(id);
  if (before && !usesSecret(before.metadata)) return err({ reason: 'client_has_no_secret' });
  const until = setting.now + overlapSeconds;
  const rotated = await change(clients, id, 'client.changed', setting, (client) => ({
    ...client,
    secrets: [
      { hash: hashSecret(secret), goodUntil: null },
      ...client.secrets
        .filter((old) => old.goodUntil === null || old.goodUntil > setting.now)
        .map((old) => ({ ...old, goodUntil: Math.min(old.goodUntil ?? until, until) }))
        .slice(0, 1),
    ],
  }));
  return rotated.ok ? ok({ client: rotated.value, secret }) : rotated;
}
