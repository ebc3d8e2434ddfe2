import type { Clock } from '../../base/clock.ts';
import { messageOf, RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { FolderSizes, policyOf, sweep, type SweepReport } from '../../site/retention/index.ts';
import type { RunStore } from '../../store/index.ts';
import type { ServerLog } from '../log/index.ts';
import type { RunningSettings } from '../settings/running-settings.ts';

export interface SweeperPorts {
  readonly store: RunStore;
  readonly clock: Clock;
  readonly log: ServerLog;
  readonly settings: RunningSettings;
}

/** Removes, every hour, what the configuration does not keep. */
export class Sweeper implements AsyncDisposable {
  readonly #ports: SweeperPorts;
  readonly #sizes = new FolderSizes();
  readonly #stop = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(ports: SweeperPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Sweeps once. With `dryRun` it only says what would go. */
  sweep(dryRun: boolean): Promise<SweepReport> {
    const { store, clock, settings } = this.#ports;
    const { signal } = this.#stop;
    const policy = policyOf(settings.values);
    return sweep(store, { policy, clock, dryRun, signal, sizes: this.#sizes });
  }

  /** Resolves when nothing is being removed any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#ports;
    const { signal } = this.#stop;
    const isStopped = (): boolean => signal.aborted;
    for (;;) {
      await clock.sleep(LIMITS.sweepEveryMs, signal, 'background');
      if (isStopped()) return;
      try {
        const { removed, freedBytes } = await this.sweep(false);
        for (const { runId, why } of removed) log.info({ runId, why }, 'a run was removed');
        if (removed.length > 0) log.info({ runs: removed.length, freedBytes }, 'swept');
      } catch (error) {
        // The disk may be full of what was to be removed: the next sweep tries again.
        if (!(error instanceof RunnerError)) throw error;
        log.error({ code: error.code }, messageOf(error));
      }
    }
  }
}
