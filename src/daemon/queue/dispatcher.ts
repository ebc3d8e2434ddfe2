import { ENOUGH } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import type { WaitReason } from '../../container/index.ts';
import {
  isTerminal,
  type NextAttempt,
  type PreparedRun,
  type QueuePlace,
  type RunRecord,
} from '../../runner/index.ts';
import { HeldParts, type HeldPart } from './held-parts.ts';
import { decideQueue } from './decide.ts';
import type { DispatcherPorts } from './dispatcher-ports.ts';
import {
  batchShare,
  pauseMs,
  placeOf,
  readyFacts,
  waitingFacts,
  type QueueEntry,
} from './entry.ts';
import {
  isUnready,
  type Amounts,
  type Decision,
  type Pool,
  type QueueLimits,
  type RunningRun,
  type Wait,
} from './model.ts';
import { assertFits, takesOfRun } from './needs.ts';
import { poolFor } from './pools.ts';
import { Readinesses } from './readiness.ts';
import { reasonOf, sentenceOf } from './sentences.ts';
import { FairUsage } from './usage.ts';

/**
 * A server's queue: keeps what waits and what runs, and begins what `decideQueue` says whenever something
 * changed: a run came, ended or was changed, an image or an engine is there, a time has come.
 */
export class Dispatcher {
  readonly #ports: DispatcherPorts;
  #pools: ReadonlyMap<string, Pool>;
  #limits: QueueLimits;
  readonly #waiting = new Map<string, QueueEntry>();
  readonly #running = new HeldParts();
  readonly #usage = new FairUsage(LIMITS.fairShareHalfLifeMs);
  readonly #readinesses: Readinesses;
  #orders = 0;
  #decision: Decision | undefined;
  #isDue = false;
  #closed: string | undefined = 'the server is starting';
  #timer = new AbortController();

