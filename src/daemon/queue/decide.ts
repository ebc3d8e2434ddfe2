import { LIMITS } from '../../base/limits.ts';
import { laneKey } from './amounts.ts';
import { Counts } from './counts.ts';
import { Heap } from './heap.ts';
import { PoolLedger } from './ledger.ts';
import type { Decision, QueueFacts, Wait, WaitingRun } from './model.ts';

/**
 * Which runs begin now, and why each other one waits. Pure, total, and the same for any order of its
 * lists.
 *
 * Runs are looked at one by one: by priority, then fairly between those who submitted them, then in
 * the order in which they came. Fairly: next is a run of whoever holds the least of the pool now,
 * those chosen before counted as held; among equals of whoever has used the least of it lately. A run
 * that finds room begins. For one that finds none room is kept (`PoolLedger`), so that nothing which
 * comes after it delays it. Who is at a limit is passed over: a limit keeps no room.
 */
export function decideQueue(facts: QueueFacts): Decision {
  return new Pass(facts).decision();
}

/** The runs of one submitter for one pool, of one priority. */
interface Lane {
  readonly key: string;
  readonly ledger: PoolLedger;
  readonly runs: WaitingRun[];
  next: number;
  /** Of the pool: what its runs hold, and those looked at so far would. */
  share: number;
  readonly usage: number;
}

class Pass {
  readonly #facts: QueueFacts;
  readonly #ledgers: ReadonlyMap<string, PoolLedger>;
  readonly #counts: Counts;
  readonly #shares = new Map<string, number>();
  readonly #begin: string[] = [];
  readonly #waits = new Map<string, Wait>();
  readonly #expired: string[] = [];
  readonly #deadlines: { readonly runId: string; readonly atMs: number }[] = [];
  #wakeAtMs = Infinity;

  constructor(facts: QueueFacts) {
    this.#facts = facts;
    this.#ledgers = new Map(facts.pools.map((pool) => [pool.name, new PoolLedger(pool)]));
    this.#counts = new Counts(facts.limits);
    for (const run of facts.running) {
      this.#counts.add(run);
      const ledger = this.#ledgers.get(run.pool);
      if (ledger === undefined) continue;
      ledger.take(run.takes);
      const key = laneKey(run.pool, run.submitter);
      this.#shares.set(key, (this.#shares.get(key) ?? 0) + ledger.shareOf(run.takes));
    }
  }

  /** Why runs wait that found nothing left is found out when it is asked for: most of the time it is not. */
  decision(): Decision {
    const admissions = this.#admissions();
    admissions.next();
    const begins = new Set(this.#begin);
    const wakeAtMs = this.#deadlines
      .filter(({ runId }) => !begins.has(runId))
      .reduce((least, { atMs }) => Math.min(least, atMs), this.#wakeAtMs);
    const waits = (): ReadonlyMap<string, Wait> => {
      admissions.next();
      return this.#waits;
    };
    return {
      begin: this.#begin,
      get waits() {
        return waits();
      },
      expired: this.#expired,
      ...(wakeAtMs === Infinity ? {} : { wakeAtMs }),
    };
  }

  /** Looks at all runs; halts once, where it is certain that no other can begin. */
  *#admissions(): Generator<undefined, undefined> {
    const byPriority = this.#candidates();
    let hasHalted = false;
    for (const runs of byPriority) {
      const lanes = this.#lanesOf(runs);
      const heap = new Heap<Lane>(comesBefore);
      for (const lane of lanes) heap.push(lane);
      for (let lane = heap.pop(); lane !== undefined; lane = heap.pop()) {
        if (!hasHalted && this.#isFull()) {
          hasHalted = true;
          yield undefined;
        }
        this.#admitNext(lane);
        if (lane.next < lane.runs.length) heap.push(lane);
      }
      for (const { key, share } of lanes) this.#shares.set(key, share);
    }
    if (!hasHalted) yield undefined;
    return undefined;
  }

  #isFull(): boolean {
    if (this.#counts.isFull) return true;
    for (const ledger of this.#ledgers.values()) if (!ledger.isFull) return false;
    return true;
  }

  /** Runs that could begin as far as they themselves go: a list for each priority, highest first. */
  #candidates(): Iterable<readonly WaitingRun[]> {
    const { waiting, nowMs } = this.#facts;
    const byPriority = new Map<number, WaitingRun[]>();
    for (const run of [...waiting].sort(byOrder)) {
      const { deadlineMs, priority } = run;
      if (deadlineMs !== undefined && deadlineMs <= nowMs) {
        this.#expired.push(run.runId);
        continue;
      }
      if (deadlineMs !== undefined) this.#deadlines.push({ runId: run.runId, atMs: deadlineMs });
      const wait = this.#ownReason(run);
      if (wait !== undefined) {
        this.#waits.set(run.runId, wait);
        continue;
      }
      this.#ledgers.get(run.pool)?.expect(run.takes);
      const runs = byPriority.get(priority);
      if (runs === undefined) byPriority.set(priority, [run]);
      else runs.push(run);
    }
    return [...byPriority].sort(([one], [other]) => other - one).map(([, runs]) => runs);
  }

  /** The next run of a lane that has its turn: those at a limit are passed over. */
  #admitNext(lane: Lane): void {
    for (let run = lane.runs[lane.next]; run !== undefined; run = lane.runs[lane.next]) {
      lane.next += 1;
      if (!this.#admit(run, lane)) continue;
      lane.share += lane.ledger.shareOf(run.takes);
      return;
    }
  }

  /** Whether the run had its turn: it begins, or waits for room. */
  #admit(run: WaitingRun, { ledger }: Lane): boolean {
    const atLimit = this.#counts.limitReached(run);
    const wait = atLimit ?? ledger.admit(run);
    if (wait === undefined) {
      this.#counts.add(run);
      this.#begin.push(run.runId);
    } else this.#waits.set(run.runId, wait);
    return atLimit === undefined;
  }

