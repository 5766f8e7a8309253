// What a kiosk asks for every few minutes: the time, itself, the policy, which lists are current, the key to seal evidence to.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { ActivationPolicy, Sync } from '../../shared/contract/kiosk.ts';
import type { CaptureKeys } from '../issuer/capture-keys.ts';
import type { KeyRing } from '../issuer/key-ring.ts';
import type { Kiosks, SignedBy } from '../store/kiosks.ts';
import type { Publications } from '../store/publications.ts';
import { mayDo } from './centre.ts';
import type { AdmissionReason } from './operator-session.ts';

export type SyncNeeds = {
  readonly kiosks: Pick<Kiosks, 'admit'>;
  readonly publications: Pick<Publications, 'versionsQuery' | 'versionsOf'>;
  readonly keyRing: Pick<KeyRing, 'evidenceKey'>;
  readonly captureKeys: Pick<CaptureKeys, 'certificate'>;
  readonly policy: ActivationPolicy;
  readonly now: () => EpochSeconds;
};

/** One D1 batch. */
export async function syncKiosk(
  needs: SyncNeeds,
  signed: SignedBy,
): Promise<Result<Sync, { readonly reason: AdmissionReason }>> {
  const time = needs.now();
  const admitted = await needs.kiosks.admit(signed, time, [needs.publications.versionsQuery()]);
  if (!admitted.ok) return admitted;
  const { kiosk, centre, results } = admitted.value;
  const versions = needs.publications.versionsOf(results[0]);
  const evidenceKey = await needs.keyRing.evidenceKey();
  const captureCertificate = await needs.captureKeys.certificate();
  return ok({
    time,
    kiosk: { id: kiosk.id, name: kiosk.name, state: 'enrolled' },
    centre,
    policy: needs.policy,
    mayRecordOffline: mayDo(centre.type, 'record_offline'),
    trustListVersion: versions.trust_list,
    statusListVersion: versions.status_list,
    evidenceKey: { kid: evidenceKey.kid, publicKey: encodeBase64Url(evidenceKey.publicKey) },
    ...(captureCertificate ? { captureCertificate: encodeBase64Url(captureCertificate) } : {}),
  });
}
