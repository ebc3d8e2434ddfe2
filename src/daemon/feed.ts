import { ENOUGH, type Clock } from '../base/clock.ts';

/** One who follows a topic. */
export interface Follower extends Disposable {
  /**
   * Resolves when something has changed since the last call (or since it began to follow), after `ms` at
   * the latest, and when its signal fires.
   */
  next(ms: number): Promise<void>;
}

/**
 * Wakes whoever follows something that this process changes. Carries no data: everything is in the store
 * before anybody is woken, and is read from there.
 */
export class Feed {
  readonly #topics = new Map<string, Set<Waker>>();
  readonly #due = new Set<string>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Something about it is new. Followers are woken once in a turn of the event loop, however often it is said. */
  changed(topic: string): void {
    if (!this.#topics.has(topic) || this.#due.has(topic)) return;
    this.#due.add(topic);
    // Behind the log's own turn, in which gathered output reaches its file.
    setImmediate(() => {
      setImmediate(() => {
        this.#due.delete(topic);
        for (const waker of this.#topics.get(topic) ?? []) waker.wake();
      });
    });
  }

  follow(topic: string, signal: AbortSignal): Follower {
    const waker = new Waker();
    const followers = this.#topics.get(topic) ?? new Set();
    followers.add(waker);
    this.#topics.set(topic, followers);
    return {
      next: (ms) => waker.next(ms, this.#clock, signal),
      [Symbol.dispose]: () => {
        followers.delete(waker);
        if (followers.size === 0 && this.#topics.get(topic) === followers)
          this.#topics.delete(topic);
      },
    };
  }
}

/** Remembers that it was woken until somebody asks. */
class Waker {
  #isNew = false;
  #sleep: AbortController | undefined;

  wake(): void {
    this.#isNew = true;
    this.#sleep?.abort(ENOUGH);
  }

  async next(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
    if (!this.#isNew && !signal.aborted) {
      const sleep = new AbortController();
      this.#sleep = sleep;
      const end = (): void => {
        sleep.abort(ENOUGH);
      };
      signal.addEventListener('abort', end, { once: true });
      await clock.sleep(ms, sleep.signal, 'background');
      signal.removeEventListener('abort', end);
      this.#sleep = undefined;
    }
    this.#isNew = false;
  }
}
