/** The only way this program reads the time or waits. Tests hand in a clock they move themselves. */
export interface Clock {
  /** The wall clock, for what is shown and recorded. */
  now(): Date;
  /** Milliseconds from an arbitrary start, never going back: for durations. */
  monotonicMs(): number;
  /**
   * Resolves after `ms`, or at once (without throwing) when `signal` fires. A wait in the
   * background does not keep the process alive: it may never resolve.
   */
  sleep(ms: number, signal?: AbortSignal, where?: 'background'): Promise<void>;
  /** A signal that fires after `ms` with the reason given. Dispose it to let the process end. */
  deadline(ms: number, reason: () => Error): Deadline;
}

/** A pending deadline; disposing it means it will never fire. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal, where) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      if (where === 'background') timer.unref();
      signal?.addEventListener('abort', done, { once: true });
    }),
  deadline: (ms, reason) => {
    const controller = new AbortController();
    // Timers are 32-bit: a longer deadline would fire at once.
    const timer = setTimeout(
      () => {
        controller.abort(reason());
      },
      Math.min(ms, 2_147_483_647),
    );
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => {
        clearTimeout(timer);
      },
    };
  },
};

/** Milliseconds since the epoch of an RFC 3339 time. */
export const epochMs = (at: string): number => Date.parse(at);

/** The time that many milliseconds after the epoch. */
export const dateAt = (ms: number): Date => new Date(ms);
