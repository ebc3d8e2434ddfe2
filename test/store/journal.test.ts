import { statSync } from 'node:fs';
import { access, chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { LIMITS } from '../../src/base/limits.ts';
import {
  foldEvents,
  isTerminal,
  nextStates,
  RUN_PHASES,
  type EventBody,
  type RunState,
} from '../../src/runner/index.ts';
import { newRunId, openStore } from '../../src/store/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createdFacts } from '../support/run-values.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const RUN = 'run-1';

/** A store with one run, in a folder of its own. */
async function storeWithRun() {
  const folder = await temporaryFolder();
  const clock = new ManualClock();
  const store = openStore({ folder: folder.path, clock });
  store.create(RUN, createdFacts());
  return {
    store,
    clock,
    folder: folder.path,
    [Symbol.asyncDispose]: async () => {
      store[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const stateChange = (state: RunState): EventBody => ({ type: 'state', state });
const ENDED = (['INITIALIZING', 'RUNNING', 'COMPLETE'] as const).map(stateChange);

test('a created run is queued, with all that was asked for', async () => {
  await using at = await storeWithRun();
  expect(at.store.read(RUN)).toEqual({
    ...createdFacts(),
    runId: RUN,
    state: 'QUEUED',
    seq: 1,
    createdAt: '2026-03-01T10:00:00.000Z',
    updatedAt: '2026-03-01T10:00:00.000Z',
    phases: [],
    inputs: [],
    outputs: [],
    outputsCollected: false,
    outputsPartial: false,
    warnings: [],
  });
});

test('what was appended is there for another program that opens the same folder', async () => {
  await using at = await storeWithRun();
  at.clock.advance(1500);
  const told = at.store.append(RUN, [
    stateChange('INITIALIZING'),
    { type: 'phase', phase: 'pull' },
  ]);
  using other = openStore({ folder: at.folder, clock: at.clock });
  expect(other.read(RUN)).toEqual(told);
  expect(other.events(RUN).map(({ seq, type, at: time }) => [seq, type, time])).toEqual([
    [1, 'created', '2026-03-01T10:00:00.000Z'],
    [2, 'state', '2026-03-01T10:00:01.500Z'],
    [3, 'phase', '2026-03-01T10:00:01.500Z'],
  ]);
});

test('events that do not follow change nothing, not even those before them in the same append', async () => {
  await using at = await storeWithRun();
  const wrong = [{ type: 'phase', phase: 'stage' } as const, stateChange('COMPLETE')];
  expect(() => at.store.append(RUN, wrong)).toThrow(
    expect.objectContaining({ code: 'state-conflict' }),
  );
  expect(at.store.events(RUN)).toHaveLength(1);
  expect(at.store.append(RUN, [stateChange('INITIALIZING')]).seq).toBe(2);
});

test('an id that is taken is refused, and the run that has it stays as it is', async () => {
  await using at = await storeWithRun();
  const again = createdFacts({ host: 'another' });
  expect(() => at.store.create(RUN, again)).toThrow(
    expect.objectContaining({ code: 'state-conflict' }),
  );
  expect(at.store.read(RUN).host).toBe('bench');
});

test.each(['../evil', '', 'a/b', '.', 'x'.repeat(65)])(
  'an id that could lead out of the data folder is refused: %j',
  async (runId) => {
    await using at = await storeWithRun();
    expect(() => at.store.create(runId, createdFacts())).toThrow(TypeError);
  },
);

test('a run that is not there is named, with those whose ids are near', async () => {
  await using at = await storeWithRun();
  expect(() => at.store.read('run-2')).toThrow(
    expect.objectContaining({
      code: 'run-not-found',
      message: 'there is no run "run-2"',
      hint: expect.stringContaining('run-1') as string,
    }),
  );
  expect(() => at.store.events('run-2')).toThrow('there is no run');
  expect(() => at.store.append('run-2', [])).toThrow('there is no run');
  expect(() => at.store.runFolder('run-2')).toThrow('there is no run');
});

test('values that JSON cannot keep do not make the record differ from the fold', async () => {
  await using at = await storeWithRun();
  const odd = { type: 'progress', percent: Number.NaN, message: undefined } as unknown as EventBody;
  expect(at.store.append(RUN, [odd])).toStrictEqual(at.store.read(RUN));
  expect([...at.store.verify()]).toEqual([]);
});

const anyBody = fc.oneof(
  fc.constantFrom(...RUN_PHASES).map((phase): EventBody => ({ type: 'phase', phase })),
  fc
    .record({ percent: fc.double({ min: 0, max: 100 }), message: fc.string({ unit: 'binary' }) })
    .map((progress): EventBody => ({ type: 'progress', ...progress })),
  fc
    .constantFrom('user' as const, 'shutdown' as const)
    .map((cause): EventBody => ({ type: 'stop-requested', cause })),
  fc.nat(255).map((exitCode): EventBody => ({ type: 'exit', exitCode, outOfMemory: false })),
  fc
    .string({ unit: 'binary' })
    .map((message): EventBody => ({ type: 'warning', code: 'w', message })),
  fc
    .string()
    .map((message): EventBody => ({ type: 'failure', failure: { code: 'app-exit', message } })),
  fc.constant('next-state' as const),
);

test('the stored record is the fold of the stored events, whatever happens to a run', async () => {
  await using at = await storeWithRun();
  let count = 0;
  fc.assert(
    fc.property(
      fc.array(fc.array(anyBody, { maxLength: 4 }), { maxLength: 8 }),
      fc.nat(),
      (batches, pick) => {
        const runId = `run-x${String((count += 1))}`;
        let { state } = at.store.create(runId, createdFacts());
        for (const batch of batches) {
          const bodies = batch.flatMap((body): EventBody[] => {
            if (body !== 'next-state') return [body];
            if (isTerminal(state)) return [];
            state = nextStates(state)[pick % nextStates(state).length]!;
            return [stateChange(state)];
          });
          const told = at.store.append(runId, bodies);
          expect(told).toStrictEqual(foldEvents(at.store.events(runId)));
          expect(told).toStrictEqual(at.store.read(runId));
        }
      },
    ),
    { numRuns: 60 },
  );
  expect([...at.store.verify()]).toEqual([]);
  expect(count).toBeGreaterThan(50);
});

test('verify names a run whose record was changed by another hand', async () => {
  await using at = await storeWithRun();
  at.store.create('run-2', createdFacts());
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const database = new DatabaseSync(join(at.folder, 'cyto-run.db'));
  database.exec(`UPDATE records SET body = replace(body, '"QUEUED"', '"RUNNING"') WHERE run = 2`);
  expect([...at.store.verify()]).toEqual([
    { runId: 'run-2', problem: 'its record is not the fold of its events' },
  ]);
  database.exec(`UPDATE records SET body = '{' WHERE run = 2`);
  expect(() => at.store.read('run-2')).toThrow(expect.objectContaining({ code: 'store-unusable' }));
  expect(() => {
    database.exec(`UPDATE events SET body = '{}'`);
  }).toThrow('events are never changed');
  database.close();
});

test('a stop asked for by another program reaches the watch, with its first cause', async () => {
  await using at = await storeWithRun();
  using other = openStore({ folder: at.folder, clock: at.clock });
  using watch = at.store.watchStop(RUN);
  await at.clock.untilAsleep();
  expect(other.requestStop(RUN, 'platform').stopCause).toBe('platform');
  expect(other.requestStop(RUN, 'user').stopCause).toBe('platform');
  expect(watch.signal.aborted).toBe(false);

  const fired = new Promise((resolve) => {
    watch.signal.addEventListener('abort', resolve);
  });
  at.clock.advance(LIMITS.stopRequestPollMs);
  await fired;
  expect(watch.signal.reason).toMatchObject({ name: 'StopReason', stopCause: 'platform' });
  expect(at.store.events(RUN).map(({ type }) => type)).toEqual(['created', 'stop-requested']);
});

test('a stop asked for before anyone watched is seen at once', async () => {
  await using at = await storeWithRun();
  at.store.requestStop(RUN, 'user');
  using watch = at.store.watchStop(RUN);
  expect(watch.signal.aborted).toBe(true);
});

test('a watch that is disposed looks no more', async () => {
  await using at = await storeWithRun();
  const watch = at.store.watchStop(RUN);
  await at.clock.untilAsleep();
  watch[Symbol.dispose]();
  at.store.requestStop(RUN, 'user');
  at.clock.advance(10 * LIMITS.stopRequestPollMs);
  await Promise.resolve();
  expect(watch.signal.aborted).toBe(false);
});

test('asking a run that has ended to stop changes nothing', async () => {
  await using at = await storeWithRun();
  const ended = at.store.append(RUN, ENDED);
  expect(at.store.requestStop(RUN, 'user')).toEqual(ended);
});

test('the folders of a run are there, and closed to others', async () => {
  await using at = await storeWithRun();
  const folder = at.store.runFolder(RUN);
  expect(folder).toBe(join(at.folder, 'runs', RUN));
  for (const name of ['', 'work', 'home', 'tmp', 'out', 'logs'])
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o700);
  expect(statSync(join(at.folder, 'cyto-run.db')).mode & 0o777).toBe(0o600);
});

test('a removed run is gone with its files, and files it links to are not', async () => {
  await using at = await storeWithRun();
  const folder = at.store.runFolder(RUN);
  const precious = join(at.folder, 'precious');
  await mkdir(precious);
  await writeFile(join(precious, 'data'), 'kept');
  await symlink(precious, join(folder, 'work', 'link'));
  await writeFile(join(folder, 'out', 'result'), 'x');
  await chmod(join(folder, 'out'), 0o500);
  at.store.append(RUN, ENDED);

  await at.store.remove(RUN);
  expect(() => at.store.read(RUN)).toThrow('there is no run');
  await expect(access(folder)).rejects.toThrow('ENOENT');
  await access(join(precious, 'data'));
  await expect(at.store.remove(RUN)).rejects.toThrow('there is no run');
});

test('a run that has not ended is not removed', async () => {
  await using at = await storeWithRun();
  await expect(at.store.remove(RUN)).rejects.toMatchObject({ code: 'run-active' });
  expect(at.store.read(RUN).state).toBe('QUEUED');
});

test('a run id tells when it was made and differs from all others', () => {
  const clock = new ManualClock('2026-03-01T23:59:58.700Z');
  const ids = Array.from({ length: 20_000 }, () => newRunId(clock));
  for (const id of ids) expect(id).toMatch(/^20260301-235958-[0-9a-hjkmnp-tv-z]{5}$/);
  expect(new Set(ids).size).toBe(20_000);
});
