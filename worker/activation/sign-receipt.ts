// What the edge signs about an activation: it can be proved later, and a kiosk believes no decision without it.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeCbor } from '../../shared/cbor/encode.ts';
import type { CborKey, CborValue } from '../../shared/cbor/value.ts';
import type { ActivationRefusal } from '../../shared/contract/kiosk.ts';
import { receiptKeys, receiptKinds } from '../../shared/contract/receipt.ts';
import { type Signer, signSign1 } from '../../shared/cose/sign1.ts';

export type ActivationReceipt = {
  /** The id's 16 bytes. */
  readonly activationId: Uint8Array;
  readonly reason: ActivationRefusal | undefined;
  readonly kioskId: string;
  readonly decidedAt: EpochSeconds;
};

/** base64url of the COSE_Sign1. */
export async function signActivationReceipt(receipt: ActivationReceipt, signer: Signer): Promise<string> {
  const { activationId, reason, kioskId, decidedAt } = receipt;
  const payload = new Map<CborKey, CborValue>([
    [receiptKeys.kind, receiptKinds.activation],
    [receiptKeys.object, activationId],
    [receiptKeys.outcome, reason === undefined ? 'activated' : 'refused'],
  ]);
  if (reason !== undefined) payload.set(receiptKeys.reason, reason);
  payload.set(receiptKeys.actor, kioskId);
  payload.set(receiptKeys.at, decidedAt);
  return encodeBase64Url(await signSign1(encodeCbor(payload), signer));
}
