import { describe, expect, test } from 'vitest';

import {
  applyEvent,
  foldEvents,
  isTerminal,
  TERMINAL_STATE,
  type EventBody,
  type RunOutcome,
} from '../../src/runner/index.ts';
import { endingOf, outcomeOfExit } from '../../src/runner/settle.ts';
import { createdFacts, eventsOf, plainOptions } from '../support/run-values.ts';

const created: EventBody = { type: 'created', ...createdFacts() };
const running: EventBody[] = [
  created,
  { type: 'state', state: 'INITIALIZING' },
  { type: 'state', state: 'RUNNING' },
];
const exited = { exitCode: 0, outOfMemory: false };

describe('how a run ended', () => {
  test('is complete when the app exited 0 and every output is there', () => {
    const record = foldEvents(eventsOf(running));
    expect(outcomeOfExit({ record, exit: exited, faults: [], tail: '' })).toEqual({
      kind: 'complete',
    });
  });

  test('names the exit code, its meaning and the last words of the app', () => {
    const record = foldEvents(eventsOf(running));
    const outcome = outcomeOfExit({
      record,
      exit: { exitCode: 3, outOfMemory: false },
      faults: [],
      tail: 'Traceback\nValueError: no tissue\n',
      exitMeaning: 'no tissue found',
    });
    expect(outcome).toMatchObject({
      kind: 'executor-error',
      failure: {
        code: 'app-exit',
        message:
          'the app ended with exit code 3 (no tissue found); its last words: ValueError: no tissue',
      },
    });
  });

  test('tells out of memory from a crash, and names the limit', () => {
    const record = foldEvents(
      eventsOf([
        {
          type: 'created',
          ...createdFacts({ options: { ...plainOptions, memoryBytes: 2 ** 30 } }),
        },
      ]),
    );
    const outcome = outcomeOfExit({
      record,
      exit: { exitCode: 137, outOfMemory: true },
      faults: [],
      tail: '',
    });
    expect(outcome).toMatchObject({ failure: { code: 'out-of-memory' } });
  });

  test.each([
    ['user', 'canceled', 'canceled'],
    ['shutdown', 'canceled', 'canceled'],
    ['time-limit', 'executor-error', 'time-limit'],
  ] as const)('a stop by %s wins over the exit code that followed it', (cause, kind, code) => {
    const record = foldEvents(eventsOf([...running, { type: 'stop-requested', cause }]));
    const outcome = outcomeOfExit({
      record,
      exit: { exitCode: 137, outOfMemory: true },
      faults: [],
      tail: '',
    });
    expect(outcome).toMatchObject({ kind, failure: { code } });
  });

  test.each(['complete', 'executor-error', 'system-error', 'canceled'] as const)(
    'can be written from every state that is not terminal: %s',
    (kind) => {
      const failure = { code: 'canceled', message: 'x' } as const;
      const outcome: RunOutcome = kind === 'complete' ? { kind } : { kind, failure };
      const ways: EventBody[][] = [
        [created],
        [created, { type: 'state', state: 'INITIALIZING' }],
        running,
        [...running, { type: 'state', state: 'CANCELING' }],
      ];
      for (const way of ways) {
        const before = foldEvents(eventsOf(way));
        const possible = !(
          (kind === 'complete' && before.state !== 'RUNNING') ||
          (kind === 'executor-error' && !['INITIALIZING', 'RUNNING'].includes(before.state))
        );
        if (!possible) continue;
        const after = endingOf(before, outcome).reduce(
          (record, body) =>
            applyEvent(record, {
              ...body,
              runId: 'run-1',
              seq: record.seq + 1,
              at: record.updatedAt,
            }),
          before,
        );
        expect(after.state).toBe(TERMINAL_STATE[kind]);
        expect(isTerminal(after.state)).toBe(true);
      }
    },
  );
});
