import { describe, expect, test } from 'vitest';

import { decideQueue } from '../../../src/daemon/queue/decide.ts';
import type { QueueFacts } from '../../../src/daemon/queue/model.ts';
import { sentenceOf } from '../../../src/daemon/queue/sentences.ts';
import {
  CLUSTER,
  GIB,
  HERE,
  needing,
  NOW_MS,
  queueFacts,
  runningRun,
  waitingRun,
} from '../../support/queue-facts.ts';

const ONE_SLOT = { ...HERE, slots: 1 };

/** What begins, and the sentence of each run that waits. */
function told(facts: QueueFacts): { begin: readonly string[]; waits: Record<string, string> } {
  const { begin, waits } = decideQueue(facts);
  return {
    begin,
    waits: Object.fromEntries([...waits].map(([runId, wait]) => [runId, sentenceOf(wait)])),
  };
}

describe('who begins', () => {
  test('an empty queue begins nothing and waits for no time', () => {
    expect(decideQueue(queueFacts())).toEqual({ begin: [], waits: new Map(), expired: [] });
  });

  test('of equals the one that came first begins', () => {
    const facts = queueFacts({
      pools: [ONE_SLOT],
      waiting: [waitingRun(2), waitingRun(1), waitingRun(3)],
    });
    expect(told(facts)).toEqual({
      begin: ['w1'],
      waits: {
        w2: 'waiting for a place on this machine: all 1 are taken',
        w3: 'waiting for a place on this machine: all 1 are taken; it is behind 1 run of the same priority',
      },
    });
  });

  test('a higher priority begins before all lower ones, whoever submitted them', () => {
    const facts = queueFacts({
      pools: [ONE_SLOT],
      waiting: [waitingRun(1, { submitter: 'bob' }), waitingRun(2, { priority: 5 })],
      running: [],
    });
    expect(decideQueue(facts).begin).toEqual(['w2']);
  });

  test('whoever holds less of the machine comes next, also among those that begin together', () => {
    const facts = queueFacts({
      pools: [{ ...HERE, slots: 5 }],
      running: [runningRun('r1', { submitter: 'alice' })],
      waiting: [
        waitingRun(1),
        waitingRun(2),
        waitingRun(3),
        waitingRun(4, { submitter: 'bob' }),
        waitingRun(5, { submitter: 'bob' }),
      ],
    });
    expect(decideQueue(facts).begin).toEqual(['w4', 'w1', 'w5', 'w2']);
  });

  test('among those who hold nothing it is the turn of who has used less lately', () => {
    const facts = queueFacts({
      pools: [ONE_SLOT],
      waiting: [waitingRun(1), waitingRun(2, { submitter: 'bob' })],
      usage: new Map([['here\nalice', 10]]),
    });
    expect(decideQueue(facts).begin).toEqual(['w2']);
  });

  test('what is used of a cluster does not count on this machine', () => {
    const facts = queueFacts({
      pools: [ONE_SLOT, CLUSTER],
      running: [runningRun('r1', { pool: CLUSTER.name })],
      waiting: [waitingRun(1), waitingRun(2, { submitter: 'bob' })],
    });
    expect(decideQueue(facts).begin).toEqual(['w1']);
  });

  test('a cluster has its own queue: only the slots count, and a full machine does not matter', () => {
    const facts = queueFacts({
      pools: [{ ...HERE, slots: 1 }, CLUSTER],
      running: [runningRun('r1')],
      waiting: [1, 2, 3, 4].map((order) =>
        waitingRun(order, {
          pool: CLUSTER.name,
          takes: needing({ memoryBytes: 900 * GIB, cpus: 500 }),
        }),
      ),
    });
    expect(told(facts)).toEqual({
      begin: ['w1', 'w2', 'w3'],
      waits: { w4: 'waiting for a place on cluster hpc: all 3 are taken' },
    });
  });
});

