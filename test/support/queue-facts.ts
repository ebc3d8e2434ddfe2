import fc from 'fast-check';

import { takesOf, type Needs } from '../../src/daemon/queue/amounts.ts';
import type {
  Amounts,
  Pool,
  QueueFacts,
  QueueLimits,
  RunningRun,
  WaitingRun,
} from '../../src/daemon/queue/model.ts';

/** A time in 2026, in ms since the epoch. */
export const NOW_MS = Date.UTC(2026, 0, 15, 12);
export const GIB = 2 ** 30;

export const HERE: Pool = {
  name: 'here',
  label: 'this machine',
  slots: 8,
  cpus: 8,
  memoryBytes: 32 * GIB,
  gpus: 1,
};
export const CLUSTER: Pool = { name: 'cluster hpc', label: 'cluster hpc', slots: 3 };

export const needing = (needs: Partial<Needs> = {}): Amounts =>
  takesOf({ cpus: 1, memoryBytes: GIB, gpus: 0, ...needs });

export const runningRun = (runId: string, given: Partial<RunningRun> = {}): RunningRun => ({
  ...{ runId, submitter: 'alice', app: 'segment', pool: HERE.name, takes: needing() },
  ...given,
});

export const waitingRun = (order: number, given: Partial<WaitingRun> = {}): WaitingRun => ({
  ...{ runId: `w${order}`, submitter: 'alice', app: 'segment', order, priority: 0 },
  ...{ pool: HERE.name, takes: needing() },
  ...given,
});

export const queueFacts = (given: Partial<QueueFacts> = {}): QueueFacts => ({
  ...{ nowMs: NOW_MS, waiting: [], running: [], pools: [HERE, CLUSTER], limits: {} },
  ...given,
});

const takesArbitrary: fc.Arbitrary<Amounts> = fc
  .record({
    cpus: fc.constantFrom(0, 0.1, 0.5, 1, 1.1, 2, 3, 6, 9),
    memoryBytes: fc.constantFrom(0, 1, GIB, 4 * GIB, 17 * GIB, 33 * GIB),
    gpus: fc.constantFrom(0, 0, 0, 1, 2),
  })
  .map(takesOf);

const belonging = {
  takes: takesArbitrary,
  pool: fc.constantFrom('here', 'here', 'here', 'cluster hpc', 'cluster gone'),
  submitter: fc.constantFrom('alice', 'bob', 'carol'),
  app: fc.constantFrom('segment', 'count'),
  batch: fc.option(fc.record({ id: fc.constantFrom('b1', 'b2'), atOnce: fc.constantFrom(1, 2) }), {
    nil: undefined,
    freq: 5,
  }),
};

const timeArbitrary = fc.integer({ min: -5, max: 5 }).map((seconds) => NOW_MS + seconds * 1_000);

const optional = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 6 });

const defined = <Value extends object>(value: Value): Value =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Value;

const waitingArbitrary = fc
  .record({
    ...belonging,
    priority: fc.integer({ min: -1, max: 1 }),
    held: optional(fc.constant({ by: 'bob' })),
    unready: optional(fc.constant({ code: 'image-pull' as const, why: 'pulling 3.2 of 17 GB' })),
    deadlineMs: optional(timeArbitrary),
    notBefore: optional(fc.record({ atMs: timeArbitrary, why: fc.constantFrom('asked', 'retry') })),
  })
  .map(defined);

const limitArbitrary = fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined, freq: 2 });

const limitsArbitrary: fc.Arbitrary<QueueLimits> = fc
  .record({
    altogether: limitArbitrary,
    perSubmitter: limitArbitrary,
    perApp: limitArbitrary,
    apps: fc.constantFrom(undefined, new Map([['count', 1]])),
  })
  .map((limits) => defined(limits) as QueueLimits);

/** Any queue, with what runs already within what the pools hold. */
export const factsArbitrary: fc.Arbitrary<QueueFacts> = fc
  .record({
    waiting: fc.array(waitingArbitrary, { maxLength: 40 }),
    running: fc.array(fc.record(belonging).map(defined), {
      maxLength: 8,
    }),
    limits: limitsArbitrary,
    usage: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 3 }),
  })
  .map(({ waiting, running, limits, usage }) => ({
    nowMs: NOW_MS,
    pools: [HERE, CLUSTER],
    limits,
    waiting: waiting.map((run, at) => ({ ...run, runId: `w${at}`, order: at }) as WaitingRun),
    running: running.map((run, at) => ({ ...run, runId: `r${at}` }) as RunningRun),
    usage: new Map(['alice', 'bob', 'carol'].map((name, at) => [`here\n${name}`, usage[at] ?? 0])),
  }));
