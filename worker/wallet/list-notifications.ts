// What the person was told about their own account, for the wallet to show; shown once, it counts as seen.
import { ok, type Result } from '../../shared/base/result.ts';
import {
  type NotificationsAnswer,
  type NotificationsRequest,
  notificationsMessage,
} from '../../shared/contract/wallet.ts';
import type { Notifications } from '../store/notifications.ts';
import { openWallet, type WalletNeeds, type WalletRefusal } from './answer-request.ts';

const pageSize = 50;

export type NotificationsNeeds = Pick<WalletNeeds, 'subjects' | 'now'> & {
  readonly notifications: Pick<Notifications, 'ofSubject' | 'markSeen'>;
};

/** Newest first; `before` the id of the last one goes on. */
export async function listNotifications(
  needs: NotificationsNeeds,
  request: NotificationsRequest,
): Promise<Result<NotificationsAnswer['notifications'], WalletRefusal>> {
  const wallet = await openWallet(needs, request, notificationsMessage(request));
  if (!wallet.ok) return wallet;
  const { subjectId } = wallet.value;
  const found = await needs.notifications.ofSubject(subjectId, request.before ?? Number.MAX_SAFE_INTEGER, pageSize);
  const [newest] = found;
  if (newest && found.some(({ seenAt }) => seenAt === null))
    await needs.notifications.markSeen(subjectId, newest.id, needs.now);
  return ok(found.map(({ id, at, kind, detail, seenAt }) => ({ id, at, kind, detail, seen: seenAt !== null })));
}
