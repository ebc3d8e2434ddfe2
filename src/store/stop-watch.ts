import { ENOUGH, type Clock } from '../base/clock.ts';
import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { StopReason, type StopCause, type StopWatch } from '../runner/index.ts';

/**
 * Looks every `LIMITS.stopRequestPollMs` whether a stop was requested, until it was or the watch is
 * disposed; the first look is at once. Does not keep the process alive.
 */
export function watchForStop(clock: Clock, stopCause: () => StopCause | undefined): StopWatch {
  const found = new AbortController();
  const disposed = new AbortController();

  const look = (): boolean => {
    const cause = causeOrUnknown(stopCause);
    if (cause !== undefined) found.abort(new StopReason(cause));
    return cause !== undefined;
  };
  const watch = async (): Promise<void> => {
    while (!disposed.signal.aborted && !look())
      await clock.sleep(LIMITS.stopRequestPollMs, disposed.signal, 'background');
  };
  void watch();

  return {
    signal: found.signal,
    [Symbol.dispose]: () => {
      disposed.abort(ENOUGH);
    },
  };
}

/** A store that cannot be read now may be readable at the next look; the run's own events tell of one that is lost. */
function causeOrUnknown(stopCause: () => StopCause | undefined): StopCause | undefined {
  try {
    return stopCause();
  } catch (error) {
    if (error instanceof RunnerError) return undefined;
    throw error;
  }
}
