// A receipt of the edge, checked later and without it: who asked, which code, when, what came out. No receipt carries a claim.
import { type EpochSeconds, epochSeconds } from '../base/brands.ts';
import { err, ok, type Result } from '../base/result.ts';
import { decodeBase64Url } from '../bytes/base64url.ts';
import { decodeCbor } from '../cbor/decode.ts';
import { type CborMap, type CborValue, isCborMap } from '../cbor/value.ts';
import { receiptKeys, receiptKinds } from '../contract/receipt.ts';
import { decodeSign1 } from '../cose/sign1.ts';
import type { Ed25519 } from '../crypto/ed25519.ts';
import { verifyByPurpose } from '../trust/status-list.ts';
import type { TrustView } from '../trust/trust-view.ts';

export type ReceiptLine = {
  /** SHA-256 of the credential; of the text, where it was none. */
  readonly hash: Uint8Array;
  readonly outcome: string;
  readonly check: string | undefined;
  /** Why it was asked: `counter`, `gate`, `border`, `age`; `online` of an answer to OpenID4VP. Undefined in a receipt of before this was said. */
  readonly context: string | undefined;
  /** `S` a copy, `D`, `C` a phone's code, `A` an age pass, `V` an online credential. Undefined where no issuer's signature held, and in older receipts. */
  readonly profile: string | undefined;
};

export type VerificationReceipt = {
  readonly verifierId: string;
  readonly at: EpochSeconds;
  /** One for a single check; for a batch one a code, in order. */
  readonly lines: readonly ReceiptLine[];
};

export type ReceiptError = { readonly reason: 'receipt_malformed' | 'receipt_unknown_key' | 'receipt_signature' };

const maxBytes = 16_384;

/** `text`: base64url, as `/v1/verify` answered it. The key must be one that the trust list names for receipts at that time. */
export async function verifyReceipt(
  text: string,
  by: { readonly trust: TrustView; readonly ed25519: Ed25519 },
): Promise<Result<VerificationReceipt, ReceiptError>> {
  if (text.length > maxBytes * 2) return err({ reason: 'receipt_malformed' });
  const bytes = decodeBase64Url(text);
  const message = bytes.ok ? decodeSign1(bytes.value, { maxBytes }) : undefined;
  if (!message?.ok) return err({ reason: 'receipt_malformed' });
  const payload = decodeCbor(message.value.payload, { maxBytes });
  const receipt = payload.ok && isCborMap(payload.value) ? receiptOf(payload.value) : undefined;
  if (receipt === undefined) return err({ reason: 'receipt_malformed' });
  const signed = await verifyByPurpose(message.value, 'receipt', receipt.at, by);
  if (signed === 'valid') return ok(receipt);
  return err({ reason: signed === 'unknown' ? 'receipt_unknown_key' : 'receipt_signature' });
}

/** What a single receipt says in keys of its own, in the order of a batch's line. */
const besides = [receiptKeys.outcome, receiptKeys.reason, receiptKeys.context, receiptKeys.profile];

function receiptOf(map: CborMap): VerificationReceipt | undefined {
  const verifierId = map.get(receiptKeys.actor);
  const at = map.get(receiptKeys.at);
  const kind = map.get(receiptKeys.kind);
  const object = map.get(receiptKeys.object);
  if (typeof verifierId !== 'string' || typeof at !== 'number' || !Number.isSafeInteger(at) || at < 0) return undefined;
  const items: readonly CborValue[] =
    kind === receiptKinds.verification
      ? [[object, ...besides.map((key) => map.get(key))] as CborValue[]]
      : kind === receiptKinds.batch && Array.isArray(object)
        ? object
        : [];
  const lines = items.map(lineOf).filter((line) => line !== undefined);
  return lines.length === items.length && lines.length > 0 ? { verifierId, at: epochSeconds(at), lines } : undefined;
}

function lineOf(item: CborValue): ReceiptLine | undefined {
  const [hash, outcome, ...words] = Array.isArray(item) ? (item as readonly CborValue[]) : [];
  if (!(hash instanceof Uint8Array) || hash.length !== 32 || typeof outcome !== 'string') return undefined;
  // Null holds a place in a line; nothing that is not a word may stand there.
  if (words.some((word) => word !== undefined && word !== null && typeof word !== 'string')) return undefined;
  const [check, context, profile] = words.map((word) => (typeof word === 'string' ? word : undefined));
  return { hash, outcome, check, context, profile };
}
