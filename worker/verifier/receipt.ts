// The receipt of a verification: signed by the edge, it can be checked later without asking. It names the code by hash only.
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeCbor } from '../../shared/cbor/encode.ts';
import type { CborKey, CborValue } from '../../shared/cbor/value.ts';
import { receiptKeys, receiptKinds } from '../../shared/contract/receipt.ts';
import { type Signer, signSign1 } from '../../shared/cose/sign1.ts';
import type { Verdict } from '../../shared/credential/verdict.ts';

export type VerificationReceipt = {
  /** SHA-256 of the credential; of the text, when it is no credential. */
  readonly hash: Uint8Array;
  readonly verdict: Verdict;
  readonly verifierId: string;
  readonly at: number;
};

/** base64url of the COSE_Sign1. */
export async function signReceipt(receipt: VerificationReceipt, signer: Signer): Promise<string> {
  const { hash, verdict, verifierId, at } = receipt;
  const payload = new Map<CborKey, CborValue>([
    [receiptKeys.kind, receiptKinds.verification],
    [receiptKeys.object, hash],
    [receiptKeys.outcome, verdict.outcome],
  ]);
  if (verdict.outcome !== 'accepted') payload.set(receiptKeys.reason, verdict.check);
  payload.set(receiptKeys.actor, verifierId);
  payload.set(receiptKeys.at, at);
  return encodeBase64Url(await signSign1(encodeCbor(payload), signer));
}

/** How long a signer is used before the key ring is asked again, and when it is asked behind the requests' backs. */
const keptMs = 30_000;
const freshMs = 15_000;

/** The receipt key at hand in the isolate, so that a signature waits for no store. */
export class HeldSigner {
  readonly #load: () => Promise<Signer>;
  readonly #nowMs: () => number;
  #held: { readonly signer: Signer; readonly loadedAtMs: number } | undefined;
  #loading = false;

  constructor(load: () => Promise<Signer>, nowMs: () => number) {
    this.#load = load;
    this.#nowMs = nowMs;
  }

  current(later: (work: Promise<unknown>) => void): Signer | Promise<Signer> {
    const held = this.#held;
    const age = held === undefined ? Number.POSITIVE_INFINITY : this.#nowMs() - held.loadedAtMs;
    if (held === undefined || age > keptMs) return this.#reload();
    if (age > freshMs && !this.#loading) {
      this.#loading = true;
      later(
        this.#reload()
          .catch(() => console.error('receipt_key_not_read'))
          .finally(() => {
            this.#loading = false;
          }),
      );
    }
    return held.signer;
  }

  async #reload(): Promise<Signer> {
    const loadedAtMs = this.#nowMs();
    const signer = await this.#load();
    this.#held = { signer, loadedAtMs };
    return signer;
  }
}
