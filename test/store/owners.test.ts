import { readdirSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { LIMITS } from '../../src/base/limits.ts';
import { openStore } from '../../src/store/index.ts';
import { startProgram } from '../support/child-program.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createdFacts } from '../support/run-values.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const clock = new ManualClock();
const open = (folder: string) => openStore({ folder, clock });
const owners = (folder: string): string[] => readdirSync(join(folder, 'owners'));

test('a living process keeps its run, a killed one loses it to who claims it first', async () => {
  await using folder = await temporaryFolder();
  await using program = await startProgram(folder.path, 'hold');
  const [runId = '', ownerId = ''] = program.said.split(' ');
  using store = open(folder.path);

  expect(store.isOwnerAlive(ownerId)).toBe(true);
  expect(store.orphans()).toEqual([]);
  expect(store.claim(runId)).toBe(false);
  expect(() => store.append(runId, [{ type: 'phase', phase: 'run' }])).toThrow(
    expect.objectContaining({ code: 'state-conflict' }),
  );
  expect(() => store.openLog(runId)).toThrow(expect.objectContaining({ code: 'state-conflict' }));

  await program.kill();
  expect(store.isOwnerAlive(ownerId)).toBe(false);
  expect(store.orphans().map((run) => run.runId)).toEqual([runId]);
  expect(store.claim(runId)).toBe(true);
  expect(store.claim(runId)).toBe(true);
  expect(store.orphans()).toEqual([]);

  await using second = await startProgram(folder.path, 'claim', runId);
  expect(second.said).toBe('false');
  expect(store.append(runId, [{ type: 'state', state: 'SYSTEM_ERROR' }]).state).toBe(
    'SYSTEM_ERROR',
  );
  expect(store.claim(runId)).toBe(false);
});

test('of many that claim orphans at once, each orphan goes to one', async () => {
  await using folder = await temporaryFolder();
  await startProgram(folder.path, 'runs', '200');
  await using programs = new AsyncDisposableStack();
  const claimed = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const { said } = programs.use(await startProgram(folder.path, 'claimAll'));
      return JSON.parse(said) as string[];
    }),
  );
  expect(claimed.flat()).toHaveLength(200);
  expect(new Set(claimed.flat()).size).toBe(200);
});

test('what dead processes leave is removed by the next that runs something, and nothing of the living', async () => {
  await using folder = await temporaryFolder();
  await using living = await startProgram(folder.path, 'hold');
  for (let killed = 0; killed < 2; killed += 1) {
    const program = await startProgram(folder.path, 'hold');
    await program.kill();
  }
  await writeFile(join(folder.path, 'owners', 'README'), 'not a lock');
  using store = open(folder.path);
  expect(store.orphans()).toHaveLength(2);
  expect(store.isOwnerAlive(store.ownerId)).toBe(true);
  expect(owners(folder.path).sort()).toEqual(
    ['README', `${living.said.split(' ')[1] ?? ''}.lock`, `${store.ownerId}.lock`].sort(),
  );
  expect(store.orphans()).toHaveLength(2);
});

test('reading makes no lock, and a closed store leaves none', async () => {
  await using folder = await temporaryFolder();
  const store = open(folder.path);
  store.create('run-1', createdFacts());
  expect(owners(folder.path)).toHaveLength(1);
  const { ownerId } = store;
  store[Symbol.dispose]();
  expect(owners(folder.path)).toEqual([]);

  using reader = open(folder.path);
  expect(reader.orphans().map((run) => run.runId)).toEqual(['run-1']);
  expect(reader.isOwnerAlive(ownerId)).toBe(false);
  expect(owners(folder.path)).toEqual([]);
});

test('two stores in one process do not take each other for dead', async () => {
  await using folder = await temporaryFolder();
  using one = open(folder.path);
  one.create('run-1', createdFacts());
  {
    using two = open(folder.path);
    expect(two.isOwnerAlive(one.ownerId)).toBe(true);
    two.create('run-2', createdFacts());
    expect(two.claim('run-1')).toBe(false);
  }
  // Closing what looked at the lock has not released it.
  await using other = await startProgram(folder.path, 'claim', 'run-1');
  expect(other.said).toBe('false');
  expect(one.claim('run-2')).toBe(true);
});

test('programs that begin on one new data folder at once lose nothing', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'data', 'new');
  const programs = await Promise.all(
    Array.from({ length: 4 }, () => startProgram(path, 'runs', '5')),
  );
  expect(programs.map(({ said }) => said)).toEqual(Array(4).fill('done'));
  using store = open(path);
  const { runs } = store.list({ limit: 100 });
  expect(runs).toHaveLength(20);
  for (const { runId } of runs)
    expect(store.events(runId).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect([...store.verify()]).toEqual([]);
  expect(await readdir(path)).not.toContain('cyto-run.db-journal');
});

test('a stop that another program asks for is not lost between two appends', async () => {
  await using folder = await temporaryFolder();
  using store = open(folder.path);
  store.create('run-1', createdFacts());
  using watch = store.watchStop('run-1');
  store.append('run-1', [{ type: 'state', state: 'INITIALIZING' }]);
  await using other = await startProgram(folder.path, 'stop', 'run-1');
  expect(other.said).toBe('platform');
  expect(store.append('run-1', [{ type: 'phase', phase: 'stage' }])).toMatchObject({
    seq: 4,
    stopCause: 'platform',
  });
  const fired = new Promise((resolve) => {
    watch.signal.addEventListener('abort', resolve);
  });
  clock.advance(LIMITS.stopRequestPollMs);
  await fired;
  expect(watch.signal.reason).toMatchObject({ stopCause: 'platform' });
});

test('what a process had appended when it was killed is there', async () => {
  await using folder = await temporaryFolder();
  const program = await startProgram(folder.path, 'hold');
  await program.kill();
  using store = open(folder.path);
  expect(store.read(store.resolveRunId('last'))).toMatchObject({ seq: 2, state: 'INITIALIZING' });
});
