import type { SQLInputValue } from 'node:sqlite';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { Database, Row } from '../database.ts';
import { Sealer, type SecretContext } from '../secrets/sealer.ts';
import type { SigningSecret, WebhookEndpoint } from './endpoint.ts';
import { deliveryOf, endpointOf, putEndpoint, secretsOfRow } from './rows.ts';
import type {
  Delivery,
  DeliveryOutcome,
  DeliveryQuery,
  DeliveryState,
  DeliveryWithBody,
  NewEndpoint,
  WebhookStore,
} from './webhook-store.ts';

export class SqliteWebhooks implements WebhookStore {
  readonly #context: SecretContext;
  readonly #sealer: Sealer;

  constructor(context: SecretContext) {
    this.#context = context;
    this.#sealer = new Sealer(context);
  }

  put(endpoint: NewEndpoint): WebhookEndpoint {
    putEndpoint(this.#writable(), endpoint, { at: this.#context.now(), sealer: this.#sealer });
    return this.endpoint(endpoint.endpointId);
  }

  endpoints(): readonly WebhookEndpoint[] {
    return this.#readable()
      .all('SELECT * FROM webhook_endpoints WHERE run_id IS NULL ORDER BY endpoint_id')
      .map(endpointOf);
  }

  endpoint(endpointId: string): WebhookEndpoint {
    return endpointOf(this.#row(endpointId));
  }

  secretsOf(endpointId: string): readonly SigningSecret[] {
    return secretsOfRow(this.#row(endpointId), this.#sealer);
  }

  serverSecret(otherwise: string): string {
    const database = this.#writable();
    const known = (): Row | undefined =>
      database.get("SELECT value FROM meta WHERE name = 'webhook_secret'");
    if (known() === undefined)
      database.run(
        "INSERT INTO meta (name, value) VALUES ('webhook_secret', ?) ON CONFLICT (name) DO NOTHING",
        this.#sealer.sealText(otherwise, SERVER_OWNER),
      );
    return this.#sealer.openText(String(known()?.['value']), SERVER_OWNER);
  }

  disable(endpointId: string, why: string): void {
    const database = this.#writable();
    database.transaction(() => {
      disableEndpoint(database, { endpointId, why, at: this.#context.now() });
    });
  }

  remove(endpointId: string): void {
    const removed = this.#writable().run(
      'DELETE FROM webhook_endpoints WHERE endpoint_id = ?',
      endpointId,
    );
    if (removed === 0) throw unknownEndpoint(endpointId);
  }

  endpointsDue(nowMs: number): readonly string[] {
    return this.#readable()
      .all(
        `SELECT DISTINCT endpoint_id FROM webhook_deliveries INDEXED BY webhook_deliveries_due
         WHERE ${DUE} ORDER BY endpoint_id`,
        ...dueValues(nowMs),
      )
      .map((row) => String(row['endpoint_id']));
  }

  due(
    endpointId: string,
    nowMs: number,
    most: number,
    busy: ReadonlySet<string>,
  ): readonly DeliveryWithBody[] {
    const free = [...busy].map(() => '?').join(', ');
    return this.#readable()
      .all(
        `SELECT * FROM webhook_deliveries AS d INDEXED BY webhook_deliveries_due
         WHERE ${DUE} AND endpoint_id = ? ${busy.size === 0 ? '' : `AND run_id NOT IN (${free})`}
           AND NOT EXISTS (SELECT 1 FROM webhook_deliveries AS earlier
             WHERE earlier.state = 'pending' AND earlier.endpoint_id = d.endpoint_id
               AND earlier.run_id = d.run_id AND earlier.delivery_id < d.delivery_id)
         ORDER BY due_at, delivery_id LIMIT ?`,
        ...dueValues(nowMs),
        endpointId,
        ...busy,
        most,
      )
      .map((row) => ({ ...deliveryOf(row), body: String(row['body']) }));
  }

  settle(deliveryId: number, outcome: DeliveryOutcome): void {
    const database = this.#writable();
    const at = this.#context.now();
    database.transaction(() => {
      switch (outcome.kind) {
        case 'delivered':
          endDelivery(database, deliveryId, { state: 'delivered', at });
          return;
        case 'retry':
          database.run(
            `UPDATE webhook_deliveries SET attempts = attempts + 1, due_at = ?, last_fault = ?
             WHERE delivery_id = ? AND state = 'pending'`,
            ...[outcome.dueMs, outcome.fault, deliveryId],
          );
          return;
        case 'dead':
          endDelivery(database, deliveryId, { state: 'dead', at, fault: outcome.fault });
          return;
        case 'disabled': {
          const endpointId = database.get(
            'SELECT endpoint_id FROM webhook_deliveries WHERE delivery_id = ?',
            deliveryId,
          )?.['endpoint_id'];
          endDelivery(database, deliveryId, { state: 'dead', at, fault: outcome.fault });
          disableEndpoint(database, { endpointId: String(endpointId), why: outcome.fault, at });
          return;
        }
        default:
          outcome satisfies never;
      }
    });
  }

  deliveries({ state, endpointId, runId, after, limit }: DeliveryQuery): readonly Delivery[] {
    const conditions: readonly (readonly [string, SQLInputValue | undefined])[] = [
      ['state = ?', state],
      ['endpoint_id = ?', endpointId],
      ['run_id = ?', runId],
      ['delivery_id > ?', after],
    ];
    const asked = conditions.flatMap(([sql, value]) =>
      value === undefined ? [] : [{ sql, value }],
    );
    const where = asked.length === 0 ? '' : `WHERE ${asked.map(({ sql }) => sql).join(' AND ')}`;
    return this.#readable()
      .all(
        `SELECT * FROM webhook_deliveries ${where} ORDER BY delivery_id LIMIT ?`,
        ...asked.map(({ value }) => value),
        Math.max(1, Math.min(Math.trunc(limit), LIMITS.webhookDeliveriesPageMax)),
      )
      .map(deliveryOf);
  }

  counts(): Readonly<Record<DeliveryState, number>> {
    const rows = this.#readable().all(
      'SELECT state, count(*) AS count FROM webhook_deliveries GROUP BY state',
    );
    const counted = Object.fromEntries(
      rows.map((row) => [String(row['state']), Number(row['count'])]),
    );
    return { pending: 0, delivered: 0, dead: 0, ...counted };
  }

  replay(deliveryId: number): Delivery {
    const database = this.#writable();
    return database.transaction(() => {
      const row = database.get(
        'SELECT * FROM webhook_deliveries WHERE delivery_id = ?',
        deliveryId,
      );
      if (row === undefined)
        throw new RunnerError('webhook-not-found', `there is no delivery ${deliveryId}`, {
          hint: 'List those given up with `cyto-run webhooks dead`.',
        });
      if (row['state'] === 'pending')
        throw new RunnerError('state-conflict', `delivery ${deliveryId} is still being tried`, {
          hint: 'Only a delivery that was made or given up can be sent again.',
        });
      database.run(`${REPLAY} WHERE delivery_id = ?`, deliveryId);
      return deliveryOf({ ...row, state: 'pending', attempts: 0, due_at: 0 });
    });
  }

  replayAll(endpointId: string): number {
    this.#row(endpointId);
    return this.#writable().run(`${REPLAY} WHERE state = 'dead' AND endpoint_id = ?`, endpointId);
  }

  sweep(before: Date): number {
    const database = this.#writable();
    const at = before.toISOString();
    return database.transaction(() => {
      const swept = database.run(
        "DELETE FROM webhook_deliveries WHERE state = 'delivered' AND ended_at < ?",
        at,
      );
      database.run(
        `DELETE FROM webhook_endpoints WHERE run_id IS NOT NULL AND created_at < ?
           AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.run_id = webhook_endpoints.run_id)
           AND NOT EXISTS (SELECT 1 FROM webhook_deliveries
             WHERE webhook_deliveries.endpoint_id = webhook_endpoints.endpoint_id)`,
        at,
      );
      return swept;
    });
  }

  #row(endpointId: string): Row {
    const row = this.#readable().get(
      'SELECT * FROM webhook_endpoints WHERE endpoint_id = ?',
      endpointId,
    );
    if (row === undefined) throw unknownEndpoint(endpointId);
    return row;
  }

  #readable(): Database {
    return this.#context.readable();
  }