  /** Why a run cannot begin whatever the others do. */
  #ownReason(run: WaitingRun): Wait | undefined {
    const { takes, held, notBefore, unready } = run;
    const { nowMs, closed } = this.#facts;
    const ledger = this.#ledgers.get(run.pool);
    if (ledger === undefined) return { code: 'queue-no-pool', name: run.pool };
    const short = ledger.shortForGood(takes);
    const { pool, capacity } = ledger;
    if (short.length > 0) return { code: 'queue-too-big', pool, capacity, takes, short };
    if (held !== undefined) return { code: 'queue-held', hold: held };
    if (notBefore !== undefined && waitsUntil(notBefore, nowMs)) {
      this.#wakeAtMs = Math.min(this.#wakeAtMs, notBefore.atMs);
      const code = notBefore.why === 'retry' ? 'retry' : 'queue-not-before';
      return { code, atMs: notBefore.atMs };
    }
    if (closed !== undefined) return { code: 'queue-closed', why: closed };
    return unready;
  }

  #lanesOf(runs: readonly WaitingRun[]): readonly Lane[] {
    const lanes: Lane[] = [];
    const byPool = new Map<string, Map<string, Lane>>();
    for (const run of runs) {
      const ofPool = byPool.get(run.pool) ?? new Map<string, Lane>();
      if (ofPool.size === 0) byPool.set(run.pool, ofPool);
      const lane = ofPool.get(run.submitter) ?? this.#newLane(run);
      lane.runs.push(run);
      if (lane.runs.length > 1) continue;
      ofPool.set(run.submitter, lane);
      lanes.push(lane);
    }
    return lanes;
  }

  #newLane({ pool, submitter }: WaitingRun): Lane {
    const key = laneKey(pool, submitter);
    const ledger = this.#ledgers.get(pool);
    if (ledger === undefined)
      throw new TypeError(`a run for ${pool}, which is not there, was let in`);
    return {
      ...{ key, ledger, runs: [], next: 0 },
      share: this.#shares.get(key) ?? 0,
      usage: this.#facts.usage?.get(key) ?? 0,
    };
  }
}

/** No pause before another attempt is longer than a limit: a clock that was set back must not prolong one. */
const waitsUntil = ({ atMs, why }: NonNullable<WaitingRun['notBefore']>, nowMs: number): boolean =>
  atMs > nowMs && (why === 'asked' || atMs - nowMs <= LIMITS.retryBackoffMsMax);

const byOrder = (one: WaitingRun, other: WaitingRun): number => one.order - other.order;

function comesBefore(one: Lane, other: Lane): boolean {
  if (one.share !== other.share) return one.share < other.share;
  if (one.usage !== other.usage) return one.usage < other.usage;
  return (one.runs[one.next]?.order ?? Infinity) < (other.runs[other.next]?.order ?? Infinity);
}
