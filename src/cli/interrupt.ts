import { StopReason, type StopSignals } from '../runner/index.ts';

/** Ctrl-C as two signals: the first asks kindly, the second ends at once. Dispose to stop listening. */
export interface Interrupts extends StopSignals, Disposable {}

/**
 * Listens to SIGINT, SIGTERM and SIGHUP. `onFirst` and `onSecond` are told after the signal has
 * been passed on.
 */
export function listenForInterrupts(onFirst: () => void, onSecond: () => void): Interrupts {
  const stop = new AbortController();
  const kill = new AbortController();
  const onSignal = (): void => {
    if (!stop.signal.aborted) {
      stop.abort(new StopReason('user'));
      onFirst();
    } else if (!kill.signal.aborted) {
      kill.abort();
      onSecond();
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    stop: stop.signal,
    kill: kill.signal,
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
