// The queue's consumer: journal messages to the one archive. The batch is acknowledged only when its segment is in R2.
import { placeOf } from './entry.ts';
import type { JournalArchive } from './journal-archive.ts';

/** Throws when the archive cannot write, so that the queue gives the whole batch again. Answers how many lines were new. */
export async function archiveMessages(
  batch: Pick<MessageBatch<string>, 'messages'>,
  archive: Pick<DurableObjectStub<JournalArchive>, 'archive'>,
): Promise<number> {
  const lines: string[] = [];
  for (const message of batch.messages) {
    const own = message.body.split('\n');
    // Nobody but this Worker writes to the queue; a message that is none of ours would block it for ever.
    if (own.every((line) => placeOf(line) !== undefined)) lines.push(...own);
    else console.error('journal message unreadable', message.id);
  }
  return archive.archive(lines);
}
