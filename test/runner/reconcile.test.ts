import { expect, test } from 'vitest';

import { foldEvents, type EventBody, type RunRecord } from '../../src/runner/index.ts';
import { resumeOf, type ContainerSighting, type Resume } from '../../src/runner/reconcile.ts';
import { exampleRun } from '../support/example-run.ts';
import { createdFacts, eventsOf } from '../support/run-values.ts';

const SIGHTINGS: readonly ContainerSighting[] = [
  'created',
  'waiting',
  'running',
  'exited',
  'gone',
  'unknown',
];
const always = (resume: Resume): readonly Resume[] => Array<Resume>(SIGHTINGS.length).fill(resume);
const created: EventBody = { type: 'created', ...createdFacts() };
const queued = foldEvents(eventsOf([created]));
const running = exampleRun('RUNNING');
const exited: RunRecord = { ...running, exit: { exitCode: 0, outOfMemory: false } };
const batch = { id: 'b', item: 'one', index: 0 };
const retry = { attempt: 2, notBefore: '2026-01-01T00:00:00.000Z', excludedNodes: [] };

const asked: readonly Resume[] = [
  'remove-and-settle-lost',
  'leave-waiting',
  'leave-running',
  'finish',
  'settle-lost',
  'leave-running',
];
const askedToBeginAgain: readonly Resume[] = ['remove-and-requeue', ...asked.slice(1)];

const queue = { submitter: 'ada', priority: 0 };
const begun: readonly Resume[] = askedToBeginAgain;
const neverBegun: readonly Resume[] = [
  ...askedToBeginAgain.slice(0, 4),
  'begin-anew',
  'leave-running',
];
const asking: RunRecord = { ...running, state: 'INITIALIZING', queue };

const TABLE: readonly (readonly [string, RunRecord, readonly Resume[]])[] = [
  ['has ended', exampleRun(), always('leave')],
  ['has its outputs', { ...exited, outputsCollected: true }, always('settle-as-recorded')],
  ['has its exit', exited, always('collect-again')],
  ['has its exit, and another attempt', { ...exited, retry }, always('collect-again')],
  ['asked for a container', running, asked],
  ['asked for a container, of a batch', { ...running, batch }, askedToBeginAgain],
  ['asked for a container, in its second attempt', { ...running, retry }, askedToBeginAgain],
  ['asked for one, and was asked to stop', { ...running, batch, stopCause: 'user' }, asked],
  [
    'has another attempt to come',
    { ...queued, state: 'INITIALIZING', retry },
    always('leave-retry'),
  ],
  [
    'has one to come, but is to stop',
    { ...queued, retry, stopCause: 'user' },
    always('settle-lost'),
  ],
  ['is queued by a batch', { ...queued, batch }, always('leave-queued')],
  ['was begun by a batch', { ...queued, batch, state: 'INITIALIZING' }, always('requeue')],
  [
    'was queued by a batch and is to stop',
    { ...queued, batch, stopCause: 'user' },
    always('settle-lost'),
  ],
  ['asked for nothing', queued, always('settle-lost')],
  ["is a server's, and runs", { ...running, queue }, begun],
  ["is a server's, and was about to run", asking, neverBegun],
  [
    "is a server's, and was about to run on a cluster",
    { ...asking, options: { ...asking.options, engine: 'slurm' } },
    begun,
  ],
  ["is a server's, was about to run, and is to stop", { ...asking, stopCause: 'user' }, asked],
  ["waits in a server's queue", { ...queued, queue }, always('leave-queued')],
];

test.each(TABLE)('a run whose record %s is resumed by the table', (_what, record, row) => {
  expect(SIGHTINGS.map((sighting) => resumeOf(record, sighting))).toEqual(row);
});
