import { Dispatcher } from '../../src/daemon/queue/dispatcher.ts';
import type { InputSource } from '../../src/daemon/queue/readiness.ts';
import type { Pool, QueueLimits } from '../../src/daemon/queue/model.ts';
import { HERE } from '../../src/daemon/queue/pools.ts';
import type { ContainerEngine } from '../../src/container/index.ts';
import {
  applyEvent,
  type EventBody,
  type Failure,
  type PreparedRun,
  type QueuePlace,
  type RunOptions,
  type RunRecord,
} from '../../src/runner/index.ts';
import { FakeEngine, type FakeEngineOptions } from './fake-engine.ts';
import { ManualClock } from './manual-clock.ts';
import { preparedRun } from './run-scene.ts';
import { plainOptions } from './run-values.ts';

export interface QueueWorldOptions {
  readonly pool?: Partial<Pool>;
  readonly limits?: QueueLimits;
  readonly engine?: ContainerEngine;
  readonly image?: FakeEngineOptions;
  readonly inputs?: InputSource;
  /** What becomes of a run whose attempt failed while it waited. */
  readonly fail?: (runId: string, failure: Failure) => RunRecord;
}

/** A dispatcher whose runs end when the test says so. */
export class QueueWorld implements Disposable {
  readonly clock = new ManualClock();
  readonly begun: string[] = [];
  readonly expired: string[] = [];
  readonly reports: unknown[] = [];
  readonly dispatcher: Dispatcher;
  readonly #stopping = new AbortController();
  readonly #ends = new Map<string, (record: RunRecord | undefined) => void>();
  readonly #runs = new Map<string, PreparedRun>();
  /** What expiring a run throws. */
  refusal: Error | undefined;

  constructor({
    pool = {},
    limits = {},
    engine,
    image = {},
    inputs = { of: () => ({ look: () => undefined }) },
    fail,
  }: QueueWorldOptions = {}) {
    const opened = engine ?? new FakeEngine(() => ({}), image);
    this.dispatcher = new Dispatcher({
      clock: this.clock,
      engines: { open: async () => opened },
      inputs,
      fail: async (runId, failure) => fail?.(runId, failure),
      stopping: this.#stopping.signal,
      pools: [
        { name: HERE, label: HERE, slots: 2, cpus: 4, memoryBytes: 8 * 2 ** 30, gpus: 0, ...pool },
      ],
      limits,
      execute: (run) => this.#attempt(run.runId),
      adopt: (runId) => this.#attempt(runId),
      prepareAgain: async ({ runId }) => this.#runs.get(runId),
      endIfStopped: () => false,
      expire: (runId, message) => {
        if (this.refusal !== undefined) throw this.refusal;
        this.expired.push(`${runId}: ${message}`);
      },
      report: (error) => this.reports.push(error),
    });
    this.dispatcher.open();
  }

  /** Queues a run, and lets the queue decide. */
  async add(
    runId: string,
    place: Partial<QueuePlace> = {},
    options: Partial<RunOptions> = {},
  ): Promise<PreparedRun> {
    const run = this.prepared(runId, place, options);
    this.dispatcher.add(run);
    await this.settled();
    return run;
  }

  prepared(
    runId: string,
    place: Partial<QueuePlace> = {},
    options: Partial<RunOptions> = {},
  ): PreparedRun {
    const queue = { submitter: 'ada', priority: 0, ...place };
    const run = preparedRun(runId, { queue, options: { ...plainOptions, ...options } });
    this.#runs.set(runId, run);
    return run;
  }

  /** The record of a run after these events. */
  record(runId: string, ...bodies: readonly EventBody[]): RunRecord {
    const created = { type: 'created', ...this.#runs.get(runId)!.created } as const;
    const at = this.clock.now().toISOString();
    return [created, ...bodies].reduce<RunRecord | undefined>(
      (record, body, index) => applyEvent(record, { ...body, runId, seq: index + 1, at }),
      undefined,
    )!;
  }

  /** Ends the attempt that runs; complete when nothing is said. */
  async end(runId: string, record?: RunRecord): Promise<void> {
    this.#ends.get(runId)!(record);
    await this.settled();
  }

  why(runId: string): string | undefined {
    const wait = this.dispatcher.waitOf(runId);
    return wait && `${wait.code}: ${wait.message}`;
  }

  /** Resolves when everything that was begun by what the test did has come to rest. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 10; turn += 1)
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
  }

  [Symbol.dispose](): void {
    this.dispatcher.stop();
    this.#stopping.abort();
  }

  #attempt(runId: string): Promise<RunRecord | undefined> {
    this.begun.push(runId);
    return new Promise((resolve) => {
      this.#ends.set(runId, resolve);
    });
  }
}
