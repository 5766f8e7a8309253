// How the archive's lines are chained, so that none can be changed, taken out or put between without every later line showing it.
// hash = SHA-256(previous hash ‖ UTF-8 of {"seq":…,"entry":…}); the first line's previous hash is 32 zero bytes.
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { concatBytes } from '../../shared/bytes/concat.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import { entriesOf, type PlacedEntry, type PlacedGroup } from './entry.ts';

/** The chain after its line `seq`; seq 0 is before the first. */
export type ChainHead = { readonly seq: number; readonly hash: Uint8Array };

export const genesis: ChainHead = { seq: 0, hash: new Uint8Array(32) };

type Line = {
  readonly seq: number;
  readonly entry: PlacedEntry | PlacedGroup;
  readonly prev: string;
  readonly hash: string;
};

/** `entry` as the JSON text that it was written in: it is hashed as it stands, and never parsed for it. */
async function hashOf(prev: Uint8Array, seq: number, entry: string): Promise<Uint8Array> {
  return sha256(concatBytes(prev, encodeUtf8(`{"seq":${seq},"entry":${entry}}`)));
}

/** A Line's members stand in their order; both hashes are base64url and need no escape. */
const frontOf = (seq: number) => `{"seq":${seq},"entry":`;
const backOf = (prev: string, hash: string) => `,"prev":"${prev}","hash":"${hash}"}`;

/** Placed entries and groups (JSON, without a line feed) as lines that follow `head`, each ended by a line feed, and the head after them. */
export async function chain(
  head: ChainHead,
  entries: readonly string[],
): Promise<{ readonly text: string; readonly head: ChainHead }> {
  let text = '';
  let prev = encodeBase64Url(head.hash);
  for (const entry of entries) {
    const seq = head.seq + 1;
    const bytes = await hashOf(head.hash, seq, entry);
    const hash = encodeBase64Url(bytes);
    text += `${frontOf(seq)}${entry}${backOf(prev, hash)}\n`;
    prev = hash;
    head = { seq, hash: bytes };
  }
  return { text, head };
}

export type ChainError = { readonly reason: 'line_unreadable' | 'line_missing' | 'hash_wrong'; readonly seq: number };

export type Followed = {
  /** As they were given to {@link chain}. */
  readonly lines: readonly string[];
  readonly entries: readonly PlacedEntry[];
  readonly head: ChainHead;
};

/** Follows a segment from `head`: its entries and the head after it, or the first line (by its due number) that is not right. */
export async function followChain(head: ChainHead, text: string): Promise<Result<Followed, ChainError>> {
  const lines: string[] = [];
  const entries: PlacedEntry[] = [];
  for (const raw of text.split('\n').slice(0, -1)) {
    const seq = head.seq + 1;
    let line: Line;
    try {
      line = JSON.parse(raw) as Line;
    } catch {
      return err({ reason: 'line_unreadable', seq });
    }
    // Any other kind of hash may have a text of its own, or refuse to have one.
    if (typeof line?.hash !== 'string') return err({ reason: 'line_unreadable', seq });
    if (line.seq !== seq || line.prev !== encodeBase64Url(head.hash)) return err({ reason: 'line_missing', seq });
    const back = backOf(line.prev, line.hash);
    const entry = raw.slice(frontOf(seq).length, raw.length - back.length);
    // SECURITY: what was hashed is the text between front and back; a line that is spelled in another way is not ours.
    if (raw !== frontOf(seq) + entry + back) return err({ reason: 'line_unreadable', seq });
    const hash = await hashOf(head.hash, seq, entry);
    if (line.hash !== encodeBase64Url(hash)) return err({ reason: 'hash_wrong', seq });
    const said = entriesOf(line.entry);
    if (said === undefined) return err({ reason: 'line_unreadable', seq });
    lines.push(entry);
    entries.push(...said);
    head = { seq, hash };
  }
  return ok({ lines, entries, head });
}
