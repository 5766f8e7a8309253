// Who has which user name. A name lives in the shard of its own HMAC, so that it is found without knowing whose it is.

import { and, eq } from 'drizzle-orm';
import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import { indexOfUsername } from './person-index.ts';
import { usernames } from './schema/shard.ts';
import type { Shards } from './shard-map.ts';

export class Usernames {
  readonly #shards: Shards;
  readonly #secret: Uint8Array;

  constructor(shards: Shards, numberSecret: Uint8Array) {
    this.#shards = shards;
    this.#secret = numberSecret;
  }

  /** True if the name is the subject's now, also if it was before. The primary key is the referee between two who want it. */
  async claim(username: string, subjectId: SubjectId, now: EpochSeconds): Promise<boolean> {
    const { hmac, bucket } = await indexOfUsername(this.#secret, username);
    const db = this.#shards.ofBucket(bucket);
    const [, owners] = await db.batch([
      db.insert(usernames).values({ usernameHmac: hmac, subjectId, claimedAt: now }).onConflictDoNothing(),
      db.select({ subjectId: usernames.subjectId }).from(usernames).where(eq(usernames.usernameHmac, hmac)),
    ]);
    return owners[0]?.subjectId === subjectId;
  }

  /** Gives up a name that was claimed for something that then failed. */
  async release(username: string, subjectId: SubjectId): Promise<void> {
    const { hmac, bucket } = await indexOfUsername(this.#secret, username);
    await this.#shards
      .ofBucket(bucket)
      .delete(usernames)
      .where(and(eq(usernames.usernameHmac, hmac), eq(usernames.subjectId, subjectId)));
  }
}
