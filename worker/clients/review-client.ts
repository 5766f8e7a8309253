// The authority's look at a relying party that registered itself: at first, and whenever it wants to be something else.

import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Clients } from '../store/clients.ts';
import type { Client, ClientPolicy } from './client.ts';
import { type FetchedLogo, logoOf, withLogo } from './logo.ts';
import { type ChangeError, change, type Setting } from './register-client.ts';
import { withHosts } from './self-register.ts';

export type Review =
  | {
      readonly decision: 'approve';
      readonly policy?: ClientPolicy | undefined;
      /** Of what it shall be. */
      readonly fetched?: FetchedLogo | undefined;
      readonly withoutDomainProof?: string | undefined;
    }
  | { readonly decision: 'reject'; readonly why: string };

/** Approving needs every host proven, or a reason that the journal keeps. Rejecting a pending client closes it. */
export async function review(
  clients: Pick<Clients, 'find' | 'replace'>,
  id: string,
  decided: Review,
  setting: Setting,
): Promise<Result<Client, ChangeError>> {
  const detail =
    decided.decision === 'reject'
      ? { decision: 'reject', why: decided.why }
      : {
          decision: 'approve',
          ...(decided.withoutDomainProof ? { withoutDomainProof: decided.withoutDomainProof } : {}),
        };
  const reviewed = await change(
    clients,
    id,
    'client.reviewed',
    setting,
    (client) => (decided.decision === 'reject' ? rejected(client) : approved(client, decided)),
    detail,
  );
  return reviewed.ok ? ok(reviewed.value) : err(reviewed.error);
}

type Refused = Exclude<ChangeError['reason'], 'profile_unfit'>;

function rejected(client: Client): Client | Refused {
  const { registration } = client;
  if (client.state === 'pending') return { ...client, state: 'closed' };
  if (!registration?.proposed) return 'nothing_to_review';
  return { ...client, registration: { ...registration, proposed: null } };
}

function approved(
  client: Client,
  { policy, withoutDomainProof, fetched }: Extract<Review, { decision: 'approve' }>,
): Client | Refused {
  const { registration } = client;
  if (!registration || (client.state !== 'pending' && !registration.proposed)) return 'nothing_to_review';
  if (client.state === 'closed') return 'client_state_wrong';
  const next = registration.proposed ?? { metadata: client.metadata, policy: client.policy };
  const hosts = withHosts(registration.hosts, next.metadata);
  if (withoutDomainProof === undefined && hosts.some(({ provenAt }) => provenAt === null)) return 'domain_not_proven';
  return {
    ...withLogo(client, logoOf(next.metadata, fetched)),
    metadata: next.metadata,
    policy: policy ?? next.policy,
    state: client.state === 'pending' ? 'active' : client.state,
    registration: { ...registration, hosts, proposed: null },
  };
}
