import type { Clock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import { isConnectionLoss } from './failures.ts';

/**
 * Bears with an engine that goes away and comes back: restarted, upgraded, its connection cut. One
 * for each container, whose requests share it: what one of them has given up, no other waits for.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #isThere: () => Promise<unknown>;
  readonly #signal: AbortSignal | undefined;
  #brokenSinceMs: number | undefined;
  #losses = 0;
  #lastAwayMs: number | undefined;

  /** `isThere` asks the engine something that any engine answers at once; `signal` ends all patience. */
  constructor(clock: Clock, isThere: () => Promise<unknown>, signal?: AbortSignal) {
    this.#clock = clock;
    this.#isThere = isThere;
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
   * connection, when the engine has been away for `LIMITS.engineLostMs`, or breaks off again and again.
   */
  async endure(error: unknown): Promise<void> {
    if (!isConnectionLoss(error)) throw error;
    this.#losses += 1;
    if (this.#losses > LIMITS.engineLossesMax) throw error;
    const sinceMs = (this.#brokenSinceMs ??= this.#clock.monotonicMs());
    for (;;) {
      this.#lastAwayMs = this.#clock.monotonicMs();
      if (this.#lastAwayMs - sinceMs > LIMITS.engineLostMs) throw error;
      await this.#clock.sleep(LIMITS.engineRetryMs, this.#signal);
      this.#signal?.throwIfAborted();
      if (await this.#answers()) break;
    }
    this.#lastAwayMs = this.#clock.monotonicMs();
    this.#brokenSinceMs = undefined;
  }

  /** Whether the engine goes away within a while; if it does, it is borne with. Throws when it stays away. */
  async goesAway(withinMs: number): Promise<boolean> {
    const endMs = this.#clock.monotonicMs() + withinMs;
    const before = this.#lastAwayMs;
    while (this.#lastAwayMs === before && this.#clock.monotonicMs() < endMs) {
      await this.#clock.sleep(LIMITS.engineRetryMs, this.#signal);
      await this.through(this.#isThere);
    }
    return this.#lastAwayMs !== before;
  }

  async #answers(): Promise<boolean> {
    try {
      await this.#isThere();
      return true;
    } catch (error) {
      // A refusal is an answer too.
      return !isConnectionLoss(error);
    }
  }
}
