import fc from 'fast-check';
import { expect, test } from 'vitest';

import { Tracing } from '../../../src/daemon/tracing/index.ts';
import { parseTraceparent } from '../../../src/daemon/tracing/traceparent.ts';
import { foldEvents, type EventBody } from '../../../src/runner/index.ts';
import { otlpReceiver, type ReceivedSpan } from '../../support/otlp-receiver.ts';
import { createdFacts, eventsOf } from '../../support/run-values.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;

const attributesOf = ({ attributes }: ReceivedSpan): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0] as unknown]));
const msOf = (nano: string): number => Number(BigInt(nano) / 1_000_000n);

/** A run that failed, each event a second after the one before. */
function failedRun(traceparent?: string) {
  const bodies: EventBody[] = [
    { type: 'created', ...createdFacts(traceparent === undefined ? {} : { traceparent }) },
    { type: 'state', state: 'INITIALIZING' },
    { type: 'phase', phase: 'pull' },
    {
      type: 'image',
      ...{ reference: 'probe:1', id: 'sha256:1', digest: 'sha256:2' },
      ...{ platform: 'linux/amd64', sizeBytes: 5, pulled: true },
    },
    { type: 'phase', phase: 'run' },
    { type: 'state', state: 'RUNNING' },
    { type: 'exit', exitCode: 3, outOfMemory: false },
    { type: 'failure', failure: { code: 'app-exit', message: 'it left with 3' } },
    { type: 'state', state: 'EXECUTOR_ERROR' },
  ];
  return foldEvents(eventsOf(bodies));
}

test('a run that ended is a span in its submitter’s trace, with a span for each of its steps', async () => {
  await using receiver = await otlpReceiver();
  {
    await using tracing = new Tracing({ endpoint: receiver.url, version: '1', instanceId: 'here' });
    tracing.onRecord(failedRun(TRACEPARENT));
  }
  const [run, ...steps] = receiver.spans.toSorted(
    (a, b) => a.name.length - b.name.length || (a.parentSpanId === PARENT ? -1 : 1),
  );
  expect(receiver.resource).toMatchObject({ 'service.name': { stringValue: 'cyto-run' } });
  expect(run).toMatchObject({ name: 'run', traceId: TRACE, parentSpanId: PARENT });
  expect(attributesOf(run!)).toMatchObject({
    'cyto_run.run.id': 'run-1',
    'container.image.name': 'probe:1',
    'process.exit.code': 3,
    'error.type': 'app-exit',
  });
  expect(run!.status).toMatchObject({ code: 2, message: 'it left with 3' });
  expect(msOf(run!.endTimeUnixNano) - msOf(run!.startTimeUnixNano)).toBe(8_000);
  expect(steps.map(({ name, traceId, parentSpanId }) => [name, traceId, parentSpanId])).toEqual([
    ['run', TRACE, run!.spanId],
    ['pull', TRACE, run!.spanId],
  ]);
  expect(msOf(steps[1]!.endTimeUnixNano) - msOf(steps[1]!.startTimeUnixNano)).toBe(2_000);
});

test('a request is a span below its client’s, and what it submits belongs to it', async () => {
  await using receiver = await otlpReceiver();
  {
    await using tracing = new Tracing({ endpoint: receiver.url, version: '1', instanceId: 'here' });
    const request = tracing.request('POST', TRACEPARENT);
    expect(parseTraceparent(request.traceparent)?.traceId).toBe(TRACE);
    request.end(201, '/runner/v1/runs');
    tracing.onRecord(failedRun(request.traceparent));
    tracing.request('GET', undefined).end(503, undefined);
  }
  const named = (name: string) => receiver.spans.find((span) => span.name === name)!;
  const post = named('POST /runner/v1/runs');
  expect(post).toMatchObject({ traceId: TRACE, parentSpanId: PARENT, kind: 2 });
  expect(attributesOf(post)).toMatchObject({
    'http.route': '/runner/v1/runs',
    'http.response.status_code': 201,
  });
  expect(
    receiver.spans.some(({ name, parentSpanId }) => name === 'run' && parentSpanId === post.spanId),
  ).toBe(true);
  expect(named('GET').status.code).toBe(2);
  expect(named('GET').traceId).not.toBe(TRACE);
});

test('a collector that is away costs no run anything', async () => {
  await using tracing = new Tracing({
    endpoint: 'http://127.0.0.1:9',
    version: '1',
    instanceId: 'here',
  });
  tracing.onRecord(failedRun());
});

test.each([
  ['', undefined],
  [`00-${TRACE}-${PARENT}-00`, false],
  [TRACEPARENT, true],
  [`cc-${TRACE}-${PARENT}-01-what-comes-later`, true],
  [`00-${TRACE}-${PARENT}-01-more`, undefined],
  [`ff-${TRACE}-${PARENT}-01`, undefined],
  [`00-${'0'.repeat(32)}-${PARENT}-01`, undefined],
  [`00-${TRACE}-${'0'.repeat(16)}-01`, undefined],
  [TRACEPARENT.toUpperCase(), undefined],
])('of the traceparent %j it is known whether it is sampled: %s', (text, isSampled) => {
  expect(parseTraceparent(text)?.isSampled).toBe(isSampled);
});

test('no text makes the reader of a traceparent fail', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const found = parseTraceparent(text);
      if (found !== undefined) expect(found.traceId).toHaveLength(32);
    }),
  );
});
