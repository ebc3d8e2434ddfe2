import { expect, test } from 'vitest';

import { openStore, type RunStore } from '../../src/store/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createdFacts } from '../support/run-values.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const open = (folder: string): RunStore => openStore({ folder, clock: new ManualClock() });
const facts = createdFacts({ queue: { submitter: 'ada', priority: 0 } });
const ids = (records: readonly { readonly runId: string }[]): string[] =>
  records.map(({ runId }) => runId);

test('the queue of a dead server goes to the next as a whole, in order; that of the living does not', async () => {
  await using folder = await temporaryFolder();
  const submit = (store: RunStore, ...runIds: string[]): unknown =>
    store.server.submit(
      runIds.map((runId) => ({ runId, facts })),
      undefined,
    );
  {
    using dead = open(folder.path);
    submit(dead, 'run-1', 'run-2', 'run-3', 'run-4');
    dead.append('run-2', [{ type: 'state', state: 'CANCELED' }]);
    dead.create('run-5', createdFacts());
  }
  using living = open(folder.path);
  expect(living.claim('run-3')).toBe(true);
  using store = open(folder.path);
  submit(store, 'run-6');
  expect(ids(store.server.takeOver())).toEqual(['run-1', 'run-4', 'run-6']);
  expect(ids(store.server.takeOver())).toEqual(['run-1', 'run-4', 'run-6']);
  expect(ids(living.server.takeOver())).toEqual(['run-3']);
  store.append('run-4', [{ type: 'queue', queue: { submitter: 'ada', priority: 7 } }]);
  expect(store.read('run-4').queue?.priority).toBe(7);
});

test('a stop that another process asks for is seen once, and one from before at the first look', async () => {
  await using folder = await temporaryFolder();
  using server = open(folder.path);
  server.server.submit(
    [
      { runId: 'run-1', facts },
      { runId: 'run-2', facts },
    ],
    undefined,
  );
  using other = open(folder.path);
  other.requestStop('run-1', 'user');
  expect(ids(server.server.stopsAsked())).toEqual(['run-1']);
  expect(server.server.stopsAsked()).toEqual([]);
  server.append('run-1', [{ type: 'state', state: 'CANCELED' }]);
  other.requestStop('run-2', 'user');
  expect(ids(server.server.stopsAsked())).toEqual(['run-2']);
});

test('who waits for the lock of a server that ends finds that nobody owns its runs', async () => {
  await using folder = await temporaryFolder();
  const ending = open(folder.path);
  ending.server.lock().stopping();
  ending.server.submit([{ runId: 'run-1', facts }], undefined);
  ending[Symbol.dispose]();
  using store = open(folder.path);
  store.server.lock();
  expect(ids(store.server.takeOver('of-the-dead'))).toEqual(['run-1']);
  expect(store.server.takeOver('of-the-dead')).toEqual([]);
  expect(ids(store.server.takeOver())).toEqual(['run-1']);
});
