import type { PreparedRun } from '../../runner/index.ts';

export interface DispatcherPorts {
  /** Runs it to its end; never rejects. */
  readonly execute: (run: PreparedRun) => Promise<void>;
  /** Runs at a time. */
  readonly slots: number;
  /** How many run now. */
  readonly running: () => number;
}

/** Begins waiting runs when there is room, the oldest of the highest priority first. */
export class Dispatcher {
  readonly #ports: DispatcherPorts;
  readonly #waiting = new Map<string, PreparedRun>();
  #stopped = false;

  constructor(ports: DispatcherPorts) {
    this.#ports = ports;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  add(run: PreparedRun): void {
    this.#waiting.set(run.runId, run);
    this.look();
  }

  /** Takes a run out of the queue; undefined: it does not wait here. */
  take(runId: string): PreparedRun | undefined {
    const run = this.#waiting.get(runId);
    this.#waiting.delete(runId);
    return run;
  }

  /** Begins nothing any more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Begins what may begin now. */
  look(): void {
    while (!this.#stopped && this.#ports.running() < this.#ports.slots) {
      const [next] = [...this.#waiting.values()].sort(byPriority);
      if (next === undefined) return;
      this.#waiting.delete(next.runId);
      void this.#ports.execute(next).then(() => {
        this.look();
      });
    }
  }
}

const byPriority = (one: PreparedRun, other: PreparedRun): number =>
  (other.created.queue?.priority ?? 0) - (one.created.queue?.priority ?? 0);
