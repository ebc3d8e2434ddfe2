import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import { epochMs } from '../../base/clock.ts';
import { isTerminal, type RunPhase, type RunRecord, type RunState } from '../../runner/index.ts';

/** What is asked when somebody reads the metrics. */
export interface MetricSources {
  /** Runs of the data folder in each state. */
  readonly runs: () => Readonly<Partial<Record<RunState, number>>>;
  /** Messages of webhooks in each state. */
  readonly messages: () => Readonly<Record<string, number>>;
  /** Bytes free where the data folder lies. */
  readonly freeBytes: () => Promise<number>;
}

export interface AnsweredRequest {
  readonly method: string;
  /** As it was declared, with names in place of ids; absent where there was none. */
  readonly route: string | undefined;
  readonly status: number;
  readonly seconds: number;
}

/** The words of the metrics for the steps of a run. */
const PHASE_LABEL: Record<RunPhase, string> = {
  stage: 'stage_in',
  pull: 'pull',
  create: 'create',
  wait: 'wait',
  run: 'run',
  collect: 'stage_out',
};

const RUN_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];
const REQUEST_SECONDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];

/**
 * What Prometheus reads. No label holds an id, a name or anything else that a client chooses: there
 * are as many series after a year as on the first day.
 */
export class ServerMetrics {
  readonly #registry = new Registry();
  readonly #sources: MetricSources;
  /** Engine of each run that waits. */
  readonly #waiting = new Map<string, string>();
  readonly #ended = this.#counter('runs_ended_total', 'Runs that ended.', ['state']);
  readonly #pulled = this.#counter('pull_bytes_total', 'Bytes of the images that were pulled.', []);
  readonly #deliveries = this.#counter(
    'webhook_deliveries_total',
    'Attempts to deliver a message of a webhook, by what became of them.',
    ['result'],
  );
  readonly #pollErrors = this.#counter(
    'slurm_poll_errors_total',
    'Questions about the jobs of clusters that were asked in vain.',
    [],
  );
  readonly #refused = this.#counter(
    'connections_refused_total',
    'Connections that were one too many.',
    [],
  );
  readonly #phases = this.#histogram(
    'run_duration_seconds',
    'How long the steps of runs took.',
    ['phase'],
    RUN_SECONDS,
  );
  readonly #waits = this.#histogram(
    'queue_wait_seconds',
    'How long runs waited before they began.',
    [],
    RUN_SECONDS,
  );
  readonly #requests = this.#histogram(
    'http_request_duration_seconds',
    'How long requests took.',
    ['method', 'route', 'status'],
    REQUEST_SECONDS,
  );

  /** `waiting`: runs that are in the queue already. */
  constructor(sources: MetricSources, waiting: readonly RunRecord[] = []) {
    this.#sources = sources;
    collectDefaultMetrics({ register: this.#registry });
    for (const record of waiting) this.#noteWaiting(record);
    this.#addGauges();
  }

  /** Hears of every change of a run. */
  onRecord(record: RunRecord): void {
    const waited = this.#waiting.has(record.runId) && record.state !== 'QUEUED';
    this.#noteWaiting(record);
    if (waited && record.state === 'INITIALIZING')
      this.#waits.observe(secondsBetween(record.createdAt, record.updatedAt));
    if (isTerminal(record.state)) this.#noteEnd(record);
  }

  onAttempt(result: string): void {
    this.#deliveries.inc({ result });
  }

  /** Hears of each question to a cluster that was asked in vain. */
  onPollError(): void {
    this.#pollErrors.inc();
  }

  /** Hears of each connection that was one too many. */
  onConnectionRefused(): void {
    this.#refused.inc();
  }

  onRequest({ method, route = 'none', status, seconds }: AnsweredRequest): void {
    const labels = { method: KNOWN_METHODS.has(method) ? method : 'other', route };
    this.#requests.observe({ ...labels, status: `${Math.floor(status / 100)}xx` }, seconds);
  }

  /** In the text format, version 0.0.4. */
  async read(): Promise<{ readonly contentType: string; readonly text: string }> {
    const { contentType } = this.#registry;
    return { contentType, text: await this.#registry.metrics() };
  }

  #noteWaiting({ runId, state, options }: RunRecord): void {
    if (state === 'QUEUED') this.#waiting.set(runId, options.engine);
    else this.#waiting.delete(runId);
  }

  #noteEnd({ state, phases, image }: RunRecord): void {
    this.#ended.inc({ state });
    for (const { phase, startedAt, endedAt } of phases)
      if (endedAt !== undefined)
        this.#phases.observe({ phase: PHASE_LABEL[phase] }, secondsBetween(startedAt, endedAt));
    if (image?.pulled === true) this.#pulled.inc(image.sizeBytes);
  }

  #addGauges(): void {
    const { runs, messages, freeBytes } = this.#sources;
    this.#gauge('runs', 'Runs of the data folder.', 'state', runs);
    this.#gauge('webhook_messages', 'Messages of webhooks.', 'state', messages);
    this.#gauge('queue_depth', 'Runs that wait.', 'engine', () => {
      const depths: Record<string, number> = {};
      for (const engine of this.#waiting.values()) depths[engine] = (depths[engine] ?? 0) + 1;
      return depths;
    });
    new Gauge({
      name: 'cytorun_data_free_bytes',
      help: 'Bytes that are free where the data folder lies.',
      registers: [this.#registry],
      async collect() {
        this.set(await freeBytes());
      },
    });
  }

  /** A gauge whose values are asked for when it is read. */
  #gauge(
    name: string,
    help: string,
    label: string,
    values: () => Readonly<Record<string, number | undefined>>,
  ): void {
    new Gauge({
      name: `cytorun_${name}`,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [value, number = 0] of Object.entries(values()))
          this.set({ [label]: value }, number);
      },
    });
  }

  #counter(name: string, help: string, labelNames: readonly string[]): Counter {
    return new Counter({
      name: `cytorun_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
    });
  }

  #histogram(
    name: string,
    help: string,
    labelNames: readonly string[],
    buckets: readonly number[],
  ): Histogram {
    return new Histogram({
      name: `cytorun_${name}`,
      help,
      labelNames: [...labelNames],
      buckets: [...buckets],
      registers: [this.#registry],
    });
  }
}

const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** A clock that went back made no step shorter than nothing. */
const secondsBetween = (from: string, to: string): number =>
  Math.max(0, epochMs(to) - epochMs(from)) / 1_000;
