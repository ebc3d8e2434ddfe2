import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';

/** What a server needs to do its work: resolves when it is there, rejects saying what is missing. */
export type Need = () => Promise<void>;

export interface NeedResult {
  readonly ok: boolean;
  /** Why not. */
  readonly problem?: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, NeedResult>>;
}

/**
 * Whether a server can do its work now. Asked again only after `LIMITS.healthKeepMs`: whoever asks
 * often does not become the load he looks for. A need that does not answer within
 * `LIMITS.healthAnswerMs` is not there.
 */
export class Health {
  readonly #needs: Readonly<Record<string, Need>>;
  readonly #clock: Clock;
  #asked: { readonly atMs: number; readonly answer: Promise<Readiness> } | undefined;

  constructor(needs: Readonly<Record<string, Need>>, clock: Clock) {
    this.#needs = needs;
    this.#clock = clock;
  }

  readiness(): Promise<Readiness> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#asked === undefined || nowMs - this.#asked.atMs >= LIMITS.healthKeepMs)
      this.#asked = { atMs: nowMs, answer: this.#ask() };
    return this.#asked.answer;
  }

  async #ask(): Promise<Readiness> {
    const results = await Promise.all(
      Object.entries(this.#needs).map(
        async ([name, need]) => [name, await this.#look(need)] as const,
      ),
    );
    return { ready: results.every(([, { ok }]) => ok), checks: Object.fromEntries(results) };
  }

  async #look(need: Need): Promise<NeedResult> {
    using deadline = this.#clock.deadline(
      LIMITS.healthAnswerMs,
      () => new Error(`it did not answer within ${LIMITS.healthAnswerMs / 1_000} s`),
    );
    const { signal } = deadline;
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });
    try {
      await Promise.race([need(), late]);
      return { ok: true };
    } catch (error) {
      return { ok: false, problem: messageOf(error) };
    }
  }
}
