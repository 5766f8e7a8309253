// After a refusal for a finger: the kiosk's own list of failures, which holds it when there are too many. The account's count is kept
// with the decision; this is about the kiosk, in another database, and follows the answer.
import type { Bytes } from '../../shared/bytes/bytes.ts';
import type { ActivationRefusal } from '../../shared/contract/kiosk.ts';
import { holdsAtOnce } from '../kiosks/hold.ts';
import type { ActivateNeeds, ActivationCase } from './activation-case.ts';
import { notedAtKiosk } from './failure-rules.ts';
import { sealedCapture } from './one-finger-for-many.ts';

export async function noteFailure(
  needs: Pick<ActivateNeeds, 'kioskFailures' | 'vault' | 'now'>,
  given: ActivationCase,
  reason: ActivationRefusal,
): Promise<void> {
  const { request, kioskId, evidence, personHmacs } = given;
  const [personHmac] = personHmacs;
  if (!evidence || !personHmac || !notedAtKiosk.includes(reason)) return;
  const { activationId } = request;
  const at = needs.now();
  // A print that is not the person's is kept for hours, sealed, to tell whether it is shown for others too. No other is kept.
  const isStrange = reason === 'no_match' || reason === 'finger_of_many' || reason === 'operator_finger';
  await needs.kioskFailures.add(
    kioskId,
    {
      activationId,
      personHmac: personHmac as Bytes,
      reason,
      sealedCapture: isStrange ? await sealedCapture(needs.vault, activationId, evidence.captures) : undefined,
      at,
    },
    {
      at,
      event: 'kiosk.held',
      actor: 'system',
      object: kioskId,
      detail: { pattern: holdsAtOnce(reason) ? reason : 'many_failures' },
    },
  );
}
