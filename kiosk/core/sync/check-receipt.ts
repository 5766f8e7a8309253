// Whether the edge signed what it says it decided. An answer without such a receipt decides nothing.

import { epochSeconds } from '../../../shared/base/brands.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { decodeCbor } from '../../../shared/cbor/decode.ts';
import { isCborMap } from '../../../shared/cbor/value.ts';
import type { ActivationAnswer } from '../../../shared/contract/kiosk.ts';
import { receiptKeys, receiptKinds } from '../../../shared/contract/receipt.ts';
import { decodeSign1 } from '../../../shared/cose/sign1.ts';
import { verifyByPurpose } from '../../../shared/trust/status-list.ts';
import type { TrustView } from '../../../shared/trust/trust-view.ts';
import { nodeEd25519 } from '../verifier/node-ed25519.ts';

/** `unknown`: signed by a key that this trust list does not name; a newer list may. */
export type ReceiptJudgement = 'valid' | 'unknown' | 'forged' | 'mismatch' | 'malformed';

/** The receipt must be a receipt key's, and say exactly what the answer says, of this kiosk. */
export async function checkReceipt(
  answer: ActivationAnswer,
  kioskId: string,
  trust: TrustView | undefined,
): Promise<ReceiptJudgement> {
  const message = decodeSign1(Buffer.from(answer.receipt, 'base64url'), { maxBytes: 1024 });
  if (!message.ok) return 'malformed';
  const payload = decodeCbor(message.value.payload, { maxBytes: 1024 });
  if (!payload.ok || !isCborMap(payload.value)) return 'malformed';
  const claims = payload.value;
  const at = claims.get(receiptKeys.at);
  const object = claims.get(receiptKeys.object);
  if (typeof at !== 'number' || !(object instanceof Uint8Array)) return 'malformed';
  const says =
    claims.get(receiptKeys.kind) === receiptKinds.activation &&
    encodeBase64Url(object) === answer.activationId &&
    claims.get(receiptKeys.outcome) === answer.outcome &&
    claims.get(receiptKeys.reason) === answer.reason &&
    claims.get(receiptKeys.actor) === kioskId &&
    at === answer.decidedAt;
  if (!says) return 'mismatch';
  if (!trust) return 'unknown';
  return verifyByPurpose(message.value, 'receipt', epochSeconds(at), { trust, ed25519: nodeEd25519 });
}
