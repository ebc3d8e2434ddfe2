import { LIMITS } from './limits.ts';

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

/**
 * Why a wait is ended early, for whom nobody asks: `abort(ENOUGH)`. Without a reason Node makes an error
 * with its stack, which costs more than the wait did.
 */
export const ENOUGH = 'enough';

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
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = startTimer(ms, done, where);
      signal?.addEventListener('abort', done, { once: true });
    }),
  deadline: (ms, reason) => {
    const controller = new AbortController();
    const cancel = startTimer(ms, () => {
      controller.abort(reason());
    });
    return { signal: controller.signal, [Symbol.dispose]: cancel };
  },
};

/** Waits however long, in pieces that a timer can count; what is returned ends the waiting. */
function startTimer(ms: number, done: () => void, where?: 'background'): () => void {
  let timer: NodeJS.Timeout;
  const wait = (leftMs: number): void => {
    const pieceMs = Math.min(leftMs, LIMITS.timerMsMax);
    const next = (): void => {
      if (leftMs > pieceMs) wait(leftMs - pieceMs);
      else done();
    };
    timer = setTimeout(next, pieceMs);
    if (where === 'background') timer.unref();
  };
  wait(ms);
  return () => {
    clearTimeout(timer);
  };
}

/** Milliseconds since the epoch of an RFC 3339 time. */
export const epochMs = (at: string): number => Date.parse(at);

/** The time that many milliseconds after the epoch. */
export const dateAt = (ms: number): Date => new Date(ms);
