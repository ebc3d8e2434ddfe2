import { capacityOf, minus, shareOf, shortOf } from './amounts.ts';
import type { Amounts, Dimension, Pool, PoolState, Wait, WaitingRun } from './model.ts';

const NOBODY: Amounts = { cpus: Infinity, memory: Infinity, gpus: Infinity, slots: Infinity };

/**
 * What one pool has left while a decision is made, run by run in their order. A run that finds too
 * little has room kept for it: what comes later takes only what that run will not need. Room is kept
 * for the first run that is short of each thing, not for all: ten runs that wait for the one GPU
 * would else keep ten times the memory that one of them needs.
 */
export class PoolLedger implements PoolState {
  readonly pool: Pool;
  readonly capacity: Amounts;
  readonly keptFor: { readonly runId: string; readonly takes: Amounts }[] = [];
  free: Amounts;
  /** What is free and kept for nobody. */
  #open: Amounts;
  /** Of everything the least that any expected run takes. */
  #least: Amounts = NOBODY;
  readonly #claimed = new Set<Dimension>();
  #priority: number | undefined;
  #aheadSame = 0;
  #aheadHigher = 0;

  constructor(pool: Pool) {
    this.pool = pool;
    this.capacity = capacityOf(pool);
    this.free = this.capacity;
    this.#open = this.capacity;
  }

  /** What of it a run would have too little of even with nobody else here. */
  shortForGood(takes: Amounts): readonly Dimension[] {
    return shortOf(takes, this.capacity);
  }

  shareOf(takes: Amounts): number {
    return shareOf(takes, this.capacity);
  }

  /** A run with these needs will be looked at. */
  expect({ cpus, memory, gpus, slots }: Amounts): void {
    const least = this.#least;
    this.#least = {
      cpus: Math.min(least.cpus, cpus),
      memory: Math.min(least.memory, memory),
      gpus: Math.min(least.gpus, gpus),
      slots: Math.min(least.slots, slots),
    };
  }

  /** Whether none of those that were expected can begin any more. */
  get isFull(): boolean {
    return shortOf(this.#least, this.#open).length > 0;
  }

  take(takes: Amounts): void {
    this.free = minus(this.free, takes);
    this.#open = minus(this.#open, takes);
  }

  /** Takes what a run needs, or keeps room for it where that is due and says what it waits for. */
  admit({ runId, priority, takes }: WaitingRun): Wait | undefined {
    const short = shortOf(takes, this.#open);
    if (short.length === 0) {
      this.take(takes);
      return undefined;
    }
    if (priority !== this.#priority) {
      this.#aheadHigher += this.#aheadSame;
      this.#aheadSame = 0;
      this.#priority = priority;
    }
    const wait: Wait = {
      code: 'queue-room',
      state: this,
      takes,
      short,
      aheadSame: this.#aheadSame,
      aheadHigher: this.#aheadHigher,
    };
    this.#aheadSame += 1;
    if (short.some((dimension) => !this.#claimed.has(dimension)))
      this.#keepRoom(runId, takes, short);
    return wait;
  }

  #keepRoom(runId: string, takes: Amounts, short: readonly Dimension[]): void {
    this.#open = minus(this.#open, takes);
    this.keptFor.push({ runId, takes });
    for (const dimension of short) this.#claimed.add(dimension);
  }
}
