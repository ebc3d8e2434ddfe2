import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

import type { RunRecord } from '../../src/runner/index.ts';
import type { AuditEntry, WebhookEndpoint } from '../../src/store/index.ts';
import { LAUNCHER } from '../support/cli.ts';
import { plainApp } from '../support/plain-app.ts';
import { onTerminal } from '../support/pseudo-terminal.ts';
import { serverHere } from '../support/server-in-process.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Every start of a server is a start of Node, on a machine that may have much else to do. */
vi.setConfig({ testTimeout: 120_000 });

const SECRET = `whsec_${Buffer.from('s'.repeat(32)).toString('base64')}`;

/** Has it read these settings, as a service manager would, and gives the lines of its log that this adds. */
async function hangUp(server: TestServer, sign: RegExp): Promise<string> {
  const before = server.story().length;
  process.kill(server.pid, 'SIGHUP');
  const told = (): string => server.story().slice(before);
  await expect.poll(told, { timeout: 60_000 }).toMatch(sign);
  return told();
}

const newest = async (server: TestServer): Promise<AuditEntry | undefined> =>
  (
    await server.request<{ entries: readonly AuditEntry[] }>('GET', '/audit?limit=5')
  ).body.entries.find(({ action }) => action === 'reload');

test('SIGHUP: places that are added take waiting runs at once, and what runs goes on when they are taken away', async () => {
  await using home = await temporaryFolder();
  const file = join(home.path, 'cyto-run.yaml');
  const settings = (slots: number, more = ''): void => {
    writeFileSync(file, `engine: process\nserve:\n  slots: ${slots}\n${more}`);
  };
  settings(1);
  await using server = await startTestServer({ home: home.path });
  const submit = async (): Promise<string> => {
    const body = { descriptor: plainApp('echo here; sleep 600') };
    return (await server.request<RunRecord>('POST', '/runs', { body })).body.runId;
  };
  const begun = (runId: string): Promise<unknown> =>
    server.stream(runId, { enough: ({ event }) => event === 'log' });
  const [first, second] = [await submit(), await submit()];
  await begun(first);
  const why = async (runId: string): Promise<unknown> =>
    (await server.request<{ code: string }>('GET', `/runs/${runId}/why`)).body.code;
  expect(await why(second)).toBe('queue-room');

  settings(2, '  traces: http://127.0.0.1:1/\n');
  const told = await hangUp(server, /next start/);
  expect(told).toContain('the configuration was read again: new are serve.slots');
  expect(told).toContain('serve.traces: this changes with the next start of the server only');
  await begun(second);
  expect(await newest(server)).toMatchObject({
    ...{ via: 'signal', status: 200, target: 'serve.slots, serve.traces (after a restart)' },
  });

  settings(1);
  await hangUp(server, /new are serve.slots/);
  const third = await submit();
  expect(await why(third)).toBe('queue-room');
  for (const runId of [first, second]) {
    const { body } = await server.request<RunRecord>('GET', `/runs/${runId}`);
    expect(body.state).toBe('RUNNING');
    await server.request('POST', `/runs/${runId}/cancel`, { body: { now: true } });
  }
  await begun(third);
  await server.request('POST', `/runs/${third}/cancel`, { body: { now: true } });
  await server.ended(third);
});

test('SIGHUP: a file that is wrong anywhere changes nothing; the log has each fault with its place and what to try', async () => {
  await using home = await temporaryFolder();
  const file = join(home.path, 'cyto-run.yaml');
  writeFileSync(file, 'serve:\n  rate: 5000\n');
  await using server = await startTestServer({ home: home.path });
  writeFileSync(file, 'limits:\n  pids: 7\nserve:\n  slots: none\n  log-levl: debug\n');
  const told = await hangUp(server, /stay as they are/);
  expect(told).toContain(`${file}:4: serve.slots: \\"none\\" is not a whole number from 1`);
  expect(told).toContain('Did you mean serve.log-level?');
  expect(await newest(server)).toMatchObject({ code: 'configuration-invalid', target: '' });
  // Good by its text, and of no use on this machine.
  writeFileSync(
    file,
    'limits:\n  pids: 7\nserve:\n  log-file: nowhere/log\n  urls:\n    hosts: ["a/b"]\n',
  );
  expect(await hangUp(server, /stay as they are/)).toContain(`${file}:6: serve.urls.hosts`);
  const pids = async (): Promise<number> =>
    (await server.request<{ run: { pids: number } }>('GET', '/limits')).body.run.pids;
  expect(await pids()).toBe(2_048);

  writeFileSync(file, 'limits:\n  pids: 7\nserve:\n  log-level: error\n');
  process.kill(server.pid, 'SIGHUP');
  await expect.poll(pids, { timeout: 60_000 }).toBe(7);
  // What it says of itself follows too: with `error` it does not say that it is told to stop.
  const before = server.story();
  expect(await server.kill('SIGTERM')).toBe(0);
  expect(server.story().slice(before.length)).not.toContain('"level":"info"');
});

