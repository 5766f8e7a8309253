// A kiosk joins: an invitation from the console, a key made here, and the edge's word for who it now is. The key is on the disk
// before the one-time code is spent, so that a lost answer can be asked for again with the same key.
import { createHash } from 'node:crypto';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { decodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { parseInvitation, rootsFingerprint } from '../../../shared/contract/invitation.ts';
import { EnrolAnswer, kioskPaths } from '../../../shared/contract/kiosk.ts';
import type { enrolReasons } from '../../bridge/reasons.ts';
import type { KioskClock } from '../clock.ts';
import { bridgeErrorOf, type EdgeClient } from '../edge/edge-client.ts';
import { edgeKeyOf, newKioskKey } from '../edge/key.ts';
import type { EdgeReason } from '../edge/problems.ts';
import type { IdentityStore } from '../store/identity.ts';

export type EnrolReason = (typeof enrolReasons)[number];
export type EnrolError = { readonly reason: EnrolReason | EdgeReason; readonly retryAfterSeconds?: number };

export type EnrolNeeds = {
  readonly identity: IdentityStore;
  readonly clock: KioskClock;
  readonly clientOf: (edge: string) => EdgeClient;
  readonly software: string;
};

/** The edge's origin from what was typed; https, or http on this machine. */
export function parseEdgeAddress(text: string): string | undefined {
  if (!URL.canParse(text.trim())) return undefined;
  const url = new URL(text.trim());
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  const allowed = url.protocol === 'https:' || (url.protocol === 'http:' && loopback);
  return allowed && url.pathname === '/' && !url.search && !url.hash && !url.username ? url.origin : undefined;
}

export async function enrolKiosk(
  needs: EnrolNeeds,
  invitation: string,
  edgeAddress: string,
): Promise<Result<undefined, EnrolError>> {
  const { identity, clock, clientOf, software } = needs;
  const known = identity.load();
  // A revoked kiosk may be invited anew, with a new key.
  if (known?.state === 'enrolled') return err({ reason: 'already_enrolled' });
  const edge = parseEdgeAddress(edgeAddress);
  if (!edge) return err({ reason: 'edge_address_not_allowed' });
  const parsed = parseInvitation(invitation);
  if (!parsed.ok) return err({ reason: 'invitation_malformed' });

  const invitationHash = createHash('sha256').update(parsed.value.code).digest('base64url');
  const joining = known?.state === 'joining' ? known : undefined;
  const same = joining?.invitationHash === invitationHash && joining.edge === edge;
  const key = same ? joining : newKioskKey();
  if (!same) identity.join({ edge, invitationHash, publicKey: key.publicKey, privateKey: key.privateKey });
  const edgeKey = edgeKeyOf(key);
  const answer = await clientOf(edge).askJson(EnrolAnswer, {
    method: 'POST',
    path: kioskPaths.enrol,
    json: { code: parsed.value.code, publicKey: edgeKey.keyid, software },
    key: edgeKey,
    timeoutMs: 15_000,
    tries: 1,
  });
  if (!answer.ok) {
    return err(answer.error.reason === 'refused' ? { reason: 'invitation_refused' } : bridgeErrorOf(answer.error));
  }
  const { kioskId, name, centre, trustRoots, time } = answer.value.value;
  const [a, b] = trustRoots.map((root) => decodeBase64Url(root));
  if (!a?.ok || !b?.ok) return err({ reason: 'edge_misbehaved' });
  const roots = [a.value, b.value] as const;
  // SECURITY: whoever answered must name the roots that the invitation was printed with, or it is not our edge.
  if (rootsFingerprint(roots) !== parsed.value.roots) return err({ reason: 'roots_do_not_match' });
  identity.enrol(kioskId, { name, centre }, roots);
  clock.sawEdgeTime(time, answer.value.roundTripMs);
  return ok(undefined);
}
