import { writeFileSync } from 'node:fs';
import { appendFile, mkdir, open as openFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { openStore, type RunStore } from '../../src/store/index.ts';
import { Database } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import { startProgram } from '../support/child-program.ts';
import { makeDatabaseV1 } from '../support/database-v1.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createdFacts } from '../support/run-values.ts';
import { testOnSmallDisk } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const DATABASE = 'cyto-run.db';
const open = (folder: string): RunStore => openStore({ folder, clock: new ManualClock() });
/** A data folder with one run, `run-1`, that nothing holds open. */
const makeRun = (folder: string): void => {
  using store = open(folder);
  store.create('run-1', createdFacts());
};
const failing = (code: string, message: RegExp): unknown =>
  expect.objectContaining({
    name: 'RunnerError',
    code,
    message: expect.stringMatching(message) as string,
    hint: expect.stringMatching(/./) as string,
  });
const inDatabase = (folder: string, sql: string): void => {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const database = new DatabaseSync(join(folder, DATABASE));
  database.exec(sql);
  database.close();
};

test('a database of version 1 is read, and goes on', async () => {
  await using folder = await temporaryFolder();
  makeDatabaseV1(folder.path);
  using store = open(folder.path);
  expect(store.read('old-run')).toMatchObject({ state: 'SYSTEM_ERROR', app: { name: 'old' } });
  expect(store.dataId).toBe('abc');
  expect([...store.verify()]).toEqual([]);
  store.create('new-run', createdFacts());
  expect(store.list({ limit: 9 }).runs.map(({ runId }) => runId)).toEqual(['new-run', 'old-run']);
});

test('steps that are missing are taken in order, once, and keep what is there', async () => {
  await using folder = await temporaryFolder();
  makeDatabaseV1(folder.path);
  const later = [
    ...MIGRATIONS,
    { version: 98, sql: 'CREATE TABLE things (name TEXT) STRICT' },
    {
      version: 99,
      sql: 'ALTER TABLE things ADD COLUMN seen TEXT; INSERT INTO things VALUES (1, 2)',
    },
  ];
  for (let time = 0; time < 2; time += 1) {
    using database = Database.open(join(folder.path, DATABASE));
    migrate(database, later);
    expect(database.all('SELECT * FROM things')).toHaveLength(1);
    expect(database.get('PRAGMA user_version')?.['user_version']).toBe(99);
    expect(database.get('SELECT run_id FROM runs')?.['run_id']).toBe('old-run');
  }
});

test('a step that fails leaves the database at its version', async () => {
  await using folder = await temporaryFolder();
  makeDatabaseV1(folder.path);
  const wrong = [...MIGRATIONS, { version: 98, sql: 'CREATE TABLE things (name TEXT); NONSENSE' }];
  using database = Database.open(join(folder.path, DATABASE));
  expect(() => {
    migrate(database, wrong);
  }).toThrow('NONSENSE');
  expect(database.get('PRAGMA user_version')?.['user_version']).toBe(1);
  expect(database.get("SELECT 1 FROM sqlite_master WHERE name = 'apps'")).toBeUndefined();
});

test('the database is durable before anyone is told, and kept in WAL mode', async () => {
  await using folder = await temporaryFolder();
  using database = Database.open(join(folder.path, DATABASE));
  expect(database.get('PRAGMA synchronous')?.['synchronous']).toBe(2);
  expect(database.get('PRAGMA journal_mode')?.['journal_mode']).toBe('wal');
  expect(database.get('PRAGMA foreign_keys')?.['foreign_keys']).toBe(1);
});

test('a data folder has an identity of its own, that it keeps', async () => {
  await using one = await temporaryFolder();
  await using two = await temporaryFolder();
  using first = open(one.path);
  const { dataId } = first;
  expect(dataId).toMatch(/^[0-9a-z]{12}$/);
  using again = open(one.path);
  expect(again.dataId).toBe(dataId);
  using other = open(two.path);
  expect(other.dataId).not.toBe(dataId);
});

test('a database of a newer program is refused, and left as it is', async () => {
  await using folder = await temporaryFolder();
  makeRun(folder.path);
  inDatabase(folder.path, 'PRAGMA user_version = 99');
  using store = open(folder.path);
  const expected = failing('store-newer', /newer version of this program \(its schema is 99/);
  expect(() => store.list({ limit: 1 })).toThrow(expected);
  expect(() => store.create('run-2', createdFacts())).toThrow(expected);
});

test("another program's database is not touched", async () => {
  await using folder = await temporaryFolder();
  inDatabase(folder.path, 'CREATE TABLE theirs (x)');
  using store = open(folder.path);
  expect(() => store.create('run-1', createdFacts())).toThrow(
    failing('store-unusable', /another program's database/),
  );
});

test('a file that is no database is told so', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, DATABASE), 'certainly not a database, and long enough to tell');
  using store = open(folder.path);
  expect(() => store.list({ limit: 1 })).toThrow(failing('store-unusable', /is damaged/));
});

