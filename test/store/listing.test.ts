import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { NumberValue } from '../../src/descriptor/index.ts';
import { openStore, type RunQuery } from '../../src/store/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createdFacts } from '../support/run-values.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const app = (name: string) => ({ app: { ...createdFacts().app, name } });
const five: NumberValue = { kind: 'number', text: '5.0', value: 5 };

/** Six runs a minute apart, but the last two at one time. */
async function storeWithRuns() {
  const folder = await temporaryFolder();
  const clock = new ManualClock('2026-03-01T10:00:00.000Z');
  const store = openStore({ folder: folder.path, clock });
  const parameters = [
    {
      inputId: 'slide',
      type: 'File',
      value: '/data/Präparat_7.svs',
      source: 'user',
      secret: false,
    },
    { inputId: 'sizes', type: 'Number', value: [five], source: 'user', secret: false },
    { inputId: 'key', type: 'String', value: 'hunter2', source: 'server', secret: true },
  ] as const;
  store.create('20260301-100000-aaaaa', createdFacts(app('tissue')));
  clock.advance(60_000);
  store.create('20260301-100100-abbbb', createdFacts({ ...app('nuclei'), parameters }));
  clock.advance(60_000);
  store.create('20260301-100200-ccccc', createdFacts({ ...app('tissue'), rerunOf: 'run-0' }));
  clock.advance(60_000);
  for (const id of ['20260301-100300-ddddd', '20260301-100300-eeeee'])
    store.create(id, createdFacts(app('stats')));
  store.append('20260301-100100-abbbb', [
    { type: 'state', state: 'INITIALIZING' },
    { type: 'state', state: 'RUNNING' },
    { type: 'progress', percent: 40 },
    { type: 'exit', exitCode: 3, outOfMemory: false },
    { type: 'failure', failure: { code: 'app-exit', message: 'no' } },
    { type: 'state', state: 'EXECUTOR_ERROR' },
  ]);
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      store[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test('runs are listed newest first, with what a list shows', async () => {
  await using at = await storeWithRuns();
  const { runs, nextCursor } = at.store.list({ limit: 10 });
  expect(nextCursor).toBeUndefined();
  expect(runs.map(({ runId }) => runId.slice(-5))).toEqual([
    ...['eeeee', 'ddddd', 'ccccc', 'abbbb', 'aaaaa'],
  ]);
  expect(runs.slice(2, 4)).toStrictEqual([
    {
      runId: '20260301-100200-ccccc',
      state: 'QUEUED',
      app: { name: 'tissue', version: '1' },
      createdAt: '2026-03-01T10:02:00.000Z',
      rerunOf: 'run-0',
    },
    {
      runId: '20260301-100100-abbbb',
      state: 'EXECUTOR_ERROR',
      app: { name: 'nuclei', version: '1' },
      createdAt: '2026-03-01T10:01:00.000Z',
      endedAt: '2026-03-01T10:03:00.000Z',
      exitCode: 3,
      failureCode: 'app-exit',
      percent: 40,
    },
  ]);
});

const found: [string, Omit<RunQuery, 'limit'>, string[]][] = [
  ['state', { states: ['EXECUTOR_ERROR', 'CANCELED'] }, ['abbbb']],
  ['no state at all', { states: [] }, []],
  ['app', { app: 'tissue' }, ['ccccc', 'aaaaa']],
  [
    'first time, included',
    { since: new Date('2026-03-01T10:02:00Z') },
    ['eeeee', 'ddddd', 'ccccc'],
  ],
  ['last time, excluded', { before: new Date('2026-03-01T10:02:00Z') }, ['abbbb', 'aaaaa']],
  ['part of a value, in any case', { search: 'PRÄPARAT' }, ['abbbb']],
  ['a number as it was written', { search: '5.0' }, ['abbbb']],
  ['several conditions at once', { app: 'tissue', search: '1002' }, ['ccccc']],
  ['characters that mean something in SQL', { search: '%' }, []],
  ['a secret, which is not searched', { search: 'hunter2' }, []],
];
test.each(found)('runs are found by %s', async (_what, query, ids) => {
  await using at = await storeWithRuns();
  const { runs } = at.store.list({ ...query, limit: 10 });
  expect(runs.map(({ runId }) => runId.slice(-5))).toEqual(ids);
});

test('pages of any size hold every run once, in one order, also while runs come and go', async () => {
  await using at = await storeWithRuns();
  const all = at.store.list({ limit: 100 }).runs.map(({ runId }) => runId);
  let added = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), (limit) => {
      const seen: string[] = [];
      for (
        let cursor: string | undefined, first = true;
        first || cursor !== undefined;
        first = false
      ) {
        const page = at.store.list({ limit, ...(cursor === undefined ? {} : { cursor }) });
        seen.push(...page.runs.map(({ runId }) => runId));
        cursor = page.nextCursor;
        at.store.create(
          `20260301-100300-new${String((added += 1)).padStart(4, '0')}`,
          createdFacts(),
        );
      }
      expect(seen.filter((id) => !id.includes('new'))).toEqual(all);
      expect(new Set(seen).size).toBe(seen.length);
    }),
    { numRuns: 10 },
  );
});

test('a cursor that is none is told so', async () => {
  await using at = await storeWithRuns();
  expect(() => at.store.list({ limit: 1, cursor: 'nonsense' })).toThrow(
    expect.objectContaining({ code: 'usage' }),
  );
});

test.each([
  ['20260301-100200-ccccc', 'ccccc'],
  ['20260301-1002', 'ccccc'],
  ['100200', 'ccccc'],
  ['CCC', 'ccccc'],
  ['bbbb', 'abbbb'],
  ['last', 'eeeee'],
  ['last~0', 'eeeee'],
  ['last~4', 'aaaaa'],
  [' aaaaa ', 'aaaaa'],
])('%j names one run', async (text, end) => {
  await using at = await storeWithRuns();
  expect(at.store.resolveRunId(text).slice(-5)).toBe(end);
});

test.each([
  ['2026', /could be any of several runs/, /eeeee, .*ddddd/],
  ['10030', /could be any/, /Give more of the id/],
  ['a', /could be any/, /abbbb, .*aaaaa/],
  ['last~5', /there are only 5 runs$/, /cyto-run runs/],
  ['cccdc', /there is no run "cccdc"/, /^Nearest: 20260301-100200-ccccc,/],
  ['20260301-100200-ccccd', /there is no run/, /^Nearest: 20260301-100200-ccccc,/],
  ['%', /there is no run "%"/, /Nearest/],
  ['', /there is no run ""/, /Nearest/],
])('%j names no one run, and the answer helps', async (text, message, hint) => {
  await using at = await storeWithRuns();
  expect(() => at.store.resolveRunId(text)).toThrow(
    expect.objectContaining({
      code: 'run-not-found',
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
    }),
  );
});

test('a data folder that is not there yet reads like an empty one, and reading does not make it', async () => {
  await using folder = await temporaryFolder();
  using store = openStore({ folder: `${folder.path}/none`, clock: new ManualClock() });
  expect(store.list({ limit: 10 })).toEqual({ runs: [] });
  expect(store.orphans()).toEqual([]);
  expect(() => store.resolveRunId('last')).toThrow('there are no runs yet');
  expect(() => store.read('x')).toThrow('there is no run "x"');
  using made = openStore({ folder: folder.path, clock: new ManualClock() });
  expect(made.list({ limit: 1 }).runs).toEqual([]);
  expect(() => process.getBuiltinModule('node:fs').readdirSync(`${folder.path}/none`)).toThrow(
    'ENOENT',
  );
});
