import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

import type { RunRecord } from '../../src/runner/index.ts';
import { plainApp } from '../support/plain-app.ts';
import { startTestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

const APP = plainApp('true', { name: 'app' });

test('a body that is not UTF-8 is refused, not mended', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({ home: home.path });
  const send = (body: Buffer): Promise<Response> =>
    fetch(`${server.url}/runner/v1/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
  const around = (bytes: number[]): Buffer =>
    Buffer.concat([Buffer.from('{"app":"a'), Buffer.from(bytes), Buffer.from('"}')]);
  // Latin 1, a character cut off, one written too long, half of a pair, UTF-16.
  for (const bytes of [[0xe9], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80]])
    await expect((await send(around(bytes))).json(), bytes.join()).resolves.toMatchObject({
      status: 400,
      code: 'request-invalid',
      detail: 'the body is not UTF-8',
    });
  expect((await send(Buffer.from('{"app":"a"}', 'utf16le'))).status).toBe(400);
  expect(await (await send(around([0xc3, 0xa9]))).json()).toMatchObject({
    code: 'app-not-found',
    detail: expect.stringContaining('aé') as string,
  });
});

test('a submission has what the configuration says when it comes, and a broken one is told', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({
    home: home.path,
    env: { CYTO_RUN_ENGINE: 'process' },
  });
  const submit = async (): Promise<{ status: number; body: unknown }> =>
    server.request<RunRecord>('POST', '/runs', { body: { descriptor: APP, hold: true } });
  const file = join(home.path, 'cyto-run.yaml');
  expect(await submit()).toMatchObject({ status: 201, body: { options: { stopGraceMs: 10_000 } } });
  await writeFile(file, 'limits: { stop-grace: 3s }\n');
  expect(await submit()).toMatchObject({ status: 201, body: { options: { stopGraceMs: 3_000 } } });
  await writeFile(file, 'limits: { stop-grace: soon }\n');
  expect(await submit()).toMatchObject({ status: 500, body: { code: 'configuration-invalid' } });
  await writeFile(file, 'limits: { stop-grace: 4s }\n');
  expect(await submit()).toMatchObject({ status: 201, body: { options: { stopGraceMs: 4_000 } } });
});

test('an engine that is asked for and is not installed is told at once, alone and in a batch', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({ home: home.path, env: { PATH: '/nonexistent' } });
  const body = { descriptor: APP, options: { engine: 'apptainer', 'use-image': 'debian' } };
  const refusal = {
    status: 503,
    body: {
      code: 'engine-unavailable',
      detail: expect.stringContaining('apptainer is not installed here') as string,
      hint: expect.stringContaining('Install Apptainer') as string,
    },
  };
  expect(await server.request('POST', '/runs', { body })).toMatchObject(refusal);
  expect(
    await server.request('POST', '/batches', { body: { ...body, items: [{}, {}] } }),
  ).toMatchObject(refusal);
  expect((await server.request('GET', '/runs')).body).toMatchObject({ runs: [] });
});
