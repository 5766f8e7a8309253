// The queue's consumer: journal messages to the one archive. The batch is acknowledged only when its segment is in R2.
import { entriesOfMessage, type PlacedEntry } from './entry.ts';
import type { JournalArchive } from './journal-archive.ts';

/** Throws when the archive cannot write, so that the queue gives the whole batch again. */
export async function archiveMessages(
  batch: Pick<MessageBatch<string>, 'messages'>,
  archive: Pick<DurableObjectStub<JournalArchive>, 'archive'>,
): Promise<number> {
  const entries: PlacedEntry[] = [];
  for (const message of batch.messages) {
    try {
      entries.push(...entriesOfMessage(message.body));
    } catch {
      // Nobody but this Worker writes to the queue; a message that is none of ours would block it for ever.
      console.error('journal message unreadable', message.id);
    }
  }
  return archive.archive(entries);
}
