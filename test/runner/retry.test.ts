import fc from 'fast-check';
import { expect, test } from 'vitest';

import { LIMITS } from '../../src/base/limits.ts';
import {
  FAILURE_CODES,
  foldEvents,
  type EventBody,
  type FailureCode,
  type RetryOptions,
  type RunRecord,
} from '../../src/runner/index.ts';
import { nextAttemptEvents } from '../../src/runner/next-attempt.ts';
import { retryOf, RETRY_RULE } from '../../src/runner/retry.ts';
import { exampleRun } from '../support/example-run.ts';
import { createdFacts, eventsOf, plainOptions } from '../support/run-values.ts';

const failureOf = (code: FailureCode) => ({ code, message: 'no' });
const GB = 1e9;

/** A run whose newest attempt runs, after these failures. */
function runAfter(
  failures: readonly { readonly code: FailureCode; readonly node?: string }[],
  retry: RetryOptions,
  memoryBytes = GB,
): RunRecord {
  const options = { ...plainOptions, memoryBytes, retry };
  let bodies: EventBody[] = [
    { type: 'created', ...createdFacts({ options }) },
    { type: 'state', state: 'INITIALIZING' },
  ];
  for (const { code, node } of failures) {
    const record = ran(bodies, node);
    const plan = retryOf(record, failureOf(code), true);
    if (plan === undefined) throw new Error(`${code} is not tried again`);
    bodies = [
      ...attempt(bodies, node),
      ...nextAttemptEvents(record, failureOf(code), plan, new Date(0)),
    ];
  }
  return ran(bodies, undefined);
}

const attempt = (before: readonly EventBody[], node: string | undefined): EventBody[] => {
  const { options, retry } = foldEvents(eventsOf(before));
  const { container } = exampleRun();
  if (container === undefined) throw new Error('the example has a container');
  const memoryBytes = retry?.memoryBytes ?? options.memoryBytes ?? 0;
  return [
    ...before,
    { type: 'container', ...container, limits: { pids: 9, memoryBytes } },
    { type: 'state', state: 'RUNNING' },
    ...(node === undefined ? [] : [exitOn(node)]),
  ];
};

const exitOn = (node: string): EventBody => ({
  type: 'exit',
  exitCode: 1,
  outOfMemory: false,
  node,
  ending: { code: 'node-failed', message: 'it went' },
});

const ran = (before: readonly EventBody[], node: string | undefined): RunRecord =>
  foldEvents(eventsOf(attempt(before, node)));

const twice: RetryOptions = { attempts: 2, memoryFactor: 2 };

test('every failure code has one rule, and those of the app, the user and the image are never tried again', () => {
  expect(Object.keys(RETRY_RULE).sort()).toEqual([...FAILURE_CODES].sort());
  const tried = FAILURE_CODES.filter((code) => RETRY_RULE[code] !== 'never');
  expect(tried).toEqual([
    'image-pull-failed',
    'staging-failed',
    'out-of-memory',
    'engine-lost',
    'node-failed',
    'preempted',
    'disk-full',
    'url-failed',
  ]);
});

test.each(FAILURE_CODES)('%s is not tried again unless that was asked for', (code) => {
  const record = runAfter([], { attempts: 0, memoryFactor: 2 });
  expect(retryOf(record, failureOf(code), false)).toBeUndefined();
  const { retry: _retry, ...options } = record.options;
  expect(retryOf({ ...record, options }, failureOf(code), false)).toBeUndefined();
});

test('a node that failed is left out from then on, each wait is twice the one before, and the attempts end', () => {
  const once = runAfter([{ code: 'node-failed', node: 'n7' }], twice);
  expect(once.retry).toMatchObject({ attempt: 2, excludedNodes: ['n7'] });
  const plan = retryOf(
    { ...once, exit: { exitCode: 1, outOfMemory: false, node: 'n8' } },
    failureOf('node-failed'),
    true,
  );
  expect(plan).toEqual({
    attempt: 3,
    afterMs: 2 * LIMITS.retryBackoffMs,
    excludedNodes: ['n7', 'n8'],
  });
  const last = runAfter([{ code: 'node-failed' }, { code: 'preempted' }], twice);
  expect(retryOf(last, failureOf('node-failed'), true)).toBeUndefined();
});

test('a node is not at fault for what was preempted on it', () => {
  const record = runAfter([{ code: 'preempted', node: 'n7' }], twice);
  expect(record.retry?.excludedNodes).toEqual([]);
});

