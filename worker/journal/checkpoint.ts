// A signed statement of how far the journal's chain goes: whoever keeps one can tell later whether the past was rewritten.
// COSE_Sign1 by the receipt key; payload: CBOR map {1: seq, 2: hash, 3: segments, 4: at}.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { decodeCbor } from '../../shared/cbor/decode.ts';
import { encodeCbor } from '../../shared/cbor/encode.ts';
import { isCborMap } from '../../shared/cbor/value.ts';
import { decodeSign1, type Signer, signSign1, sigStructure } from '../../shared/cose/sign1.ts';
import { webEd25519 } from '../../shared/crypto/ed25519.ts';
import type { EdgeKey } from '../store/keys.ts';
import type { ArchiveState } from './journal-archive.ts';

export type Checkpoint = {
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly segments: number;
  readonly at: number;
};

/** The message type in the protected header, so that a receipt cannot be taken for a checkpoint. */
export const checkpointTyp = 'application/tawthiq-journal-checkpoint+cbor';

export const checkpointFolder = 'journal/checkpoints/';

export function checkpointName(seq: number): string {
  return `${checkpointFolder}${String(seq).padStart(12, '0')}.cose`;
}

/** Signs where the chain stands and keeps it in R2; undefined when nothing is new since the last checkpoint. */
export async function publishCheckpoint(
  files: Pick<R2Bucket, 'head' | 'put'>,
  state: ArchiveState,
  signer: Signer,
  at: EpochSeconds,
): Promise<Checkpoint | undefined> {
  const { head, segments } = state;
  const name = checkpointName(head.seq);
  if (head.seq === 0 || (await files.head(name)) !== null) return undefined;
  const payload = encodeCbor(
    new Map<number, number | Uint8Array>([
      [1, head.seq],
      [2, head.hash],
      [3, segments],
      [4, at],
    ]),
  );
  await files.put(name, await signSign1(payload, signer, { typ: checkpointTyp }));
  return { seq: head.seq, hash: head.hash, segments, at };
}

export type CheckpointError = { readonly reason: 'checkpoint_unreadable' | 'checkpoint_forged' };

/** Checks a signature with the receipt key that the kid names; false for a key it does not know. */
export type CheckpointVerifier = (
  kid: Uint8Array | undefined,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean | Promise<boolean>;

/**
 * With any receipt key this edge ever had, also a retired one: a checkpoint is read long after it was signed. Also with a compromised one:
 * what a thief signs today, R2's clock says is of today (follow-archive.ts).
 */
export function checkpointVerifier(
  keys: readonly Pick<EdgeKey, 'kid' | 'purpose' | 'publicKey'>[],
): CheckpointVerifier {
  return async (kid, message, signature) => {
    const name = kid && encodeBase64Url(kid);
    const key = keys.find((candidate) => candidate.purpose === 'receipt' && candidate.kid === name);
    const publicKey = key && (await webEd25519.importPublicKey(key.publicKey));
    return publicKey ? webEd25519.verify(publicKey, message, signature) : false;
  };
}

export async function openCheckpoint(
  bytes: Uint8Array,
  verify: CheckpointVerifier,
): Promise<Result<Checkpoint, CheckpointError>> {
  const message = decodeSign1(bytes);
  if (!message.ok || message.value.header.typ !== checkpointTyp) return err({ reason: 'checkpoint_unreadable' });
  const { header, payload, signature } = message.value;
  const signed = sigStructure(message.value.protected, payload);
  if (!(await verify(header.kid, signed, signature))) return err({ reason: 'checkpoint_forged' });
  const map = decodeCbor(payload);
  if (!map.ok || !isCborMap(map.value)) return err({ reason: 'checkpoint_unreadable' });
  const [seq, hash, segments, at] = [1, 2, 3, 4].map((key) => (isCborMap(map.value) ? map.value.get(key) : undefined));
  if (
    typeof seq !== 'number' ||
    typeof segments !== 'number' ||
    typeof at !== 'number' ||
    !(hash instanceof Uint8Array)
  ) {
    return err({ reason: 'checkpoint_unreadable' });
  }
  return ok({ seq, hash, segments, at });
}
