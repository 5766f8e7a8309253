// What one line of the journal says, before and after it has a place. Never a unified number, a name or a claim.
import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import type { JournalEvent } from './events.ts';

export type Actor = `${'kiosk' | 'operator' | 'admin' | 'verifier' | 'client' | 'subject'}:${string}` | 'system';

/** Codes and counts. Personal data has no place here. */
export type JournalDetail = Readonly<Record<string, string | number | boolean>>;

export type JournalEntry = {
  readonly at: EpochSeconds;
  readonly event: JournalEvent;
  readonly actor: Actor;
  readonly subjectId?: SubjectId;
  /** What the act was about: an activation id, a status index, a client id. */
  readonly object?: string;
  readonly detail?: JournalDetail;
};

/**
 * An entry that is on its way to the archive. `id` is `<source>:<seq>`: the database or buffer that first held it and its
 * number there, so that a duplicate is told from a second event, and a gap in a source's numbers from silence.
 */
export type PlacedEntry = JournalEntry & { readonly id: string };

/** Entries that were written down together and stay together: one row of a buffer, one line of the archive, one id. */
export type PlacedGroup = { readonly id: string; readonly entries: readonly JournalEntry[] };

/** An entry's JSON, with its id, in ASCII. Twenty codes and counts fit; a person's record does not. */
export const maxEntryChars = 1_000;

/** Throws for an entry that is too long: whoever wrote it put more than codes and counts in it. */
export function checkEntry(entry: JournalEntry): JournalEntry {
  entryText(entry);
  return entry;
}

/** Its JSON, made once; throws as {@link checkEntry} does. */
export function entryText(entry: JournalEntry): string {
  const text = JSON.stringify(entry);
  if (text.length > maxEntryChars - 60) throw new RangeError(`journal entry ${entry.event} is too long`);
  return text;
}

/** Characters of one message, and so of a group: under the queue's 128 KB, and two of them under a batch's 256 KB. */
export const maxMessageChars = 100_000;
const maxGroupChars = maxMessageChars - 100;

/** Entries that are JSON already, parted so that each part fits a group. */
export function groupsOf(texts: readonly string[]): string[][] {
  return parted(texts, maxGroupChars);
}

/** The JSON array that JournalBuffer.appendGroup takes. */
export function groupText(texts: readonly string[]): string {
  return `[${texts.join(',')}]`;
}

/** A line of a message: a {@link PlacedEntry}, or a {@link PlacedGroup} for a JSON array. The text is not parsed for it. */
export function placedLine(id: string, text: string): string {
  return text.startsWith('[') ? `{"id":"${id}","entries":${text}}` : `{"id":"${id}",${text.slice(1)}`;
}

export type Place = { readonly source: string; readonly seq: number };

/** What {@link placedLine} wrote first; undefined for a line that it did not write. */
export function placeOf(line: string): Place | undefined {
  const [, source, seq] = /^\{"id":"([\w-]{1,60}):(\d{1,15})",/.exec(line) ?? [];
  return source === undefined || !line.endsWith('}') ? undefined : { source, seq: Number(seq) };
}

/** The entries of a line, each with an id: one of a group has the group's and its number in it, from 1. Undefined when it is none. */
export function entriesOf(line: PlacedEntry | PlacedGroup | null): readonly PlacedEntry[] | undefined {
  if (typeof line?.id !== 'string') return undefined;
  if (!('entries' in line)) return [line];
  return Array.isArray(line.entries)
    ? line.entries.map((entry: JournalEntry, i) => ({ ...entry, id: `${line.id}.${i + 1}` }))
    : undefined;
}

/** As many of the longest entries as fit one message. */
export const maxEntriesPerMessage = 100;

/** NDJSON bodies of messages. */
export function messagesOf(entries: readonly PlacedEntry[]): string[] {
  return messagesOfLines(entries.map((entry) => JSON.stringify(entry)));
}

/** The same for lines. */
export function messagesOfLines(lines: readonly string[]): string[] {
  return parted(lines, maxMessageChars).map((part) => part.join('\n'));
}

/** Texts in their order, in parts of at most `maxChars` with one character between two. */
function parted(texts: readonly string[], maxChars: number): string[][] {
  const parts: string[][] = [];
  let from = 0;
  let chars = 0;
  for (const [i, { length }] of texts.entries()) {
    if (i > from && chars + length > maxChars) {
      parts.push(texts.slice(from, i));
      from = i;
      chars = 0;
    }
    chars += length + 1;
  }
  if (texts.length > from) parts.push(texts.slice(from));
  return parts;
}
