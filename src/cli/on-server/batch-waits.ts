import type { Clock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import type { Why } from '../../client/index.ts';
import { isTerminal, type RunState } from '../../runner/index.ts';

/** A run of the batch that has not begun, as it stands in the line. */
export interface WaitingItem {
  readonly runId: string;
  readonly item: string;
  readonly index: number;
  readonly state: RunState;
}

interface WaitsContext {
  readonly clock: Clock;
  readonly ask: (runId: string) => Promise<Why>;
  readonly tell: (item: WaitingItem, why: Why) => void;
}

/**
 * What a batch of a server waits for while nothing of it runs: its stream tells states, and no reasons.
 * Asks of one run, once every `whyPollMs` and not before it has been quiet for as long.
 */
export class BatchWaits {
  readonly #items: Map<string, WaitingItem>;
  readonly #context: WaitsContext;
  #quietSinceMs: number;

  constructor(items: readonly WaitingItem[], context: WaitsContext) {
    this.#items = new Map(items.map((item) => [item.runId, item]));
    this.#context = context;
    this.#quietSinceMs = context.clock.monotonicMs();
  }

  /** A run came to a state. */
  onState(runId: string, state: RunState): void {
    const item = this.#items.get(runId);
    if (item === undefined || item.state === state) return;
    this.#items.set(runId, { ...item, state });
    this.#quietSinceMs = this.#context.clock.monotonicMs();
  }

  /** Asks and tells until `signal` fires. What cannot be asked now is asked the next time. */
  async follow(signal: AbortSignal): Promise<void> {
    const { clock, ask, tell } = this.#context;
    let dueMs = this.#quietSinceMs + LIMITS.whyPollMs;
    for (;;) {
      await clock.sleep(dueMs - clock.monotonicMs(), signal, 'background');
      if (signal.aborted) return;
      dueMs = Math.max(clock.monotonicMs(), this.#quietSinceMs) + LIMITS.whyPollMs;
      const item = this.#first();
      if (item === undefined || this.#isLively()) continue;
      const why = await ask(item.runId).catch(() => undefined);
      if (why !== undefined && this.#first() === item) tell(item, why);
    }
  }

  /** Something happened a moment ago, which may have ended the waiting. */
  #isLively(): boolean {
    return this.#context.clock.monotonicMs() - this.#quietSinceMs < LIMITS.whyPollMs;
  }

  /** The one that is nearest to its beginning; undefined while something runs. */
  #first(): WaitingItem | undefined {
    const items = [...this.#items.values()].filter(({ state }) => !isTerminal(state));
    if (items.some(({ state }) => state === 'RUNNING' || state === 'CANCELING')) return undefined;
    const begun = items.filter(({ state }) => state === 'INITIALIZING');
    return (begun.length > 0 ? begun : items).reduce<WaitingItem | undefined>(
      (first, item) => (first === undefined || item.index < first.index ? item : first),
      undefined,
    );
  }
}