  #writable(): Database {
    return this.#context.writable();
  }
}

const SERVER_OWNER = "the server's own webhooks";

/** A time further off than any pause was written before the clock went back. */
const DUE = "state = 'pending' AND (due_at <= ? OR due_at > ?)";
const dueValues = (nowMs: number): readonly number[] => [nowMs, nowMs + LIMITS.webhookBackoffMsMax];

const REPLAY = `UPDATE webhook_deliveries SET state = 'pending', attempts = 0, due_at = 0, ended_at = NULL`;

function endDelivery(
  database: Database,
  deliveryId: number,
  { state, at, fault }: { state: DeliveryState; at: string; fault?: string },
): void {
  database.run(
    `UPDATE webhook_deliveries SET state = ?, ended_at = ?, attempts = attempts + 1,
       last_fault = coalesce(?, last_fault) WHERE delivery_id = ? AND state = 'pending'`,
    ...[state, at, fault ?? null, deliveryId],
  );
}

function disableEndpoint(
  database: Database,
  { endpointId, why, at }: { endpointId: string; why: string; at: string },
): void {
  database.run(
    'UPDATE webhook_endpoints SET disabled = ? WHERE endpoint_id = ?',
    ...[why, endpointId],
  );
  database.run(
    `UPDATE webhook_deliveries SET state = 'dead', ended_at = ?, last_fault = coalesce(last_fault, ?)
     WHERE state = 'pending' AND endpoint_id = ?`,
    ...[at, why, endpointId],
  );
}

const unknownEndpoint = (endpointId: string): RunnerError =>
  new RunnerError('webhook-not-found', `there is no webhook ${JSON.stringify(endpointId)}`, {
    hint: 'List them with `cyto-run webhooks list`.',
  });
