/** One call to the outside that several callers wait for. */
interface Flight<Answer, Progress> {
  readonly answer: Promise<Answer>;
  readonly listeners: Set<(progress: Progress) => void>;
  readonly abort: AbortController;
}

/**
 * Makes concurrent calls for one key share one call. Each caller may leave by its own signal; the
 * call itself is given up when the last has left.
 */
export class SingleFlight<Answer, Progress> {
  readonly #flights = new Map<string, Flight<Answer, Progress>>();

  /** Joins the call for `key`, or begins it. Throws what the call throws, or the signal's reason. */
  async join(
    key: string,
    begin: (report: (progress: Progress) => void, signal: AbortSignal) => Promise<Answer>,
    caller: { signal: AbortSignal; onProgress: ((progress: Progress) => void) | undefined },
  ): Promise<Answer> {
    caller.signal.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#begin(key, begin);
    const listener = (progress: Progress): void => caller.onProgress?.(progress);
    flight.listeners.add(listener);
    const leave = Promise.withResolvers<never>();
    const onAbort = (): void => {
      leave.reject(caller.signal.reason as Error);
    };
    caller.signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([flight.answer, leave.promise]);
    } finally {
      caller.signal.removeEventListener('abort', onAbort);
      flight.listeners.delete(listener);
      if (flight.listeners.size === 0) {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
        flight.abort.abort();
      }
    }
  }

  #begin(
    key: string,
    begin: (report: (progress: Progress) => void, signal: AbortSignal) => Promise<Answer>,
  ): Flight<Answer, Progress> {
    const listeners = new Set<(progress: Progress) => void>();
    const abort = new AbortController();
    const report = (progress: Progress): void => {
      for (const listener of listeners) listener(progress);
    };
    const answer = begin(report, abort.signal);
    // When every caller has left, nobody is there to hear of it.
    answer.catch(() => undefined);
    const flight = { answer, listeners, abort };
    this.#flights.set(key, flight);
    return flight;
  }
}
