// The authority's acts over businesses: register, suspend, resume, change the policy, give a new key. The key's text is answered once.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { RegisterVerifierRequest, VerifierKeyAnswer } from '../../shared/contract/verify.ts';
import type { Actor } from '../journal/entry.ts';
import type { Clients } from '../store/clients.ts';
import type { Verifiers } from '../store/verifiers.ts';
import { newApiKey, newVerifierId } from './api-key.ts';
import type { VerifierPolicy, VerifierState } from './verifier.ts';

export type RegisterNeeds = {
  readonly verifiers: Pick<Verifiers, 'add' | 'setState' | 'setKey' | 'setClient' | 'setPolicy'>;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: () => EpochSeconds;
};

type Unknown = { readonly reason: 'verifier_unknown' };

export async function registerVerifier(
  needs: RegisterNeeds,
  actor: Actor,
  request: RegisterVerifierRequest,
): Promise<VerifierKeyAnswer> {
  const id = newVerifierId(needs.random);
  const { key, secretHash } = newApiKey(id, needs.random);
  const at = needs.now();
  const { name, contexts, claims, profiles, maxListAgeSeconds } = request;
  await needs.verifiers.add(
    {
      ...{ id, name, keyHash: secretHash, policy: { contexts, claims, profiles, maxListAgeSeconds } },
      ...{ state: 'active', createdAt: at, clientId: undefined },
    },
    { at, event: 'verifier.registered', actor, object: id },
  );
  return { verifierId: id, apiKey: key };
}

/** Holds everywhere within five seconds. The same state again is a success. */
export async function setVerifierState(
  needs: RegisterNeeds,
  actor: Actor,
  id: string,
  state: VerifierState,
): Promise<Result<{ state: VerifierState }, Unknown>> {
  const entry = { at: needs.now(), event: 'verifier.changed', actor, object: id, detail: { state } } as const;
  return (await needs.verifiers.setState(id, state, entry)) ? ok({ state }) : err({ reason: 'verifier_unknown' });
}

/** The old key stops working everywhere within five seconds. */
export async function rotateVerifierKey(
  needs: RegisterNeeds,
  actor: Actor,
  id: string,
): Promise<Result<VerifierKeyAnswer, Unknown>> {
  const { key, secretHash } = newApiKey(id, needs.random);
  const entry = { at: needs.now(), event: 'verifier.changed', actor, object: id, detail: { key: 'rotated' } } as const;
  const changed = await needs.verifiers.setKey(id, secretHash, entry);
  return changed ? ok({ verifierId: id, apiKey: key }) : err({ reason: 'verifier_unknown' });
}

/** All of the policy anew; holds everywhere within five seconds, also for what a wallet was asked before and has not been fetched. */
export async function setVerifierPolicy(
  needs: RegisterNeeds,
  actor: Actor,
  id: string,
  policy: VerifierPolicy,
): Promise<Result<{ policy: VerifierPolicy }, Unknown>> {
  const { contexts, claims, profiles, maxListAgeSeconds } = policy;
  const sets = { contexts: contexts.join(' '), claims: claims.join(' '), profiles: profiles.join(' ') };
  const detail = { ...sets, maxListAgeSeconds };
  const entry = { at: needs.now(), event: 'verifier.policy_set', actor, object: id, detail } as const;
  return (await needs.verifiers.setPolicy(id, policy, entry)) ? ok({ policy }) : err({ reason: 'verifier_unknown' });
}

/** `client`: `null` ends it. A relying party speaks for one business; holds everywhere within five seconds. */
export async function setVerifierClient(
  needs: RegisterNeeds & { readonly clients: Pick<Clients, 'find'> },
  actor: Actor,
  id: string,
  clientId: string | null,
): Promise<Result<{ clientId: string | null }, Unknown | { readonly reason: 'client_unknown' | 'client_taken' }>> {
  if (clientId !== null && (await needs.clients.find(clientId)) === undefined) return err({ reason: 'client_unknown' });
  const detail = { client: clientId ?? 'none' };
  const entry = { at: needs.now(), event: 'verifier.changed', actor, object: id, detail } as const;
  const changed = await needs.verifiers.setClient(id, clientId, entry);
  if (changed === 'client_taken') return err({ reason: changed });
  return changed ? ok({ clientId }) : err({ reason: 'verifier_unknown' });
}
