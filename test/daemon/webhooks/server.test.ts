import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { expect, test, vi } from 'vitest';

import { systemClock } from '../../../src/base/clock.ts';
import type { RunRecord } from '../../../src/runner/index.ts';
import type { WebhookEndpoint } from '../../../src/store/index.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { webhookReceiver } from '../../support/webhook-receiver.ts';

/** Every start of a server is a start of Node, on a machine that may have much else to do. */
vi.setConfig({ testTimeout: 120_000 });

const SECRET = `whsec_${Buffer.from('s'.repeat(32)).toString('base64')}`;
const LOOPBACK = { CYTO_RUN_WEBHOOK_NETWORKS: '127.0.0.0/8' };
/** A program that needs no image and no engine. */
const ECHO = {
  name: 'echo',
  description: 'says a word',
  'schema-version': '0.5',
  'tool-version': '1',
  'command-line': 'echo hello [WORD]',
  inputs: [{ id: 'word', name: 'word', type: 'String', 'value-key': '[WORD]', optional: true }],
};
const BODY = { descriptor: ECHO, options: { engine: 'process', network: 'host' } };

async function submit(server: TestServer, more: object = {}, headers: Record<string, string> = {}) {
  const { status, body } = await server.request<RunRecord>('POST', '/runs', {
    body: { ...BODY, ...more },
    headers,
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.runId;
}

test('a server tells its webhooks of every end, those of the configuration, of a request and of one run', async () => {
  await using home = await temporaryFolder();
  await using receiver = await webhookReceiver();
  const at = (path: string): string => receiver.url.replace('/hook', path);
  await writeFile(
    join(home.path, 'cyto-run.yaml'),
    `serve:\n  webhooks:\n    lab:\n      url: ${at('/configured')}\n      secret: ${SECRET}\n`,
  );
  await using server = await startTestServer({ home: home.path, env: LOOPBACK });
  const added = await server.request<WebhookEndpoint & { secret: string }>('POST', '/webhooks', {
    body: { url: at('/requested'), states: ['all'] },
  });
  expect(added.status).toBe(201);
  const runId = await submit(server, { webhook: { url: at('/of-run'), secret: SECRET } });
  await server.ended(runId);
  const states = ['QUEUED', 'INITIALIZING', 'RUNNING', 'COMPLETE'];
  await receiver.until(states.length + 2);
  const by = (path: string) => receiver.received.filter((one) => one.path === path);
  expect(
    by('/configured')
      .concat(by('/of-run'))
      .map(({ body, headers }) => {
        new Webhook(SECRET).verify(body, headers);
        return (JSON.parse(body) as { data: object }).data;
      }),
  ).toMatchObject([
    { runId, state: 'COMPLETE', user: 'local', exitCode: 0 },
    { runId, state: 'COMPLETE' },
  ]);
  expect(
    by('/requested').map(({ body, headers }) => {
      new Webhook(added.body.secret).verify(body, headers);
      return (JSON.parse(body) as { data: RunRecord }).data.state;
    }),
  ).toEqual(states);

  const tested = await server.request('POST', `/webhooks/${added.body.endpointId}/test`);
  expect(tested).toMatchObject({ status: 200, body: { status: 204 } });
  const listed = await server.request('GET', '/webhooks');
  expect(JSON.stringify(listed.body)).not.toContain('whsec_');
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain('cytorun_webhook_deliveries_total{result="delivered"} 6');
  expect(metrics).toContain('cytorun_runs{state="COMPLETE"} 1');
});

test('a server that was killed tells at its next start what its receiver has not heard', async () => {
  await using home = await temporaryFolder();
  await using receiver = await webhookReceiver();
  receiver.behave('silence', 200);
  let runId: string;
  {
    await using server = await startTestServer({ home: home.path, env: LOOPBACK });
    runId = await submit(server, { webhook: { url: receiver.url } });
    await receiver.until(1);
  }
  await using next = await startTestServer({ home: home.path, env: LOOPBACK });
  await receiver.until(2);
  const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
  expect(ids[1]).toBe(ids[0]);
  await vi.waitFor(async () => {
    const { body } = await next.request('GET', `/webhook-messages?run=${runId}`);
    expect(body).toMatchObject({ messages: [{ state: 'delivered', runId }] });
  }, 30_000);
});

test('webhooks are changed, given new secrets, tested and removed; what was given up is sent again', async () => {
  await using home = await temporaryFolder();
  await using receiver = await webhookReceiver();
  const env = { ...LOOPBACK, CYTO_RUN_WEBHOOK_ATTEMPTS: '1' };
  await using server = await startTestServer({ home: home.path, env });
  const bad = await server.request('POST', '/webhooks', {
    body: { url: 'ftp://x', secret: 'weak' },
  });
  expect(bad).toMatchObject({ status: 400, body: { code: 'usage' } });
  const body = { url: receiver.url, apps: ['other'] };
  const { endpointId } = (await server.request<WebhookEndpoint>('POST', '/webhooks', { body }))
    .body;
  const path = `/webhooks/${endpointId}`;
  expect(await server.request('PATCH', path, { body: { apps: ['echo'] } })).toMatchObject({
    body: { apps: ['echo'], url: receiver.url },
  });
  expect((await server.request('POST', `${path}/rotate`)).body).toMatchObject({
    secret: expect.stringMatching(/^whsec_/) as string,
  });
  receiver.behave(500);
  const failed = await server.request('POST', `${path}/test`);
  expect(failed).toMatchObject({ status: 502, body: { code: 'webhook-failed' } });
  const runId = await submit(server);
  await receiver.until(2);
  const dead = `/webhook-messages?state=dead&run=${runId}`;
  await vi.waitFor(async () => {
    const { body: found } = await server.request<{ messages: object[] }>('GET', dead);
    expect(found.messages).toMatchObject([{ attempts: 1, lastFault: 'it answered 500' }]);
  }, 30_000);
  receiver.behave(204);
  expect(await server.request('POST', `${path}/replay`)).toMatchObject({ body: { replayed: 1 } });
  await receiver.until(3);
  expect((await server.request('DELETE', path)).status).toBe(204);
  expect(await server.request('GET', path)).toMatchObject({
    status: 404,
    body: { code: 'webhook-not-found' },
  });
});

test('without leave a webhook leads to no address that is not public', async () => {
  await using home = await temporaryFolder();
  await using receiver = await webhookReceiver();
  await using server = await startTestServer({ home: home.path });
  for (const host of [
    '127.0.0.1',
    'localhost',
    '[::1]',
    '0.0.0.0',
    '169.254.169.254',
    '10.1.2.3',
  ]) {
    const body = { url: `http://${host}:${receiver.port}/` };
    const { endpointId } = (await server.request<WebhookEndpoint>('POST', '/webhooks', { body }))
      .body;
    const told = await server.request<{ detail: string }>('POST', `/webhooks/${endpointId}/test`);
    expect(told.status).toBe(502);
    expect(told.body.detail).toContain('its address may not be asked');
  }
  expect(receiver.received).toEqual([]);
});

test('a server says whether it lives and can work, and what a sweep would remove', async () => {
  await using home = await temporaryFolder();
  const log = join(home.path, 'server.log');
  await using server = await startTestServer({
    home: home.path,
    env: { CYTO_RUN_SERVE_KEEP: '1ms', CYTO_RUN_LOG_FILE: log, CYTO_RUN_LOG_LEVEL: 'debug' },
  });
  expect(await (await fetch(`${server.url}/health/live`)).json()).toEqual({ status: 'live' });
  const ready = await fetch(`${server.url}/health/ready`);
  expect({ status: ready.status, body: await ready.json() }).toMatchObject({
    status: 200,
    body: { status: 'ready', checks: { store: { ok: true }, disk: { ok: true } } },
  });
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const runId = await submit(server, {}, { traceparent });
  expect(await server.ended(runId)).toMatchObject({ state: 'COMPLETE', traceparent });
  const dry = await server.request('POST', '/sweep?dryRun=true');
  expect(dry).toMatchObject({ status: 200, body: { dryRun: true, removed: [{ runId }], kept: 0 } });
  expect((await server.request('POST', '/sweep')).body).toMatchObject({ removed: [{ runId }] });
  expect((await server.request('GET', `/runs/${runId}`)).status).toBe(404);
  // A request is told of once its answer is on the way.
  await vi.waitFor(() => {
    const lines = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toContainEqual(
      expect.objectContaining({ runId, state: 'COMPLETE', level: 'info' }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ route: '/runner/v1/runs/:runId', status: 404, method: 'GET' }),
    );
  }, 30_000);
});

test('a server that is told twice to stop tells its webhooks of the runs that it stopped', async () => {
  await using home = await temporaryFolder();
  await using receiver = await webhookReceiver();
  await using server = await startTestServer({ home: home.path, env: LOOPBACK });
  const webhook = { url: receiver.url, secret: SECRET };
  const descriptor = { ...ECHO, 'command-line': 'sleep 600 [WORD]' };
  const runId = await submit(server, { descriptor, webhook });
  await server.stream(runId, { enough: ({ data }) => data['state'] === 'RUNNING' });
  // The receiver is slow: it is waited for.
  receiver.behave((_request, response) => {
    void systemClock.sleep(300).then(() => response.writeHead(204).end());
  });
  process.kill(server.pid, 'SIGTERM');
  while (!server.story().includes('taking nothing new')) await systemClock.sleep(20);
  expect(await server.kill('SIGTERM')).toBe(0);
  expect(server.story()).toContain('stopped, and all apps with it');
  expect(receiver.received).toHaveLength(1);
  expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
    data: { runId, state: 'CANCELED' },
  });
  await using again = await startTestServer({ home: home.path, env: LOOPBACK });
  expect((await again.request('GET', '/webhook-messages?state=pending')).body).toMatchObject({
    messages: [],
  });
  expect(receiver.received).toHaveLength(1);
});
