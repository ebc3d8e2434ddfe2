import { expect, test } from 'vitest';

import { liveDisplay } from '../../src/cli/live-display.ts';
import { foldEvents, type EventBody, type RunRecord } from '../../src/runner/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createdFacts, eventsOf } from '../support/run-values.ts';
import { Screen } from '../support/screen.ts';

const STORY: readonly EventBody[][] = [
  [
    { type: 'created', ...createdFacts() },
    { type: 'state', state: 'INITIALIZING' },
  ],
  [
    { type: 'phase', phase: 'wait' },
    { type: 'waiting', code: 'slurm-resources', message: 'no machine is free' },
  ],
  [{ type: 'waiting', code: 'slurm-priority', message: '2 others are ahead' }],
  [
    {
      type: 'attempt-failed',
      attempt: 1,
      failure: { code: 'node-failed', message: 'n1 went down' },
      next: { attempt: 2, notBefore: '2026-01-01T00:00:09Z', excludedNodes: ['n1'] },
    },
    { type: 'waiting', code: 'retry', message: 'attempt 2 comes next without n1' },
  ],
];

const shown = (options: { isTerminal: boolean; logFormat: 'text' | 'json' }): string[] =>
  shownRecords(
    options,
    STORY.map((_, at) => foldEvents(eventsOf(STORY.slice(0, at + 1).flat()))),
  );

function shownRecords(
  options: { isTerminal: boolean; logFormat: 'text' | 'json' },
  records: readonly RunRecord[],
): string[] {
  const written: string[] = [];
  const clock = new ManualClock();
  const display = liveDisplay({
    write: (text) => written.push(text),
    clock,
    color: false,
    width: 80,
    verbose: false,
    ...options,
  });
  for (const record of records) {
    clock.advance(1_000);
    display.onRecord?.(record);
  }
  display.close();
  return written;
}

test('a log has a line for each reason to wait and for each attempt that failed', () => {
  const lines = shown({ isTerminal: false, logFormat: 'text' }).map((line) =>
    line.replace(/^ *\S+ {2}/, ''),
  );
  expect(lines).toEqual([
    'demo 1, INITIALIZING\n',
    'waiting: no machine is free\n',
    'waiting: 2 others are ahead\n',
    'attempt 1 failed: node-failed: n1 went down, waiting: attempt 2 comes next without n1\n',
  ]);
});

test('a terminal shows the newest reason below the state', () => {
  const screen = new Screen(80);
  const written = shown({ isTerminal: true, logFormat: 'text' });
  screen.write(written.slice(0, -1).join(''));
  expect(screen.lines().join('\n')).toMatch(
    /^INITIALIZING .*\n {2}attempt 2 comes next without n1/,
  );
});

/** A run in a server's queue, whose place moves, and which is then held. */
function queued(options: { isTerminal: boolean; logFormat: 'text' | 'json' }): string[] {
  const record = foldEvents(eventsOf([{ type: 'created', ...createdFacts() }]));
  return shownRecords(options, [
    record,
    ...[
      ['queue-room', 'waiting for a place; it is behind 2 runs'],
      ['queue-room', 'waiting for a place; it is behind 1 run'],
      ['queue-held', 'held by ada\u0007'],
    ].map(([code = '', message = '']) => ({
      ...record,
      waiting: { code, message, since: record.createdAt },
    })),
  ]);
}

test('a queue is told by its reasons, not by its numbers; a terminal has the newest', () => {
  const lines = queued({ isTerminal: false, logFormat: 'text' }).map((line) =>
    line.replace(/^ *\S+ {2}/, ''),
  );
  expect(lines).toEqual([
    'demo 1, QUEUED\n',
    'waiting for a place; it is behind 2 runs\n',
    'waiting: held by ada\\x07\n',
  ]);
  const screen = new Screen(80);
  screen.write(queued({ isTerminal: true, logFormat: 'text' }).slice(0, -1).join(''));
  expect(screen.lines().join('\n')).toMatch(/^QUEUED .*\n {2}held by ada/);
});

test('a program is told code and sentence', () => {
  const lines = shown({ isTerminal: false, logFormat: 'json' }).map(
    (line) => JSON.parse(line) as { type: string; code?: string },
  );
  expect(lines.filter(({ type }) => type === 'waiting').map(({ code }) => code)).toEqual([
    ...['slurm-resources', 'slurm-priority', 'retry'],
  ]);
  expect(lines.find(({ type }) => type === 'attempt-failed')).toMatchObject({
    attempt: 1,
    code: 'node-failed',
  });
});
