// The kiosk's tables, step by step. A step that has shipped is never changed; the next one is added below it.

/** Applied in order, each in one transaction with its number (PRAGMA user_version). */
export const migrations: readonly string[] = [
  `
  -- The data key, wrapped by the vault.
  CREATE TABLE data_key (id INTEGER PRIMARY KEY CHECK (id = 1), wrapped BLOB NOT NULL) STRICT;

  -- Who this kiosk is. A row with state 'joining' holds the key of an enrolment whose answer has not come yet.
  CREATE TABLE identity (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    state TEXT NOT NULL CHECK (state IN ('joining', 'enrolled', 'revoked')),
    edge TEXT NOT NULL,
    invitation_hash TEXT NOT NULL,
    public_key BLOB NOT NULL,
    private_key BLOB NOT NULL,
    kiosk_id TEXT,
    about TEXT,
    trust_roots BLOB
  ) STRICT;

  -- Small facts that sync brings: policy, evidence key, the clock's anchor. JSON.
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- The signed files, as they were fetched.
  CREATE TABLE lists (
    name TEXT PRIMARY KEY CHECK (name IN ('trust', 'status')),
    bytes BLOB NOT NULL,
    version INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    etag TEXT,
    fetched_at INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL
  ) STRICT;

  -- The operator on duty: one at a time. Sealed JSON (name, role, bearer).
  CREATE TABLE operator_session (id INTEGER PRIMARY KEY CHECK (id = 1), session BLOB NOT NULL, expires_at INTEGER NOT NULL) STRICT;

  -- Activation requests exactly as they are sent, until the edge has decided; then only what it said.
  CREATE TABLE outbox (
    activation_id TEXT PRIMARY KEY,
    reference TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'activated', 'refused')),
    body BLOB,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL DEFAULT 0,
    last_problem TEXT,
    decided_at INTEGER,
    reason TEXT,
    receipt BLOB,
    issued BLOB,
    CHECK ((state = 'waiting') = (body IS NOT NULL))
  ) STRICT;
  CREATE INDEX outbox_waiting ON outbox (next_attempt_at) WHERE state = 'waiting';

  -- What was checked here, without a claim in it.
  CREATE TABLE checks (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    context TEXT NOT NULL,
    outcome TEXT NOT NULL,
    check_name TEXT,
    profile TEXT
  ) STRICT;
  `,
  `
  -- The nation's statuses: one chain, replaced whole.
  CREATE TABLE status_chain (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    snapshot BLOB NOT NULL,
    deltas BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL,
    fetched_at INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- What a request is for; NULL: an activation.
  ALTER TABLE outbox ADD COLUMN purpose TEXT CHECK (purpose IN ('recover'));
  `,
  `
  -- Two signed lists that contradict each other, each pair once: what the edge is told, as JSON, until it has heard.
  CREATE TABLE forks (
    list TEXT NOT NULL CHECK (list IN ('trust', 'status')),
    version INTEGER NOT NULL,
    held_hash TEXT NOT NULL,
    seen_hash TEXT NOT NULL,
    report TEXT NOT NULL,
    told_at INTEGER,
    PRIMARY KEY (list, version, held_hash, seen_hash)
  ) STRICT, WITHOUT ROWID;
  `,
];
