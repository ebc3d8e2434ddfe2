import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import {
  endUnbegun,
  failUnbegun,
  isTerminal,
  type Failure,
  type PreparedRun,
  type RunRecord,
  type StopCause,
} from '../runner/index.ts';
import { orphanOf } from '../site/runs/index.ts';
import type { ServerContext } from './context.ts';

type ExecutorPorts = Pick<ServerContext, 'store' | 'clock' | 'active'> & {
  /** Hears of what could not be written down yet. */
  readonly report: (error: unknown, runId: string) => void;
};

/** Takes each run of the queue through its attempts, whatever comes between. */
export class Executor {
  readonly #ports: ExecutorPorts;

  constructor(ports: ExecutorPorts) {
    this.#ports = ports;
  }

  /** Resolves when an attempt has ended, with the run as it is then; undefined: it is gone. Never rejects. */
  async execute(run: PreparedRun): Promise<RunRecord | undefined> {
    try {
      return await this.#ports.active.begin(run);
    } catch (error) {
      this.#ports.report(error, run.runId);
      await this.#ports.clock.sleep(LIMITS.settleAgainMs);
      return await this.adopt(run.runId);
    }
  }

  /**
   * As `execute`, for an attempt that was begun before: by a process that died, or by this one, when its
   * ending could not be written down (a full disk). Tries until it is settled: nothing of it may stay behind.
   */
  async adopt(runId: string): Promise<RunRecord | undefined> {
    const { clock, active } = this.#ports;
    for (;;) {
      try {
        const record = await active.adopt(runId);
        if (record === undefined || !isInEngine(record)) return record;
      } catch (error) {
        if (error instanceof RunnerError && error.code === 'run-not-found') return undefined;
        this.#ports.report(error, runId);
      }
      // Its engine is away, or the disk is full.
      await clock.sleep(LIMITS.settleAgainMs);
    }
  }

  /** Ends an attempt that failed while its run waited. Tries until it is written down; undefined: the run is gone. */
  async fail(runId: string, failure: Failure): Promise<RunRecord | undefined> {
    const { store: journal, clock, active, report } = this.#ports;
    for (;;) {
      try {
        const ports = { journal, clock, observer: active.observerOf(runId) };
        return await failUnbegun(runId, ports, failure);
      } catch (error) {
        if (error instanceof RunnerError && error.code === 'run-not-found') return undefined;
        report(error, runId);
      }
      await clock.sleep(LIMITS.settleAgainMs);
    }
  }

  /** Ends a run that waits in the queue. */
  endWaiting(record: RunRecord, why: Parameters<typeof endUnbegun>[2]): RunRecord {
    const { store, active } = this.#ports;
    return endUnbegun(record, { journal: store, observer: active.observerOf(record.runId) }, why);
  }

  /** Whether a run that is about to wait was asked to stop; it is ended then. */
  endIfStopped(runId: string): boolean {
    const record = this.#ports.store.read(runId);
    if (record.stopCause === undefined) return false;
    this.endWaiting(record, record.stopCause);
    return true;
  }

  /** Asks a run to stop, wherever it is; durable when it returns. */
  requestStop(runId: string, cause: StopCause, now: boolean): RunRecord {
    const { store, active } = this.#ports;
    const record = store.requestStop(runId, cause);
    active.observerOf(runId).onRecord?.(record);
    active.stop(runId, cause, now);
    return record;
  }

  /**
   * A run again as its record has it, ready to be queued; undefined: it cannot be started, and has been
   * ended saying why.
   */
  async prepareAgain(record: RunRecord): Promise<PreparedRun | undefined> {
    const { runId, app } = record;
    try {
      const orphan = await orphanOf(record, this.#ports.store);
      if (orphan.startable) return { ...orphan, runId, created: record };
      this.endWaiting(record, {
        code: 'engine-lost',
        message: `the server was restarted while this run of ${app.name} waited, and a secret or an input of it is gone, or leads elsewhere now`,
        hint: 'Submit it again.',
      });
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      this.endWaiting(record, { code: 'descriptor-invalid', message: error.message });
    }
    return undefined;
  }
}

/** Whether a container was asked for that nobody has seen the end of. */
const isInEngine = ({ state, container }: RunRecord): boolean =>
  !isTerminal(state) && container !== undefined;
