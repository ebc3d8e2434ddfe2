import { describe, expect, test } from 'vitest';

import { RunnerError } from '../../../src/base/errors.ts';
import { HERE } from '../../../src/daemon/queue/pools.ts';
import { GIB } from '../../support/queue-facts.ts';
import { QueueWorld } from '../../support/queue-world.ts';

const FAILED_ONCE = {
  type: 'attempt-failed',
  attempt: 1,
  failure: { code: 'node-failed', message: 'the node is gone' },
  next: { attempt: 2, notBefore: '2026-03-01T10:00:05.000Z', excludedNodes: [] },
} as const;

describe('when something changes, the queue decides', () => {
  test('a run begins when it comes, while there is room, and the next when one has ended', async () => {
    using world = new QueueWorld();
    for (const runId of ['r1', 'r2', 'r3']) await world.add(runId);
    expect(world.begun).toEqual(['r1', 'r2']);
    expect(world.why('r3')).toBe(
      'queue-room: waiting for a place on this machine: all 2 are taken',
    );
    expect(world.why('r1')).toBeUndefined();
    await world.end('r1');
    expect(world.begun).toEqual(['r1', 'r2', 'r3']);
    expect(world.dispatcher.waiting).toBe(0);
  });

  test('a limit that was asked for is what a run takes; without, its part of the machine', async () => {
    using world = new QueueWorld({ pool: { slots: 4 } });
    await world.add('big', {}, { memoryBytes: 6 * GIB });
    await world.add('plain');
    await world.add('another');
    expect(world.begun).toEqual(['big', 'plain']);
    expect(world.why('another')).toContain('needs 2.15 GB, none free of 8.59 GB');
  });

  test('a machine that is shared otherwise is so at once: for what waits, and for what runs and goes on', async () => {
    using world = new QueueWorld({ pool: { slots: 1 } });
    for (const runId of ['r1', 'r2', 'r3', 'r4']) await world.add(runId);
    expect(world.begun).toEqual(['r1']);
    const pool = { ...{ name: HERE, label: HERE }, cpus: 4, memoryBytes: 8 * GIB, gpus: 0 };
    world.dispatcher.resize([{ ...pool, slots: 3 }], {});
    await world.settled();
    expect(world.begun).toEqual(['r1', 'r2', 'r3']);
    world.dispatcher.resize([{ ...pool, slots: 1 }], {});
    await world.settled();
    await world.end('r1');
    await world.end('r2');
    expect(world.begun).toEqual(['r1', 'r2', 'r3']);
    expect(world.why('r4')).toContain('queue-room');
    await world.end('r3');
    expect(world.begun).toEqual(['r1', 'r2', 'r3', 'r4']);
    world.dispatcher.resize([{ ...pool, slots: 4 }], { perSubmitter: 1 });
    await world.add('r5');
    expect(world.why('r5')).toContain('queue-user-limit');
    await world.add('big', {}, { memoryBytes: 6 * GIB });
    world.dispatcher.resize([{ ...pool, memoryBytes: 4 * GIB, slots: 4 }], {});
    await world.settled();
    expect(world.begun.at(-1)).toBe('r5');
    expect(world.why('big')).toContain('queue-too-big');
  });

  test('a run that was taken out does not begin, and who waits behind it is looked at', async () => {
    using world = new QueueWorld();
    await world.add('r1');
    await world.add('big', {}, { memoryBytes: 8 * GIB });
    await world.add('r3');
    expect(world.begun).toEqual(['r1']);
    expect(world.dispatcher.take('big')?.runId).toBe('big');
    await world.settled();
    expect(world.begun).toEqual(['r1', 'r3']);
    expect(world.dispatcher.take('big')).toBeUndefined();
  });

  test('hold, release and another priority are heeded at once; a run keeps its place in the order', async () => {
    using world = new QueueWorld({ pool: { slots: 1 } });
    await world.add('r1');
    await world.add('r2', { held: { by: 'bob', reason: 'wrong slide' } });
    await world.add('r3');
    await world.add('r4');
    expect(world.why('r2')).toBe('queue-held: held by bob: wrong slide');
    world.dispatcher.setPlace('r4', { submitter: 'ada', priority: 9 });
    await world.end('r1');
    world.dispatcher.setPlace('r2', { submitter: 'ada', priority: 0 });
    await world.end('r4');
    await world.end('r2');
    expect(world.begun).toEqual(['r1', 'r4', 'r2', 'r3']);
  });

  test('a run may be held before it begins', async () => {
    using world = new QueueWorld();
    world.dispatcher.add(world.prepared('r1'));
    world.dispatcher.setPlace('r1', { submitter: 'ada', priority: 0, held: { by: 'ada' } });
    await world.settled();
    expect(world.begun).toEqual([]);
  });

  test('once the server stops nothing begins, and that is the reason', async () => {
    using world = new QueueWorld({ pool: { slots: 1 } });
    await world.add('r1');
    await world.add('r2');
    world.dispatcher.stop();
    await world.end('r1');
    expect(world.begun).toEqual(['r1']);
    expect(world.why('r2')).toBe('queue-closed: the server is stopping');
  });
});

