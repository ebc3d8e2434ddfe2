import { existsSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { FolderSizes, sweep, type RetentionPolicy } from '../../../src/site/retention/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createdFacts } from '../../support/run-values.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Three runs that ended an hour after one another, each with a file, and one that has not. */
async function scene() {
  const folder = await temporaryFolder();
  const clock = new ManualClock();
  const store = openStore({ folder: folder.path, clock });
  for (const runId of ['run-1', 'run-2', 'run-3', 'active']) {
    store.create(runId, createdFacts());
    await writeFile(join(store.runFolder(runId), 'out', 'file'), Buffer.alloc(100_000, 1));
    if (runId === 'active') continue;
    store.append(runId, [{ type: 'state', state: 'CANCELED' }]);
    clock.advance(3_600_000);
  }
  const swept = (policy: RetentionPolicy, dryRun = false) =>
    sweep(store, { policy, clock, dryRun, signal: new AbortController().signal });
  return {
    store,
    folder: folder.path,
    swept,
    ids: () =>
      store
        .list({ limit: 9 })
        .runs.map(({ runId }) => runId)
        .toSorted(),
    [Symbol.asyncDispose]: async () => {
      store[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test('a dry run says what would go and why, and removes nothing', async () => {
  await using at = await scene();
  expect(await at.swept({ keepMs: 2.5 * 3_600_000 }, true)).toEqual({
    dryRun: true,
    removed: [{ runId: 'run-1', sizeBytes: 0, why: 'it ended longer ago than runs are kept' }],
    freedBytes: 0,
    kept: 3,
    forgottenMessages: 0,
  });
  expect(at.ids()).toEqual(['active', 'run-1', 'run-2', 'run-3']);
});

test('runs above the quota go with their files, and what they link to stays', async () => {
  await using at = await scene();
  const precious = join(at.folder, 'precious');
  await writeFile(precious, Buffer.alloc(1_000_000, 1));
  await symlink(precious, join(at.store.runFolder('run-1'), 'out', 'link'));
  const report = await at.swept({ quotaBytes: 400_000 });
  expect(report.removed.map(({ runId }) => runId)).toEqual(['run-1']);
  expect(report.freedBytes).toBeGreaterThan(100_000);
  expect(report.freedBytes).toBeLessThan(400_000);
  expect(at.ids()).toEqual(['active', 'run-2', 'run-3']);
  expect(existsSync(join(at.folder, 'runs', 'run-1'))).toBe(false);
  expect(existsSync(precious)).toBe(true);
});

test('what has not ended stays, and so does what its batch has left so far', async () => {
  await using at = await scene();
  const place = (index: number) => ({ batch: { id: 'b1', item: `i${index}`, index } });
  at.store.create('item-1', createdFacts(place(0)));
  at.store.create('item-2', createdFacts(place(1)));
  at.store.append('item-1', [{ type: 'state', state: 'CANCELED' }]);
  await at.swept({ runsMax: 1 });
  expect(at.ids()).toEqual(['active', 'item-1', 'item-2']);
});

test('the size of a run that has ended is read once, of one that runs each time', async () => {
  await using at = await scene();
  const sizes = new FolderSizes();
  const folder = at.store.runFolder('run-1');
  const file = join(folder, 'out', 'file');
  const before = await sizes.of(folder, false);
  await writeFile(file, Buffer.alloc(300_000, 1));
  const after = await sizes.of(folder, true);
  expect(after - before).toBeGreaterThan(100_000);
  await writeFile(file, '');
  expect(await sizes.of(folder, true)).toBe(after);
  expect(await sizes.of(join(at.folder, 'nothing'), true)).toBe(0);
});
