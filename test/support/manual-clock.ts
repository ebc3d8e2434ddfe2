import type { Clock, Deadline } from '../../src/base/clock.ts';

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #ms: number;
  #sleepers: Sleeper[] = [];
  #onSleep: (() => void)[] = [];

  constructor(start = '2026-03-01T10:00:00.000Z') {
    this.#ms = Date.parse(start);
  }

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
      const sleeper: Sleeper = { untilMs: this.#ms + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        resolve();
      });
      for (const told of this.#onSleep.splice(0)) told();
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

  /** Moves the time on, and wakes whom that concerns. */
  advance(ms: number): void {
    this.#ms += ms;
    const due = this.#sleepers.filter(({ untilMs }) => untilMs <= this.#ms);
    this.#sleepers = this.#sleepers.filter(({ untilMs }) => untilMs > this.#ms);
    for (const { wake } of due) wake();
  }

  /** Resolves once somebody waits for this clock. */
  async untilAsleep(): Promise<void> {
    if (this.#sleepers.length > 0) return;
    await new Promise<void>((resolve) => this.#onSleep.push(resolve));
  }
}
