import type { FastifyInstance } from 'fastify';

import type { Clock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import type { RunRecord } from '../../runner/index.ts';
import { syncWebhooks } from '../../site/webhooks/index.ts';
import type { Configuration, Engines } from '../../site/index.ts';
import type { RunStore } from '../../store/index.ts';
import { Health, freeBytes, needsOf } from '../health/index.ts';
import type { ConnectionBound } from '../http/connections.ts';
import type { ServerLog } from '../log/index.ts';
import type { ServerMetrics } from '../metrics/index.ts';
import type { RouteContext } from '../routes/route.ts';
import type { Tracing } from '../tracing/index.ts';
import type { RunningSettings } from '../settings/running-settings.ts';
import { addressRule } from '../outward/index.ts';
import { outwardPost, WebhookDeliverer, type OutwardPost } from '../webhooks/index.ts';
import { watchRequests } from './requests.ts';
import { Sweeper } from './sweeper.ts';

export interface OperationPorts {
  readonly store: RunStore;
  readonly engines: Engines;
  readonly settings: RunningSettings;
  readonly clock: Clock;
  readonly log: ServerLog;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** All that tells of a server or cares for it, and has no part in running anything. */
export class Operations implements AsyncDisposable {
  readonly #post: OutwardPost;
  readonly #deliverer: WebhookDeliverer;
  readonly #sweeper: Sweeper;
  readonly #ports: OperationPorts;
  readonly #metrics: ServerMetrics;
  readonly #tracing: Tracing | undefined;
  readonly #health: () => Health;

  private constructor(ports: OperationPorts, metrics: ServerMetrics, tracing: Tracing | undefined) {
    const { store, engines, settings, clock, log } = ports;
    this.#ports = ports;
    this.#metrics = metrics;
    this.#tracing = tracing;
    this.#health = settings.derived(
      ({ values }) => new Health(needsOf(store, engines, values.engine), clock),
    );
    this.#sweeper = new Sweeper({ store, clock, log, settings });
    const rule = settings.derived(({ values }) => addressRule(values['serve.webhook-networks']));
    this.#post = outwardPost((address) => rule()(address));
    this.#deliverer = new WebhookDeliverer({
      store: store.webhooks,
      source: `/cyto-run/${store.dataId}`,
      clock,
      random: Math.random,
      post: this.#post,
      get attemptsMax() {
        return settings.values['serve.webhook-attempts'];
      },
      onAttempt: ({ outcome, ...attempt }) => {
        metrics.onAttempt(outcome.kind);
        if (outcome.kind === 'delivered') log.info(attempt, 'a webhook was told');
        else log.warn({ ...attempt, outcome }, 'a webhook was not told');
      },
      onFault: (error) => {
        log.error({ code: error.code }, error.message);
      },
    });
  }

  static async open(ports: OperationPorts): Promise<Operations> {
    const { store, settings, version, env } = ports;
    const { ServerMetrics } = await import('../metrics/index.ts');
    const metrics = new ServerMetrics(
      {
        runs: () => store.upkeep.runCounts(),
        messages: () => store.webhooks.counts(),
        freeBytes: () => freeBytes(store.folder),
      },
      waitingRuns(store),
    );
    const endpoint = settings.values['serve.traces'];
    const isTraced =
      endpoint !== undefined ||
      env['OTEL_EXPORTER_OTLP_ENDPOINT'] !== undefined ||
      env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] !== undefined;
    // Loaded only where traces are asked for: it is much code.
    const tracing = isTraced
      ? new (await import('../tracing/index.ts')).Tracing({
          ...{ endpoint, version, instanceId: store.dataId },
        })
      : undefined;
    return new Operations(ports, metrics, tracing);
  }

  /** Tells webhooks what a crash has left to be told, and begins to sweep. */
  start(): void {
    syncWebhooks(this.#ports.store.webhooks, this.#ports.settings.current.webhooks);
    this.#deliverer.start();
    this.#sweeper.start();
  }

  /** Hears that other settings are about to hold, and which: the others look for themselves. */
  readonly onSettings = (next: Configuration, changed: readonly string[]): void => {
    const { store, log } = this.#ports;
    if (changed.some((key) => key.startsWith('serve.webhooks.')))
      syncWebhooks(store.webhooks, next.webhooks);
    this.#deliverer.wake();
    log.level = next.values['serve.log-level'];
  };

  /** Hears of every change of a run, after it is durable. */
  readonly onRecord = (record: RunRecord): void => {
    const { runId, state, failure } = record;
    this.#metrics.onRecord(record);
    this.#tracing?.onRecord(record);
    if (this.#told.get(runId) !== state) {
      // Only a change of state is told to webhooks.
      this.#deliverer.wake();
      this.#ports.log.info(
        { runId, state, ...(failure === undefined ? {} : { failure: failure.code }) },
        'a run has changed its state',
      );
    }
    if (record.endedAt === undefined) this.#told.set(runId, state);
    else this.#told.delete(runId);
  };

  readonly onPollError = (): void => {
    this.#metrics.onPollError();
  };

  /** How many connections are kept open; those that are refused are counted, and told now and then. */
  get connections(): ConnectionBound {
    const { clock, log, settings } = this.#ports;
    let toldMs = -Infinity;
    const onRefused = (): void => {
      this.#metrics.onConnectionRefused();
      const nowMs = clock.monotonicMs();
      if (nowMs - toldMs < LIMITS.connectionsToldMs) return;
      toldMs = nowMs;
      const max = settings.values['serve.connections'];
      log.warn({ max }, 'more connections than serve.connections: further ones are refused');
    };
    return {
      get max() {
        return settings.values['serve.connections'];
      },
      onRefused,
    };
  }

  /** Hears of the runs that a start took over: what is so already is no change. */
  readonly onTakenOver = ({ runId, state }: RunRecord): void => {
    this.#told.set(runId, state);
    if (state !== 'QUEUED') this.#ports.log.info({ runId, state }, 'a run was taken over');
  };

  /** The state of each active run that was told last: progress is no news. */
  readonly #told = new Map<string, string>();

  /** What routes below the API's root need of it. */
  forRoutes(): Pick<RouteContext, 'outward' | 'wakeWebhooks' | 'sweep'> {
    return {
      outward: this.#post,
      wakeWebhooks: () => {
        this.#deliverer.wake();
      },
      sweep: (dryRun) => this.#sweeper.sweep(dryRun),
    };
  }

  /** `/metrics`, `/health/live`, `/health/ready`; and every request is counted, traced and logged. */
  addTo(app: FastifyInstance): void {
    watchRequests(app, { metrics: this.#metrics, tracing: this.#tracing, log: this.#ports.log });
    app.get('/health/live', { schema: { hide: true } }, () => ({ status: 'live' }));
    app.get('/health/ready', { schema: { hide: true } }, async (_request, reply) => {
      const { ready, checks } = await this.#health().readiness();
      return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks });
    });
    app.get(
      '/metrics',
      { schema: { hide: true }, config: { scope: 'read' } },
      async (_request, reply) => {
        const { contentType, text } = await this.#metrics.read();
        return reply.type(contentType).send(text);
      },
    );
  }

  /** Resolves when webhooks have been told what they can be told now. */
  told(): Promise<void> {
    return this.#deliverer.drained();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sweeper[Symbol.asyncDispose]();
    await this.#deliverer[Symbol.asyncDispose]();
    await this.#tracing?.[Symbol.asyncDispose]();
  }
}

/** Runs that wait when a server starts. */
function waitingRuns(store: RunStore): readonly RunRecord[] {
  const waiting: RunRecord[] = [];
  let cursor: string | undefined;
  do {
    const page = store.list({
      states: ['QUEUED'],
      limit: LIMITS.runsPageMax,
      ...(cursor === undefined ? {} : { cursor }),
    });
    waiting.push(...page.runs.map(({ runId }) => store.read(runId)));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return waiting;
}