test('a database with a damaged page is told so', async () => {
  await using folder = await temporaryFolder();
  makeRun(folder.path);
  {
    await using file = await openFile(join(folder.path, DATABASE), 'r+');
    const { size } = await file.stat();
    await file.write(Buffer.alloc(size - 4096, 0xaa), 0, size - 4096, 4096);
  }
  using store = open(folder.path);
  expect(() => store.read('run-1')).toThrow(failing('store-unusable', /is damaged/));
});

test('a file in place of the data folder is told so', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'file');
  await writeFile(path, '');
  using store = open(path);
  expect(() => store.list({ limit: 1 })).toThrow(failing('store-unusable', /is not a folder/));
  expect(() => store.create('run-1', createdFacts())).toThrow(
    failing('store-unusable', /cannot use .*file/),
  );
  using below = open(join(path, 'below'));
  expect(() => below.create('run-1', createdFacts())).toThrow(failing('store-unusable', /below/));
});

test('a folder in place of the database is told so', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, DATABASE));
  using store = open(folder.path);
  expect(() => store.list({ limit: 1 })).toThrow(
    failing('store-unusable', /cannot (be opened|read)/),
  );
});

test.each(['100% sure?', 'a#b', 'quo\'te"d', 'näh', 'file:x'])(
  'a data folder may be named %j',
  async (name) => {
    await using folder = await temporaryFolder();
    using store = open(join(folder.path, name));
    store.create('run-1', createdFacts());
    using other = open(join(folder.path, name));
    expect(other.isOwnerAlive(store.ownerId)).toBe(true);
    expect(other.read('run-1').state).toBe('QUEUED');
  },
);

test('a database that another program holds too long is told so, and can be used afterwards', async () => {
  await using folder = await temporaryFolder();
  using store = open(folder.path);
  store.create('run-1', createdFacts());
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const other = new DatabaseSync(join(folder.path, DATABASE));
  other.exec('BEGIN IMMEDIATE');
  expect(store.read('run-1').seq).toBe(1);
  using impatient = Database.open(join(folder.path, DATABASE));
  impatient.exec('PRAGMA busy_timeout = 10');
  expect(() => {
    impatient.transaction(() => undefined);
  }).toThrow(failing('store-busy', /another program held the database/));
  other.exec('COMMIT');
  other.close();
  expect(store.append('run-1', [{ type: 'state', state: 'INITIALIZING' }]).seq).toBe(2);
});

testOnSmallDisk('a read-only data folder can be read, and not written', 4_000_000, async (disk) => {
  makeRun(disk.path);
  disk.makeReadOnly();
  using store = open(disk.path);
  expect(store.list({ limit: 9 }).runs.map(({ runId }) => runId)).toEqual(['run-1']);
  expect(store.read('run-1').state).toBe('QUEUED');
  expect(store.orphans().map(({ runId }) => runId)).toEqual(['run-1']);
  const expected = failing('store-unusable', /cannot be opened or written|EROFS/);
  expect(() => store.create('run-2', createdFacts())).toThrow(expected);
  expect(() => store.requestStop('run-1', 'user')).toThrow(expected);
  await expect(store.remove('run-1')).rejects.toMatchObject({ code: 'run-active' });
  using empty = open(join(disk.path, 'new'));
  expect(() => empty.create('run-2', createdFacts())).toThrow(expected);
});

testOnSmallDisk(
  'a data folder made read-only when its writer was killed can be read',
  4_000_000,
  async (disk) => {
    const program = await startProgram(disk.path, 'hold');
    await program.kill();
    disk.makeReadOnly();
    using store = open(disk.path);
    const runId = program.said.split(' ')[0] ?? '';
    expect(store.read(runId).state).toBe('INITIALIZING');
    expect(store.orphans().map((run) => run.runId)).toEqual([runId]);
  },
);

testOnSmallDisk(
  'a full disk is told, the run stays as it was, and goes on when there is space',
  600_000,
  async (disk) => {
    using store = open(disk.path);
    store.create('run-1', createdFacts());
    const ballast = join(disk.path, 'ballast');
    await expect(appendFile(ballast, Buffer.alloc(700_000))).rejects.toThrow('ENOSPC');
    const append = (): unknown =>
      store.append('run-1', [{ type: 'warning', code: 'w', message: 'x'.repeat(60_000) }]);
    expect(append).toThrow(failing('disk-full', /is full/));
    expect(store.read('run-1').seq).toBe(1);
    writeFileSync(ballast, '');
    expect(append()).toMatchObject({ seq: 2 });
  },
);

testOnSmallDisk('a data folder on a full disk is told to be full', 200_000, async (disk) => {
  await expect(appendFile(join(disk.path, 'x'), Buffer.alloc(300_000))).rejects.toThrow('ENOSPC');
  using store = open(join(disk.path, 'data'));
  expect(() => store.create('run-1', createdFacts())).toThrow(failing('disk-full', /is full/));
});
