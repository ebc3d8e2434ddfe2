import type { Clock, Deadline } from '../../src/base/clock.ts';

interface Sleeper {
  readonly untilMs: number;
  readonly order: number;
  readonly wake: () => void;
}

const IDLE_TURNS_MAX = 100_000;

/** Time that passes only when everybody waits, and then at once: hours in milliseconds. */
export class SimulatedClock implements Clock {
  #ms = Date.parse('2026-03-01T10:00:00.000Z');
  #order = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): Date {
    return new Date(this.#ms);
  }

  monotonicMs(): number {
    return this.#ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper: Sleeper = {
        untilMs: this.#ms + Math.max(0, ms),
        order: (this.#order += 1),
        wake,
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', wake);
    });
  }

  deadline(ms: number, reason: () => Error): Deadline {
    const controller = new AbortController();
    const disposed = new AbortController();
    void this.sleep(ms, disposed.signal).then(() => {
      if (!disposed.signal.aborted) controller.abort(reason());
    });
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => {
        disposed.abort();
      },
    };
  }

  /** Lets time pass until the work is done. Throws when it is not after `limitMs`, or when nobody waits for time any more. */
  async run<Result>(work: Promise<Result>, limitMs: number): Promise<Result> {
    const endMs = this.#ms + limitMs;
    const settled = new AbortController();
    const done = (): void => {
      settled.abort();
    };
    work.then(done, done);
    for (let idle = 0; ;) {
      // Everything that can go on without time goes on first.
      await new Promise(setImmediate);
      if (settled.signal.aborted) return work;
      const next = [...this.#sleepers].sort(
        (a, b) => a.untilMs - b.untilMs || a.order - b.order,
      )[0];
      if (next === undefined) {
        // A real file is being looked for, perhaps.
        if ((idle += 1) > IDLE_TURNS_MAX) throw new Error('nothing is left to wait for');
        continue;
      }
      if (next.untilMs > endMs) throw new Error(`the work is not done after ${limitMs / 1000} s`);
      this.#ms = Math.max(this.#ms, next.untilMs);
      next.wake();
    }
  }
}
