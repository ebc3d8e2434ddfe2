import { existsSync } from 'node:fs';
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { openStore, TERMINAL_STATES, type Flaw, type RunStore } from '../../../src/store/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createdFacts } from '../../support/run-values.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A data folder with a complete run that has logs and an output. */
async function scene() {
  const folder = await temporaryFolder();
  const store = openStore({ folder: folder.path, clock: new ManualClock() });
  store.create('run-1', createdFacts());
  const location = join(store.runFolder('run-1'), 'out', 'result');
  await writeFile(location, 'four');
  {
    await using log = store.openLog('run-1');
    await log.write({ stream: 'stderr', bytes: Buffer.from('12345') });
  }
  store.append('run-1', [
    { type: 'state', state: 'INITIALIZING' },
    { type: 'state', state: 'RUNNING' },
    { type: 'logs', stdoutBytes: 0, stderrBytes: 5 },
    {
      type: 'outputs',
      partial: false,
      outputs: [
        {
          ...{ outputId: 'result', path: 'result', location, kind: 'file', sizeBytes: 4 },
          ...{ sha256: 'ab', mediaType: 'text/plain' },
        },
      ],
    },
    { type: 'state', state: 'COMPLETE' },
  ]);
  return {
    store,
    folder: folder.path,
    location,
    [Symbol.asyncDispose]: async () => {
      store[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const flawsOf = (store: RunStore): Flaw[] => [...store.upkeep.flaws()];

function inDatabase(folder: string, sql: string): void {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const database = new DatabaseSync(join(folder, 'cyto-run.db'));
  database.exec(sql);
  database.close();
}

async function repairAll(store: RunStore): Promise<Flaw[]> {
  for (const flaw of flawsOf(store)) await store.upkeep.repair(flaw);
  return flawsOf(store);
}

test('a data folder in order has no flaws', async () => {
  await using at = await scene();
  at.store.create('run-2', createdFacts());
  at.store.runFolder('run-2');
  expect(flawsOf(at.store)).toEqual([]);
});

test('a record that another hand has changed is written again from its events', async () => {
  await using at = await scene();
  const before = at.store.read('run-1');
  inDatabase(
    at.folder,
    `UPDATE records SET body = '{'; UPDATE runs SET state = 'RUNNING', ended_at = NULL`,
  );
  expect(flawsOf(at.store)).toMatchObject([
    { kind: 'record', subject: 'run-1', remedy: 'is written again from its events' },
  ]);
  expect(await repairAll(at.store)).toEqual([]);
  expect(at.store.read('run-1')).toStrictEqual(before);
  expect([...at.store.verify()]).toEqual([]);
});

test('events that cannot be folded are told, and nothing is invented in their place', async () => {
  await using at = await scene();
  inDatabase(at.folder, 'DELETE FROM events WHERE seq = 3');
  const flaws = flawsOf(at.store);
  expect(flaws).toMatchObject([{ kind: 'record', subject: 'run-1' }]);
  expect(flaws[0]).not.toHaveProperty('remedy');
  expect(await at.store.upkeep.repair(flaws[0]!)).toBe(false);
});

test('files that a record promises and that are gone or too short are named', async () => {
  await using at = await scene();
  await truncate(at.location, 2);
  await truncate(join(at.folder, 'runs', 'run-1', 'logs', 'stderr'), 3);
  expect(flawsOf(at.store).map(({ problem }) => problem)).toEqual([
    'stderr has 3 bytes of 5',
    'its output result has 2 bytes instead of 4',
  ]);
  await rm(join(at.folder, 'runs', 'run-1'), { recursive: true });
  expect(flawsOf(at.store).map(({ problem }) => problem)).toEqual([
    'stderr has 0 bytes of 5',
    'its output result is gone',
  ]);
});

test('a folder that belongs to no run is set aside, with all that is in it', async () => {
  await using at = await scene();
  await mkdir(join(at.folder, 'runs', 'stray', 'out'), { recursive: true });
  await writeFile(join(at.folder, 'runs', 'stray', 'out', 'x'), '');
  expect(flawsOf(at.store)).toMatchObject([{ kind: 'folder', subject: 'runs/stray' }]);
  expect(await repairAll(at.store)).toEqual([]);
  expect(existsSync(join(at.folder, 'lost', 'stray', 'out', 'x'))).toBe(true);
});

test('messages that can never be sent are given up', async () => {
  await using at = await scene();
  at.store.webhooks.put({
    ...{ endpointId: 'lab', origin: 'request', url: 'http://x/', apps: [], users: [] },
    ...{ states: TERMINAL_STATES, secrets: [] },
  });
  for (const runId of ['run-2', 'run-3']) {
    at.store.create(runId, createdFacts());
    at.store.append(runId, [{ type: 'state', state: 'CANCELED' }]);
  }
  inDatabase(
    at.folder,
    `UPDATE webhook_deliveries SET body = '{' WHERE run_id = 'run-2'; UPDATE webhook_endpoints SET disabled = 'x'`,
  );
  expect(flawsOf(at.store).map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
    'webhook message 1',
    'webhook message 2',
    'webhook message 1',
  ]);
  expect(await repairAll(at.store)).toEqual([]);
  expect(at.store.webhooks.counts().dead).toBe(2);
});

test('a damaged database is told, and nothing that it says is believed', async () => {
  await using at = await scene();
  inDatabase(
    at.folder,
    `PRAGMA foreign_keys = OFF; INSERT INTO events VALUES (99, 1, '2026', '{}')`,
  );
  await mkdir(join(at.folder, 'runs', 'stray'));
  expect(flawsOf(at.store)).toEqual([
    {
      kind: 'database',
      subject: 'cyto-run.db',
      problem: 'a row of events belongs to none of runs',
    },
  ]);
});
