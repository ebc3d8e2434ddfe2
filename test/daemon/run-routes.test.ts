import { execFileSync } from 'node:child_process';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import type { OutputFile } from '../../src/client/index.ts';
import type { RunRecord } from '../../src/runner/index.ts';
import { jobRun } from '../support/job-app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let home: Awaited<ReturnType<typeof temporaryFolder>>;
let server: TestServer;
/** A run that has completed, with a file as input. */
let run: RunRecord;

async function submit(body: object): Promise<string> {
  const answer = await server.request<RunRecord>('POST', '/runs', { body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.runId;
}

beforeAll(async () => {
  home = await temporaryFolder();
  server = await startTestServer({
    home: home.path,
    args: ['--slots', '1'],
    env: { CYTO_RUN_MOUNT_ROOTS: home.path },
  });
  const file = join(home.path, 'in.bin');
  await writeFile(file, Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 256)));
  run = await server.ended(await submit(jobRun('hello', { file })));
  expect(run.state, JSON.stringify(run.failure)).toBe('COMPLETE');
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

test('a file is sent whole, in part, as its length alone, or not at all when the reader has it', async () => {
  const at = `/runs/${run.runId}/inputs/0`;
  const whole = await server.request('GET', at);
  expect([whole.status, whole.bytes.length]).toEqual([200, 1000]);
  const etag = whole.headers.get('etag') ?? '';
  expect(etag).toBe(`"${run.inputs[0]?.sha256 ?? ''}"`);
  const part = async (range: string, headers = {}): Promise<unknown[]> => {
    const {
      status,
      bytes,
      headers: told,
    } = await server.request('GET', at, {
      headers: { range, ...headers },
    });
    return [status, bytes.length, told.get('content-range')];
  };
  expect(await part('bytes=10-19')).toEqual([206, 10, 'bytes 10-19/1000']);
  expect(await part('bytes=-5')).toEqual([206, 5, 'bytes 995-999/1000']);
  expect(await part('bytes=990-')).toEqual([206, 10, 'bytes 990-999/1000']);
  expect(await part('bytes=0-1,5-6')).toEqual([200, 1000, null]);
  expect(await part('lines=1-2')).toEqual([200, 1000, null]);
  expect(await part('bytes=0-9', { 'if-range': etag })).toEqual([206, 10, 'bytes 0-9/1000']);
  expect(await part('bytes=0-9', { 'if-range': '"other"' })).toEqual([200, 1000, null]);
  const behind = await server.request('GET', at, { headers: { range: 'bytes=1000-' } });
  expect(behind).toMatchObject({ status: 416, body: { code: 'range-unsatisfiable' } });
  expect(behind.headers.get('content-range')).toBe('bytes */1000');
  const head = await server.request('HEAD', at);
  expect([head.status, head.bytes.length, head.headers.get('content-length')]).toEqual([
    200,
    0,
    '1000',
  ]);
  const known = await server.request('GET', at, { headers: { 'if-none-match': `"x", ${etag}` } });
  expect([known.status, known.bytes.length]).toEqual([304, 0]);
});

test('outputs are sent by their paths, folders as a zip, and nothing beside them', async () => {
  const outputs = `/runs/${run.runId}/outputs`;
  expect((await server.request('GET', `${outputs}/result.txt`)).body).toBe('hello');
  expect((await server.request('GET', `${outputs}/parts/1.txt`)).body).toBe('one');
  const files = await server.request<OutputFile[]>('GET', `/runs/${run.runId}/output-files`);
  expect(files.body.map(({ path, sizeBytes }) => [path, sizeBytes])).toEqual([
    ['result.txt', 5],
    ['parts/1.txt', 3],
  ]);
  const inParts = `/runs/${run.runId}/output-files?in=parts`;
  expect((await server.request<OutputFile[]>('GET', inParts)).body).toEqual(files.body.slice(1));
  expect((await server.request('GET', `${inParts}/1.txt`)).status).toBe(404);
  const zip = await server.request('GET', `${outputs}/parts`);
  expect(zip.headers.get('content-type')).toBe('application/zip');
  const path = join(home.path, 'parts.zip');
  await writeFile(path, zip.bytes);
  expect(execFileSync('python3', ['-m', 'zipfile', '-l', path], { encoding: 'utf8' })).toContain(
    'parts/1.txt',
  );
  for (const hostile of [
    'parts/..%2F..%2Fresult.txt',
    '..%2F..%2Fetc/passwd',
    'parts%2F..',
    '%00',
    'other',
  ])
    expect((await server.request('GET', `${outputs}/${hostile}`)).status, hostile).toBe(404);
});

test('a file that was changed since is not sent under its old checksum', async () => {
  const path = join(home.path, 'changing.txt');
  await writeFile(path, 'before');
  const { runId } = await server.ended(await submit(jobRun('hello', { file: path })));
  await writeFile(path, 'before, and after');
  expect(await server.request('GET', `/runs/${runId}/inputs/0`)).toMatchObject({
    status: 404,
    body: { code: 'not-found' },
  });
  await rm(path);
  expect((await server.request('GET', `/runs/${runId}/inputs/0`)).status).toBe(404);
  expect((await server.request('GET', `/runs/${runId}/inputs/1`)).status).toBe(404);
});

test('the command is shown before it begins and as it ran, its secrets masked', async () => {
  const blocking = await submit(jobRun('wait'));
  const waiting = await submit(jobRun('later', { api_token: 'hush-hush' }));
  const planned = await server.request('GET', `/runs/${waiting}/command`);
  expect(planned.body).toMatchObject({ planned: true, entrypoint: 'replaced' });
  expect(JSON.stringify(planned.body)).toContain('later');
  expect(JSON.stringify(planned.body)).not.toContain('hush-hush');
  await server.request('POST', `/runs/${blocking}/cancel`, { body: { now: true } });
  await server.ended(waiting);
  const ran = await server.request('GET', `/runs/${waiting}/command`);
  expect(ran.body).toMatchObject({ planned: false });
  expect(JSON.stringify(ran.body)).not.toContain('hush-hush');
});

test('a run is repeated, once for each key, and what differs is told', async () => {
  const headers = { 'idempotency-key': 'again' };
  const again = () => server.request<RunRecord>('POST', `/runs/${run.runId}/rerun`, { headers });
  const first = await again();
  expect(first).toMatchObject({ status: 201, body: { rerunOf: run.runId } });
  expect(await again()).toMatchObject({ status: 200, body: { runId: first.body.runId } });
  await server.ended(first.body.runId);
  const same = await server.request('GET', `/runs/${first.body.runId}/comparison`);
  expect(same.body).toMatchObject({ causes: [], reproduced: true });
  const other = await server.request<RunRecord>('POST', `/runs/${run.runId}/rerun`, {
    body: { parameters: { job: 'other' } },
  });
  await server.ended(other.body.runId);
  const different = await server.request('GET', `/runs/${other.body.runId}/comparison`);
  expect(different.body).toMatchObject({
    causes: [{ what: 'parameter', name: 'job' }],
    reproduced: false,
  });
  expect((await server.request('GET', `/runs/${run.runId}/comparison`)).status).toBe(400);
});

test('a value of a rerun that begins with @ is that value, and no file of the server', async () => {
  const secret = join(home.path, 'secret.txt');
  await writeFile(secret, 'nobody reads this');
  await chmod(secret, 0o600);
  const { body } = await server.request<RunRecord>('POST', `/runs/${run.runId}/rerun`, {
    body: { parameters: { job: `@${secret}` } },
  });
  expect(body.parameters.find(({ inputId }) => inputId === 'job')?.value).toBe(`@${secret}`);
});

test('an ended run is exported as a crate; a dry run starts and writes nothing', async () => {
  const metadata = await server.request<{ '@graph': unknown[] }>(
    'GET',
    `/runs/${run.runId}/crate?format=json`,
  );
  expect(metadata.body['@graph'].length).toBeGreaterThan(3);
  const zip = await server.request('GET', `/runs/${run.runId}/crate`);
  const path = join(home.path, 'crate.zip');
  await writeFile(path, zip.bytes);
  const listed = execFileSync('python3', ['-m', 'zipfile', '-l', path], { encoding: 'utf8' });
  for (const name of [
    'ro-crate-metadata.json',
    'outputs/result.txt',
    'outputs/parts/1.txt',
    'run-record.json',
  ])
    expect(listed).toContain(name);
  const count = async (): Promise<number> =>
    (await server.request<{ runs: unknown[] }>('GET', '/runs?limit=200')).body.runs.length;
  const before = await count();
  const dry = await server.request('POST', '/runs/dry-run', { body: jobRun('hello') });
  expect(dry).toMatchObject({
    status: 200,
    body: { app: { name: 'plain' }, engine: { name: 'process' } },
  });
  const wrong = await server.request('POST', '/runs/dry-run', {
    body: jobRun('hello', { file: 1 }),
  });
  expect(wrong.status).toBe(422);
  expect(await count()).toBe(before);
  expect((await server.request('GET', '/limits')).body).toMatchObject({
    server: { batchItems: 10_000 },
  });
});
