// The bindings that worker tests see through `import { env } from 'cloudflare:workers'`.
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import('../../worker/index.ts');
  }
  interface Env {
    DIRECTORY: D1Database;
    SHARD_0: D1Database;
    SHARD_1: D1Database;
    SHARD_2: D1Database;
    SHARD_3: D1Database;
    FILES: R2Bucket;
    JOURNAL_QUEUE: Queue<string>;
    NOTIFY_QUEUE: Queue<import('../../shared/contract/notification.ts').NotifyMessage>;
    LOGIN: DurableObjectNamespace<import('../../worker/logins/login.ts').Login>;
    PERSON: DurableObjectNamespace<import('../../worker/logins/person.ts').Person>;
    ONCE: DurableObjectNamespace<import('../../worker/issuer/openid4vci/once.ts').Once>;
    JOURNAL_BUFFER: DurableObjectNamespace<import('../../worker/journal/journal-buffer.ts').JournalBuffer>;
    JOURNAL_ARCHIVE: DurableObjectNamespace<import('../../worker/journal/journal-archive.ts').JournalArchive>;
    ASSETS: Fetcher;
    ISSUER: string;
    KEY_ENCRYPTION_KEY: string;
    NUMBER_SECRET: string;
    PAIRWISE_SECRET: string;
    PASSWORD_PEPPER: string;
    COOKIE_SECRET: string;
    ADMIN_TOKEN_SHA256: string;
    TRUST_ROOTS: string;
    TEST_MIGRATIONS: Record<'directory' | 'shard', import('cloudflare:test').D1Migration[]>;
  }
}
