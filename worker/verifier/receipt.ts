// The receipt of a verification: signed by the edge, it can be checked later without asking. It names the code by hash only.
import { elapsed } from '../../shared/base/elapsed.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeCbor } from '../../shared/cbor/encode.ts';
import { receiptKeys, receiptKinds } from '../../shared/contract/receipt.ts';
import { maxBatchCodes } from '../../shared/contract/verify.ts';
import { HEADER, headerMap } from '../../shared/cose/header.ts';
import { passingSigStructure, putBytes, type Signer } from '../../shared/cose/sign1.ts';

export type VerificationReceipt = {
  /** SHA-256 of the credential; of the text, when it is no credential. */
  readonly hash: Uint8Array;
  readonly verdict:
    | { readonly outcome: 'accepted' }
    | { readonly outcome: 'rejected' | 'undecided'; readonly check: string };
  readonly verifierId: string;
  readonly at: number;
  /** Why it was asked, and what kind of credential it was: accepted for an age, or as a copy, is less than accepted at a counter. */
  readonly context?: string | undefined;
  readonly profile?: string | undefined;
};

/** Every hash and verdict, in the order of the codes. */
export type BatchReceipt = {
  readonly lines: readonly Pick<VerificationReceipt, 'hash' | 'verdict' | 'context' | 'profile'>[];
  readonly verifierId: string;
  readonly at: number;
};

/** base64url of the COSE_Sign1. */
export const signReceipt = (receipt: VerificationReceipt, signer: Signer): Promise<string> =>
  signed(encodeReceipt(receipt), signer);

/** One receipt for a batch. base64url of the COSE_Sign1. */
export const signBatchReceipt = (batch: BatchReceipt, signer: Signer): Promise<string> =>
  signed(encodeBatchReceipt(batch), signer);

/**
 * 18([protected, {}, payload, signature]), written without a generic encoder and as text on both sides of the signature: one of these is
 * made for every request, and a buffer that outlives a wait costs more than its bytes.
 */
async function signed(payload: Uint8Array, signer: Signer): Promise<string> {
  const header = protectedHeaderOf(signer);
  const signing = signer.sign(passingSigStructure(header, payload));
  message[0] = 0xd2;
  message[1] = 0x84;
  let end = putBytes(message, 2, header);
  message[end++] = 0xa0;
  end = putBytes(message, end, payload);
  // Base64 takes three bytes at a time: what is over goes with the signature.
  const over = end % 3;
  const front = encodeBase64Url(message.subarray(0, end - over));
  const first = message[end - over] as number;
  const second = message[end - over + 1] as number;
  const signature = await signing;
  message[0] = first;
  message[1] = second;
  return front + encodeBase64Url(message.subarray(0, putBytes(message, over, signature)));
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

/** For each code of a batch its hash and four short words; and a head. */
const mostLineBytes = 192;
const room = new Uint8Array(256 + maxBatchCodes * mostLineBytes);
/** Around a payload. Both hold until the next receipt, and are never read after a wait. */
const message = new Uint8Array(room.length + 256);

/**
 * The map of shared/contract/receipt.ts, deterministic since its keys are written in their order; without the generic encoder, whose
 * buffers cost more than the rest of the receipt. Throws for words that do not fit: they are ours. What is answered holds until the next
 * call.
 */
export function encodeReceipt(receipt: VerificationReceipt): Uint8Array {
  const { hash, verdict, verifierId, at, context, profile } = receipt;
  const check = verdict.outcome === 'accepted' ? undefined : verdict.check;
  room[0] = 0xa5 + (check === undefined ? 0 : 1) + (context === undefined ? 0 : 1) + (profile === undefined ? 0 : 1);
  room[1] = receiptKeys.kind;
  room[2] = receiptKinds.verification;
  room[3] = receiptKeys.object;
  let end = putBytes(room, 4, hash);
  room[end++] = receiptKeys.outcome;
  end = putWord(end, verdict.outcome);
  if (check !== undefined) {
    room[end++] = receiptKeys.reason;
    end = putWord(end, check);
  }
  end = putEnd(end, verifierId, at);
  if (context !== undefined) {
    room[end++] = receiptKeys.context;
    end = putWord(end, context);
  }
  if (profile !== undefined) {
    room[end++] = receiptKeys.profile;
    end = putWord(end, profile);
  }
  return room.subarray(0, end);
}

/** The same for many, at most {@link maxBatchCodes}: the object is an array of their lines. */
export function encodeBatchReceipt({ lines, verifierId, at }: BatchReceipt): Uint8Array {
  if (lines.length > maxBatchCodes) throw new RangeError('a batch has fewer codes');
  room[0] = 0xa4;
  room[1] = receiptKeys.kind;
  room[2] = receiptKinds.batch;
  room[3] = receiptKeys.object;
  let end = 4;
  if (lines.length < 24) room[end++] = 0x80 | lines.length;
  else {
    room[end++] = 0x98;
    room[end++] = lines.length;
  }
  for (const line of lines) end = putLine(end, line);
  return room.subarray(0, putEnd(end, verifierId, at));
}

/** [hash, outcome, failed check or null, context, profile], as far as there is something to say. */
function putLine(from: number, { hash, verdict, context, profile }: BatchReceipt['lines'][number]): number {
  const members = profile !== undefined ? 5 : context !== undefined ? 4 : verdict.outcome === 'accepted' ? 2 : 3;
  let end = from;
  room[end++] = 0x80 | members;
  end = putWord(putBytes(room, end, hash), verdict.outcome);
  if (members > 2) end = verdict.outcome === 'accepted' ? putNull(end) : putWord(end, verdict.check);
  if (members > 3) end = context === undefined ? putNull(end) : putWord(end, context);
  return profile === undefined ? end : putWord(end, profile);
}

function putNull(at: number): number {
  room[at] = 0xf6;
  return at + 1;
}

function putEnd(from: number, verifierId: string, at: number): number {
  let end = from;
  room[end++] = receiptKeys.actor;
  end = putWord(end, verifierId);
  room[end++] = receiptKeys.at;
  room[end++] = 0x1a;
  for (const shift of [24, 16, 8, 0]) room[end++] = at >>> shift;
  return end;
}

/** A text of ASCII characters. */
function putWord(from: number, word: string): number {
  if (word.length > 64) throw new RangeError('a receipt has short words');
  let end = from;
  if (word.length < 24) room[end++] = 0x60 | word.length;
  else {
    room[end++] = 0x78;
    room[end++] = word.length;
  }
  for (let i = 0; i < word.length; i++) room[end++] = word.charCodeAt(i);
  return end;
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
    const age = held === undefined ? Number.POSITIVE_INFINITY : elapsed(this.#nowMs(), held.loadedAtMs);
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
