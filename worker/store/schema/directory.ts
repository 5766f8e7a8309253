// The DIRECTORY database, one file for its tables: what belongs to no single person. Additive migrations only; no ON DELETE CASCADE
// (docs/storage.md).
import { sql } from 'drizzle-orm';
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import { journalColumns } from './journal-columns.ts';

const bytes = (name: string) => blob(name).$type<Uint8Array | ArrayBuffer | number[]>();

export const centres = sqliteTable('centres', {
  id: text('id').primaryKey(),
  nameAr: text('name_ar').notNull(),
  nameEn: text('name_en').notNull(),
  /** civil_affairs | post_office | mall | company: carries its powers (worker/kiosks/centre.ts). */
  type: text('type').notNull(),
  state: text('state').notNull(),
  createdAt: integer('created_at').notNull(),
});

/** When a centre is open: slots of `slotMinutes` from `opensAt` to `closesAt`, minutes of the civil day, `seats` people in each. */
export const centreHours = sqliteTable(
  'centre_hours',
  {
    centreId: text('centre_id').notNull(),
    /** 0 Sunday to 6 Saturday. */
    weekday: integer('weekday').notNull(),
    opensAt: integer('opens_at').notNull(),
    closesAt: integer('closes_at').notNull(),
    slotMinutes: integer('slot_minutes').notNull(),
    seats: integer('seats').notNull(),
  },
  (t) => [primaryKey({ columns: [t.centreId, t.weekday, t.opensAt] })],
);

/** Civil days (`YYYY-MM-DD`) on which a centre is closed whatever its hours say. */
export const centreClosures = sqliteTable(
  'centre_closures',
  { centreId: text('centre_id').notNull(), date: text('date').notNull() },
  (t) => [primaryKey({ columns: [t.centreId, t.date] })],
);

/**
 * Appointments. Two constraints are the referees: nobody else has this seat of this slot, and nobody has two open appointments.
 * A seat and `open_for` that are NULL are free again (NULLs are distinct in a unique index).
 */
export const appointments = sqliteTable(
  'appointments',
  {
    id: text('id').primaryKey(),
    centreId: text('centre_id').notNull(),
    startsAt: integer('starts_at').notNull(),
    seat: integer('seat'),
    subjectId: text('subject_id').notNull(),
    /** HMAC of the number, of this database's own domain: how a kiosk's request finds it without asking the person's shard. */
    personHmac: bytes('person_hmac').notNull(),
    /** `person_hmac` while it is booked. */
    openFor: bytes('open_for'),
    /** booked → kept | cancelled | no_show */
    state: text('state').notNull(),
    /** When a kiosk of that centre first asked for this person within the window. */
    arrivedAt: integer('arrived_at'),
    bookedAt: integer('booked_at').notNull(),
    changedAt: integer('changed_at').notNull(),
  },
  (t) => [
    uniqueIndex('appointments_seat').on(t.centreId, t.startsAt, t.seat),
    uniqueIndex('appointments_open').on(t.openFor),
    index('appointments_person').on(t.personHmac, t.startsAt),
    index('appointments_state').on(t.state, t.startsAt),
  ],
);

/**
 * Activations that failed by the finger, kept for hours: too many hold the kiosk, and a finger that was tried for several people
 * is told by them. Never more than a kiosk's own last few: nothing here is a search of the registry.
 */
export const kioskFailures = sqliteTable(
  'kiosk_failures',
  {
    activationId: text('activation_id').primaryKey(),
    kioskId: text('kiosk_id').notNull(),
    personHmac: bytes('person_hmac').notNull(),
    reason: text('reason').notNull(),
    /** One capture, sealed with the master key; gone with the row. */
    sealedCapture: bytes('sealed_capture'),
    at: integer('at').notNull(),
  },
  (t) => [index('kiosk_failures_kiosk').on(t.kioskId, t.at)],
);

/**
 * Two signed lists that contradict each other, as a kiosk met them: one row a kiosk and pair. `fork_id` is the same whichever of the
 * two the kiosk held.
 */
