import type { Clock, Deadline } from '../base/clock.ts';
import { StopReason, type StopCause } from './outcome.ts';
import type { RunJournal, StopWatch } from './ports.ts';

/** What the caller can say to stop a run: first kindly, then at once. */
export interface StopSignals {
  /** Fires with a `StopReason`: SIGTERM, grace, SIGKILL. */
  readonly stop: AbortSignal;
  /** Fires when the caller will not wait for the grace. */
  readonly kill: AbortSignal;
}

/**
 * Everything that can stop one run, joined: the caller, another process, the time limit. The first
 * to fire is the cause, for good.
 */
export class Stops implements Disposable {
  readonly kill: AbortSignal;
  readonly #clock: Clock;
  readonly #watch: StopWatch;
  readonly #timeUp = new AbortController();
  #deadline: Deadline | undefined;
  readonly signal: AbortSignal;

  constructor(
    runId: string,
    ports: { readonly clock: Clock; readonly journal: RunJournal },
    signals: StopSignals,
  ) {
    this.#clock = ports.clock;
    this.#watch = ports.journal.watchStop(runId);
    this.kill = signals.kill;
    this.signal = AbortSignal.any([signals.stop, this.#watch.signal, this.#timeUp.signal]);
  }

  /** The time limit counts from here: the app's own time, not the pull's. */
  startTimer(limitMs: number): void {
    this.stopTimer();
    const deadline = this.#clock.deadline(limitMs, () => new StopReason('time-limit'));
    this.#deadline = deadline;
    deadline.signal.addEventListener(
      'abort',
      () => {
        this.#timeUp.abort(deadline.signal.reason);
      },
      { once: true },
    );
  }

  /** The app has ended: what comes until the next attempt is not its time. */
  stopTimer(): void {
    this.#deadline?.[Symbol.dispose]();
    this.#deadline = undefined;
  }

  /** The first cause, or undefined while nothing has asked to stop. Throws on an abort without a reason: our bug. */
  get cause(): StopCause | undefined {
    if (!this.signal.aborted) return undefined;
    const reason: unknown = this.signal.reason;
    if (reason instanceof StopReason) return reason.stopCause;
    throw new TypeError('a run was stopped without a StopReason', { cause: reason });
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    this.#deadline?.[Symbol.dispose]();
  }
}

/** Resolves to `stopped` when the signal fires; never rejects. */
export const stopped = (signal: AbortSignal): Promise<'stopped'> =>
  new Promise((resolve) => {
    const done = (): void => {
      resolve('stopped');
    };
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
