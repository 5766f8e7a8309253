// The queue's consumer: journal messages to the one archive. The batch is acknowledged only when its segment is in R2.
import { placeOf } from './entry.ts';
import type { JournalArchive } from './journal-archive.ts';

const longestPauseSeconds = 3_600;

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

/**
 * Archives, or asks for the same batch later: at once after a stumble, every hour when R2 is down for long. The queue drops a message after a
 * hundred deliveries (wrangler.toml): with these pauses they take nearly the four days that it keeps one.
 */
export async function archiveBatch(
  batch: Pick<MessageBatch<string>, 'messages' | 'retryAll'>,
  archive: Pick<DurableObjectStub<JournalArchive>, 'archive'>,
): Promise<void> {
  try {
    await archiveMessages(batch, archive);
  } catch (error) {
    console.error('journal archive', error instanceof Error ? error.name : 'unknown');
    const deliveries = Math.max(...batch.messages.map(({ attempts }) => attempts));
    batch.retryAll({ delaySeconds: Math.min(longestPauseSeconds, 2 ** deliveries) });
  }
}
