import { expect, test } from 'vitest';

import { batchDisplay, type BatchDisplay } from '../../../src/cli/batch/display.ts';
import { BatchWaits, type WaitingItem } from '../../../src/cli/on-server/batch-waits.ts';
import type { RunState } from '../../../src/runner/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { Screen } from '../../support/screen.ts';

const ITEMS: readonly WaitingItem[] = (['COMPLETE', 'QUEUED', 'QUEUED'] as const).map(
  (state, index) => ({ runId: `r${index}`, item: `i${index}`, index, state }),
);
const HELD = { code: 'queue-held', sentence: 'It is held by ada.', since: '2026-03-01T10:00:00Z' };

/** A batch of a server whose time the test moves; what was asked, and what was told. */
function watched(answer = (): Promise<object> => Promise.resolve(HELD)): {
  readonly waits: BatchWaits;
  readonly asked: string[];
  readonly told: string[];
  readonly passes: (ms: number) => Promise<void>;
  readonly leave: () => Promise<void>;
} {
  const clock = new ManualClock();
  const asked: string[] = [];
  const told: string[] = [];
  const left = new AbortController();
  const waits = new BatchWaits(ITEMS, {
    clock,
    ask: (runId) => {
      asked.push(runId);
      return answer() as ReturnType<ConstructorParameters<typeof BatchWaits>[1]['ask']>;
    },
    tell: ({ item }, { sentence }) => told.push(`${item}: ${sentence}`),
  });
  const following = waits.follow(left.signal);
  return {
    ...{ waits, asked, told },
    passes: async (ms) => {
      for (let passed = 0; passed < ms; passed += 500) {
        clock.advance(500);
        await clock.untilAsleep();
      }
    },
    leave: () => {
      left.abort();
      return following;
    },
  };
}

test('a server is asked of the first item that waits, once in 5 s, and not while something runs', async () => {
  const { waits, asked, told, passes, leave } = watched();
  await passes(4_500);
  expect(asked).toEqual([]);
  await passes(500);
  expect(told).toEqual(['i1: It is held by ada.']);
  await passes(25_000);
  expect(asked).toHaveLength(6);
  waits.onState('r2', 'INITIALIZING');
  await passes(9_500);
  expect(asked.slice(6)).toEqual(['r2']);
  waits.onState('r2', 'RUNNING');
  await passes(60_000);
  expect(asked).toHaveLength(7);
  waits.onState('r2', 'COMPLETE');
  await passes(4_500);
  expect(asked).toHaveLength(7);
  await passes(5_500);
  expect(asked[7]).toBe('r1');
  waits.onState('r1', 'CANCELED');
  await passes(60_000);
  expect(asked).toHaveLength(8);
  await leave();
});

test('an answer that does not come, or comes too late, is not told', async () => {
  let isFailing = true;
  const { waits, asked, told, passes, leave } = watched(() => {
    if (isFailing) return Promise.reject(new Error('away'));
    waits.onState('r1', 'RUNNING');
    return Promise.resolve(HELD);
  });
  await passes(10_000);
  expect(asked).toHaveLength(2);
  isFailing = false;
  await passes(10_000);
  expect([asked.length, told]).toEqual([3, []]);
  await leave();
});

/** What a display writes of a reason that lasts, and of another one. */
async function shown(options: {
  isTerminal: boolean;
  logFormat: 'text' | 'json';
}): Promise<string> {
  const clock = new ManualClock();
  let written = '';
  const display: BatchDisplay = batchDisplay({
    terminal: {
      err: (text: string) => (written += text),
      errIsTerminal: options.isTerminal,
      width: 80,
      env: {},
    } as unknown as Parameters<typeof batchDisplay>[0]['terminal'],
    clock,
    states: new Map<string, RunState>([['r1', 'QUEUED']]),
    ...{ json: false, quiet: false, logFormat: options.logFormat },
  });
  const item = { item: 'i1\u0007', runId: 'r1', state: 'QUEUED' as const };
  display.onWaiting(item, { ...HELD, sentence: 'It waits, for 5 s.' });
  display.onWaiting(item, { ...HELD, sentence: 'It waits, for 10 s.' });
  display.onWaiting(item, { ...HELD, code: 'queue-slots', sentence: 'All places are taken.' });
  clock.advance(500);
  if (options.logFormat === 'text') await clock.untilAsleep();
  return written;
}

test('a log has a line for each reason, a program an item, a terminal the newest', async () => {
  const lines = await shown({ isTerminal: false, logFormat: 'text' });
  expect(lines.match(/It waits, for 5 s|for 10 s|All places/g)).toEqual([
    'It waits, for 5 s',
    'All places',
  ]);
  expect(lines).not.toContain('\u0007');
  const facts = (await shown({ isTerminal: false, logFormat: 'json' }))
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { waiting: { code: string } }).waiting.code);
  expect(facts).toEqual(['queue-held', 'queue-slots']);
  const screen = new Screen(80);
  screen.write(await shown({ isTerminal: true, logFormat: 'text' }));
  expect(screen.lines().join('')).toMatch(/^0:00 {2}1 waiting {2}.*: All places are taken\./);
});
