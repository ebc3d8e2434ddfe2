import { StopReason, type StopSignals } from '../runner/index.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

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
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    stop: stop.signal,
    kill: kill.signal,
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}

/** Signals, one after the other. Dispose to stop listening. */
export interface Signals extends Disposable {
  /** Resolves with the next signal that has not been given yet. */
  next(): Promise<NodeJS.Signals>;
}

export function listenForSignals(signals: readonly NodeJS.Signals[]): Signals {
  const came: NodeJS.Signals[] = [];
  const waiting: ((signal: NodeJS.Signals) => void)[] = [];
  const onSignal = (signal: NodeJS.Signals): void => {
    const waiter = waiting.shift();
    if (waiter === undefined) came.push(signal);
    else waiter(signal);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return {
    next: () =>
      new Promise((resolve) => {
        const signal = came.shift();
        if (signal === undefined) waiting.push(resolve);
        else resolve(signal);
      }),
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
