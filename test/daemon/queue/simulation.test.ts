import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { decideQueue } from '../../../src/daemon/queue/decide.ts';
import type { Amounts, Pool, QueueLimits, WaitingRun } from '../../../src/daemon/queue/model.ts';
import { FairUsage } from '../../../src/daemon/queue/usage.ts';
import { GIB, HERE, needing, waitingRun } from '../../support/queue-facts.ts';

/** One run that will come, and how long it will then run, which the queue does not know. */
interface Arrival {
  readonly atMs: number;
  readonly lengthMs: number;
  readonly submitter: string;
  readonly takes: Amounts;
  readonly priority?: number;
}

interface Begun extends WaitingRun {
  readonly beganMs: number;
  readonly endsMs: number;
  readonly cameMs: number;
}

/** Plays a stream of runs on one machine: decides whenever one comes or ends. Returns all as they began. */
function play(
  arrivals: readonly Arrival[],
  { pool = HERE, limits = {} }: { readonly pool?: Pool; readonly limits?: QueueLimits } = {},
): Begun[] {
  const usage = new FairUsage(3_600_000);
  const coming = arrivals
    .toSorted((one, other) => one.atMs - other.atMs)
    .map((arrival, at) => ({ arrival, run: waitingRun(at, arrival) }));
  const lengths = new Map(coming.map(({ arrival, run }) => [run.runId, arrival]));
  let waiting: WaitingRun[] = [];
  let running: Begun[] = [];
  const begun: Begun[] = [];
  while (coming.length > 0 || running.length > 0 || waiting.length > 0) {
    const nowMs = Math.min(
      coming[0]?.arrival.atMs ?? Infinity,
      ...running.map(({ endsMs }) => endsMs),
    );
    if (nowMs === Infinity) throw new Error(`${waiting.length} runs never began`);
    for (const run of running)
      if (run.endsMs <= nowMs) usage.add(run, pool, run.beganMs, run.endsMs);
    running = running.filter(({ endsMs }) => endsMs > nowMs);
    while (coming[0] !== undefined && coming[0].arrival.atMs <= nowMs)
      waiting.push(coming.shift()!.run);
    const decision = decideQueue({
      ...{ nowMs, waiting, running, limits },
      pools: [pool],
      usage: usage.at(nowMs),
    });
    for (const runId of decision.begin) {
      const run = waiting.find((each) => each.runId === runId)!;
      const { lengthMs, atMs } = lengths.get(runId)!;
      const began = { ...run, beganMs: nowMs, endsMs: nowMs + lengthMs, cameMs: atMs };
      running.push(began);
      begun.push(began);
    }
    waiting = waiting.filter(({ runId }) => decision.waits.has(runId));
  }
  return begun;
}

const small = (atMs: number, submitter: string, lengthMs = 60_000): Arrival => ({
  ...{ atMs, lengthMs, submitter },
  takes: needing({ cpus: 2, memoryBytes: 4 * GIB }),
});

describe('an endless stream of small runs', () => {
  const stream = Array.from({ length: 600 }, (_, at) =>
    small(at * 10_000, ['bob', 'carol'][at % 2]!),
  );

  test('does not starve a big one: it begins once those that ran before it have ended', () => {
    const big = {
      ...{ atMs: 300_000, lengthMs: 120_000, submitter: 'alice' },
      takes: needing({ cpus: 8, memoryBytes: 30 * GIB }),
    };
    const begun = play([...stream, big]);
    const run = begun.find(({ submitter }) => submitter === 'alice')!;
    expect(run.beganMs - run.cameMs).toBeLessThanOrEqual(60_000);
    expect(begun).toHaveLength(601);
  });

  test('does not starve one of the same submitter who holds much already', () => {
    const ofBob = {
      ...{ atMs: 300_000, lengthMs: 120_000, submitter: 'bob' },
      takes: needing({ cpus: 8, memoryBytes: 30 * GIB }),
    };
    const run = play([...stream, ofBob]).find(({ takes }) => takes.cpus === 8_000)!;
    // Those of Bob's that came earlier go first, and Carol's while he holds more than she does.
    expect(run.beganMs - run.cameMs).toBeLessThanOrEqual(300_000);
  });
});