test('out of memory is tried again with twice as much up to the bound, only when asked, and costs no attempt', () => {
  const asked: RetryOptions = { attempts: 1, memoryFactor: 2, memoryMaxBytes: 3 * GB };
  const [first, second] = [runAfter([], asked), runAfter([{ code: 'out-of-memory' }], asked)];
  expect(retryOf(first, failureOf('out-of-memory'), true)).toMatchObject({
    afterMs: 0,
    memoryBytes: 2 * GB,
  });
  expect(retryOf(second, failureOf('out-of-memory'), true)).toMatchObject({ memoryBytes: 3 * GB });
  const third = runAfter([{ code: 'out-of-memory' }, { code: 'out-of-memory' }], asked);
  expect(retryOf(third, failureOf('out-of-memory'), true)).toBeUndefined();
  expect(retryOf(third, failureOf('preempted'), true)).toMatchObject({
    attempt: 4,
    memoryBytes: 3 * GB,
  });
  expect(retryOf(runAfter([], twice), failureOf('out-of-memory'), true)).toBeUndefined();
});

test('what the engine lost is tried again only when it is certain that nothing had begun', () => {
  const record = runAfter([], twice);
  expect(retryOf(record, failureOf('engine-lost'), true)).toBeUndefined();
  expect(retryOf(record, failureOf('engine-lost'), false)).toMatchObject({ attempt: 2 });
});

test('a place that could not be made ready is tried again elsewhere, but not here', () => {
  const record = runAfter([], twice);
  expect(retryOf(record, failureOf('staging-failed'), false)).toBeUndefined();
  const onNode: RunRecord = {
    ...record,
    exit: {
      exitCode: 1,
      outOfMemory: false,
      node: 'n1',
      ending: { code: 'staging-failed', message: 'no scratch' },
    },
  };
  expect(retryOf(onNode, failureOf('staging-failed'), false)).toMatchObject({
    excludedNodes: ['n1'],
  });
});

test('a run that was asked to stop is not tried again, and no run for ever', () => {
  const record = runAfter([], { attempts: 999, memoryFactor: 2 });
  expect(retryOf({ ...record, stopCause: 'user' }, failureOf('node-failed'), true)).toBeUndefined();
  const old = { attempt: LIMITS.attemptsMax, notBefore: '', excludedNodes: [] };
  expect(retryOf({ ...record, retry: old }, failureOf('node-failed'), true)).toBeUndefined();
});

test('whatever fails, the attempts are numbered without gaps, memory never shrinks, and they come to an end', () => {
  const code = fc.constantFrom(...FAILURE_CODES);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(code, fc.boolean()), { minLength: 60, maxLength: 60 }),
      fc.nat({ max: 5 }),
      fc.integer({ min: 1, max: 2 ** 40 }),
      (failures, attempts, memoryMaxBytes) => {
        let record = runAfter([], { attempts, memoryFactor: 1.5, memoryMaxBytes });
        let tried = 0;
        for (const [failed, begun] of failures) {
          const plan = retryOf(record, failureOf(failed), begun);
          if (plan === undefined) continue;
          tried += 1;
          expect(plan.attempt).toBe(tried + 1);
          expect(plan.memoryBytes ?? GB).toBeGreaterThanOrEqual(record.retry?.memoryBytes ?? GB);
          const next = nextAttemptEvents(record, failureOf(failed), plan, new Date(0));
          const bodies = [...next, { type: 'state' as const, state: 'RUNNING' as const }];
          const folded = foldEvents([
            ...eventsOf([{ type: 'created', ...createdFacts({ options: record.options }) }]),
          ]);
          expect(folded.retry).toBeUndefined();
          const [{ attempt: given, failure, next: after }] = next as [
            Extract<EventBody, { type: 'attempt-failed' }>,
          ];
          expect(bodies[0]).toMatchObject({ attempt: tried });
          record = {
            ...record,
            retry: after,
            attempts: [
              ...(record.attempts ?? []),
              { attempt: given, failure, startedAt: '', endedAt: '' },
            ],
            container: {
              ...record.container!,
              limits: { pids: 1, memoryBytes: plan.memoryBytes ?? GB },
            },
          };
        }
        expect(tried).toBeLessThan(LIMITS.attemptsMax);
      },
    ),
    { numRuns: 200 },
  );
});
