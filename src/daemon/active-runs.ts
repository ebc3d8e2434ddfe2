import type { Clock } from '../base/clock.ts';
import type { ContainerEngine } from '../container/index.ts';
import {
  attemptRun,
  gathering,
  StopReason,
  type PreparedRun,
  type RunObserver,
  type RunPorts,
  type RunRecord,
  type RunState,
  type StopCause,
  type StopSignals,
} from '../runner/index.ts';
import type { Engines } from '../site/index.ts';
import { adoptRun } from '../site/runs/index.ts';
import type { RunStore } from '../store/index.ts';
import type { Feed } from './feed.ts';
import { patientEngine } from './patient-engine.ts';

/** What every change of a run or of its output is told to, after it is durable. */
export const runTopic = (runId: string): string => `run ${runId}`;
/** Every change of any run. */
export const ALL_RUNS = 'runs';
/** Every change of the state of a run of a batch. */
export const batchTopic = (batchId: string): string => `batch ${batchId}`;

interface ActiveRun {
  readonly stop: AbortController;
  readonly kill: AbortController;
  readonly ended: Promise<RunRecord | undefined>;
}

interface ActivePorts {
  readonly store: RunStore;
  readonly engines: Engines;
  readonly clock: Clock;
  readonly feed: Feed;
  /** Hears of every change of a run, after it is durable. */
  readonly onRecord?: (record: RunRecord) => void;
}

/** The runs that this process executes now. */
export class ActiveRuns {
  readonly #ports: ActivePorts;
  readonly #runs = new Map<string, ActiveRun>();
  readonly #gathering = new Map<string, ContainerEngine>();

  constructor(ports: ActivePorts) {
    this.#ports = ports;
  }

  get count(): number {
    return this.#runs.size;
  }

  has(runId: string): boolean {
    return this.#runs.has(runId);
  }

  /** Takes a run that is this process's and waits through one attempt. */
  begin(run: PreparedRun): Promise<RunRecord | undefined> {
    return this.#run(run.runId, async (signals) =>
      attemptRun(run, await this.#portsOf(run), signals),
    );
  }

  /** Takes a run of a dead process over, and follows it to its end or to another attempt. */
  adopt(runId: string): Promise<RunRecord | undefined> {
    const { store, engines } = this.#ports;
    return this.#run(runId, (signals) =>
      adoptRun({ store, engines }, runId, signals, {
        observer: this.observerOf(runId),
        following: 'attempt',
      }),
    );
  }

  /** Stops a run of this process: SIGTERM, grace, SIGKILL; or at once. Harmless when it has ended. */
  stop(runId: string, cause: StopCause, now: boolean): void {
    const run = this.#runs.get(runId);
    run?.stop.abort(new StopReason(cause));
    if (now) run?.kill.abort();
  }

  /** Stops all and resolves when all have ended. */
  async stopAll(cause: StopCause): Promise<void> {
    const running = [...this.#runs.keys()];
    for (const runId of running) this.stop(runId, cause, false);
    await Promise.all([...this.#runs.values()].map(({ ended }) => ended));
  }

  /** Ends the grace of all that are being stopped. */
  killAll(): void {
    for (const { kill } of this.#runs.values()) kill.abort();
  }

  observerOf(runId: string): RunObserver {
    const { feed } = this.#ports;
    const topic = runTopic(runId);
    let told: RunState | undefined;
    return {
      onRecord: (record) => {
        const { state, batch } = record;
        this.#ports.onRecord?.(record);
        feed.changed(topic);
        feed.changed(ALL_RUNS);
        if (batch !== undefined && state !== told) feed.changed(batchTopic(batch.id));
        told = state;
      },
      onOutput: () => {
        feed.changed(topic);
      },
    };
  }

  async #run(
    runId: string,
    work: (signals: StopSignals) => Promise<RunRecord | undefined>,
  ): Promise<RunRecord | undefined> {
    const stop = new AbortController();
    const kill = new AbortController();
    const ended = work({ stop: stop.signal, kill: kill.signal }).finally(() => {
      this.#runs.delete(runId);
    });
    this.#runs.set(runId, { stop, kill, ended });
    return ended;
  }

  async #portsOf(run: PreparedRun): Promise<RunPorts> {
    const { store, clock } = this.#ports;
    return {
      engine: await this.#engineOf(run),
      journal: store,
      clock,
      observer: this.observerOf(run.runId),
      ownerLabel: store.dataId,
    };
  }

  /** One gatherer an engine: runs that begin together are started together, where the engine can. */
  async #engineOf({ created: { options } }: PreparedRun): Promise<ContainerEngine> {
    const key = `${options.engine} ${options.cluster ?? ''}`;
    const known = this.#gathering.get(key);
    if (known !== undefined) return known;
    const { engines, clock } = this.#ports;
    const opened = await engines.open(options.engine, options.cluster);
    const engine = gathering(patientEngine(opened, clock), clock);
    this.#gathering.set(key, engine);
    return engine;
  }
}
