import fc from 'fast-check';
import { expect, test } from 'vitest';

import { itemGroups, renderBatchWhy, type BatchWhyItem } from '../../src/report/index.ts';
import { RUN_STATES } from '../../src/runner/index.ts';

const ITEM: fc.Arbitrary<BatchWhyItem> = fc.record(
  {
    item: fc.string(),
    runId: fc.string(),
    state: fc.constantFrom(...RUN_STATES),
    waiting: fc.constantFrom('queue-room', 'queue-held'),
    failureCode: fc.constantFrom('app-exit', 'canceled'),
  },
  { requiredKeys: ['item', 'runId', 'state'] },
);

test('every item is counted once, with the first of those that are where it is', () => {
  fc.assert(
    fc.property(fc.array(ITEM), (items) => {
      const groups = itemGroups(items);
      expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(items.length);
      for (const { first } of groups) expect(items).toContain(first);
      const states = groups.map(({ first }) => RUN_STATES.indexOf(first.state));
      expect(states).toEqual([...states].sort((one, other) => one - other));
    }),
  );
});

test('what a terminal would obey in the name of an item is made visible', () => {
  const since = '2026-03-01T10:00:00Z';
  const text = renderBatchWhy(
    {
      batchId: 'b1',
      summary: { complete: 0, failed: 1, canceled: 0, active: 0, queued: 0 },
      reasons: [
        {
          ...{ count: 1, item: 'a\u001b[2J', runId: 'r1', state: 'EXECUTOR_ERROR', since },
          ...{ code: 'app-exit', sentence: 'It ended with code 3.', hint: 'Look at its log.' },
        },
      ],
    },
    { now: new Date('2026-03-01T10:05:00Z') },
  );
  expect(text).toBe(`Batch b1  1 item: 1 failed
1 EXECUTOR_ERROR  app-exit  since 5 min ago
  a\\x1b[2J: It ended with code 3.
  Look at its log.
`);
});
