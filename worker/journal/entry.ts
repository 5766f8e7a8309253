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

/** A group as the JSON array that JournalBuffer.appendText takes; throws as {@link checkEntry} does. */
export function groupText(entries: readonly JournalEntry[]): string {
  return `[${entries.map(entryText).join(',')}]`;
}

/** Entries in one queue message: NDJSON of at most this many lines, so that it stays under the queue's 128 KB (and two of them under a batch's 256 KB). */
export const maxEntriesPerMessage = 100;

/** One message body for each `maxEntriesPerMessage` entries. */
export function messagesOf(entries: readonly PlacedEntry[]): string[] {
  return messagesOfLines(entries.map((entry) => JSON.stringify(entry)));
}

/** The same for placed entries that are JSON already. */
export function messagesOfLines(lines: readonly string[]): string[] {
  const messages: string[] = [];
  for (let at = 0; at < lines.length; at += maxEntriesPerMessage) {
    messages.push(lines.slice(at, at + maxEntriesPerMessage).join('\n'));
  }
  return messages;
}

/** The entries of one message body; throws on a body that `messagesOf` did not make. */
export function entriesOfMessage(body: string): PlacedEntry[] {
  return body.split('\n').map((line) => {
    const entry = JSON.parse(line) as PlacedEntry;
    if (typeof entry?.id !== 'string' || typeof entry.event !== 'string') throw new TypeError('not a journal message');
    return entry;
  });
}