test('any mix of runs all begin, and none waits longer than all of its priority or higher take one by one', () => {
  const arrival = fc.record({
    atMs: fc.integer({ min: 0, max: 50 }).map((seconds) => seconds * 1_000),
    lengthMs: fc.integer({ min: 1, max: 30 }).map((seconds) => seconds * 1_000),
    submitter: fc.constantFrom('alice', 'bob', 'carol'),
    priority: fc.constantFrom(0, 0, 1),
    takes: fc
      .record({
        cpus: fc.constantFrom(0.5, 1, 3, 8),
        memoryBytes: fc.constantFrom(GIB, 9 * GIB, 32 * GIB),
        gpus: fc.constantFrom(0, 0, 1),
      })
      .map(needing),
  });
  fc.assert(
    fc.property(fc.array(arrival, { minLength: 1, maxLength: 40 }), (arrivals) => {
      const begun = play(arrivals);
      expect(begun).toHaveLength(arrivals.length);
      const allMs = arrivals.reduce((sum, { lengthMs }) => sum + lengthMs, 0);
      for (const { beganMs, cameMs } of begun) expect(beganMs - cameMs).toBeLessThanOrEqual(allMs);
    }),
    { numRuns: 100 },
  );
});

describe('two who ask for more than there is', () => {
  const hundred = (submitter: string, atMs: number, lengthMs = 60_000): Arrival[] =>
    Array.from({ length: 100 }, () => small(atMs, submitter, lengthMs));
  const heldBy = (begun: readonly Begun[], name: string, untilMs: number): number =>
    begun
      .filter(({ submitter }) => submitter === name)
      .reduce(
        (sum, { beganMs, endsMs }) => sum + Math.max(0, Math.min(endsMs, untilMs) - beganMs),
        0,
      );

  test('take turns on a machine with one slot, although one of them came a hundred runs earlier', () => {
    const begun = play([...hundred('alice', 0), ...hundred('bob', 1_000)], {
      pool: { ...HERE, slots: 1 },
    });
    const first = begun.slice(1, 41).map(({ submitter }) => submitter);
    expect(first.filter((name) => name === 'bob')).toHaveLength(20);
    expect(first.slice(0, 4)).toEqual(['bob', 'alice', 'bob', 'alice']);
  });

  test('hold half of a larger one each, also when the runs of one take ten times as long', () => {
    const begun = play([...hundred('alice', 0, 600_000), ...hundred('bob', 0, 60_000)]);
    // Bob has work for 25 runs' time in each of his two quarters.
    const untilMs = 2_400_000;
    const [alice, bob] = [heldBy(begun, 'alice', untilMs), heldBy(begun, 'bob', untilMs)];
    expect(alice / (alice + bob)).toBeCloseTo(0.5, 1);
  });

  test('do not lose to a third with many names only because runs are small', () => {
    const begun = play([...hundred('alice', 0), ...hundred('bob', 0), ...hundred('carol', 0)], {
      pool: { ...HERE, slots: 3 },
    });
    for (const name of ['alice', 'bob', 'carol'])
      expect(begun.slice(0, 30).filter(({ submitter }) => submitter === name)).toHaveLength(10);
  });
});

test('what was used counts half after its half-life, and not at all in the end', () => {
  const usage = new FairUsage(60_000);
  const run = { submitter: 'alice', takes: needing({ cpus: 8 }) };
  usage.add(run, HERE, 0, 10_000);
  expect(usage.at(10_000)).toEqual(new Map([['here\nalice', 10_000_000]]));
  expect(usage.at(70_000)).toEqual(new Map([['here\nalice', 5_000_000]]));
  usage.add(run, HERE, 60_000, 70_000);
  expect(usage.at(70_000)).toEqual(new Map([['here\nalice', 15_000_000]]));
  // A clock that was set back makes nobody richer.
  usage.add(run, HERE, 70_000, 60_000);
  expect(usage.at(60_000)).toEqual(new Map([['here\nalice', 15_000_000]]));
  expect(usage.at(60_000 * 60)).toEqual(new Map());
});
