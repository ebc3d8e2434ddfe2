import type { Amounts, Pool, RunningRun } from './model.ts';

/** A run that holds its part of a pool. */
export interface HeldPart {
  readonly facts: RunningRun;
  readonly sinceMs: number;
  /** What it takes of its pool, of which the part that belongs to one place may change. */
  readonly takesOf: (pool: Pool) => Amounts;
}

/** What the runs that have begun hold, until they are let go. */
export class HeldParts {
  readonly #parts = new Map<string, HeldPart>();

  get facts(): readonly RunningRun[] {
    return [...this.#parts.values()].map(({ facts }) => facts);
  }

  add(part: HeldPart): void {
    this.#parts.set(part.facts.runId, part);
  }

  /** Undefined: it holds nothing. */
  take(runId: string): HeldPart | undefined {
    const part = this.#parts.get(runId);
    this.#parts.delete(runId);
    return part;
  }

  /** The pools are others now. All that runs goes on, also where it holds more than there is. */
  resize(pools: ReadonlyMap<string, Pool>): void {
    for (const part of this.#parts.values()) {
      const pool = pools.get(part.facts.pool);
      if (pool !== undefined)
        this.add({ ...part, facts: { ...part.facts, takes: part.takesOf(pool) } });
    }
  }
}
