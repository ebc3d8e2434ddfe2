import { expect, test } from 'vitest';

import { ServerMetrics } from '../../../src/daemon/metrics/index.ts';
import {
  applyEvent,
  foldEvents,
  type EventBody,
  type RunRecord,
} from '../../../src/runner/index.ts';
import { createdFacts, eventsOf } from '../../support/run-values.ts';

const sources = {
  runs: () => ({ QUEUED: 2, COMPLETE: 7 }),
  messages: () => ({ pending: 1, dead: 3 }),
  freeBytes: () => Promise.resolve(4096),
};
const read = async (metrics: ServerMetrics): Promise<string[]> =>
  (await metrics.read()).text.split('\n');

/** The record after each of a run's events, a second apart. */
function records(runId: string, bodies: readonly EventBody[]): RunRecord[] {
  const events = eventsOf([{ type: 'created', ...createdFacts() }, ...bodies], runId);
  return events.reduce<RunRecord[]>((all, event) => [...all, applyEvent(all.at(-1), event)], []);
}

const WHOLE: readonly EventBody[] = [
  { type: 'phase', phase: 'stage' },
  { type: 'state', state: 'INITIALIZING' },
  { type: 'phase', phase: 'run' },
  { type: 'state', state: 'RUNNING' },
  { type: 'state', state: 'COMPLETE' },
];

test('runs, their steps, their waiting and the messages about them are counted in base units', async () => {
  const metrics = new ServerMetrics(sources);
  for (const record of records('run-1', WHOLE)) metrics.onRecord(record);
  metrics.onAttempt('delivered');
  metrics.onPollError();
  metrics.onConnectionRefused();
  metrics.onRequest({
    method: 'GET',
    route: '/runner/v1/runs/:runId',
    status: 404,
    seconds: 0.003,
  });
  const lines = await read(metrics);
  expect((await metrics.read()).contentType).toContain('text/plain; version=0.0.4');
  for (const line of [
    'cytorun_runs{state="QUEUED"} 2',
    'cytorun_runs{state="COMPLETE"} 7',
    'cytorun_runs_ended_total{state="COMPLETE"} 1',
    'cytorun_run_duration_seconds_sum{phase="stage_in"} 2',
    'cytorun_run_duration_seconds_sum{phase="run"} 2',
    'cytorun_queue_wait_seconds_sum 2',
    'cytorun_webhook_deliveries_total{result="delivered"} 1',
    'cytorun_slurm_poll_errors_total 1',
    'cytorun_connections_refused_total 1',
    'cytorun_webhook_messages{state="dead"} 3',
    'cytorun_data_free_bytes 4096',
    'cytorun_http_request_duration_seconds_count{method="GET",route="/runner/v1/runs/:runId",status="4xx"} 1',
  ])
    expect(lines).toContain(line);
});

test('the queue is as deep as runs wait for each engine, also those of before the start', async () => {
  const [before] = records('old', []);
  const metrics = new ServerMetrics(sources, [before!]);
  const mine = records('run-1', WHOLE);
  metrics.onRecord(mine[0]!);
  expect(await read(metrics)).toContain('cytorun_queue_depth{engine="docker"} 2');
  for (const record of mine) metrics.onRecord(record);
  expect(await read(metrics)).toContain('cytorun_queue_depth{engine="docker"} 1');
});

test('as many series after a thousand runs, and requests of any kind, as after one', async () => {
  const metrics = new ServerMetrics(sources);
  const tell = (runId: string): void => {
    for (const record of records(runId, WHOLE)) metrics.onRecord(record);
    metrics.onRequest({ method: `M${runId}`, route: undefined, status: 404, seconds: 1 });
  };
  tell('first');
  const before = (await read(metrics)).filter((line) => line.startsWith('cytorun')).length;
  for (let at = 0; at < 1_000; at += 1) tell(`run-${at}`);
  const lines = await read(metrics);
  expect(lines.filter((line) => line.startsWith('cytorun'))).toHaveLength(before);
  expect(lines.join('\n')).not.toContain('run-7');
});

test('a clock that went back counts nothing below zero', async () => {
  const metrics = new ServerMetrics(sources);
  const ended = foldEvents(
    eventsOf([{ type: 'created', ...createdFacts() }, ...WHOLE]).map((event) => ({
      ...event,
      at: new Date(Date.UTC(2026, 0, 1) - event.seq * 1_000).toISOString(),
    })),
  );
  metrics.onRecord(ended);
  expect(await read(metrics)).toContain('cytorun_run_duration_seconds_sum{phase="run"} 0');
});
