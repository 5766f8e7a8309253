// The authority changes a relying party: what it is and what it may, as a whole. Its id, its state and its proofs stay.

import { ok, type Result } from '../../shared/base/result.ts';
import { hashSecret } from '../logins/handle.ts';
import type { Clients } from '../store/clients.ts';
import type { Client, ClientMetadata, ClientPolicy } from './client.ts';
import { type FetchedLogo, logoOf, withLogo } from './logo.ts';
import {
  type ChangeError,
  change,
  newClientSecret,
  type Registered,
  type Setting,
  usesSecret,
} from './register-client.ts';
import { withHosts } from './self-register.ts';

/**
 * Takes effect in every isolate within 5 seconds. A client that comes to authenticate by a secret gets one, shown once; one that no longer
 * does loses its secrets. What a client had proposed itself is dropped: it was about what it was before. The journal says which members
 * changed, never what is in them.
 */
export async function replaceClient(
  clients: Pick<Clients, 'find' | 'replace'>,
  id: string,
  wanted: {
    readonly metadata: ClientMetadata;
    readonly policy: ClientPolicy;
    readonly fetched: FetchedLogo | undefined;
  },
  setting: Setting,
): Promise<Result<Registered, ChangeError>> {
  const { metadata, policy } = wanted;
  const secret = newClientSecret(setting.random);
  let given: string | null = null;
  const replaced = await change(
    clients,
    id,
    'client.changed',
    setting,
    (before) => {
      if (before.state === 'closed') return 'client_state_wrong';
      given = usesSecret(metadata) && before.secrets.length === 0 ? secret : null;
      const kept = usesSecret(metadata) ? before.secrets : [];
      const { registration } = before;
      return {
        ...withLogo(before, logoOf(metadata, wanted.fetched)),
        metadata,
        policy,
        secrets: given === null ? kept : [{ hash: hashSecret(secret), goodUntil: null }],
        ...(registration
          ? { registration: { ...registration, hosts: withHosts(registration.hosts, metadata), proposed: null } }
          : {}),
      };
    },
    (before, after) => ({ changed: changedMembers(before, after).join(' ').slice(0, 500) }),
  );
  return replaced.ok ? ok({ client: replaced.value, secret: given }) : replaced;
}

function changedMembers(before: Client, after: Client): string[] {
  const parts = ['metadata', 'policy'] as const;
  return parts.flatMap((part) => {
    const [was, is] = [before[part] as Record<string, unknown>, after[part] as Record<string, unknown>];
    const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
    return names
      .filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]))
      .map((name) => `${part}.${name}`);
  });
}
