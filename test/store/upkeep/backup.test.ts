import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { systemClock } from '../../../src/base/clock.ts';
import { newRunId, openStore, type RunStore } from '../../../src/store/index.ts';
import { startProgram } from '../../support/child-program.ts';
import { createdFacts } from '../../support/run-values.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const signal = new AbortController().signal;
const open = (folder: string): RunStore => openStore({ folder, clock: systemClock });

/** A run that wrote something and has ended. */
async function endedRun(store: RunStore, runId: string): Promise<void> {
  store.create(runId, createdFacts());
  const folder = store.runFolder(runId);
  await writeFile(join(folder, 'out', 'result.txt'), `of ${runId}`, { mode: 0o640 });
  {
    await using log = store.openLog(runId);
    await log.write({ stream: 'stdout', bytes: Buffer.from('said é\n') });
  }
  store.append(runId, [
    { type: 'state', state: 'INITIALIZING' },
    { type: 'state', state: 'RUNNING' },
    { type: 'logs', stdoutBytes: 8, stderrBytes: 0 },
    { type: 'state', state: 'COMPLETE' },
  ]);
}

test('a backup is a data folder of its own, with every run as it was', async () => {
  await using folder = await temporaryFolder();
  const home = join(folder.path, 'home');
  const copy = join(folder.path, 'copies', 'one');
  using store = open(home);
  await endedRun(store, 'run-1');
  await symlink('/nowhere', join(store.runFolder('run-1'), 'out', 'link'));
  execFileSync('mkfifo', [join(store.runFolder('run-1'), 'work', 'pipe')]);
  store.create('run-2', createdFacts());
  const report = await store.upkeep.backup(copy, signal);
  expect(report).toMatchObject({ path: copy, runs: 2, withoutFiles: [] });

  using restored = open(copy);
  expect(restored.read('run-1')).toEqual(store.read('run-1'));
  expect(restored.dataId).toBe(store.dataId);
  const result = join(restored.runFolder('run-1'), 'out', 'result.txt');
  expect(readFileSync(result, 'utf8')).toBe('of run-1');
  expect(statSync(result).mode & 0o777).toBe(0o640);
  expect(statSync(copy).mode & 0o777).toBe(0o700);
  const chunks = await Array.fromAsync(restored.readLog('run-1', { stream: 'both' }));
  expect(Buffer.concat(chunks.map(({ bytes }) => bytes)).toString()).toBe('said é\n');
  expect([...restored.upkeep.flaws()]).toEqual([]);
  // Nobody executes its runs: they are as after a crash.
  expect(restored.orphans().map(({ runId }) => runId)).toEqual(['run-2']);
});

test('a backup has what a server keeps beside: the key of its secrets, and uploads', async () => {
  await using folder = await temporaryFolder();
  const home = join(folder.path, 'home');
  const copy = join(folder.path, 'copy');
  using store = open(home);
  await endedRun(store, 'run-1');
  await writeFile(join(home, 'secrets.key'), 'k', { mode: 0o600 });
  await mkdir(join(home, 'uploads', 'u1'), { recursive: true });
  await writeFile(join(home, 'uploads', 'u1', 'slide.tif'), 'pixels');
  await store.upkeep.backup(copy, signal);
  expect(readFileSync(join(copy, 'uploads', 'u1', 'slide.tif'), 'utf8')).toBe('pixels');
  expect(statSync(join(copy, 'secrets.key')).mode & 0o777).toBe(0o600);
});

test('a backup while others write is of one moment, and each of its records the fold of its events', async () => {
  await using folder = await temporaryFolder();
  const home = join(folder.path, 'home');
  using store = open(home);
  await endedRun(store, 'run-1');
  const writing = startProgram(home, 'runs', '60');
  const reports = [];
  for (const name of ['a', 'b', 'c'])
    reports.push(await store.upkeep.backup(join(folder.path, name), signal));
  await using _writer = await writing;
  for (const name of ['a', 'b', 'c']) {
    using restored = open(join(folder.path, name));
    expect([...restored.verify()]).toEqual([]);
  }
  expect(reports.map(({ runs }) => runs)).toEqual(
    reports.map(({ runs }) => runs).toSorted((a, b) => a - b),
  );
});

test('a path that ends in .db gets the database alone, in one file', async () => {
  await using folder = await temporaryFolder();
  using store = open(join(folder.path, 'home'));
  await endedRun(store, 'run-1');
  await store.upkeep.backup(join(folder.path, 'copy.db'), signal);
  expect(existsSync(join(folder.path, 'copy.db-wal'))).toBe(false);
  await mkdir(join(folder.path, 'restored'));
  execFileSync('cp', [join(folder.path, 'copy.db'), join(folder.path, 'restored', 'cyto-run.db')]);
  using restored = open(join(folder.path, 'restored'));
  expect(restored.read('run-1').state).toBe('COMPLETE');
});

test('nothing is written over, and what a killed backup left is no hindrance', async () => {
  await using folder = await temporaryFolder();
  using store = open(join(folder.path, 'home'));
  await endedRun(store, newRunId(systemClock));
  const copy = join(folder.path, 'copy');
  await mkdir(join(`${copy}.part`, 'rubbish'), { recursive: true });
  await store.upkeep.backup(copy, signal);
  expect(existsSync(join(copy, 'rubbish'))).toBe(false);
  await expect(store.upkeep.backup(copy, signal)).rejects.toMatchObject({ code: 'usage' });
});

test('a backup that is broken off leaves nothing', async () => {
  await using folder = await temporaryFolder();
  using store = open(join(folder.path, 'home'));
  await endedRun(store, 'run-1');
  const copy = join(folder.path, 'copy');
  await expect(store.upkeep.backup(copy, AbortSignal.abort(new Error('enough')))).rejects.toThrow(
    'enough',
  );
  expect([copy, `${copy}.part`].filter((path) => existsSync(path))).toEqual([]);
});