export const listForks = sqliteTable(
  'list_forks',
  {
    forkId: text('fork_id').notNull(),
    kioskId: text('kiosk_id').notNull(),
    /** trust | status */
    list: text('list').notNull(),
    version: integer('version').notNull(),
    seenHash: bytes('seen_hash').notNull(),
    /** SHA-256 of the file as it was fetched: what `publications` knows a file by. */
    fileHash: bytes('file_hash').notNull(),
    heldVersion: integer('held_version').notNull(),
    heldHash: bytes('held_hash').notNull(),
    /** COSE with its payload detached. */
    header: bytes('header').notNull(),
    seenAt: integer('seen_at').notNull(),
    reportedAt: integer('reported_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.forkId, t.kioskId] }), index('list_forks_kiosk').on(t.kioskId)],
);

export const kiosks = sqliteTable(
  'kiosks',
  {
    id: text('id').primaryKey(),
    centreId: text('centre_id').notNull(),
    name: text('name').notNull(),
    /** invited → enrolled → revoked */
    state: text('state').notNull(),
    inviteHash: bytes('invite_hash'),
    inviteExpiresAt: integer('invite_expires_at'),
    /** Ed25519, raw. */
    publicKey: bytes('public_key'),
    enrolledAt: integer('enrolled_at'),
    lastSeenAt: integer('last_seen_at'),
    createdAt: integer('created_at').notNull(),
    /** When a supervisor last logged in here: failures before it no longer hold the kiosk. */
    releasedAt: integer('released_at').notNull().default(0),
  },
  (t) => [uniqueIndex('kiosks_invite').on(t.inviteHash), uniqueIndex('kiosks_public_key').on(t.publicKey)],
);

/** A nonce of a signed request, kept while its `created` is fresh: the primary key refuses the second use. */
export const kioskNonces = sqliteTable(
  'kiosk_nonces',
  { kioskId: text('kiosk_id').notNull(), nonce: text('nonce').notNull(), createdAt: integer('created_at').notNull() },
  (t) => [primaryKey({ columns: [t.kioskId, t.nonce] }), index('kiosk_nonces_created').on(t.createdAt)],
);

export const operators = sqliteTable(
  'operators',
  {
    id: text('id').primaryKey(),
    username: text('username').notNull(),
    nameAr: text('name_ar').notNull(),
    nameEn: text('name_en').notNull(),
    /** operator | supervisor */
    role: text('role').notNull(),
    centreId: text('centre_id').notNull(),
    passwordHash: text('password_hash').notNull(),
    state: text('state').notNull(),
    failures: integer('failures').notNull().default(0),
    lockedUntil: integer('locked_until').notNull().default(0),
    createdAt: integer('created_at').notNull(),
    /** HMAC of the operator's own unified number, so that nobody acts on their own account. */
    personHmac: bytes('person_hmac'),
    /** HMAC of the one-time code with which the operator may enrol a finger at a kiosk; NULL once it is spent. */
    fingerCodeHash: bytes('finger_code_hash'),
    fingerCodeExpiresAt: integer('finger_code_expires_at'),
  },
  (t) => [uniqueIndex('operators_username').on(t.username)],
);

/** An operator's own finger: with it a supervisor approves, and nobody's account is activated by it. Sealed with the master key. */
export const operatorFingers = sqliteTable(
  'operator_fingers',
  {
    operatorId: text('operator_id').notNull(),
    /** ISO/IEC 19794-2 position, 1 to 10. */
    position: integer('position').notNull(),
    sample: integer('sample').notNull(),
    extractor: text('extractor').notNull(),
    quality: integer('quality').notNull(),
    sealedTemplate: bytes('sealed_template').notNull(),
    enrolledAt: integer('enrolled_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.operatorId, t.position, t.sample] })],
);

/** Captures of operators that were looked at, by digest: each counts for one enrolment or one activation. */
export const operatorCaptures = sqliteTable(
  'operator_captures',
  {
    templateHmac: bytes('template_hmac').primaryKey(),
    operatorId: text('operator_id').notNull(),
    /** Id of the activation or of the enrolment. */
    usedFor: text('used_for').notNull(),
    at: integer('at').notNull(),
  },
  (t) => [index('operator_captures_at').on(t.at)],
);

/** The token's SHA-256 is the key: the token itself is kept nowhere. */
export const operatorSessions = sqliteTable('operator_sessions', {
  tokenHash: bytes('token_hash').primaryKey(),
  id: text('id').notNull(),
  operatorId: text('operator_id').notNull(),
  kioskId: text('kiosk_id').notNull(),
  centreId: text('centre_id').notNull(),
  startedAt: integer('started_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
  endedAt: integer('ended_at'),
});

/**
 * Every activation id that any kiosk ever used, and the request it stood for: the one place that sees all ids, so that the same
 * id with another body is refused even when it names another person. The answer itself is in the person's shard.
 */
export const activationRequests = sqliteTable('activation_requests', {
  activationId: text('activation_id').primaryKey(),
  kioskId: text('kiosk_id').notNull(),
  /** SHA-256 of the request's body. */
  requestHash: bytes('request_hash').notNull(),
  receivedAt: integer('received_at').notNull(),
  /** Which shard has the answer. */
  bucket: integer('bucket'),
});

/** Relying parties. `metadata` is the registered client metadata (RFC 7591) as JSON. */
export const clients = sqliteTable('clients', {
  clientId: text('client_id').primaryKey(),
  metadata: text('metadata').notNull(),
  secretHash: bytes('secret_hash'),
  state: text('state').notNull(),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/** Businesses that call /v1/verify. */
export const verifiers = sqliteTable('verifiers', {
  id: text('id').primaryKey(),
  nameAr: text('name_ar').notNull(),
  nameEn: text('name_en').notNull(),
  keyHash: bytes('key_hash').notNull(),
  /** JSON: contexts allowed, claims returned, maximal list age. */
  policy: text('policy').notNull(),
  state: text('state').notNull(),
  createdAt: integer('created_at').notNull(),
  /** The relying party whose access tokens speak for it. */
  clientId: text('client_id').unique(),
});

/** Access tokens of services for themselves that were taken back, until they would have ended. */
export const revokedTokens = sqliteTable('revoked_tokens', {
  jti: text('jti').primaryKey(),
  expiresAt: integer('expires_at').notNull(),
});

export const adminTokens = sqliteTable('admin_tokens', {
  tokenHash: bytes('token_hash').primaryKey(),
  id: text('id').notNull(),
  name: text('name').notNull(),
  /** Space-separated scopes, e.g. `kiosks:write people:import`. */
  scopes: text('scopes').notNull(),
  expiresAt: integer('expires_at').notNull(),
  revokedAt: integer('revoked_at'),
  createdAt: integer('created_at').notNull(),
});

/** The edge's own keys. Private parts are sealed under the key-encryption key with AAD = table, row, column. */
export const keys = sqliteTable(
  'keys',
  {
    kid: text('kid').primaryKey(),
    /** credential | receipt | status | evidence | id_token */
    purpose: text('purpose').notNull(),
    /** EdDSA | ES256 | RS256 | X25519 */
    alg: text('alg').notNull(),
    /** Raw public key (Ed25519, X25519), or the JWK as UTF-8 JSON for id_token keys. */
    publicKey: bytes('public_key').notNull(),
    sealedPrivate: bytes('sealed_private').notNull(),
    /** next | current | retired | compromised */
    state: text('state').notNull(),
    usableFrom: integer('usable_from').notNull(),
    signUntil: integer('sign_until').notNull(),
    acceptUntil: integer('accept_until').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [index('keys_purpose').on(t.purpose, t.state)],
);

/** One row a credential's random status index; the primary key makes an index unique in the whole space. */
export const statusEntries = sqliteTable(
  'status_entries',
  {
    idx: integer('idx').primaryKey(),
    /** Which shard knows the person: 0 to 4095. */
    bucket: integer('bucket').notNull(),
    /** Token Status List: 0 VALID, 1 INVALID, 2 SUSPENDED. */
    status: integer('status').notNull().default(0),
    reason: text('reason'),
    changedAt: integer('changed_at').notNull(),
    /** The last order of its person's shard that was carried out here: an earlier one that comes late is not. */
    lastOrder: integer('last_order').notNull().default(0),
    /** When the index may be given to another credential: its own expired long ago, and its row is gone. */
    freeAt: integer('free_at'),
  },
  (t) => [
    index('status_entries_changed').on(t.changedAt),
    index('status_entries_status').on(t.status),
    index('status_entries_free').on(t.freeAt).where(sql`free_at IS NOT NULL`),
  ],
);

/** How far each space of status indices has grown (issuer/publication.ts); no row: as it begins. */
export const statusSpaces = sqliteTable('status_spaces', {
  /** national | online */
  space: text('space').primaryKey(),
  /** Chunks that the next list has. */
  chunks: integer('chunks').notNull(),
  /** Chunks that a published list has: credentials take their indices from these. */
  open: integer('open').notNull(),
  /** When somebody was last told that it is nearly full. */
  alarmedAt: integer('alarmed_at').notNull().default(0),
});

/** What was published, so that versions cannot go back and deltas can be chained. The files are in R2. */
export const publications = sqliteTable(
  'publications',
  {
    /** trust_list | status_list */
    kind: text('kind').notNull(),
    version: integer('version').notNull(),
    /** SHA-256 of the published bytes. */
    hash: bytes('hash').notNull(),
    /** R2 key. */
    file: text('file').notNull(),
    publishedAt: integer('published_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.kind, t.version] })],
);

/** Raised whenever a cached thing must be forgotten at once; isolates look at it every few seconds. */
export const epochs = sqliteTable('epochs', { name: text('name').primaryKey(), value: integer('value').notNull() });

export const directoryJournal = sqliteTable('journal', journalColumns, (t) => [
  index('journal_handed_on').on(t.handedOn, t.seq),
  index('journal_event').on(t.event),
]);

/**
 * One row: how far the archive was followed in R2, up to which signed checkpoint it proved right, and which of its lines have left these
 * databases. A place is a number of whole segments, and the chain's head after the last line that counts.
 */
export const journalTrail = sqliteTable('journal_trail', {
  one: integer('one').primaryKey(),
  /** Raised by every move: whoever read an older one moves nothing. */
  revision: integer('revision').notNull(),
  followedSegments: integer('followed_segments').notNull(),
  followedSeq: integer('followed_seq').notNull(),
  followedHash: bytes('followed_hash').notNull(),
  /** The last line of the last checkpoint that was met, and when that was signed. */
  provedSeq: integer('proved_seq').notNull(),
  provedAt: integer('proved_at').notNull(),
  removedSegments: integer('removed_segments').notNull(),
  removedSeq: integer('removed_seq').notNull(),
  removedHash: bytes('removed_hash').notNull(),
  /** JSON, database -> highest number of a row that may be gone. */
  removedUpto: text('removed_upto').notNull(),
});
