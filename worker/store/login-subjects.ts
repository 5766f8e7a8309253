// What a login needs to know of a person, in one query: account, identity level, bound authenticators. No personal data.

import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { SubjectId, UnifiedNumber } from '../../shared/base/brands.ts';
import { type Authenticator, authenticatorOf } from './authenticators.ts';
import type { AccountState, IdentityLevel } from './people.ts';
import { indexOfNumber, indexOfUsername } from './person-index.ts';
import { accounts, authenticators, people, usernames } from './schema/shard.ts';
import { type Db, preparedOn, type Shards } from './shard-map.ts';

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

  /** One query. Without an account there is no subject here. */
  async byNumber(number: UnifiedNumber): Promise<FoundSubject> {
    const { hmac, bucket } = await indexOfNumber(this.#secret, number);
    const rows = await queriesOf(this.#shards.ofBucket(bucket)).byNumber.all({ key: hmac });
    return { subject: subjectOf(rows), indexHmac: hmac };
  }

  /** Two queries, also for a name that nobody has. `username` is normalised. */
  async byUsername(username: string): Promise<FoundSubject> {
    const { hmac, bucket } = await indexOfUsername(this.#secret, username);
    const db = this.#shards.ofBucket(bucket);
    const [row] = await db.select().from(usernames).where(eq(usernames.usernameHmac, hmac)).limit(1);
    const subjectId = (row?.subjectId ?? '') as SubjectId;
    const home = row ? this.#shards.ofSubject(subjectId) : db;
    return { subject: subjectOf(await queriesOf(home).bySubject.all({ key: subjectId })), indexHmac: hmac };
  }

  /** One query. The authenticator's id begins with its person's bucket. */
  async byAuthenticator(id: string): Promise<LoginSubject | undefined> {
    const db = this.#shards.ofSubject(id as SubjectId);
    return subjectOf(await queriesOf(db).byAuthenticator.all({ key: id }));
  }

  /** One query. */
  async find(subjectId: SubjectId): Promise<LoginSubject | undefined> {
    const db = this.#shards.ofSubject(subjectId);
    return subjectOf(await queriesOf(db).bySubject.all({ key: subjectId }));
  }
}

/** An account with each of its bound authenticators, or with none: one statement. */
function subjectQuery(db: Db, subjectId: SQL) {
  const bound = and(eq(authenticators.subjectId, accounts.subjectId), eq(authenticators.state, 'bound'));
  return db
    .select({
      subjectId: accounts.subjectId,
      state: accounts.state,
      identityLevel: accounts.identityLevel,
      activatedAt: accounts.activatedAt,
      bound: authenticators,
    })
    .from(accounts)
    .leftJoin(authenticators, bound)
    .where(eq(accounts.subjectId, subjectId))
    .prepare();
}

const queriesOf = preparedOn((db) => {
  const key = sql.placeholder('key');
  return {
    byNumber: subjectQuery(db, sql`(select ${people.subjectId} from ${people} where ${people.numberHmac} = ${key})`),
    byAuthenticator: subjectQuery(
      db,
      sql`(select ${authenticators.subjectId} from ${authenticators} where ${authenticators.id} = ${key})`,
    ),
    bySubject: subjectQuery(db, sql`${key}`),
  };
});

type SubjectRow = Awaited<ReturnType<ReturnType<typeof subjectQuery>['all']>>[number];

function subjectOf(rows: readonly SubjectRow[]): LoginSubject | undefined {
  const [account] = rows;
  if (!account) return undefined;
  return {
    subjectId: account.subjectId as SubjectId,
    account: {
      state: account.state as AccountState,
      identityLevel: account.identityLevel as IdentityLevel,
      activatedAt: account.activatedAt,
    },
    authenticators: rows.flatMap(({ bound }) => (bound ? [authenticatorOf(bound)] : [])),
  };
}