describe('a big run', () => {
  const big = waitingRun(1, { takes: needing({ memoryBytes: 30 * GIB }) });
  const running = [runningRun('r1', { takes: needing({ memoryBytes: 16 * GIB }) })];

  test('is not overtaken by small ones that would take what it waits for', () => {
    const facts = queueFacts({ running, waiting: [big, waitingRun(2), waitingRun(3)] });
    expect(told(facts)).toEqual({
      begin: [],
      waits: {
        w1: 'waiting for memory on this machine: needs 32.2 GB, 17.2 GB free of 34.4 GB',
        w2: 'waiting on this machine: 17.2 GB are free, and it needs 1.07 GB, but that is kept for run w1, which comes first; it is behind 1 run of the same priority',
        w3: 'waiting on this machine: 17.2 GB are free, and it needs 1.07 GB, but that is kept for run w1, which comes first; it is behind 2 runs of the same priority',
      },
    });
  });

  test('lets pass what takes nothing of it', () => {
    const onGpu = waitingRun(1, { takes: needing({ gpus: 1 }) });
    const facts = queueFacts({
      running: [runningRun('r1', { takes: needing({ gpus: 1 }) })],
      waiting: [onGpu, waitingRun(2), waitingRun(3, { takes: needing({ cpus: 6 }) })],
    });
    expect(told(facts)).toEqual({
      begin: ['w2'],
      waits: {
        w1: 'waiting for a GPU on this machine: needs 1 GPU, none free of 1 GPU',
        // 8 CPUs, of which 1 is used, 1 begins and 1 is kept.
        w3: 'waiting on this machine: 6 CPUs are free, and it needs 6 CPUs, but that is kept for run w1, which comes first; it is behind 1 run of the same priority',
      },
    });
  });

  test('does not keep room once for each that waits for the same thing', () => {
    const onGpu = [1, 2, 3, 4, 5, 6].map((order) =>
      waitingRun(order, { takes: needing({ gpus: 1, cpus: 3 }) }),
    );
    const facts = queueFacts({
      running: [runningRun('r1', { takes: needing({ gpus: 1 }) })],
      waiting: [...onGpu, waitingRun(7)],
    });
    expect(decideQueue(facts).begin).toEqual(['w7']);
  });

  test('that can never fit is told so and stands in nobody’s way', () => {
    const facts = queueFacts({
      waiting: [
        waitingRun(1, { takes: needing({ memoryBytes: 64 * GIB, gpus: 2 }) }),
        waitingRun(2, { pool: 'cluster old' }),
        waitingRun(3),
      ],
    });
    expect(told(facts)).toEqual({
      begin: ['w3'],
      waits: {
        w1: 'it can never begin here: it needs 2 GPUs and this machine has 1 GPU in all, and it needs 68.7 GB and this machine has 34.4 GB in all',
        w2: 'it can never begin here: this server has no cluster old',
      },
    });
  });
});

