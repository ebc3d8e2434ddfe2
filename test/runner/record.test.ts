import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  applyEvent,
  foldEvents,
  isTerminal,
  nextStates,
  RUN_STATES,
  type EventBody,
  type RunState,
} from '../../src/runner/index.ts';
import { createdFacts, eventsOf } from '../support/run-values.ts';

const created: EventBody = { type: 'created', ...createdFacts() };

describe('the record of a run', () => {
  test('is its events, folded', () => {
    const record = foldEvents(
      eventsOf([
        created,
        { type: 'state', state: 'INITIALIZING' },
        { type: 'phase', phase: 'stage' },
        { type: 'phase', phase: 'run' },
        { type: 'state', state: 'RUNNING' },
        { type: 'exit', exitCode: 3, outOfMemory: false },
        { type: 'failure', failure: { code: 'app-exit', message: 'no' } },
        { type: 'state', state: 'EXECUTOR_ERROR' },
      ]),
    );
    expect(record).toMatchObject({
      state: 'EXECUTOR_ERROR',
      seq: 8,
      exit: { exitCode: 3, outOfMemory: false },
      failure: { code: 'app-exit' },
      endedAt: '2026-01-01T00:00:07.000Z',
      phases: [
        {
          phase: 'stage',
          startedAt: '2026-01-01T00:00:02.000Z',
          endedAt: '2026-01-01T00:00:03.000Z',
        },
        {
          phase: 'run',
          startedAt: '2026-01-01T00:00:03.000Z',
          endedAt: '2026-01-01T00:00:07.000Z',
        },
      ],
    });
  });

  test('refuses an event that leaves a gap, a second beginning and another run’s event', () => {
    const record = foldEvents(eventsOf([created]));
    const at = record.createdAt;
    const state = { type: 'state', state: 'INITIALIZING', at } as const;
    expect(() => applyEvent(record, { ...state, runId: 'run-1', seq: 3 })).toThrow(/after 1/);
    expect(() => applyEvent(record, { ...state, runId: 'other', seq: 2 })).toThrow(/other/);
    expect(() => applyEvent(record, { ...created, runId: 'run-1', seq: 2, at })).toThrow(/twice/);
    expect(() => applyEvent(undefined, { ...state, runId: 'run-1', seq: 1 })).toThrow(
      /first event/,
    );
  });

  test('keeps the first cause of a stop and the first failure', () => {
    const record = foldEvents(
      eventsOf([
        created,
        { type: 'stop-requested', cause: 'time-limit' },
        { type: 'stop-requested', cause: 'user' },
        { type: 'failure', failure: { code: 'time-limit', message: 'first' } },
        { type: 'failure', failure: { code: 'canceled', message: 'second' } },
      ]),
    );
    expect(record.stopCause).toBe('time-limit');
    expect(record.failure?.message).toBe('first');
  });

  test('walks only along the table, and leaves a terminal state by no event', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...RUN_STATES), { maxLength: 12 }), (walk) => {
        let record = foldEvents(eventsOf([created]));
        for (const state of walk) {
          const from: RunState = record.state;
          const event = {
            type: 'state',
            state,
            runId: 'run-1',
            seq: record.seq + 1,
            at: record.createdAt,
          } as const;
          if (nextStates(from).includes(state)) record = applyEvent(record, event);
          else
            expect(() => applyEvent(record, event)).toThrow(`cannot go from ${from} to ${state}`);
          if (isTerminal(from)) expect(record.state).toBe(from);
        }
      }),
    );
  });
});
