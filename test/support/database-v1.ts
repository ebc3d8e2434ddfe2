import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** The schema of version 1 as it was released; never to be edited, for such databases exist. */
const SCHEMA = `
CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, state TEXT NOT NULL,
  created_at TEXT NOT NULL, ended_at TEXT, app_name TEXT NOT NULL, app_version TEXT,
  exit_code INTEGER, failure_code TEXT, stop_cause TEXT, percent REAL, rerun_of TEXT,
  search_text TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_time ON runs (created_at, run_id, search_text);
CREATE INDEX runs_by_state ON runs (state, created_at, run_id);
CREATE INDEX runs_by_app ON runs (app_name, created_at, run_id);
CREATE INDEX runs_active ON runs (owner) WHERE ended_at IS NULL;
CREATE TABLE records (
  run INTEGER PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE, body TEXT NOT NULL
) STRICT;
CREATE TABLE events (
  run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, seq INTEGER NOT NULL,
  at TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (run, seq)
) STRICT;
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
PRAGMA application_id = 1668904047;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
`;

const CREATED = {
  type: 'created',
  app: {
    name: 'old',
    dialect: 'cytomine-0.1',
    descriptorPath: '/apps/old/descriptor.json',
    descriptorText: '{}',
    descriptorSha256: '00',
  },
  parameters: [],
  folders: {},
  options: {},
  callerFolder: '/home/ada',
  runnerVersion: '0.1.0',
  host: 'bench',
  user: 'ada',
};

const RECORD = {
  runId: 'old-run',
  state: 'SYSTEM_ERROR',
  seq: 2,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:01.000Z',
  phases: [],
  inputs: [],
  outputs: [],
  outputsCollected: false,
  outputsPartial: false,
  warnings: [],
  endedAt: '2026-01-01T00:00:01.000Z',
};

/** Makes a data folder as version 1 of the schema has it, with one run, `old-run`, that has ended. */
export function makeDatabaseV1(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const database = new DatabaseSync(join(folder, 'cyto-run.db'));
  database.exec(SCHEMA);
  database.exec("INSERT INTO meta VALUES ('data_id', 'abc')");
  database
    .prepare(
      `INSERT INTO runs (id, run_id, owner, state, created_at, ended_at, app_name, search_text)
       VALUES (1, 'old-run', 'gone', 'SYSTEM_ERROR', ?, ?, 'old', 'old-run')`,
    )
    .run(RECORD.createdAt, RECORD.endedAt);
  database.prepare('INSERT INTO records VALUES (1, ?)').run(JSON.stringify(RECORD));
  const insert = database.prepare('INSERT INTO events VALUES (1, ?, ?, ?)');
  insert.run(1, RECORD.createdAt, JSON.stringify(CREATED));
  insert.run(2, RECORD.endedAt, JSON.stringify({ type: 'state', state: 'SYSTEM_ERROR' }));
  database.close();
}
