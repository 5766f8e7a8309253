// A SHARD database: everything about the people whose bucket it holds. Personal data is sealed; indices are HMACs.
import { sql } from 'drizzle-orm';
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import { journalColumns } from './journal-columns.ts';

const bytes = (name: string) => blob(name).$type<Uint8Array | ArrayBuffer | number[]>();

export const people = sqliteTable(
  'people',
  {
    subjectId: text('subject_id').primaryKey(),
    bucket: integer('bucket').notNull(),
    /** HMAC-SHA-256(number secret, "number:" + unified number): how a number is looked up. */
    numberHmac: bytes('number_hmac').notNull(),
    /** The person's data key, wrapped by the key-encryption key. */
    sealedKey: bytes('sealed_key').notNull(),
    /** PersonRecord as JSON, sealed with the person's data key. */
    sealedRecord: bytes('sealed_record').notNull(),
    /** WebP face of at most 1,000 bytes, sealed with the person's data key. */
    sealedFace: bytes('sealed_face'),
    recordVersion: integer('record_version').notNull(),
    /** HMAC-SHA-256 of the imported line: the same line again changes nothing. */
    lineHmac: bytes('line_hmac'),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [uniqueIndex('people_number').on(t.numberHmac)],
);

/** Who may stand for a minor. The guardian may live in another shard, so only the number's HMAC and bucket are here. */
export const guardianships = sqliteTable(
  'guardianships',
  {
    subjectId: text('subject_id').notNull(),
    guardianNumberHmac: bytes('guardian_number_hmac').notNull(),
    guardianBucket: integer('guardian_bucket').notNull(),
    relation: text('relation').notNull(),
  },
  (t) => [primaryKey({ columns: [t.subjectId, t.guardianNumberHmac] })],
);

export const fingers = sqliteTable(
  'fingers',
  {
    subjectId: text('subject_id').notNull(),
    /** ISO/IEC 19794-2 finger position, 1 to 10. */
    position: integer('position').notNull(),
    /** 1 to 3: enrolled samples of the same finger. */
    sample: integer('sample').notNull(),
    /** Which extractor made the template: the threshold is set per extractor. */
    extractor: text('extractor').notNull(),
    quality: integer('quality').notNull(),
    /** ISO/IEC 19794-2 bytes, sealed with the person's data key. */
    sealedTemplate: bytes('sealed_template').notNull(),
    enrolledAt: integer('enrolled_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.subjectId, t.position, t.sample] })],
);

/** HMAC of every template ever presented: identical bytes are a replay, and the primary key is the referee. */
export const captures = sqliteTable('captures', {
  templateHmac: bytes('template_hmac').primaryKey(),
  subjectId: text('subject_id').notNull(),
  activationId: text('activation_id').notNull(),
  at: integer('at').notNull(),
});

export const accounts = sqliteTable('accounts', {
  subjectId: text('subject_id').primaryKey(),
  /** pending → active → suspended → closed */
  state: text('state').notNull(),
  /** How it was activated: none | substantial | high. */
  identityLevel: text('identity_level').notNull(),
  activationId: text('activation_id'),
  activatedAt: integer('activated_at'),
  registeredAt: integer('registered_at').notNull(),
  /** Fingerprint tries that failed since the last success. */
  failures: integer('failures').notNull().default(0),
  lockedUntil: integer('locked_until').notNull().default(0),
});

/** A user name lives in the shard of its OWN HMAC's bucket, which need not be the person's. */
export const usernames = sqliteTable('usernames', {
  usernameHmac: bytes('username_hmac').primaryKey(),
  subjectId: text('subject_id').notNull(),
  claimedAt: integer('claimed_at').notNull(),
});

export const authenticators = sqliteTable(
  'authenticators',
  {
    id: text('id').primaryKey(),
    subjectId: text('subject_id').notNull(),
    /** password | wallet_key | passkey | totp | recovery_code */
    type: text('type').notNull(),
    name: text('name').notNull(),
    /** bound | removed | disabled */
    state: text('state').notNull(),
    /** Type-specific JSON: Argon2id string, COSE_Key, counters. Secrets in it are hashed or sealed. */
    data: text('data').notNull(),
    createdAt: integer('created_at').notNull(),
    lastUsedAt: integer('last_used_at'),
  },
  (t) => [index('authenticators_subject').on(t.subjectId, t.type)],
);

export const activations = sqliteTable(
  'activations',
  {
    /** Chosen by the kiosk: the idempotency key. */
    activationId: text('activation_id').primaryKey(),
    subjectId: text('subject_id'),
    /** activated | refused */
    outcome: text('outcome').notNull(),
    reason: text('reason'),
    kioskId: text('kiosk_id').notNull(),
    centreId: text('centre_id').notNull(),
    operatorId: text('operator_id').notNull(),
    /** SHA-256 of the request's body: the same id with another body is refused. */
    requestHash: bytes('request_hash').notNull(),
    /** The whole answer, sealed: a repeated request gets the same one. */
    sealedAnswer: bytes('sealed_answer').notNull(),
    recordedAt: integer('recorded_at').notNull(),
    decidedAt: integer('decided_at').notNull(),
  },
  (t) => [index('activations_subject').on(t.subjectId)],
);

export const credentials = sqliteTable(
  'credentials',
  {
    /** base64url of the credential's SHA-256. */
    hash: text('hash').primaryKey(),
    subjectId: text('subject_id').notNull(),
    /** S | D | A */
    profile: text('profile').notNull(),
    statusIdx: integer('status_idx').notNull(),
    kid: text('kid').notNull(),
    issuedAt: integer('issued_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    /** The wallet whose one identity credential this is; null once another took its place, and for every other profile. */
    walletId: text('wallet_id'),
    /** The wallet whose one it was until it was renewed; what takes the wallet away takes this back too, while it lives. */
    formerWalletId: text('former_wallet_id'),
    /** Key id of the holder's key, base64url: of those that belong to a wallet. */
    holderKid: text('holder_kid'),
  },
  (t) => [
    index('credentials_subject').on(t.subjectId),
    uniqueIndex('credentials_status').on(t.statusIdx),
    uniqueIndex('credentials_wallet').on(t.walletId),
    index('credentials_former_wallet').on(t.formerWalletId).where(sql`former_wallet_id IS NOT NULL`),
    index('credentials_expires').on(t.expiresAt),
  ],
);

/**
 * What the status of a person's credentials is to become, written in the batch of the act that decides it. The directory has the statuses
 * and follows; the row goes when it has (store/credential-orders.ts).
 */
export const credentialOrders = sqliteTable(
  'credential_orders',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    subjectId: text('subject_id').notNull(),
    statusIdx: integer('status_idx').notNull(),
    /** revoked | suspended | valid */
    becomes: text('becomes').notNull(),
    reason: text('reason').notNull(),
    /** As in the journal. */
    actor: text('actor').notNull(),
    at: integer('at').notNull(),
  },
  (t) => [index('credential_orders_subject').on(t.subjectId)],
);

/** Photos of documents that stood in for a finger: where each is kept (R2, sealed with the person's key) and until when. */
export const documentPhotos = sqliteTable('document_photos', {
  activationId: text('activation_id').primaryKey(),
  subjectId: text('subject_id').notNull(),
  /** R2 key. */
  file: text('file').notNull(),
  keepUntil: integer('keep_until').notNull(),
});

/** Where a person's credentials were checked online. Written in groups behind the answers. */
export const showings = sqliteTable(
  'showings',
  {
    subjectId: text('subject_id').notNull(),
    at: integer('at').notNull(),
    verifierId: text('verifier_id').notNull(),
    /** base64url of the credential's SHA-256. */
    credential: text('credential').notNull(),
    context: text('context').notNull(),
    outcome: text('outcome').notNull(),
    profile: text('profile').notNull(),
  },
  (t) => [primaryKey({ columns: [t.subjectId, t.at, t.verifierId, t.credential] }), index('showings_at').on(t.at)],
);

/** What a person is told about their own account. Codes and ids only: the words are made where it is shown or sent. */
export const notifications = sqliteTable(
  'notifications',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    subjectId: text('subject_id').notNull(),
    at: integer('at').notNull(),
    /** Stable code, e.g. `authenticator.removed` (worker/wallet/notices.ts). */
    kind: text('kind').notNull(),
    /** JSON of codes; never personal data. */
    detail: text('detail'),
    seenAt: integer('seen_at'),
    /** 1 once the row has gone to the gateway's queue. */
    handedOn: integer('handed_on').notNull().default(0),
  },
  (t) => [
    index('notifications_subject').on(t.subjectId, t.seq),
    index('notifications_handed_on').on(t.handedOn, t.seq),
  ],
);

/** What a person let a client see, and why. */
export const consents = sqliteTable(
  'consents',
  {
    subjectId: text('subject_id').notNull(),
    clientId: text('client_id').notNull(),
    /** JSON: scopes, claims with purposes. */
    granted: text('granted').notNull(),
    grantedAt: integer('granted_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    withdrawnAt: integer('withdrawn_at'),
  },
  (t) => [primaryKey({ columns: [t.subjectId, t.clientId] })],
);

export const shardJournal = sqliteTable('journal', journalColumns, (t) => [
  index('journal_handed_on').on(t.handedOn, t.seq),
  index('journal_subject').on(t.subjectId),
  index('journal_event').on(t.event),
]);
