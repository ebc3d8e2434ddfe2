/**
 * Who is told of runs by HTTP, and what is still to be sent: written with the event it tells of.
 * `due_at` in milliseconds of the epoch.
 */
export const WEBHOOKS = `
CREATE TABLE webhook_endpoints (
  endpoint_id TEXT NOT NULL PRIMARY KEY,
  origin TEXT NOT NULL,
  run_id TEXT,
  created_at TEXT NOT NULL,
  url TEXT NOT NULL,
  secrets TEXT NOT NULL,
  states TEXT NOT NULL,
  apps TEXT NOT NULL,
  users TEXT NOT NULL,
  disabled TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_endpoints_by_run ON webhook_endpoints (run_id);

CREATE TABLE webhook_deliveries (
  delivery_id INTEGER PRIMARY KEY AUTOINCREMENT,
  endpoint_id TEXT NOT NULL REFERENCES webhook_endpoints (endpoint_id) ON DELETE CASCADE,
  run_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  ended_at TEXT,
  last_fault TEXT,
  UNIQUE (endpoint_id, run_id, seq)
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at, endpoint_id)
  WHERE state = 'pending';
CREATE INDEX webhook_deliveries_in_order ON webhook_deliveries (endpoint_id, run_id, delivery_id)
  WHERE state = 'pending';
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (state, ended_at);
`;
