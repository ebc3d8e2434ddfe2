import type { Database, Row } from '../database.ts';
import type { Sealer } from '../secrets/sealer.ts';
import type { SigningSecret, WebhookEndpoint } from './endpoint.ts';
import { filterOf } from './outbox.ts';
import type { Delivery, DeliveryState, NewEndpoint } from './webhook-store.ts';

/** The columns are written by this program alone, in a STRICT table, so their types are known. */
export function endpointOf(row: Row): WebhookEndpoint {
  const { run_id: runId, disabled } = row;
  return {
    endpointId: String(row['endpoint_id']),
    origin: row['origin'] as WebhookEndpoint['origin'],
    ...(typeof runId === 'string' ? { runId } : {}),
    url: String(row['url']),
    ...filterOf(row),
    createdAt: String(row['created_at']),
    ...(typeof disabled === 'string' ? { disabled } : {}),
  };
}

export function deliveryOf(row: Row): Delivery {
  const fault = row['last_fault'];
  return {
    deliveryId: Number(row['delivery_id']),
    endpointId: String(row['endpoint_id']),
    runId: String(row['run_id']),
    seq: Number(row['seq']),
    createdAt: String(row['created_at']),
    state: row['state'] as DeliveryState,
    attempts: Number(row['attempts']),
    dueMs: Number(row['due_at']),
    ...(typeof fault === 'string' ? { lastFault: fault } : {}),
  };
}

/** What an endpoint's secrets are sealed for. */
const endpointOwner = (endpointId: string): string => `the webhook ${endpointId}`;

/** The secrets of a row, opened. */
export const secretsOfRow = (row: Row, sealer: Sealer): readonly SigningSecret[] =>
  JSON.parse(
    sealer.openText(String(row['secrets']), endpointOwner(String(row['endpoint_id']))),
  ) as SigningSecret[];

/** Adds an endpoint, or puts new settings in place of one with its id; that also enables it again. */
export function putEndpoint(
  database: Database,
  endpoint: NewEndpoint,
  { at, sealer }: { readonly at: string; readonly sealer: Sealer },
): void {
  const { endpointId, origin, runId, secrets, url, states, apps, users } = endpoint;
  database.run(
    `INSERT INTO webhook_endpoints (endpoint_id, origin, run_id, created_at, url, secrets, states, apps, users)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (endpoint_id) DO UPDATE SET url = excluded.url, secrets = excluded.secrets,
       states = excluded.states, apps = excluded.apps, users = excluded.users, disabled = NULL`,
    ...[endpointId, origin, runId ?? null, at, url],
    sealer.sealText(JSON.stringify(secrets), endpointOwner(endpointId)),
    ...[states, apps, users].map((list) => JSON.stringify(list)),
  );
}
