import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { Clock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';

export interface IdleMemoryPorts {
  readonly clock: Clock;
  readonly isBusy: () => boolean;
  readonly stopping: AbortSignal;
  /** Gives memory back; the process's own unless a test counts. */
  readonly collect?: () => Promise<unknown>;
}

/**
 * Gives back what work took, once a server has had none for a while. V8 collects when memory is asked of
 * it: one that stands by kept the hundred megabytes of its last thousand runs for ever.
 */
export class IdleMemory {
  readonly #ports: IdleMemoryPorts;
  #isWaiting = false;
  #hasWorked = false;

  constructor(ports: IdleMemoryPorts) {
    this.#ports = ports;
  }

  /** Something was done that takes memory. */
  worked(): void {
    this.#hasWorked = true;
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    void this.#collectWhenIdle();
  }

  async #collectWhenIdle(): Promise<void> {
    const { clock, isBusy, stopping, collect = collectGarbage } = this.#ports;
    while (this.#hasWorked || isBusy()) {
      this.#hasWorked = false;
      await clock.sleep(LIMITS.idleCollectMs, stopping, 'background');
      if (stopping.aborted) return;
    }
    this.#isWaiting = false;
    await collect();
  }
}

/** A tenth of a second in which nothing else is done; Node gives no other way to it. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: object) => Promise<void>;
  await gc({ type: 'major', execution: 'async', flavor: 'last-resort' });
}
