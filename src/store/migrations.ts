import { WEBHOOKS } from './webhooks/schema.ts';

/** One step of the schema. Never edited once released: a later step changes what it made. */
export interface Migration {
  /** What `PRAGMA user_version` becomes. */
  readonly version: number;
  readonly sql: string;
}

/**
 * Version 1. `events` is the truth; `runs` and `records` are its fold, written in the same
 * transaction. A run's record is kept without what its `created` event says, which never changes and
 * holds the descriptor's text: an append then rewrites little. It has a table of its own so that a
 * list of 100 000 runs reads narrow rows; a search reads nothing but `runs_by_time`.
 */
const RUNS = `
CREATE TABLE meta (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at TEXT NOT NULL,
  ended_at TEXT,
  app_name TEXT NOT NULL,
  app_version TEXT,
  exit_code INTEGER,
  failure_code TEXT,
  stop_cause TEXT,
  percent REAL,
  rerun_of TEXT,
  search_text TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_time ON runs (created_at, run_id, search_text);
CREATE INDEX runs_by_state ON runs (state, created_at, run_id);
CREATE INDEX runs_by_app ON runs (app_name, created_at, run_id);
CREATE INDEX runs_active ON runs (owner) WHERE ended_at IS NULL;

CREATE TABLE records (
  run INTEGER PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE events (
  run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  at TEXT NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (run, seq)
) STRICT;
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
`;

/**
 * Version 2. Attempts and waiting, for a list that shows them; batches. A batch is what was asked for
 * together; its items are runs, and the newest run of an item is what became of it.
 */
const BATCHES = `
ALTER TABLE runs ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
ALTER TABLE runs ADD COLUMN waiting TEXT;
ALTER TABLE runs ADD COLUMN batch TEXT;
ALTER TABLE runs ADD COLUMN item TEXT;
ALTER TABLE runs ADD COLUMN item_index INTEGER;
CREATE INDEX runs_by_batch ON runs (batch, item_index, id) WHERE batch IS NOT NULL;

CREATE TABLE batches (
  batch_id TEXT NOT NULL PRIMARY KEY,
  created_at TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

/**
 * Version 3. A server's queue: what orders it, and who submitted what; a submission that is sent twice is one
 * run; apps by name and version.
 */
const QUEUE = `
ALTER TABLE runs ADD COLUMN submitter TEXT;
ALTER TABLE runs ADD COLUMN priority INTEGER;
ALTER TABLE runs ADD COLUMN held INTEGER;
CREATE INDEX runs_queue ON runs (id) WHERE priority IS NOT NULL AND ended_at IS NULL;
CREATE INDEX runs_by_submitter ON runs (submitter, created_at, run_id) WHERE submitter IS NOT NULL;

CREATE TABLE submissions (
  submitter TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  result TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (submitter, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE apps (
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  created_at TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (name, version)
) STRICT, WITHOUT ROWID;
`;

/**
 * Who may use a server, what they did, what they entrusted to it. The secrets of a run go in the very
 * transaction that ends it.
 */
const ACCESS = `
CREATE TABLE tokens (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  owner TEXT NOT NULL,
  scope TEXT NOT NULL,
  digest BLOB NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT,
  last_used_at TEXT,
  revoked_at TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tokens_in_force ON tokens (name) WHERE revoked_at IS NULL;

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  who TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_who ON audit (who, seq);
CREATE INDEX audit_by_time ON audit (at);
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;

CREATE TABLE secrets (
  name TEXT NOT NULL PRIMARY KEY,
  users TEXT NOT NULL,
  sealed BLOB NOT NULL,
  created_at TEXT NOT NULL,
  changed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run_secrets (
  run_id TEXT NOT NULL PRIMARY KEY,
  sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER secrets_go_with_their_run AFTER UPDATE OF ended_at ON runs WHEN NEW.ended_at IS NOT NULL
BEGIN DELETE FROM run_secrets WHERE run_id = NEW.run_id; END;

CREATE TABLE uploads (
  id TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  wanted_sha256 TEXT,
  sha256 TEXT,
  created_at TEXT NOT NULL,
  used_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX uploads_by_owner ON uploads (owner, created_at);

CREATE TABLE run_uploads (
  run_id TEXT NOT NULL,
  upload_id TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
  PRIMARY KEY (run_id, upload_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_uploads_by_upload ON run_uploads (upload_id);
CREATE TRIGGER uploads_are_freed_with_their_run AFTER DELETE ON runs
BEGIN DELETE FROM run_uploads WHERE run_id = OLD.run_id; END;
`;

/**
 * Where a reader of all events goes on is a rowid; the highest is not to be given again when its run is
 * removed.
 */
const EVENT_POSITIONS = `
CREATE TRIGGER event_positions_are_never_given_again BEFORE DELETE ON runs
BEGIN
  INSERT OR REPLACE INTO meta (name, value)
    SELECT 'events_removed_to', CAST(max(
      coalesce((SELECT max(rowid) FROM events), 0),
      coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'events_removed_to'), 0)
    ) AS TEXT);
END;
`;

/** Version 7. When its app began, of each run: a list then tells waiting from running. */
const STARTS = `
ALTER TABLE runs ADD COLUMN started_at TEXT;
UPDATE runs SET started_at = (
  SELECT json_extract(phase.value, '$.startedAt')
    FROM records, json_each(records.body, '$.phases') AS phase
    WHERE records.run = runs.id AND json_extract(phase.value, '$.phase') = 'run'
      AND json_extract(phase.value, '$.startedAt')
        >= coalesce(json_extract(records.body, '$.attempts[#-1].endedAt'), '')
    ORDER BY phase.key DESC LIMIT 1
);
`;

/**
 * Version 8. Where the bytes of an upload that a run waits for come from. A URL may hold a signature, so it is sealed,
 * and goes when it has been fetched.
 */
const AWAITED_UPLOADS = `
ALTER TABLE uploads ADD COLUMN sealed_url BLOB;
CREATE INDEX uploads_awaited ON uploads (id) WHERE sealed_url IS NOT NULL;
`;

/** Version 9. Where each upload came from, in words that may be shown (JSON). */
const UPLOAD_ORIGINS = `
ALTER TABLE uploads ADD COLUMN origin TEXT;
`;

/** Every step from an empty file to this program's schema, in order, without gaps. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, sql: RUNS },
  { version: 2, sql: BATCHES },
  { version: 3, sql: QUEUE },
  { version: 4, sql: WEBHOOKS },
  { version: 5, sql: ACCESS },
  { version: 6, sql: EVENT_POSITIONS },
  { version: 7, sql: STARTS },
  { version: 8, sql: AWAITED_UPLOADS },
  { version: 9, sql: UPLOAD_ORIGINS },
];
