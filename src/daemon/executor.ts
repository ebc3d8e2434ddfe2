import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import {
  endUnbegun,
  isTerminal,
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
      return await this.#settleAfter(error, run.runId);
    }
  }

  /** As `execute`, for a run that a dead process had begun. */
  async adopt(runId: string): Promise<RunRecord | undefined> {
    try {
      return await this.#ports.active.adopt(runId);
    } catch (error) {
      return await this.#settleAfter(error, runId);
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
      const orphan = await orphanOf(record);
      if (orphan.startable) return { ...orphan, runId, created: record };
      this.endWaiting(record, {
        code: 'engine-lost',
        message: `the server was restarted while this run of ${app.name} waited, and a secret or an input of it is gone`,
        hint: 'Submit it again.',
      });
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      this.endWaiting(record, { code: 'descriptor-invalid', message: error.message });
    }
    return undefined;
  }

  /**
   * A run whose ending could not be written down (a full disk, a failure of ours) is settled when it can
   * be: nothing of it may stay behind.
   */
  async #settleAfter(error: unknown, runId: string): Promise<RunRecord | undefined> {
    const { clock, active, store } = this.#ports;
    this.#ports.report(error, runId);
    for (;;) {
      await clock.sleep(LIMITS.settleAgainMs);
      try {
        const record = store.read(runId);
        return isTerminal(record.state) ? record : await active.adopt(runId);
      } catch (again) {
        if (again instanceof RunnerError && again.code === 'run-not-found') return undefined;
        this.#ports.report(again, runId);
      }
    }
  }
}
