import { expect, test } from 'vitest';

import { renderWhy, whyOf } from '../../src/report/index.ts';
import { foldEvents, type EventBody, type RunRecord } from '../../src/runner/index.ts';
import { exampleRun } from '../support/example-run.ts';
import { createdFacts, eventsOf } from '../support/run-values.ts';

const now = new Date('2026-01-01T00:10:00Z');
const created: EventBody = { type: 'created', ...createdFacts() };
const begun: EventBody[] = [created, { type: 'state', state: 'INITIALIZING' }];
const fold = (...bodies: readonly EventBody[]): RunRecord => foldEvents(eventsOf(bodies));
const batch = { id: 'b-1', item: 'one', index: 3 };
const why = (record: RunRecord, attended = true, ahead?: number) =>
  whyOf(record, { now, attended, ...(ahead === undefined ? {} : { ahead }) });

const queued = (): RunRecord => ({ ...fold(created), queue: { submitter: 'ada', priority: 0 } });

const CASES: readonly (readonly [string, ReturnType<typeof why>, string, RegExp])[] = [
  ['just asked for', why(fold(created)), 'queued', /about to begin/],
  [
    'queued by a batch',
    why({ ...fold(created), batch }, true, 12),
    'batch-turn',
    /b-1, 12 of its runs/,
  ],
  ['left by a batch', why({ ...fold(created), batch }, false), 'unattended', /never began/],
  [
    'queued by a server',
    whyOf(queued(), { now, attended: true, queue: { code: 'queue-held', message: 'held by bob' } }),
    'queue-held',
    /^Held by bob\.$/,
  ],
  [
    'queued for an input that is being fetched: a URL keeps its small letters',
    whyOf(queued(), {
      ...{ now, attended: true },
      queue: { code: 'queue-inputs', message: 'http://images.test/a.tif is being fetched' },
    }),
    'queue-inputs',
    /^http:\/\/images\.test\/a\.tif is being fetched\.$/,
  ],
  [
    'queued by a server that is another process',
    why(queued()),
    'queued',
    /^It waits in the queue of a server\.$/,
  ],
  ['queued by a server that died', why(queued(), false), 'unattended', /server .* has died/],
  [
    'due for another attempt, without room',
    whyOf(fold(...begun, { type: 'waiting', code: 'retry', message: 'attempt 1 failed' }), {
      ...{ now, attended: true },
      queue: { code: 'queue-room', message: 'waiting for memory' },
    }),
    'queue-room',
    /^Waiting for memory\.$/,
  ],
  ['staging', why(fold(...begun, { type: 'phase', phase: 'stage' })), 'staging', /placed/],
  ['pulling', why(fold(...begun, { type: 'phase', phase: 'pull' })), 'image-pull', /brought/],
  [
    'pulling, known how far',
    why(
      fold(
        ...begun,
        { type: 'phase', phase: 'pull' },
        { type: 'waiting', code: 'image-pull', message: 'pulling 3.2 of 17 GB' },
      ),
    ),
    'image-pull',
    /^Pulling 3.2 of 17 GB, for 9 min 57 s\.$/,
  ],
  [
    'waiting for the engine',
    why(
      fold(
        ...begun,
        { type: 'phase', phase: 'wait' },
        { type: 'waiting', code: 'slurm-resources', message: 'no machine is free' },
      ),
    ),
    'slurm-resources',
    /^No machine is free, for/,
  ],
  [
    'waiting, its process dead',
    why(
      fold(...begun, { type: 'waiting', code: 'slurm-resources', message: 'no machine is free' }),
      false,
    ),
    'unattended',
    /died, it waited: no machine is free\.$/,
  ],
  ['running', why(exampleRun('RUNNING')), 'running', /The app runs, for .*40 % done/],
  ['running alone', why(exampleRun('RUNNING'), false), 'unattended', /has died/],
  ['complete', why(exampleRun()), 'complete', /completed, in/],
  ['failed', why(exampleRun('EXECUTOR_ERROR')), 'app-exit', /exit code 1\.$/],
  [
    'being stopped',
    why(
      fold(
        ...begun,
        { type: 'state', state: 'RUNNING' },
        { type: 'stop-requested', cause: 'user' },
        { type: 'state', state: 'CANCELING' },
      ),
    ),
    'canceling',
    /as the user asked/,
  ],
  [
    'preempted',
    why(
      fold(
        ...begun,
        {
          type: 'failure',
          failure: { code: 'preempted', message: 'another job took its place', hint: 'retry' },
        },
        { type: 'state', state: 'PREEMPTED' },
      ),
    ),
    'preempted',
    /^Another job took its place\.$/,
  ],
];

test.each(CASES)(
  'a run that is %s says so with one code and one sentence',
  (_what, reason, code, sentence) => {
    expect(reason.code).toBe(code);
    expect(reason.sentence).toMatch(sentence);
    const text = renderWhy(reason, { now, width: 200 });
    expect(text).toContain(reason.sentence);
    expect(text.split('\n')[0]).toContain(code);
  },
);

test('between two attempts the time until the next one is told', () => {
  const record = fold(
    ...begun,
    {
      type: 'attempt-failed',
      attempt: 1,
      failure: { code: 'node-failed', message: 'gone' },
      next: { attempt: 2, notBefore: '2026-01-01T00:10:05Z', excludedNodes: ['n1'] },
    },
    {
      type: 'waiting',
      code: 'retry',
      message: 'attempt 1 failed (node-failed), attempt 2 comes next without n1',
    },
  );
  expect(why(record).sentence).toBe(
    'Attempt 1 failed (node-failed), attempt 2 comes next without n1 in 5 s.',
  );
});

test('a run that was held waits so since it was held, not since it was asked for', () => {
  const since = '2026-01-01T00:08:00.000Z';
  const held = { submitter: 'ada', priority: 0, held: { by: 'bob' }, since };
  const queue = { code: 'queue-held', message: 'held by bob' };
  expect(whyOf({ ...queued(), queue: held }, { now, attended: true, queue }).since).toBe(since);
  expect(why({ ...queued(), queue: held }).since).toBe(since);
  const again = { ...fold(...begun), queue: held };
  expect(whyOf(again, { now, attended: true, queue }).since).toBe(since);
  expect(why(queued()).since).toBe(queued().createdAt);
});