describe('what keeps a run from its turn', () => {
  test('held runs wait for their release and say who holds them and why', () => {
    const facts = queueFacts({
      waiting: [
        waitingRun(1, { held: { by: 'bob' } }),
        waitingRun(2, { held: { by: 'bob', reason: 'wrong slide' } }),
      ],
    });
    expect(told(facts)).toEqual({
      begin: [],
      waits: { w1: 'held by bob', w2: 'held by bob: wrong slide' },
    });
  });

  test('limits are counted by submitter, app, batch and altogether, with those that begin now', () => {
    const batch = { id: 'b1', atOnce: 1 };
    const facts = queueFacts({
      running: [runningRun('r1'), runningRun('r2', { submitter: 'bob', app: 'count' })],
      limits: { perSubmitter: 2, perApp: 3, apps: new Map([['count', 1]]), altogether: 5 },
      waiting: [
        waitingRun(1, { batch }),
        waitingRun(2),
        waitingRun(3, { submitter: 'carol', app: 'count' }),
        waitingRun(4, { submitter: 'carol', batch }),
        waitingRun(5, { submitter: 'bob' }),
        waitingRun(6, { submitter: 'dave' }),
        waitingRun(7, { submitter: 'erin', app: 'other' }),
        waitingRun(8, { submitter: 'erin', app: 'other' }),
      ],
    });
    const { begin, waits } = told(facts);
    expect(begin).toEqual(['w4', 'w6', 'w7']);
    expect(waits).toMatchObject({
      w3: '1 run of the app count run already, the limit is 1',
      w8: '5 runs run on this server already, the limit is 5',
    });
  });

  test('each limit has its sentence', () => {
    const limited = (limits: QueueFacts['limits'], run = waitingRun(1)): string | undefined =>
      told(
        queueFacts({
          running: ['r1', 'r2', 'r3'].map((id) => runningRun(id)),
          limits,
          waiting: [run],
        }),
      ).waits['w1'];
    expect(limited({ perSubmitter: 3 })).toBe('3 runs of alice run already, the limit is 3');
    expect(limited({ perApp: 3 })).toBe('3 runs of the app segment run already, the limit is 3');
    expect(limited({ altogether: 1 })).toBe('3 runs run on this server already, the limit is 1');
  });

  test('who is at a limit lets others pass, and its own runs of other apps', () => {
    const facts = queueFacts({
      running: [runningRun('r1')],
      limits: { perApp: 1 },
      waiting: [waitingRun(1), waitingRun(2, { app: 'count' })],
    });
    expect(decideQueue(facts).begin).toEqual(['w2']);
  });

  test('a time before which it is not to begin is waited for, and no longer', () => {
    const facts = queueFacts({
      waiting: [
        waitingRun(1, { notBefore: { atMs: NOW_MS + 60_000, why: 'asked' } }),
        waitingRun(2, { notBefore: { atMs: NOW_MS + 30_000, why: 'retry' } }),
        waitingRun(3, { notBefore: { atMs: NOW_MS, why: 'retry' } }),
      ],
    });
    expect(told(facts)).toEqual({
      begin: ['w3'],
      waits: {
        w1: 'it is not to begin before 2026-01-15T12:01:00.000Z',
        w2: 'its next attempt comes not before 2026-01-15T12:00:30.000Z',
      },
    });
    expect(decideQueue(facts).wakeAtMs).toBe(NOW_MS + 30_000);
  });

  test('a clock that was set back by hours prolongs no pause before another attempt', () => {
    const waiting = [waitingRun(1, { notBefore: { atMs: NOW_MS + 7_200_000, why: 'retry' } })];
    expect(decideQueue(queueFacts({ waiting })).begin).toEqual(['w1']);
  });

  test('a run past its deadline is told apart, held or not, and one before it is looked at again then', () => {
    const facts = queueFacts({
      waiting: [
        waitingRun(1, { deadlineMs: NOW_MS }),
        waitingRun(2, { deadlineMs: NOW_MS - 1, held: { by: 'bob' } }),
        waitingRun(3, { deadlineMs: NOW_MS + 5_000, held: { by: 'bob' } }),
        waitingRun(4, { deadlineMs: NOW_MS + 1 }),
      ],
    });
    const decision = decideQueue(facts);
    expect(decision.expired).toEqual(['w1', 'w2']);
    expect(decision.begin).toEqual(['w4']);
    expect(decision.wakeAtMs).toBe(NOW_MS + 5_000);
  });

  test('while the server takes nothing new, an engine is away or an image comes, the run says so', () => {
    const image = { code: 'image-pull', why: 'pulling 3.2 of 17 GB' } as const;
    const engine = { code: 'engine-unavailable', why: 'docker does not answer' } as const;
    const waiting = [
      waitingRun(1, { unready: image }),
      waitingRun(2, { unready: engine }),
      waitingRun(3),
    ];
    expect(told(queueFacts({ waiting }))).toEqual({
      begin: ['w3'],
      waits: { w1: 'pulling 3.2 of 17 GB', w2: 'docker does not answer' },
    });
    expect(
      told(queueFacts({ closed: 'the server is stopping', waiting: [waitingRun(1)] })).waits,
    ).toEqual({ w1: 'the server is stopping' });
  });
});