test('a reload changes by which names the server is called, what it is sent, how often, what it fetches and whom it tells', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'server.yaml');
  writeFileSync(file, 'serve: { log-level: error }\n');
  await using here = await serverHere(folder.path, { CYTO_RUN_CONFIG: file });
  const { ask } = here;
  const token = here.token('ada', 'admin');
  const begin = (): ReturnType<typeof ask> =>
    ask('POST', '/runner/v1/uploads', {
      ...{ token, headers: { 'tus-resumable': '1.0.0', 'upload-length': '2000' } },
    });
  const fetched = async (): Promise<string> => {
    const parameters = { file: { url: 'https://data.example/a' } };
    const body = { descriptor: plainApp('true'), parameters };
    return (await ask('POST', '/runner/v1/runs/dry-run', { token, body })).text;
  };
  expect((await begin()).status).toBe(201);
  expect(await fetched()).toContain('fetches nothing');
  expect(await called(here.server.url, 'lab.example')).toBe(403);

  writeFileSync(
    file,
    `serve:
  log-level: error
  rate: 7
  hosts: [lab.example]
  uploads: { file: 1kB }
  urls: { hosts: [other.example] }
  webhooks: { lab: { url: "https://lab.example/hook", secret: ${SECRET} } }
  retention: { runs: 3 }
  listen: 127.0.0.1:1
`,
  );
  await here.server.reload();
  expect(here.faults).toEqual([]);
  expect(await begin()).toMatchObject({ status: 413, body: { code: 'quota-exceeded' } });
  expect(await fetched()).toContain('not on a host that this server fetches from');
  expect(await called(here.server.url, 'lab.example')).toBe(401);
  const hooks = await ask('GET', '/runner/v1/webhooks', { token });
  expect(hooks.body).toMatchObject({
    webhooks: [{ origin: 'configuration', url: 'https://lab.example/hook' }],
  });
  const sent = [];
  for (let count = 0; count < 9; count += 1)
    sent.push((await ask('GET', '/runner/v1/runs', { token })).status);
  expect(sent.at(-1)).toBe(429);

  writeFileSync(file, 'serve: { log-level: error }\n');
  await here.server.reload();
  const again = await ask('GET', '/runner/v1/webhooks', { token });
  const [disabled] = (again.body as { webhooks: WebhookEndpoint[] }).webhooks.map(
    (webhook) => webhook.disabled,
  );
  expect(disabled).toBe('it is no more in the configuration');
  expect((await begin()).status).toBe(201);
});

test('a server at a terminal ends when the terminal is closed, and apps go on', async () => {
  await using home = await temporaryFolder();
  const { PATH = '', HOME = '/' } = process.env;
  const log = join(home.path, 'log');
  const program = `echo $$ > pid; exec ${process.execPath} ${LAUNCHER} serve --listen 127.0.0.1:0`;
  await using terminal = onTerminal(['sh', '-c', program], {
    ...{ rows: 20, columns: 100, cwd: home.path },
    env: {
      PATH,
      HOME,
      XDG_CONFIG_HOME: home.path,
      CYTO_RUN_HOME: home.path,
      CYTO_RUN_LOG_FILE: log,
    },
  });
  await expect.poll(terminal.written, { timeout: 60_000 }).toContain('Ctrl-C lets apps go on');
  const pid = Number(readFileSync(join(home.path, 'pid'), 'utf8'));
  process.kill(pid, 'SIGHUP');
  // With its terminal there it is a reload.
  await expect
    .poll(() => readFileSync(log, 'utf8'), { timeout: 60_000 })
    .toContain('the configuration was read again');
  process.kill(terminal.pid, 'SIGKILL');
  await expect.poll(() => isThere(pid), { timeout: 60_000 }).toBe(false);
});

/** What a request without a token is answered that calls the server by a name. */
async function called(url: string, host: string): Promise<number | undefined> {
  const asked = request(`${url}/runner/v1/runs`, { headers: { host } });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
