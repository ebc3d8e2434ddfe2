import { expect, test } from 'vitest';

import type { BatchFacts } from '../../src/runner/index.ts';
import { newRunIds, openStore, type RunStore } from '../../src/store/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createdFacts } from '../support/run-values.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const facts: BatchFacts = {
  app: { name: 'demo', descriptorPath: '/d.json', descriptorSha256: 'ab' },
  source: 'items.csv',
  items: 3,
  callerFolder: '/home/ada',
  runnerVersion: '0.1.0',
  host: 'bench',
  user: 'ada',
};
const runOf = (runId: string, index: number, batch = 'b-1') => ({
  runId,
  facts: createdFacts({ batch: { id: batch, item: `item ${index}`, index } }),
});
const items = [runOf('r-0', 0), runOf('r-1', 1), runOf('r-2', 2)];

async function withStore(play: (store: RunStore, folder: string) => void): Promise<void> {
  await using folder = await temporaryFolder();
  using store = openStore({ folder: folder.path, clock: new ManualClock() });
  play(store, folder.path);
}

test('a batch is written down with all its runs, and read back with each item as its newest run has it', () =>
  withStore((store) => {
    store.batches.create('b-1', facts, items);
    expect(store.batches.read('b-1')).toMatchObject({ ...facts, batchId: 'b-1' });
    store.append('r-1', [{ type: 'state', state: 'CANCELED' }]);
    store.batches.add([runOf('r-3', 1)]);
    expect(store.batches.items('b-1')).toMatchObject([
      { runId: 'r-0', item: 'item 0', index: 0, state: 'QUEUED' },
      { runId: 'r-3', index: 1, state: 'QUEUED' },
      { runId: 'r-2', index: 2, state: 'QUEUED' },
    ]);
    const { runs } = store.list({ limit: 9, batch: 'b-1' });
    expect(runs).toHaveLength(4);
    expect(runs[0]).toMatchObject({ batch: 'b-1', item: expect.any(String) as string });
    expect(store.batches.list(9).map(({ batchId }) => batchId)).toEqual(['b-1']);
    expect([...store.verify()]).toEqual([]);
  }));

test('a batch of which one run cannot be written is not written at all', () =>
  withStore((store) => {
    expect(() => {
      store.batches.create('b-1', facts, [...items, runOf('r-1', 3)]);
    }).toThrow(expect.objectContaining({ code: 'state-conflict' }));
    expect(() => store.batches.read('b-1')).toThrow(
      expect.objectContaining({ code: 'run-not-found' }),
    );
    expect(store.list({ limit: 9 }).runs).toEqual([]);
  }));

test('what a batch has queued is nobody’s orphan, unless it is to be stopped; what it began is', () =>
  withStore((store, folder) => {
    {
      using dead = openStore({ folder, clock: new ManualClock() });
      dead.batches.create('b-1', facts, items);
      dead.append('r-0', [{ type: 'state', state: 'INITIALIZING' }]);
    }
    const orphans = (): string[] => store.orphans().map(({ runId }) => runId);
    expect(orphans()).toEqual(['r-0']);
    store.requestStop('r-2', 'user');
    expect(orphans()).toEqual(['r-0', 'r-2']);
  }));

test('a batch is taken over from the dead, never from the living', () =>
  withStore((store, folder) => {
    using other = openStore({ folder, clock: new ManualClock() });
    other.batches.create('b-1', facts, items);
    const claim = (): boolean => store.batches.claim('b-1', (owner) => store.isOwnerAlive(owner));
    expect(claim()).toBe(false);
    expect(store.isAttended('r-0')).toBe(true);
    other[Symbol.dispose]();
    expect(store.isAttended('r-0')).toBe(false);
    expect(claim()).toBe(true);
    store.append('r-0', [{ type: 'state', state: 'INITIALIZING' }]);
    expect(store.batches.queuedBefore({ id: 'b-1', item: '', index: 2 })).toBe(1);
  }));

test('a batch is active until the last of its runs has ended, also one that was tried again', () =>
  withStore((store) => {
    expect(store.batches.isActive('b-1')).toBe(false);
    store.batches.create('b-1', facts, items);
    store.batches.create('b-2', facts, [runOf('r-9', 0, 'b-2')]);
    const end = (runId: string): void => {
      store.append(runId, [{ type: 'state', state: 'CANCELED' }]);
    };
    for (const runId of ['r-2', 'r-0']) end(runId);
    expect(store.batches.isActive('b-1')).toBe(true);
    end('r-1');
    expect(store.batches.isActive('b-1')).toBe(false);
    store.batches.add([runOf('r-3', 1)]);
    expect(store.batches.isActive('b-1')).toBe(true);
    end('r-3');
    expect(store.batches.isActive('b-1')).toBe(false);
    expect(store.batches.isActive('b-2')).toBe(true);
  }));

test('pages of items are the items, each as its newest run has it, in any state', () =>
  withStore((store) => {
    const many = Array.from({ length: 25 }, (_, at) => runOf(`r-${String(at)}`, at));
    store.batches.create('b-1', facts, many);
    store.batches.add([runOf('again-3', 3), runOf('again-20', 20)]);
    for (const runId of ['r-3', 'r-7', 'again-20'])
      store.append(runId, [{ type: 'state', state: 'INITIALIZING' }]);
    const all = store.batches.items('b-1');
    expect(all).toHaveLength(25);
    for (const state of [undefined, 'QUEUED', 'INITIALIZING', 'COMPLETE'] as const)
      for (const limit of [1, 4, 25, 1_000]) {
        const found: unknown[] = [];
        let from: number | undefined = 0;
        while (from !== undefined) {
          const query = { from, limit, ...(state === undefined ? {} : { state }) };
          const page = store.batches.itemsPage('b-1', query);
          expect(page.items.length).toBeLessThanOrEqual(limit);
          found.push(...page.items);
          from = page.nextCursor;
        }
        expect(found).toEqual(all.filter((item) => state === undefined || item.state === state));
      }
    expect(store.batches.itemsPage('none', { from: 0, limit: 1 })).toEqual({ items: [] });
  }));

test('a batch is named by its id, a part of it, one of its runs, or last', () =>
  withStore((store) => {
    expect(() => store.batches.resolve('last')).toThrow('there are no batches yet');
    store.batches.create('b2026-abcde', facts, [runOf('r-0', 0, 'b2026-abcde')]);
    store.batches.create('b2026-abfgh', facts, []);
    expect(store.batches.resolve('abcde')).toBe('b2026-abcde');
    expect(store.batches.resolve('b2026-abfgh')).toBe('b2026-abfgh');
    expect(store.batches.resolve('r-0')).toBe('b2026-abcde');
    expect(() => store.batches.resolve('ab')).toThrow('several batches');
    expect(() => store.batches.resolve('zz')).toThrow('there is no batch "zz"');
  }));

test('ten thousand ids made at once are different, and in the order of a list', () => {
  const ids = newRunIds(new ManualClock(), 10_000);
  expect(new Set(ids).size).toBe(10_000);
  expect([...ids].sort()).toEqual(ids);
});
