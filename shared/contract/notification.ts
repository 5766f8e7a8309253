// What a person is told about their own account, as it goes to a country's gateway: one message of the queue `tawthiq-notify`.
import * as z from 'zod';

/** Stable codes: a code is never renamed or used again, only added. The words are in wallet/account-texts.ts. */
export const notificationKinds = [
  'authenticator.bound',
  'authenticator.removed',
  'setup_code.issued',
  'recovery.codes_made',
  'recovery.code_used',
  'recovery.at_centre',
  'session.ended',
  'consent.withdrawn',
  'login.reported',
  'account.suspended',
  'account.resumed',
  'account.closed',
] as const;
export type NotificationKind = (typeof notificationKinds)[number];

/**
 * For whatever sends SMS, mail or pushes: `account` is the person's inner handle, which the gateway's own directory knows an address for.
 * `id` is the same when a message comes twice. `detail`: codes and ids, never personal data.
 */
export const NotifyMessage = z.strictObject({
  v: z.literal(1),
  id: z.string().max(64),
  account: z.string().max(64),
  kind: z.enum(notificationKinds),
  at: z.int(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type NotifyMessage = z.infer<typeof NotifyMessage>;
