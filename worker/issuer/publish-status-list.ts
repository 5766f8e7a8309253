// Makes, signs and publishes the status list: every index that is not valid, in one Token Status List of 2^25 entries.
// Rebuilt whole each time, which is exact and costs a tenth of a second; at many millions of revocations the next step is to start
// from the last published bitmap and apply what `status_entries_changed` names since.
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { kioskPaths } from '../../shared/contract/kiosk.ts';
import { StatusBitmap } from '../../shared/trust/status-bitmap.ts';
import { signStatusList } from '../../shared/trust/status-list.ts';
import type { Publications } from '../store/publications.ts';
import type { StatusEntries } from '../store/status-entries.ts';
import type { KeyRing } from './key-ring.ts';

/** Two bits an index, 2^25 indices (worker/store/status-entries.ts). */
const space = 2 ** 25;
const ttlSeconds = 900;
/** A list past this is no list: whoever could not fetch one for a week must say so. */
const lifetimeSeconds = 7 * 86_400;
const maxTries = 5;

export type PublishStatusListNeeds = {
  readonly statusEntries: Pick<StatusEntries, 'notValid'>;
  readonly publications: Pick<Publications, 'versions' | 'publish'>;
  readonly keyRing: Pick<KeyRing, 'signer'>;
  readonly issuer: string;
  readonly now: () => EpochSeconds;
};

/** Where the list is and what every credential's `status` claim names. */
export function statusListUri(issuer: string): string {
  return issuer + kioskPaths.statusList;
}

/** Publishes the next version; answers which. Throws NoKeyError where there is no status key yet. */
export async function publishStatusList(needs: PublishStatusListNeeds): Promise<number> {
  const signer = await needs.keyRing.signer('status');
  for (let tries = 0; tries < maxTries; tries++) {
    // The version is read before the entries: whoever takes a higher one has read them later.
    const version = (await needs.publications.versions()).status_list + 1;
    const bitmap = StatusBitmap.empty(2, space);
    let count = 0;
    for await (const page of needs.statusEntries.notValid()) {
      for (const { idx, status } of page) bitmap.set(idx, status);
      count += page.length;
    }
    const issuedAt = needs.now();
    const expiresAt = epochSeconds(issuedAt + lifetimeSeconds);
    const bytes = await signStatusList(
      { uri: statusListUri(needs.issuer), issuedAt, expiresAt, ttlSeconds, bitmap },
      signer,
    );
    const taken = await needs.publications.publish('status_list', version, bytes, {
      at: issuedAt,
      event: 'status_list.published',
      actor: 'system',
      object: `status_list:${version}`,
      detail: { notValid: count },
    });
    if (taken) return version;
  }
  throw new Error('the status list was published by others each time: nothing is lost, the next run publishes it');
}