describe('what time does', () => {
  test('a run that is not to begin before a time begins then, and nobody asks in between', async () => {
    using world = new QueueWorld();
    await world.add('r1', { notBefore: '2026-03-01T10:00:30.000Z' });
    expect(world.why('r1')).toBe(
      'queue-not-before: it is not to begin before 2026-03-01T10:00:30.000Z',
    );
    world.clock.advance(29_999);
    await world.settled();
    expect(world.begun).toEqual([]);
    world.clock.advance(1);
    await world.settled();
    expect(world.begun).toEqual(['r1']);
  });

  test('a run that has not begun by its deadline never does, and says what it waited for', async () => {
    using world = new QueueWorld();
    await world.add('r1', { deadline: '2026-03-01T10:01:00.000Z', held: { by: 'bob' } });
    world.clock.advance(60_000);
    await world.settled();
    expect(world.expired).toEqual([
      'r1: it had not begun by its deadline, 2026-03-01T10:01:00.000Z: held by bob',
    ]);
    expect(world.dispatcher.waiting).toBe(0);
  });

  test('an end that cannot be written down is written later', async () => {
    using world = new QueueWorld();
    await world.add('r1', { deadline: '2026-03-01T10:01:00.000Z', held: { by: 'bob' } });
    world.refusal = new RunnerError('disk-full', 'no space left');
    world.clock.advance(60_000);
    await world.settled();
    expect(world.reports).toEqual([world.refusal]);
    world.refusal = undefined;
    world.clock.advance(60_000);
    await world.settled();
    expect(world.expired).toHaveLength(1);
  });
});

describe('another attempt', () => {
  test('waits in the queue, holds no place, and comes before what came later', async () => {
    using world = new QueueWorld({ pool: { slots: 1 } });
    await world.add('r1');
    await world.add('r2');
    await world.add('r3');
    await world.end(
      'r1',
      world.record('r1', { type: 'state', state: 'INITIALIZING' }, FAILED_ONCE),
    );
    expect(world.begun).toEqual(['r1', 'r2']);
    expect(world.why('r1')).toMatch('retry: its next attempt comes not before');
    world.clock.advance(5_000);
    await world.settled();
    await world.end('r2');
    expect(world.begun).toEqual(['r1', 'r2', 'r1']);
  });

  test('has no deadline: it has begun once', async () => {
    using world = new QueueWorld();
    await world.add('r1', { deadline: '2026-03-01T10:00:01.000Z' });
    await world.end(
      'r1',
      world.record('r1', { type: 'state', state: 'INITIALIZING' }, FAILED_ONCE),
    );
    world.clock.advance(5_000);
    await world.settled();
    expect(world.expired).toEqual([]);
    expect(world.begun).toEqual(['r1', 'r1']);
  });

  test('with more memory waits for as much', async () => {
    using world = new QueueWorld();
    await world.add('r1', {}, { memoryBytes: 2 * GIB });
    await world.add('r2', {}, { memoryBytes: 2 * GIB });
    const next = {
      ...FAILED_ONCE.next,
      memoryBytes: 7 * GIB,
      notBefore: '2026-03-01T10:00:00.000Z',
    };
    await world.end(
      'r1',
      world.record('r1', { type: 'state', state: 'INITIALIZING' }, { ...FAILED_ONCE, next }),
    );
    expect(world.why('r1')).toContain('needs 7.52 GB, 6.44 GB free of 8.59 GB');
  });

  test('of a run that a dead process had begun is made here, and until then it holds its place', async () => {
    using world = new QueueWorld({ pool: { slots: 1 } });
    world.prepared('r1');
    world.dispatcher.adopt(world.record('r1', { type: 'state', state: 'INITIALIZING' }));
    await world.add('r2');
    expect(world.begun).toEqual(['r1']);
    await world.end(
      'r1',
      world.record('r1', { type: 'state', state: 'INITIALIZING' }, FAILED_ONCE),
    );
    expect(world.begun).toEqual(['r1', 'r2']);
    expect(world.why('r1')).toMatch('retry');
  });
});

test('a batch may have fewer of its runs at once than there is room for', async () => {
  using world = new QueueWorld({ pool: { slots: 4 } });
  const batch = (index: number) => ({ id: 'b1', item: `item-${index}`, index });
  for (const index of [0, 1, 2]) {
    const run = world.prepared(`r${index}`, { batchAtOnce: 2 });
    world.dispatcher.add({ ...run, created: { ...run.created, batch: batch(index) } });
  }
  await world.settled();
  expect(world.begun).toEqual(['r0', 'r1']);
  expect(world.why('r2')).toBe(
    'queue-batch-limit: 2 runs of batch b1 run already, it asked for 2 at once',
  );
  await world.end('r0');
  expect(world.begun).toEqual(['r0', 'r1', 'r2']);
});

test('what can never fit is refused with both numbers', () => {
  using world = new QueueWorld();
  const big = world.prepared('r1', {}, { memoryBytes: 9 * GIB, gpus: 1 });
  expect(() => {
    world.dispatcher.assertFits(big);
  }).toThrow(
    'the run can never begin here: it needs 1 GPU and this machine has 0 GPUs in all, and it needs 9.66 GB and this machine has 8.59 GB in all',
  );
  world.dispatcher.assertFits(world.prepared('r2', {}, { gpus: 'all', gpusOptional: true }));
  expect(() => {
    world.dispatcher.assertFits(world.prepared('r3', {}, { engine: 'slurm', cluster: 'gone' }));
  }).toThrow('cluster gone takes no runs');
});
