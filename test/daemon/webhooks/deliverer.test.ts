import { type CloudEvent, HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';

import { LIMITS } from '../../../src/base/limits.ts';
import type { RunnerError } from '../../../src/base/errors.ts';
import type { EventBody, RunState } from '../../../src/runner/index.ts';
import {
  openStore,
  TERMINAL_STATES,
  type EndpointSettings,
  type RunStore,
  type SigningSecret,
} from '../../../src/store/index.ts';
import {
  outwardPost,
  WebhookDeliverer,
  type AttemptTold,
} from '../../../src/daemon/webhooks/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createdFacts } from '../../support/run-values.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { webhookReceiver } from '../../support/webhook-receiver.ts';

const secretOf = (letter: string): string =>
  `whsec_${Buffer.from(letter.repeat(32)).toString('base64')}`;
const SECRET = secretOf('a');
const ALL: EndpointSettings = { url: '', states: TERMINAL_STATES, apps: [], users: [] };

/** A store with one endpoint, what sends for it, and a clock that only the test moves. */
async function scene(
  url: string,
  changes: Partial<EndpointSettings & { secrets: readonly SigningSecret[] }> = {},
) {
  const folder = await temporaryFolder();
  const clock = new ManualClock(new Date().toISOString());
  const store = openStore({ folder: folder.path, clock });
  store.webhooks.put({
    ...ALL,
    endpointId: 'lab',
    origin: 'request',
    secrets: [{ secret: SECRET }],
    url,
    ...changes,
  });
  const told: AttemptTold[] = [];
  const faults: RunnerError[] = [];
  let waiting: (() => void)[] = [];
  const deliverer = new WebhookDeliverer({
    store: store.webhooks,
    source: '/cyto-run/here',
    clock,
    random: () => 1,
    post: outwardPost(() => undefined),
    attemptsMax: 3,
    timeoutMs: LIMITS.webhookTimeoutMs,
    atOnce: 2,
    onAttempt: (attempt) => {
      told.push(attempt);
      for (const look of waiting.splice(0)) look();
    },
    onFault: (fault) => faults.push(fault),
  });
  /** Resolves when so many attempts have been written down. */
  const until = async (count: number): Promise<void> => {
    while (told.length < count)
      await new Promise<void>((resolve) => (waiting = [...waiting, resolve]));
  };
  return {
    folder: folder.path,
    clock,
    store,
    deliverer,
    told,
    faults,
    until,
    [Symbol.asyncDispose]: async () => {
      await deliverer[Symbol.asyncDispose]();
      store[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const COMPLETE: readonly RunState[] = ['INITIALIZING', 'RUNNING', 'COMPLETE'];
const states = (list: readonly RunState[]): EventBody[] =>
  list.map((state) => ({ type: 'state', state }));

/** A run that has gone through states. */
function runOf(store: RunStore, runId: string, through = COMPLETE): void {
  store.create(runId, createdFacts());
  store.append(runId, states(through));
}

test('a receiver gets a signed CloudEvent of how a run ended, and nothing of the way there', async () => {
  await using receiver = await webhookReceiver();
  await using at = await scene(receiver.url);
  at.store.create('run-1', createdFacts());
  at.store.append('run-1', states(['INITIALIZING', 'RUNNING']));
  at.store.append('run-1', [
    { type: 'exit', exitCode: 3, outOfMemory: false },
    { type: 'failure', failure: { code: 'app-exit', message: 'it left with 3' } },
    { type: 'state', state: 'EXECUTOR_ERROR' },
  ]);
  at.deliverer.start();
  await at.until(1);
  const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
  new Webhook(SECRET).verify(body, headers);
  expect(headers).toMatchObject({
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'webhook-id': 'run-1.6',
  });
  const event = HTTP.toEvent({ headers, body }) as CloudEvent<unknown>;
  expect(event.toJSON()).toMatchObject({
    specversion: '1.0',
    id: 'run-1.6',
    source: '/cyto-run/here',
    type: 'cyto-run.run.state',
    subject: 'runs/run-1',
    sequence: '0000000006',
    data: {
      runId: 'run-1',
      state: 'EXECUTOR_ERROR',
      seq: 6,
      attempt: 1,
      app: { name: 'demo', version: '1' },
      user: 'ada',
      exitCode: 3,
      failure: { code: 'app-exit', message: 'it left with 3' },
      outputs: 0,
    },
  });
  expect(at.store.webhooks.counts()).toEqual({ pending: 0, delivered: 1, dead: 0 });
  expect(receiver.received).toHaveLength(1);
});

test.each([
  ['answers 500', 500, 'it answered 500'],
  ['redirects to somewhere else', 302, 'it answered 302'],
  ['hangs up', 'hang-up', 'the connection failed'],
] as const)('a receiver that %s gets the same bytes again, later', async (_what, wrong, fault) => {
  await using receiver = await webhookReceiver();
  await using at = await scene(receiver.url);
  receiver.behave(wrong, 200);
  runOf(at.store, 'run-1');
  at.deliverer.start();
  await at.until(1);
  expect(at.told[0]?.outcome).toMatchObject({
    kind: 'retry',
    fault: expect.stringContaining(fault) as string,
  });
  at.clock.advance(LIMITS.webhookBackoffMs - 1);
  expect(at.store.webhooks.endpointsDue(at.clock.now().getTime())).toEqual([]);
  at.clock.advance(1);
  await at.until(2);
  expect(at.told[1]?.outcome).toEqual({ kind: 'delivered' });
  const [first, second] = receiver.received;
  expect(second?.body).toBe(first?.body);
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
});

test('a receiver that says nothing is given up after a time, and asked again', async () => {
  await using receiver = await webhookReceiver();
  await using at = await scene(receiver.url);
  receiver.behave('silence', 200);
  runOf(at.store, 'run-1');
  at.deliverer.start();
  await receiver.until(1);
  at.clock.advance(LIMITS.webhookTimeoutMs);
  await at.until(1);
  expect(at.told[0]?.outcome).toMatchObject({
    kind: 'retry',
    fault: 'it did not answer within 15 s',
  });
  at.clock.advance(LIMITS.webhookBackoffMs);
  await at.until(2);
  expect(at.told[1]?.outcome).toEqual({ kind: 'delivered' });
});

test('a receiver that is down gets what happened meanwhile once it is up, in order', async () => {
  const port = await (async () => {
    await using gone = await webhookReceiver();
    return gone.port;
  })();
  await using at = await scene(`http://127.0.0.1:${port}/hook`, {
    states: ['QUEUED', 'INITIALIZING', 'RUNNING', 'COMPLETE'],
  });
  runOf(at.store, 'run-1');
  at.deliverer.start();
  await at.until(1);
  expect(at.told[0]?.outcome).toMatchObject({ fault: 'the connection failed (ECONNREFUSED)' });
  await using receiver = await webhookReceiver(port);
  at.clock.advance(LIMITS.webhookBackoffMs);
  await at.until(5);
  expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([
    'run-1.1',
    'run-1.2',
    'run-1.3',
    'run-1.4',
  ]);
});

test('what is refused to the last is given up, listed with its reason, and delivered when replayed', async () => {
  await using receiver = await webhookReceiver();
  await using at = await scene(receiver.url);
  receiver.behave(500, 503, 401, 200);
  runOf(at.store, 'run-1');
  at.deliverer.start();
  await at.until(1);
  at.clock.advance(LIMITS.webhookBackoffMs);
  await at.until(2);
  at.clock.advance(3 * LIMITS.webhookBackoffMs);
  await at.until(3);
  expect(at.told[2]?.outcome).toEqual({ kind: 'dead', fault: 'it answered 401' });
  const [dead] = at.store.webhooks.deliveries({ state: 'dead', limit: 10 });
  expect(dead).toMatchObject({ runId: 'run-1', attempts: 3, lastFault: 'it answered 401' });
  expect(at.store.webhooks.replay(dead!.deliveryId).state).toBe('pending');
  at.deliverer.wake();
  await at.until(4);
  expect(receiver.received.at(-1)?.headers['webhook-id']).toBe(
    receiver.received[0]?.headers['webhook-id'],
  );
  expect(at.store.webhooks.counts()).toEqual({ pending: 0, delivered: 1, dead: 0 });
});

test('a receiver that says it is gone is disabled, with all that waited for it, until it is enabled again', async () => {
  await using receiver = await webhookReceiver();
  await using at = await scene(receiver.url);
  receiver.behave(410, 200);
  for (const runId of ['run-1', 'run-2', 'run-3']) runOf(at.store, runId);
  // One at a time, so that the others are still waiting.
  at.store.webhooks.settle(2, {
    kind: 'retry',
    dueMs: at.clock.now().getTime() + 5_000,
    fault: 'x',
  });
  at.store.webhooks.settle(3, {
    kind: 'retry',
    dueMs: at.clock.now().getTime() + 5_000,
    fault: 'x',
  });
  at.deliverer.start();
  await at.until(1);
  expect(at.store.webhooks.endpoint('lab').disabled).toBe('it answered 410 (gone)');
  expect(at.store.webhooks.counts()).toEqual({ pending: 0, delivered: 0, dead: 3 });
  runOf(at.store, 'run-4');
  expect(at.store.webhooks.counts().pending).toBe(0);
  at.store.webhooks.put({
    ...ALL,
    url: receiver.url,
    endpointId: 'lab',
    origin: 'request',
    secrets: [{ secret: SECRET }],
  });
  expect(at.store.webhooks.replayAll('lab')).toBe(3);
  at.deliverer.wake();
  await at.until(4);
  expect(at.store.webhooks.counts()).toEqual({ pending: 0, delivered: 3, dead: 0 });
});

test('while a secret is being replaced both sign, and the old one only so long', async () => {
  await using receiver = await webhookReceiver();
  const untilMs = Date.now() + 60_000;
  await using at = await scene(receiver.url, {
    secrets: [{ secret: secretOf('n') }, { secret: secretOf('o'), untilMs }],
  });
  runOf(at.store, 'run-1');
  at.deliverer.start();
  await at.until(1);
  at.clock.advance(60_000);
  runOf(at.store, 'run-2');
  at.deliverer.wake();
  await at.until(2);
  const [both, one] = receiver.received;
  new Webhook(secretOf('n')).verify(both!.body, both!.headers);
  new Webhook(secretOf('o')).verify(both!.body, both!.headers);
  new Webhook(secretOf('n')).verify(one!.body, one!.headers);
  expect(() => new Webhook(secretOf('o')).verify(one!.body, one!.headers)).toThrow(
    'No matching signature',
  );
});

test('an endpoint hears of its own apps, users, states and run only', async () => {
  await using receiver = await webhookReceiver();
  await using at = await scene(receiver.url, { apps: ['other'], users: ['ada'] });
  const put = (endpointId: string, changes: object): void => {
    const secrets = [{ secret: SECRET }];
    at.store.webhooks.put({
      ...ALL,
      endpointId,
      origin: 'run',
      secrets,
      url: receiver.url,
      ...changes,
    });
  };
  put('of-run-2', { runId: 'run-2' });
  put('canceled', { states: ['CANCELED'] });
  put('bob', { users: ['bob'] });
  runOf(at.store, 'run-1');
  runOf(at.store, 'run-2');
  const app = { ...createdFacts().app, name: 'other' };
  at.store.create('run-3', createdFacts({ app }));
  at.store.append('run-3', states(['CANCELED']));
  const wanted = at.store.webhooks.deliveries({ limit: 100 });
  expect(wanted.map(({ endpointId, runId }) => `${endpointId} ${runId}`)).toEqual([
    'of-run-2 run-2',
    'canceled run-3',
    'lab run-3',
  ]);
});

test('a slow receiver takes no more than its places, and none of those of another', async () => {
  await using slow = await webhookReceiver();
  await using quick = await webhookReceiver();
  await using at = await scene(slow.url);
  slow.behave('silence');
  for (const runId of ['run-1', 'run-2', 'run-3']) runOf(at.store, runId);
  at.deliverer.start();
  await slow.until(2);
  const secrets = [{ secret: SECRET }];
  at.store.webhooks.put({
    ...ALL,
    endpointId: 'quick',
    origin: 'request',
    secrets,
    url: quick.url,
  });
  runOf(at.store, 'run-4');
  at.deliverer.wake();
  await at.until(1);
  expect(at.told[0]).toMatchObject({ endpointId: 'quick', runId: 'run-4' });
  expect(slow.received).toHaveLength(2);
});

test('what was on its way when the program stopped is sent by the next one', async () => {
  await using receiver = await webhookReceiver();
  await using at = await scene(receiver.url);
  receiver.behave('silence');
  runOf(at.store, 'run-1');
  at.deliverer.start();
  await receiver.until(1);
  await at.deliverer[Symbol.asyncDispose]();
  expect(at.told).toEqual([]);
  expect(at.store.webhooks.deliveries({ limit: 9 })).toMatchObject([
    { state: 'pending', attempts: 0 },
  ]);
});

test('a clock that went back does not hold a delivery for longer than any pause', async () => {
  await using at = await scene('http://127.0.0.1:9/');
  runOf(at.store, 'run-1');
  const nowMs = at.clock.now().getTime();
  const farMs = nowMs + 2 * LIMITS.webhookBackoffMsMax;
  at.store.webhooks.settle(1, { kind: 'retry', dueMs: farMs, fault: 'x' });
  expect(at.store.webhooks.endpointsDue(nowMs)).toEqual(['lab']);
});

test('what was delivered is forgotten after a time, and the endpoint of a run that is gone', async () => {
  await using at = await scene('http://127.0.0.1:9/');
  const secrets = [{ secret: SECRET }];
  at.store.webhooks.put({
    ...ALL,
    endpointId: 'one',
    origin: 'run',
    runId: 'run-1',
    secrets,
    url: 'http://x/',
  });
  runOf(at.store, 'run-1');
  runOf(at.store, 'run-2');
  await at.store.remove('run-1');
  at.store.webhooks.settle(1, { kind: 'delivered' });
  at.store.webhooks.settle(2, { kind: 'delivered' });
  expect(at.store.webhooks.sweep(at.clock.now())).toBe(0);
  at.clock.advance(1);
  expect(at.store.webhooks.sweep(at.clock.now())).toBe(2);
  expect(at.store.webhooks.deliveries({ limit: 9 })).toMatchObject([
    { runId: 'run-2', state: 'pending' },
  ]);
  expect(() => at.store.webhooks.endpoint('one')).toThrow('there is no webhook "one"');
});