  constructor(ports: DispatcherPorts) {
    this.#ports = ports;
    this.#pools = byName(ports.pools);
    this.#limits = ports.limits;
    this.#readinesses = new Readinesses({
      ...ports,
      onChange: () => {
        this.look();
      },
    });
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** There is more or less to share now. What runs keeps its part, also where that is more than there is. */
  resize(pools: readonly Pool[], limits: QueueLimits): void {
    this.#pools = byName(pools);
    this.#limits = limits;
    for (const [runId, entry] of this.#waiting) {
      const { run, place, retry, facts } = entry;
      const pool = poolFor(run.created, this.#pools);
      const resized = waitingFacts(run, place, { order: facts.order, pool, retry });
      this.#waiting.set(runId, { ...entry, facts: resized });
    }
    this.#running.resize(this.#pools);
    this.look();
  }

  /** Throws `does-not-fit` for a run that could never begin here. */
  assertFits({ created, descriptor }: Pick<PreparedRun, 'created' | 'descriptor'>): void {
    const pool = poolFor(created, this.#pools);
    assertFits(takesOfRun(created.options, descriptor.suggestedResources, pool), pool);
  }

  /** A run that is to begin, behind all that came before; or again, for the attempt to come. */
  add(run: PreparedRun, retry?: NextAttempt): void {
    this.#put(run, placeOf(run), retry, this.#orders++);
  }

  /** A run that a dead process had begun is followed to its end, and holds what it takes. */
  adopt(record: RunRecord): void {
    const { runId } = record;
    const pool = poolFor(record, this.#pools);
    const takesOf = (from: Pool): Amounts =>
      takesOfRun(record.options, {}, from, record.retry?.memoryBytes);
    const { batch, app } = record;
    const facts: RunningRun = {
      ...{ runId, submitter: record.queue?.submitter ?? record.user, app: app.name },
      ...{ pool: pool.name, takes: takesOf(pool) },
      ...batchShare(batch, record.queue ?? {}),
    };
    const attempt = this.#ports.adopt(runId);
    this.#follow({ facts, takesOf }, this.#orders++, attempt, this.#ports.prepareAgain);
  }

  /** Takes a run out of the queue; undefined: it does not wait here. */
  take(runId: string): PreparedRun | undefined {
    const entry = this.#leave(runId);
    if (entry !== undefined) this.look();
    return entry?.run;
  }

  /** Whether it waits here. */
  has(runId: string): boolean {
    return this.#waiting.has(runId);
  }

  /** A waiting run's place has changed. */
  setPlace(runId: string, place: QueuePlace): void {
    const entry = this.#waiting.get(runId);
    if (entry !== undefined) this.#put(entry.run, place, entry.retry, entry.facts.order);
  }

  /** Why a run waits here; undefined: it does not, or is about to begin. */
  waitOf(runId: string): WaitReason | undefined {
    if (this.#isDue || this.#decision === undefined) this.#decide();
    const entry = this.#waiting.get(runId);
    const wait = entry && this.#decision?.waits.get(runId);
    if (wait === undefined) return undefined;
    // How far a pull is, is no reason to decide anew.
    return reasonOf((isUnready(wait) ? entry?.readiness?.look() : undefined) ?? wait);
  }

  /** All that another process left is here: begins what may begin. */
  open(): void {
    this.#closed = undefined;
    this.look();
  }

  /** Begins nothing any more. */
  stop(): void {
    this.#closed = 'the server is stopping';
    this.#timer.abort(ENOUGH);
  }

  /** Something has changed. Decides once in a turn of the event loop, however often it is said. */
  look(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      if (this.#isDue) this.#decide();
    });
  }

  #put(run: PreparedRun, place: QueuePlace, retry: NextAttempt | undefined, order: number): void {
    const pool = poolFor(run.created, this.#pools);
    const before = this.#waiting.get(run.runId);
    this.#waiting.set(run.runId, {
      ...{ run, place, facts: waitingFacts(run, place, { order, pool, retry }) },
      ...(retry === undefined ? {} : { retry }),
      ...(place.held === undefined
        ? { readiness: this.#readinesses.of(run, pauseMs(retry, this.#ports.clock)) }
        : {}),
    });
    before?.readiness?.release?.();
    this.look();
  }

  #leave(runId: string): QueueEntry | undefined {
    const entry = this.#waiting.get(runId);
    this.#waiting.delete(runId);
    entry?.readiness?.release?.();
    return entry;
  }

  #decide(): void {
    this.#isDue = false;
    this.#failUnready();
    const nowMs = this.#ports.clock.now().getTime();
    const decision = decideQueue({
      nowMs,
      waiting: [...this.#waiting.values()].map(readyFacts),
      running: this.#running.facts,
      pools: [...this.#pools.values()],
      limits: this.#limits,
      usage: this.#usage.at(nowMs),
      ...(this.#closed === undefined ? {} : { closed: this.#closed }),
    });
    const before = this.#decision;
    this.#decision = decision;
    if (this.#closed !== undefined) return;
    for (const runId of decision.expired) this.#expire(runId, before?.waits.get(runId));
    for (const runId of decision.begin) this.#begin(runId);
    this.#wakeAt(decision.wakeAtMs, nowMs);
  }

  /** Runs whose attempt has failed while they waited hold no place in the queue for it. */
  #failUnready(): void {
    if (this.#closed !== undefined) return;
    for (const { run, facts, readiness } of this.#waiting.values()) {
      const failure = readiness?.failed?.();
      if (failure === undefined) continue;
      this.#leave(run.runId);
      const failed = this.#ports.fail(run.runId, failure);
      this.#waitAgain(run.runId, facts.order, failed, () => Promise.resolve(run));
    }
  }

  #begin(runId: string): void {
    const entry = this.#leave(runId);
    if (entry === undefined) return;
    const { run, facts, place, retry } = entry;
    const takesOf = (pool: Pool): Amounts =>
      waitingFacts(run, place, { order: facts.order, pool, retry }).takes;
    const attempt = this.#ports.execute(run);
    this.#follow({ facts, takesOf }, facts.order, attempt, () => Promise.resolve(run));
  }

  /** Holds a run's part until its attempt has ended; another attempt waits in the queue, in its old place. */
  #follow(
    part: Pick<HeldPart, 'facts' | 'takesOf'>,
    order: number,
    attempt: Promise<RunRecord | undefined>,
    again: (record: RunRecord) => Promise<PreparedRun | undefined>,
  ): void {
    this.#running.add({ ...part, sinceMs: this.#ports.clock.now().getTime() });
    this.#waitAgain(part.facts.runId, order, attempt, again);
  }

  /** Lets a run go when its attempt has ended; back into the queue, where another one comes. */
  #waitAgain(
    runId: string,
    order: number,
    attempt: Promise<RunRecord | undefined>,
    again: (record: RunRecord) => Promise<PreparedRun | undefined>,
  ): void {
    void attempt
      .then(async (record) => {
        this.#release(runId, record);
        if (record === undefined || isTerminal(record.state)) return;
        const run = await again(record);
        if (run === undefined || this.#ports.endIfStopped(runId)) return;
        this.#put(run, record.queue ?? placeOf(run), record.retry, order);
      })
      .catch((error: unknown) => {
        this.#release(runId, undefined);
        this.#ports.report(error, runId);
      });
  }

  #release(runId: string, record: RunRecord | undefined): void {
    const held = this.#running.take(runId);
    if (held === undefined) return;
    const pool = this.#pools.get(held.facts.pool);
    const nowMs = this.#ports.clock.now().getTime();
    if (pool !== undefined) this.#usage.add(held.facts, pool, held.sinceMs, nowMs);
    if (record !== undefined) this.#readinesses.ended(record, nowMs);
    this.look();
  }

  #expire(runId: string, wait: Wait | undefined): void {
    const deadline = this.#waiting.get(runId)?.place.deadline;
    if (deadline === undefined) return;
    const why = wait === undefined ? '' : `: ${sentenceOf(wait)}`;
    try {
      this.#ports.expire(runId, `it had not begun by its deadline, ${deadline}${why}`);
      this.#leave(runId);
    } catch (error) {
      // It waits on, and is tried again: its end could not be written down.
      this.#ports.report(error, runId);
    }
  }

  /** Looks again when time alone may have changed something; now and then before, for clocks are set. */
  #wakeAt(atMs: number | undefined, nowMs: number): void {
    this.#timer.abort(ENOUGH);
    if (atMs === undefined && this.#decision?.expired.length === 0) return;
    const timer = new AbortController();
    this.#timer = timer;
    const ms = Math.min(Math.max((atMs ?? Infinity) - nowMs, 0), LIMITS.queueLookMsMax);
    void this.#ports.clock.sleep(ms, timer.signal, 'background').then(() => {
      if (!timer.signal.aborted) this.look();
    });
  }
}

const byName = (pools: readonly Pool[]): ReadonlyMap<string, Pool> =>
  new Map(pools.map((pool) => [pool.name, pool]));
