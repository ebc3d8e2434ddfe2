import { attemptOf, type RunEvent, type RunRecord, type RunState } from '../../runner/index.ts';
import type { Database, Row } from '../database.ts';
import { wantsEvent } from './endpoint.ts';

/** What an endpoint is told of a run: the same bytes at every attempt. */
export interface RunStateMessage {
  readonly runId: string;
  readonly state: RunState;
  /** Position of the event in the run's log; a later one has a higher. */
  readonly seq: number;
  readonly attempt: number;
  readonly app: { readonly name: string; readonly version?: string };
  /** Who submitted it. */
  readonly user: string;
  readonly batch?: { readonly id: string; readonly item: string };
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly endedAt?: string;
  readonly exitCode?: number;
  readonly failure?: { readonly code: string; readonly message: string; readonly hint?: string };
  readonly outputs: number;
}

/**
 * Writes, in the transaction of a run's event, what is to be sent because of it: an event that is
 * kept is sent, one that is not is not, whatever dies in between.
 */
export function writeDeliveries(database: Database, record: RunRecord, event: RunEvent): void {
  if (event.type !== 'state' && event.type !== 'created') return;
  const wanting = database
    .all(
      `SELECT endpoint_id, states, apps, users FROM webhook_endpoints
       WHERE (run_id IS NULL OR run_id = ?) AND disabled IS NULL`,
      record.runId,
    )
    .filter((row) => wantsEvent(filterOf(row), { ...record, user: submitterOf(record) }));
  if (wanting.length === 0) return;
  const body = JSON.stringify(messageOf(record));
  for (const row of wanting)
    database.run(
      `INSERT INTO webhook_deliveries (endpoint_id, run_id, seq, created_at, body, state, due_at)
       VALUES (?, ?, ?, ?, ?, 'pending', 0)`,
      ...[String(row['endpoint_id']), record.runId, event.seq, event.at, body],
    );
}

/** Of a server's run who sent it; of another the account it ran under. */
const submitterOf = ({ queue, user }: RunRecord): string => queue?.submitter ?? user;

export const filterOf = (
  row: Row,
): { states: readonly RunState[]; apps: readonly string[]; users: readonly string[] } => ({
  states: JSON.parse(String(row['states'])) as RunState[],
  apps: JSON.parse(String(row['apps'])) as string[],
  users: JSON.parse(String(row['users'])) as string[],
});

function messageOf(record: RunRecord): RunStateMessage {
  const { runId, state, seq, app, batch, createdAt, endedAt, exit, failure } = record;
  return {
    runId,
    state,
    seq,
    attempt: attemptOf(record),
    app: { name: app.name, ...(app.version === undefined ? {} : { version: app.version }) },
    user: submitterOf(record),
    ...(batch === undefined ? {} : { batch: { id: batch.id, item: batch.item } }),
    createdAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(exit === undefined ? {} : { exitCode: exit.exitCode }),
    ...(failure === undefined ? {} : { failure }),
    outputs: record.outputs.length,
  };
}
