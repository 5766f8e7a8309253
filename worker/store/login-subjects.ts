// What a login needs to know of a person, in one D1 batch a shard: account, identity level, bound authenticators. No personal data.

import { and, eq, sql } from 'drizzle-orm';
import type { SubjectId, UnifiedNumber } from '../../shared/base/brands.ts';
import { type Authenticator, authenticatorOf } from './authenticators.ts';
import type { AccountState, IdentityLevel } from './people.ts';
import { indexOfNumber, indexOfUsername } from './person-index.ts';
import { accounts, authenticators, people, usernames } from './schema/shard.ts';
import type { Db, Shards } from './shard-map.ts';

export type LoginSubject = {
  readonly subjectId: SubjectId;
  readonly account: {
    readonly state: AccountState;
    readonly identityLevel: IdentityLevel;
    readonly activatedAt: number | null;
  };
  readonly authenticators: readonly Authenticator[];
};

/** `indexHmac` stands for the number or name where there is no subject: it must be treated alike (LoginObjects.nobody). */
export type FoundSubject = { readonly subject: LoginSubject | undefined; readonly indexHmac: Uint8Array };

export class LoginSubjects {
  readonly #shards: Shards;
  readonly #secret: Uint8Array;

  constructor(shards: Shards, numberSecret: Uint8Array) {
    this.#shards = shards;
    this.#secret = numberSecret;
  }

  /** One batch. Without an account there is no subject here. */
  async byNumber(number: UnifiedNumber): Promise<FoundSubject> {
    const { hmac, bucket } = await indexOfNumber(this.#secret, number);
    const db = this.#shards.ofBucket(bucket);
    const subjectId = sql`(select ${people.subjectId} from ${people} where ${people.numberHmac} = ${hmac})`;
    return { subject: await loadSubject(db, subjectId), indexHmac: hmac };
  }

  /** Two batches, also for a name that nobody has. `username` is normalised. */
  async byUsername(username: string): Promise<FoundSubject> {
    const { hmac, bucket } = await indexOfUsername(this.#secret, username);
    const db = this.#shards.ofBucket(bucket);
    const [row] = await db.select().from(usernames).where(eq(usernames.usernameHmac, hmac)).limit(1);
    const subjectId = (row?.subjectId ?? '') as SubjectId;
    const home = row ? this.#shards.ofSubject(subjectId) : db;
    return { subject: await loadSubject(home, sql`${subjectId}`), indexHmac: hmac };
  }

  /** One batch. The authenticator's id begins with its person's bucket. */
  async byAuthenticator(id: string): Promise<LoginSubject | undefined> {
    const subjectId = sql`(select ${authenticators.subjectId} from ${authenticators} where ${authenticators.id} = ${id})`;
    return loadSubject(this.#shards.ofSubject(id as SubjectId), subjectId);
  }

  /** One batch. */
  async find(subjectId: SubjectId): Promise<LoginSubject | undefined> {
    return loadSubject(this.#shards.ofSubject(subjectId), sql`${subjectId}`);
  }
}

async function loadSubject(db: Db, subjectId: ReturnType<typeof sql>): Promise<LoginSubject | undefined> {
  const [[account], bound] = await db.batch([
    db.select().from(accounts).where(eq(accounts.subjectId, subjectId)).limit(1),
    db
      .select()
      .from(authenticators)
      .where(and(eq(authenticators.subjectId, subjectId), eq(authenticators.state, 'bound'))),
  ]);
  if (!account) return undefined;
  return {
    subjectId: account.subjectId as SubjectId,
    account: {
      state: account.state as AccountState,
      identityLevel: account.identityLevel as IdentityLevel,
      activatedAt: account.activatedAt,
    },
    authenticators: bound.map(authenticatorOf),
  };
}
