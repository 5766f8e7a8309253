// A relying party's own hand in its registration (RFC 7591, RFC 7592): register, read, change, close, prove a domain. What it may change
// by itself takes effect at once (its keys above all); the rest waits for the authority.

import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { hashSecret, isSecretOf } from '../logins/handle.ts';
import type { Clients } from '../store/clients.ts';
import { type Client, ClientMetadata, ClientPolicy, type Registration, sectorUriOf } from './client.ts';
import { type FetchedLogo, logoOf, withLogo } from './logo.ts';
import type { Outbound } from './outbound.ts';
import { type ChangeError, change, newClientSecret, type Setting, usesSecret } from './register-client.ts';

export const proofPath = '/.well-known/tawthiq-verification';
/** Seconds between two looks at a domain. */
const lookAgainSeconds = 10;

/** Changed by the relying party itself, at once: nothing here lets it reach a person or a claim that it did not reach before. */
const ownFields: readonly (keyof ClientMetadata)[] = [
  'jwks',
  'jwks_uri',
  'contacts',
  'client_uri',
  'policy_uri',
  'tos_uri',
  'software_id',
  'software_version',
];

/**
 * The hosts (with their ports) that must be proven: of web redirect URIs, and the one that the subjects hang on, which may be none of
 * those. Those that were proven before stay so.
 */
export function withHosts(before: Registration['hosts'], metadata: ClientMetadata): Registration['hosts'] {
  const hosts = [...metadata.redirect_uris, ...metadata.post_logout_redirect_uris, sectorUriOf(metadata) ?? '']
    .filter((uri) => URL.canParse(uri) && new URL(uri).protocol === 'https:')
    .map((uri) => new URL(uri).host);
  return [...new Set(hosts)].map((host) => before.find((known) => known.host === host) ?? { host, provenAt: null });
}

export type Registered = { readonly client: Client; readonly secret: string | null; readonly accessToken: string };

/** `immediate`: the authority's initial access token said that no review is needed. */
export async function registerSelf(
  clients: Pick<Clients, 'add'>,
  input: {
    readonly metadata: ClientMetadata;
    readonly policy: ClientPolicy;
    readonly immediate: boolean;
    /** Of one that needs no review. */
    readonly fetched?: FetchedLogo | undefined;
  },
  setting: Setting,
): Promise<Registered> {
  const { metadata, policy, immediate } = input;
  const secret = usesSecret(metadata) ? newClientSecret(setting.random) : null;
  const accessToken = newAccessToken(setting.random);
  const logo = logoOf(metadata, input.fetched);
  const client: Client = {
    ...(logo && { logo }),
    id: encodeBase64Url(setting.random(16)),
    metadata,
    policy,
    state: immediate ? 'active' : 'pending',
    secrets: secret ? [{ hash: hashSecret(secret), goodUntil: null }] : [],
    createdAt: setting.now,
    registration: {
      tokenHash: hashSecret(accessToken),
      proof: `tawthiq-verification=${encodeBase64Url(setting.random(18))}`,
      hosts: withHosts([], metadata),
      triedAt: 0,
      immediate,
      proposed: null,
    },
  };
  const entry = { at: setting.now, event: 'client.registered', actor: setting.actor, object: client.id } as const;
  if (!(await clients.add(client, { ...entry, detail: { by: 'itself' } }))) throw new Error('a random id is taken');
  return { client, secret, accessToken };
}

const newAccessToken = (random: Setting['random']) => `twr_${encodeBase64Url(random(32))}`;

/**
 * A new registration access token, shown once. SECURITY: whoever holds one changes the client's keys at once, so the one before is nothing.
 * `shown`: the registration that the asker opened; absent for the authority. Of two who show one token, one renews it.
 */
export async function renewAccessToken(
  clients: Pick<Clients, 'find' | 'replace'>,
  id: string,
  shown: Registration | undefined,
  setting: Setting,
): Promise<Result<string, ChangeError>> {
  const accessToken = newAccessToken(setting.random);
  const renewed = await change(
    clients,
    id,
    'client.changed',
    setting,
    (client) => {
      const { registration, state } = client;
      if (state === 'closed') return 'client_state_wrong';
      if (!registration) return 'client_not_registered_itself';
      if (shown && shown.tokenHash !== registration.tokenHash) return 'client_changed_meanwhile';
      return { ...client, registration: { ...registration, tokenHash: hashSecret(accessToken) } };
    },
    { changed: 'registration_access_token' },
  );
  return renewed.ok ? ok(accessToken) : renewed;
}

/** The client whose registration access token this is. SECURITY: an id that nobody has and a wrong token are the same refusal. */
export async function openRegistration(
  clients: Pick<Clients, 'find'>,
  id: string,
  accessToken: string,
): Promise<(Client & { readonly registration: Registration }) | undefined> {
  const client = /^[A-Za-z0-9_-]{1,64}$/.test(id) ? await clients.find(id) : undefined;
  const { registration } = client ?? {};
  if (!client || !registration || client.state === 'closed') return undefined;
  return isSecretOf(accessToken, registration.tokenHash) ? { ...client, registration } : undefined;
}

