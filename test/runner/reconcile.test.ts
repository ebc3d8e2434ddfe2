import { expect, test } from 'vitest';

import { foldEvents, type EventBody, type RunRecord } from '../../src/runner/index.ts';
import { resumeOf, type ContainerSighting, type Resume } from '../../src/runner/reconcile.ts';
import { exampleRun } from '../support/example-run.ts';
import { createdFacts, eventsOf } from '../support/run-values.ts';

const SIGHTINGS: readonly ContainerSighting[] = ['created', 'running', 'exited', 'gone', 'unknown'];
const created: EventBody = { type: 'created', ...createdFacts() };
const queued = foldEvents(eventsOf([created]));
const running = exampleRun('RUNNING');
const exited: RunRecord = { ...running, exit: { exitCode: 0, outOfMemory: false } };

const TABLE: readonly (readonly [string, RunRecord, readonly Resume[]])[] = [
  ['has ended', exampleRun(), ['leave', 'leave', 'leave', 'leave', 'leave']],
  [
    'has its outputs',
    { ...exited, outputsCollected: true },
    Array<Resume>(5).fill('settle-as-recorded'),
  ],
  ['has its exit', exited, Array<Resume>(5).fill('collect-again')],
  [
    'asked for a container',
    running,
    ['remove-and-settle-lost', 'leave-running', 'finish', 'settle-lost', 'leave-running'],
  ],
  ['asked for nothing', queued, Array<Resume>(5).fill('settle-lost')],
];

test.each(TABLE)('a run whose record %s is resumed by the table', (_what, record, row) => {
  expect(SIGHTINGS.map((sighting) => resumeOf(record, sighting))).toEqual(row);
});
