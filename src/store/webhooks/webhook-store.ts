import type {
  EndpointSettings,
  EndpointOrigin,
  SigningSecret,
  WebhookEndpoint,
} from './endpoint.ts';

/** One message for one endpoint. */
export interface Delivery {
  readonly deliveryId: number;
  readonly endpointId: string;
  readonly runId: string;
  readonly seq: number;
  /** RFC 3339, UTC: when what it tells of happened. */
  readonly createdAt: string;
  readonly state: DeliveryState;
  /** Attempts that have failed so far, or the one that did not included. */
  readonly attempts: number;
  /** Milliseconds of the epoch: not before. */
  readonly dueMs: number;
  /** Why the last attempt failed. */
  readonly lastFault?: string;
}

/** `dead`: given up, until somebody replays it. */
export type DeliveryState = 'pending' | 'delivered' | 'dead';

export interface DeliveryWithBody extends Delivery {
  /** A `RunStateMessage` as JSON. */
  readonly body: string;
}

/** What became of an attempt. `at` are milliseconds of the epoch. */
export type DeliveryOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly dueMs: number; readonly fault: string }
  | { readonly kind: 'dead'; readonly fault: string }
  /** The endpoint wants nothing more: all that waits for it is dead too. */
  | { readonly kind: 'disabled'; readonly fault: string };

export interface NewEndpoint extends EndpointSettings {
  readonly endpointId: string;
  readonly origin: EndpointOrigin;
  readonly runId?: string;
  readonly secrets: readonly SigningSecret[];
}

export interface DeliveryQuery {
  readonly state?: DeliveryState;
  readonly endpointId?: string;
  readonly runId?: string;
  /** Behind this one. */
  readonly after?: number;
  readonly limit: number;
}

/**
 * Who is told of runs, and what is still to be sent: written in the transaction of a run's event.
 * Every method may throw what those of `RunStore` may; those that take an id throw
 * `webhook-not-found`.
 */
export interface WebhookStore {
  /** Adds an endpoint, or puts new settings in place of one with this id; that also enables it again. */
  put(endpoint: NewEndpoint): WebhookEndpoint;
  /** Those for all runs, in the order of their ids. */
  endpoints(): readonly WebhookEndpoint[];
  endpoint(endpointId: string): WebhookEndpoint;
  secretsOf(endpointId: string): readonly SigningSecret[];
  /** What signs where nobody gave a secret; `otherwise` from now on where there is none yet. */
  serverSecret(otherwise: string): string;
  /** Nothing more is written for it; what waits for it is dead. */
  disable(endpointId: string, why: string): void;
  /** With all its deliveries. */
  remove(endpointId: string): void;
  /** Endpoints that have something to be sent now. */
  endpointsDue(nowMs: number): readonly string[];
  /** What may be sent to an endpoint now: of each run only the oldest, none of the runs in `busy`. */
  due(
    endpointId: string,
    nowMs: number,
    most: number,
    busy: ReadonlySet<string>,
  ): readonly DeliveryWithBody[];
  /** Writes down what became of an attempt. */
  settle(deliveryId: number, outcome: DeliveryOutcome): void;
  deliveries(query: DeliveryQuery): readonly Delivery[];
  /** How many there are in each state. */
  counts(): Readonly<Record<DeliveryState, number>>;
  /** Sends a dead delivery again from its first attempt on. */
  replay(deliveryId: number): Delivery;
  /** All dead ones of an endpoint. Returns how many. */
  replayAll(endpointId: string): number;
  /** Forgets what was delivered before a time, and endpoints of single runs that are gone. Returns how many deliveries. */
  sweep(before: Date): number;
}
