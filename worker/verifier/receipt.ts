// The receipt of a verification: signed by the edge, it can be checked later without asking. It names the code by hash only.
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeCbor } from '../../shared/cbor/encode.ts';
import type { CborKey, CborValue } from '../../shared/cbor/value.ts';
import { receiptKeys, receiptKinds } from '../../shared/contract/receipt.ts';
import { HEADER, headerMap } from '../../shared/cose/header.ts';
import { putBytes, type Signer, signSign1, sigStructure } from '../../shared/cose/sign1.ts';

export type VerificationReceipt = {
  /** SHA-256 of the credential; of the text, when it is no credential. */
  readonly hash: Uint8Array;
  readonly verdict:
    | { readonly outcome: 'accepted' }
    | { readonly outcome: 'rejected' | 'undecided'; readonly check: string };
  readonly verifierId: string;
  readonly at: number;
};

/** base64url of the COSE_Sign1. */
export async function signReceipt(receipt: VerificationReceipt, signer: Signer): Promise<string> {
  const payload = encodeReceipt(receipt);
  const header = protectedHeaderOf(signer);
  const signature = await signer.sign(sigStructure(header, payload));
  // 18([protected, {}, payload, signature]), written without a generic encoder: one of these is made for every request.
  const message = new Uint8Array(11 + header.length + payload.length + signature.length);
  message[0] = 0xd2;
  message[1] = 0x84;
  let end = putBytes(message, 2, header);
  message[end++] = 0xa0;
  end = putBytes(message, end, payload);
  return encodeBase64Url(message.subarray(0, putBytes(message, end, signature)));
}

const headers = new WeakMap<Signer, Uint8Array>();

/** The same for every message of a signer: encoded once. */
function protectedHeaderOf(signer: Signer): Uint8Array {
  const known = headers.get(signer);
  if (known !== undefined) return known;
  const made = encodeCbor(
    headerMap([
      [HEADER.alg, signer.alg],
      [HEADER.kid, signer.kid],
    ]),
  );
  headers.set(signer, made);
  return made;
}

/** Longer than any receipt of one code: two short words, a hash, an id. */
const room = new Uint8Array(512);

/**
 * The map of shared/contract/receipt.ts, deterministic since its keys are written in their order; without the generic encoder, whose
 * buffers cost more than the rest of the receipt. Throws for words that do not fit: they are ours.
 */
export function encodeReceipt(receipt: VerificationReceipt): Uint8Array {
  const { hash, verdict, verifierId, at } = receipt;
  const check = verdict.outcome === 'accepted' ? undefined : verdict.check;
  room[0] = check === undefined ? 0xa5 : 0xa6;
  room[1] = receiptKeys.kind;
  room[2] = receiptKinds.verification;
  room[3] = receiptKeys.object;
  room[4] = 0x58;
  room[5] = hash.length;
  room.set(hash, 6);
  let end = putWord(6 + hash.length, receiptKeys.outcome, verdict.outcome);
  if (check !== undefined) end = putWord(end, receiptKeys.reason, check);
  end = putWord(end, receiptKeys.actor, verifierId);
  room[end++] = receiptKeys.at;
  room[end++] = 0x1a;
  for (const shift of [24, 16, 8, 0]) room[end++] = at >>> shift;
  return room.slice(0, end);
}

/** A key and a text of ASCII characters. */
function putWord(from: number, key: number, word: string): number {
  if (word.length > 128 || from + word.length > 500) throw new RangeError('a receipt has short words');
  let end = from;
  room[end++] = key;
  if (word.length < 24) room[end++] = 0x60 | word.length;
  else {
    room[end++] = 0x78;
    room[end++] = word.length;
  }
  for (let i = 0; i < word.length; i++) room[end++] = word.charCodeAt(i);
  return end;
}

/** One receipt for a batch: every hash and verdict in the order of the codes. base64url of the COSE_Sign1. */
export async function signBatchReceipt(
  batch: {
    readonly lines: readonly Pick<VerificationReceipt, 'hash' | 'verdict'>[];
    readonly verifierId: string;
    readonly at: number;
  },
  signer: Signer,
): Promise<string> {
  const lines = batch.lines.map(({ hash, verdict }) =>
    verdict.outcome === 'accepted' ? [hash, verdict.outcome] : [hash, verdict.outcome, verdict.check],
  );
  const payload = new Map<CborKey, CborValue>([
    [receiptKeys.kind, receiptKinds.batch],
    [receiptKeys.object, lines],
    [receiptKeys.actor, batch.verifierId],
    [receiptKeys.at, batch.at],
  ]);
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
