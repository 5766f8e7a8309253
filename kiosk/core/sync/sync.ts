// One round with the edge: its time, this kiosk's state and policy, the lists, then whatever waits in the outbox.
import { createHash } from 'node:crypto';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { kioskPaths, Sync } from '../../../shared/contract/kiosk.ts';
import type { TrustView } from '../../../shared/trust/trust-view.ts';
import type { KioskClock } from '../clock.ts';
import { bridgeErrorOf, type EdgeClient, type EdgeError, type EdgeKey } from '../edge/edge-client.ts';
import type { EdgeReason } from '../edge/problems.ts';
import type { Store } from '../store/store.ts';
import type { Courier } from './courier.ts';
import { tellForks } from './fork-reports.ts';
import type { Lists, ListsReason } from './lists.ts';

export type SyncNeeds = {
  readonly store: Pick<Store, 'identity' | 'facts' | 'outbox' | 'forks'>;
  readonly clock: KioskClock;
  readonly lists: Lists;
  readonly courier: Courier;
  readonly edge: () => { readonly client: EdgeClient; readonly key: EdgeKey } | undefined;
};
export type SyncError = { readonly reason: EdgeReason | ListsReason; readonly retryAfterSeconds?: number };
export type SyncDone = { readonly sent: number; readonly waiting: number; readonly listsChanged: boolean };

const timeoutMs = 10_000;
const issuedKeptSeconds = 7 * 86_400;
const decidedKeptSeconds = 90 * 86_400;

/** `all`: also sends what is not due yet. Reasons: those of the edge and of the lists; what was done before stays done. */
export async function syncNow(
  needs: SyncNeeds,
  options: { readonly all: boolean },
): Promise<Result<SyncDone, SyncError>> {
  const { store, clock, lists, courier } = needs;
  const edge = needs.edge();
  if (!edge) return err({ reason: 'not_enrolled' });
  const answer = await edge.client.askJson(Sync, {
    method: 'GET',
    path: kioskPaths.sync,
    key: edge.key,
    timeoutMs,
    tries: 2,
  });
  if (!answer.ok) {
    if (answer.error.reason === 'kiosk_revoked') store.identity.revoke();
    return err(bridgeErrorOf(answer.error));
  }
  const { value: sync, roundTripMs } = answer.value;
  clock.sawEdgeTime(sync.time, roundTripMs);
  store.facts.keep('lastContactAt', clock.now());
  store.identity.update(sync.kiosk.state, { name: sync.kiosk.name, centre: sync.centre });
  if (sync.kiosk.state === 'revoked') return err({ reason: 'kiosk_revoked' });
  store.facts.keep('policy', sync.policy);
  store.facts.keep('mayRecordOffline', sync.mayRecordOffline ?? true);

  const refreshed = await lists.refresh(edge.client);
  await tellForks({ forks: store.forks, clock }, edge);
  if (!refreshed.ok) return err(listsErrorOf(refreshed.error));
  // SECURITY: evidence is sealed only to a key that the roots vouch for, whoever answers at the edge's address.
  if (lists.trust && isEvidenceKey(lists.trust, sync.evidenceKey, sync.time))
    store.facts.keep('evidenceKey', sync.evidenceKey);
  else if (lists.trust) return err({ reason: 'trust_list_refused' });
  // SECURITY: the same of the certificate that readers seal captures to: of one that the roots do not name, nothing is passed on.
  const { captureCertificate } = sync;
  const isNamed = captureCertificate !== undefined && lists.trust && namesCertificate(lists.trust, captureCertificate);
  store.facts.keep('captureCertificate', isNamed ? captureCertificate : '');

  const drained = await courier.drain(options);
  store.outbox.prune(clock.now() - issuedKeptSeconds, clock.now() - decidedKeptSeconds);
  if (drained.stoppedBy) return err(drained.stoppedBy);
  return ok({ sent: drained.sent, waiting: store.outbox.counts().waiting, listsChanged: refreshed.value });
}

function listsErrorOf(error: EdgeError | { readonly reason: ListsReason; readonly detail: string }): SyncError {
  switch (error.reason) {
    case 'trust_list_refused':
    case 'trust_list_rolled_back':
    case 'trust_list_forked':
    case 'status_list_refused':
    case 'status_list_rolled_back':
    case 'status_list_forked':
      return { reason: error.reason };
    default:
      return bridgeErrorOf(error);
  }
}

function namesCertificate({ list }: TrustView, certificate: string): boolean {
  const hash = createHash('sha256').update(certificate, 'base64url').digest();
  return list.captureCertificates?.some((named) => hash.equals(named)) ?? false;
}

function isEvidenceKey(trust: TrustView, key: Sync['evidenceKey'], now: number): boolean {
  const publicKey = Buffer.from(key.publicKey, 'base64url');
  return trust
    .forPurpose('evidence')
    .some(
      (entry) =>
        entry.state === 'active' &&
        entry.key.curve === 'X25519' &&
        Buffer.from(entry.key.x).equals(publicKey) &&
        entry.usableFrom <= now &&
        now <= entry.signUntil,
    );
}