/** RFC 7592 §2.2: the whole registration anew. Own fields change at once; of an active client the rest is proposed. */
export function updateSelf(
  clients: Pick<Clients, 'find' | 'replace'>,
  id: string,
  wanted: {
    readonly metadata: ClientMetadata;
    readonly policy: ClientPolicy;
    readonly fetched?: FetchedLogo | undefined;
  },
  setting: Setting,
): Promise<Result<Client, ChangeError>> {
  return change(clients, id, 'client.changed', setting, (client) => {
    const { registration } = client;
    if (!registration) return 'client_unknown';
    const { metadata, policy } = wanted;
    // SECURITY: how it authenticates never changes by its own hand; its secret would have to.
    if (metadata.token_endpoint_auth_method !== client.metadata.token_endpoint_auth_method) return 'client_state_wrong';
    if (registration.immediate || client.state === 'pending')
      return {
        ...(registration.immediate ? withLogo(client, logoOf(metadata, wanted.fetched)) : client),
        metadata,
        policy: withCriteria(client.policy, policy),
        registration: { ...registration, hosts: withHosts(registration.hosts, metadata) },
      };
    const now = withOwnFields(client.metadata, metadata);
    const next = withCriteria(client.policy, policy);
    const proposed = same(now, metadata) && same(client.policy, next) ? null : { metadata, policy: next };
    const hosts = withHosts(registration.hosts, proposed?.metadata ?? now);
    return { ...client, metadata: now, registration: { ...registration, hosts, proposed } };
  });
}

/** SECURITY: without redirect URIs the sector, and with it every subject, hangs on jwks_uri: then it is not its own to change. */
function withOwnFields(before: ClientMetadata, wanted: ClientMetadata): ClientMetadata {
  const mine = ownFields.filter((name) => name !== 'jwks_uri' || before.redirect_uris.length > 0);
  const kept = Object.entries(before).filter(([name]) => !(mine as readonly string[]).includes(name));
  const taken = Object.entries(wanted).filter(([name]) => (mine as readonly string[]).includes(name));
  return ClientMetadata.parse(Object.fromEntries([...kept, ...taken]));
}

/** What a relying party says of itself (criteria.ts); all else of the policy is the authority's. */
const criteriaMembers: readonly (keyof ClientPolicy)[] = [
  'minLevel',
  'loginPurpose',
  'purposes',
  'claims',
  'authenticators',
  'resources',
  'sessionSeconds',
];

/** RFC 7592 §2.2: what an update leaves out is wished away. */
function withCriteria(policy: ClientPolicy, wanted: ClientPolicy): ClientPolicy {
  const isCriterion = (name: string) => (criteriaMembers as readonly string[]).includes(name);
  const kept = Object.entries(policy).filter(([name]) => !isCriterion(name));
  const asked = Object.entries(wanted).filter(([name, value]) => isCriterion(name) && value !== undefined);
  return ClientPolicy.parse(Object.fromEntries([...kept, ...asked]));
}

function same(a: object, b: object): boolean {
  const text = (value: object) =>
    JSON.stringify(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
  return text(a) === text(b);
}

export function closeSelf(
  clients: Pick<Clients, 'find' | 'replace'>,
  id: string,
  setting: Setting,
): Promise<Result<Client, ChangeError>> {
  return change(clients, id, 'client.suspended', setting, (client) => ({ ...client, state: 'closed', secrets: [] }));
}

/** Looks for the file at every host that is not proven. */
export async function proveDomains(
  clients: Pick<Clients, 'find' | 'replace'>,
  outbound: Pick<Outbound, 'readText'>,
  client: Client & { readonly registration: Registration },
  setting: Setting,
): Promise<Result<Client, ChangeError | { readonly reason: 'looked_just_now' }>> {
  const { registration } = client;
  if (setting.now - registration.triedAt < lookAgainSeconds) return err({ reason: 'looked_just_now' });
  const open = registration.hosts.filter(({ provenAt }) => provenAt === null);
  const found = new Map<string, boolean>();
  await Promise.all(
    open.map(async ({ host }) => {
      const text = await outbound.readText(`https://${host}${proofPath}`);
      found.set(host, text?.split(/\r?\n/).some((line) => line.trim() === registration.proof) === true);
    }),
  );
  const changed = await change(clients, client.id, 'client.domain_checked', setting, (now) => ({
    ...now,
    registration: {
      ...registration,
      ...now.registration,
      triedAt: setting.now,
      hosts: (now.registration ?? registration).hosts.map((known) =>
        known.provenAt === null && found.get(known.host) ? { ...known, provenAt: setting.now } : known,
      ),
    },
  }));
  return changed.ok ? ok(changed.value) : changed;
}
