import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { pressed, shownRows, START, withRows } from '../../src/cli/top/state.ts';
import { topLines } from '../../src/cli/top/view.ts';
import { columnsOf, plainLine } from '../../src/report/index.ts';
import type { RunRecord } from '../../src/runner/index.ts';
import { LAUNCHER } from '../support/cli.ts';
import { plainApp } from '../support/plain-app.ts';
import { onTerminal, type PseudoTerminal } from '../support/pseudo-terminal.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A server, programs and a terminal, on a machine that may have much else to do. */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const stack = new AsyncDisposableStack();
let server: TestServer;
let home: string;

beforeAll(async () => {
  home = stack.use(await temporaryFolder()).path;
  const env = { CYTO_RUN_ENGINE: 'process' };
  server = stack.use(await startTestServer({ home, env, args: ['--slots', '1'] }));
});
afterAll(() => stack.disposeAsync());

const submit = async (name: string, body: object = {}): Promise<string> => {
  const descriptor = plainApp('echo words of the app; sleep 600', { name });
  const answer = await server.request<RunRecord>('POST', '/runs', {
    body: { descriptor, ...body },
  });
  return answer.body.runId;
};

const shows = (terminal: PseudoTerminal, text: string | RegExp): Promise<void> =>
  expect.poll(() => terminal.screen.lines().join('\n'), { timeout: 60_000 }).toMatch(text);

test('a person looks, filters, holds, releases, gives priority, cancels and leaves; the terminal is as it was', async () => {
  const running = await submit('first');
  const waiting = await submit('second');
  await using terminal = onTerminal([process.execPath, LAUNCHER, 'top'], {
    ...{ rows: 20, columns: 110, cwd: home },
    env: { PATH: process.env['PATH'], HOME: home, CYTO_RUN_SERVER: server.url, NO_COLOR: '1' },
  });
  await shows(terminal, /1 running, 1 waiting/);
  expect(terminal.screen.lines()).toHaveLength(20);
  await shows(terminal, new RegExp(`>${running}  RUNNING`));
  terminal.type('\r');
  await shows(terminal, 'words of the app');
  terminal.type('q/second\r');
  await shows(terminal, /filter: second/);
  await shows(terminal, new RegExp(`>${waiting}`));
  terminal.type('h');
  await shows(terminal, `hold ${waiting}: done`);
  await shows(terminal, /[Hh]eld/);
  terminal.type('r');
  await shows(terminal, `release ${waiting}: done`);
  terminal.type('p7\r');
  await shows(terminal, `priority ${waiting}: done`);
  const { body } = await server.request<RunRecord>('GET', `/runs/${waiting}`);
  expect(body.queue).toMatchObject({ priority: 7 });
  terminal.type('cn');
  await shows(terminal, 'not canceled');
  terminal.type('cy');
  await shows(terminal, new RegExp(`${waiting}  CANCELED`));
  terminal.type('q');
  expect(await terminal.ended).toBe(0);
  expect(terminal.written().trimEnd().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
  await server.request('POST', `/runs/${running}/cancel`, { body: { now: true } });
});

test('told to end from outside, it gives the terminal back as well', async () => {
  await using terminal = onTerminal([process.execPath, LAUNCHER, 'top'], {
    ...{ rows: 12, columns: 80, cwd: home },
    env: { PATH: process.env['PATH'], HOME: home, CYTO_RUN_SERVER: server.url },
  });
  await shows(terminal, /cyto-run top/);
  terminal.type('\u0003');
  expect(await terminal.ended).toBe(0);
  expect(terminal.written()).toContain('\u001b[?25h\u001b[?1049l');
});

test('how long a run waited and how long its app runs are two columns', () => {
  const run = {
    app: { name: 'demo' },
    createdAt: '2026-11-28T04:00:00.000Z',
    startedAt: '2026-11-28T04:10:00.000Z',
  };
  const { startedAt: _startedAt, ...unbegun } = run;
  const state = withRows(START, [
    { run: { ...run, runId: 'running', state: 'RUNNING' } },
    { run: { ...unbegun, runId: 'waiting', state: 'QUEUED' } },
    { run: { ...run, runId: 'ended', state: 'COMPLETE', endedAt: '2026-11-28T04:10:05.000Z' } },
    { run: { ...unbegun, runId: 'never', state: 'CANCELED', endedAt: '2026-11-28T04:01:00.000Z' } },
  ]);
  const now = new Date('2026-11-28T04:12:34Z');
  const view = { state, details: undefined, trouble: '', where: 'here', now, rows: 8, columns: 80 };
  const lines = topLines({ ...view, color: false }).map((line) => line.trim().split(/ {2,}/));
  expect(lines.slice(1, 6).map((cells) => cells.slice(-2))).toEqual([
    ['WAIT', 'TIME'],
    ['10:00', '2:34'],
    ['demo', '12:34'],
    ['10:00', '0:05'],
    ['demo', '1:00'],
  ]);
});

const rowOf = fc.record({
  run: fc.record({
    runId: fc.stringMatching(/^20261128-\d{6}-[a-z0-9]{5}$/),
    state: fc.constantFrom('QUEUED' as const, 'RUNNING' as const, 'EXECUTOR_ERROR' as const),
    app: fc.record({ name: fc.string({ unit: 'grapheme' }) }),
    createdAt: fc.constant('2026-11-28T04:00:00.000Z'),
    percent: fc.double({ min: 0, max: 100, noNaN: true }),
    submitter: fc.string({ unit: 'grapheme' }),
  }),
  sentence: fc.string({ unit: 'grapheme' }),
});
const keys = fc.constantFrom(
  ...['up', 'down', 'j', 'k', 'pageup', 'pagedown', 'return', 'escape', 'backspace'],
  ...['/', 'a', '7', 'c', 'y', 'n', 'p', 'h', 'r', 'f5', ''],
);

test('whatever is typed and whatever comes, the selected run is one that is shown, and the screen is full and fits', () => {
  const lists = fc.uniqueArray(rowOf, { maxLength: 30, selector: ({ run }) => run.runId });
  const steps = fc.array(fc.oneof(keys, lists), { maxLength: 30 });
  fc.assert(
    fc.property(
      steps,
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 150 }),
      (all, rows, columns) => {
        let state = START;
        for (const step of all) {
          state = typeof step === 'string' ? pressed(state, step).state : withRows(state, step);
          const shown = shownRows(state).map(({ run }) => run.runId);
          expect(state.selected === undefined ? 0 : shown.indexOf(state.selected)).toBeGreaterThan(
            -1,
          );
        }
        const now = new Date('2026-11-28T05:00:00Z');
        const view = { details: undefined, trouble: '', where: 'here', now, rows, columns };
        for (const color of [false, true]) {
          const lines = topLines({ ...view, state, color });
          expect(lines).toHaveLength(rows);
          for (const line of lines) expect(columnsOf(plainLine(line))).toBeLessThanOrEqual(columns);
        }
      },
    ),
    { numRuns: 200 },
  );
});
