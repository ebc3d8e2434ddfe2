import type { Clock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import { isConnectionLoss } from './failures.ts';

/** One engine, as a connection to it shows whether it is there. */
export interface Presence {
  /** Asks, on a connection of its own, what any engine answers at once. Rejects with the loss when it is not there. */
  readonly isThere: () => Promise<unknown>;
  /** Resolves when a connection that was held open breaks, until `signal`. */
  readonly untilGone: (signal: AbortSignal) => Promise<void>;
}

/**
 * Bears with an engine that goes away and comes back: restarted, upgraded, its connection cut. One
 * for each container, whose requests share it: what one of them has given up, no other waits for.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #presence: Presence;
  readonly #awayMs: number;
  readonly #signal: AbortSignal | undefined;
  #brokenSinceMs: number | undefined;
  #losses = 0;
  #lastAwayMs: number | undefined;
  readonly #longAway = Promise.withResolvers<undefined>();
  /** Resolves when the engine has been away for `LIMITS.engineAwayToldMs`; pending for ever where it never was. */
  readonly longAway: Promise<undefined> = this.#longAway.promise;

  /** @param bounds how long the engine may be away, in ms; a signal that ends all patience */
  constructor(
    clock: Clock,
    presence: Presence,
    { awayMs, signal }: { readonly awayMs: number; readonly signal?: AbortSignal },
  ) {
    this.#clock = clock;
    this.#presence = presence;
    this.#awayMs = awayMs;
    this.#signal = signal;
  }

  /** When it was last seen to be away, by the clock that does not jump; undefined: it never was. */
  get lastAwayMs(): number | undefined {
    return this.#lastAwayMs;
  }

  /**
   * The answer to a request that may be asked again: once more whenever the connection breaks.
   * Throws what the engine answers, or the loss when it stays away.
   */
  async through<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    for (;;)
      try {
        return await ask();
      } catch (error) {
        await this.endure(error);
      }
  }

  /**
   * Resolves when the engine answers again after `error`. Throws `error` when that is no loss of the
   * connection, when the engine has been away for too long, or breaks off again and again.
   */
  async endure(error: unknown): Promise<void> {
    if (!isConnectionLoss(error)) throw error;
    this.#losses += 1;
    if (this.#losses > LIMITS.engineLossesMax) throw error;
    const sinceMs = (this.#brokenSinceMs ??= this.#clock.monotonicMs());
    for (;;) {
      this.#lastAwayMs = this.#clock.monotonicMs();
      const awayMs = this.#lastAwayMs - sinceMs;
      if (awayMs > this.#awayMs) throw error;
      if (awayMs > LIMITS.engineAwayToldMs) this.#longAway.resolve(undefined);
      await this.#clock.sleep(LIMITS.engineRetryMs, this.#signal);
      this.#signal?.throwIfAborted();
      if (await this.#answers()) break;
    }
    this.#lastAwayMs = this.#clock.monotonicMs();
    this.#brokenSinceMs = undefined;
  }

  /**
   * Whether the engine goes away within a while; if it does, it is borne with. Throws when it stays
   * away. One that stops takes no new connection, though it answers on the old ones to its last
   * moment; one that is back before it is asked again broke the connection that was held.
   */
  async goesAway(withinMs: number): Promise<boolean> {
    const before = this.#lastAwayMs;
    const endMs = this.#clock.monotonicMs() + withinMs;
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#signal ?? over.signal]);
    const gone = this.#presence.untilGone(signal).then(() => true);
    try {
      for (;;) {
        await this.through(this.#presence.isThere);
        if (this.#lastAwayMs !== before) return true;
        if (this.#clock.monotonicMs() >= endMs) return false;
        const later = this.#clock.sleep(LIMITS.engineRetryMs, signal).then(() => false);
        if (await Promise.race([gone, later])) this.#lastAwayMs = this.#clock.monotonicMs();
      }
    } finally {
      over.abort();
    }
  }

  async #answers(): Promise<boolean> {
    try {
      await this.#presence.isThere();
      return true;
    } catch (error) {
      // A refusal is an answer too.
      return !isConnectionLoss(error);
    }
  }
}
