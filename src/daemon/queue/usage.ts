import { capacityOf, laneKey, shareOf } from './amounts.ts';
import type { Pool, RunningRun } from './model.ts';

/**
 * What each submitter has used of each pool lately: the share of the pool times the seconds it was
 * held, halved with every half-life. It decides between submitters who hold equally much now; on a
 * machine with one slot that is every time.
 */
export class FairUsage {
  readonly #halfLifeMs: number;
  readonly #lanes = new Map<string, { amount: number; atMs: number }>();

  constructor(halfLifeMs: number) {
    this.#halfLifeMs = halfLifeMs;
  }

  /** Counts a run that held its part of the pool from one time to another, in ms on one clock. */
  add(
    run: Pick<RunningRun, 'submitter' | 'takes'>,
    pool: Pool,
    fromMs: number,
    toMs: number,
  ): void {
    const share = shareOf(run.takes, capacityOf(pool));
    const key = laneKey(pool.name, run.submitter);
    const amount = share * (Math.max(0, toMs - fromMs) / 1_000);
    this.#lanes.set(key, { amount: this.#amountAt(key, toMs) + amount, atMs: toMs });
  }

  /** By lane, whole numbers. Forgets what no longer counts. */
  at(nowMs: number): ReadonlyMap<string, number> {
    const usage = new Map<string, number>();
    for (const key of this.#lanes.keys()) {
      const amount = Math.round(this.#amountAt(key, nowMs));
      if (amount === 0) this.#lanes.delete(key);
      else usage.set(key, amount);
    }
    return usage;
  }

  #amountAt(key: string, nowMs: number): number {
    const lane = this.#lanes.get(key);
    if (lane === undefined) return 0;
    return lane.amount * 2 ** -(Math.max(0, nowMs - lane.atMs) / this.#halfLifeMs);
  }
}
