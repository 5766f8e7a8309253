// A kiosk joins: the authority invites, the kiosk proves its new key, one conditional write spends the invitation.
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { formatInvitation, newInvitation } from '../../shared/contract/invitation.ts';
import type { EnrolAnswer } from '../../shared/contract/kiosk.ts';
import { hmacSha256, importHmacKey } from '../../shared/crypto/hmac.ts';
import type { Actor } from '../journal/entry.ts';
import type { Kiosks } from '../store/kiosks.ts';

const inviteForSeconds = 24 * 3600;

export type EnrolNeeds = {
  readonly kiosks: Pick<Kiosks, 'invite' | 'enrol'>;
  readonly trustRoots: readonly [Uint8Array, Uint8Array];
  /** Invitations are kept as HMACs under it: fifty bits under a bare hash could be searched. */
  readonly cookieSecret: Uint8Array;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: () => EpochSeconds;
};

async function inviteHash(secret: Uint8Array, code: string): Promise<Uint8Array> {
  return hmacSha256(await importHmacKey(secret), encodeUtf8(`kiosk invitation v1\0${code}`));
}

export type InvitedKiosk = { readonly kioskId: string; readonly invitation: string; readonly expiresAt: EpochSeconds };

/** The invitation's text is given once and kept nowhere. `centre_unknown`. */
export async function inviteKiosk(
  needs: EnrolNeeds,
  actor: Actor,
  wanted: { readonly name: string; readonly centreId: string },
): Promise<Result<InvitedKiosk, { readonly reason: 'centre_unknown' }>> {
  const invitation = newInvitation(needs.random(7), needs.trustRoots);
  const id = `k_${encodeBase64Url(needs.random(12))}`;
  const at = needs.now();
  const expiresAt = epochSeconds(at + inviteForSeconds);
  const hash = await inviteHash(needs.cookieSecret, invitation.code);
  const made = await needs.kiosks.invite({ id, ...wanted }, hash, expiresAt, {
    at,
    event: 'kiosk.invited',
    actor,
    object: id,
    detail: { centre: wanted.centreId },
  });
  if (!made) return err({ reason: 'centre_unknown' });
  return ok({ kioskId: id, invitation: formatInvitation(invitation), expiresAt });
}

/** `publicKey` has proved itself (verifyOwnKey). An unknown, spent or expired code gives one reason: `invitation_refused`. */
export async function enrolKiosk(
  needs: EnrolNeeds,
  code: string,
  publicKey: Uint8Array,
): Promise<Result<EnrolAnswer, { readonly reason: 'invitation_refused' | 'key_in_use' }>> {
  const now = needs.now();
  const entry = (kioskId: string) =>
    ({ at: now, event: 'kiosk.enrolled', actor: `kiosk:${kioskId}`, object: kioskId }) as const;
  const enrolled = await needs.kiosks.enrol(await inviteHash(needs.cookieSecret, code), publicKey, entry, now);
  if (!enrolled.ok) return enrolled;
  const { kiosk, centre } = enrolled.value;
  const [rootA, rootB] = needs.trustRoots;
  return ok({
    kioskId: kiosk.id,
    name: kiosk.name,
    centre,
    trustRoots: [encodeBase64Url(rootA), encodeBase64Url(rootB)],
    time: now,
  });
}
