import { expect, test, vi } from 'vitest';

import { renderRun, roCrate } from '../../src/report/index.ts';
import type { InputOrigin, RunRecord } from '../../src/runner/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import { plainApp } from '../support/plain-app.ts';
import { serverHere, type Reply, type ServerHere } from '../support/server-in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

vi.setConfig({ testTimeout: 120_000 });

const SIGNATURE = 'a-signature-of-a-store';

const submit = async (here: ServerHere, parameters: object, more: object = {}): Promise<string> => {
  const { body, status, text } = await here.ask('POST', '/runner/v1/runs', {
    body: {
      descriptor: plainApp('wc -c < [FILE] > out.txt'),
      options: { engine: 'process' },
      parameters,
      ...more,
    },
  });
  expect(status, text).toBe(201);
  return (body as RunRecord).runId;
};

const ended = async (here: ServerHere, runId: string): Promise<RunRecord> => {
  await here.ask('GET', `/runner/v1/runs/${runId}/stream`);
  return here.store.read(runId);
};

const rerun = async (here: ServerHere, runId: string): Promise<RunRecord> => {
  const { body, text, status } = await here.ask('POST', `/runner/v1/runs/${runId}/rerun`);
  expect(status, text).toBe(201);
  return ended(here, (body as RunRecord).runId);
};

const sent = async (here: ServerHere, name: string): Promise<string> => {
  const metadata = `filename ${Buffer.from(name).toString('base64')}`;
  const reply: Reply = await here.ask('POST', '/runner/v1/uploads', {
    headers: {
      'tus-resumable': '1.0.0',
      'upload-length': '5',
      'upload-metadata': metadata,
      'content-type': 'application/offset+octet-stream',
    },
    body: Buffer.from('slide'),
  });
  expect(reply.status, reply.text).toBe(201);
  return reply.headers.get('location')?.split('/').at(-1) ?? '';
};

const shown = (record: RunRecord): string => renderRun(record, { now: systemClock.now() });

test('a fetched input is recorded with its URL: while it waits, when it has run, when it is run again', async () => {
  await using folder = await temporaryFolder();
  await using host = await webhookReceiver();
  const origin = `http://127.0.0.1:${host.port}`;
  const start = (): Promise<ServerHere> =>
    serverHere(folder.path, {
      CYTO_RUN_URL_HOSTS: origin,
      CYTO_RUN_URL_NETWORKS: '127.0.0.0/8',
    });
  host.behave((_request, response) => response.end('slide'));
  const from: InputOrigin = { url: `${origin}/set%201/slide.tif`, queryLeftOut: true };
  let runId: string;
  {
    await using here = await start();
    const file = { url: `${origin}/set%201/slide.tif?sig=${SIGNATURE}#there` };
    runId = await submit(here, { file }, { hold: true });
    const waiting = here.store.read(runId);
    expect(waiting.inputOrigins).toMatchObject([{ inputId: 'file', origin: from }]);
    expect(shown(waiting)).toContain(`file  ${origin}/set%201/slide.tif?…`);
    const { body } = await here.ask('GET', `/runner/v1/runs/${runId}/parameters`);
    expect(body).toMatchObject([{ inputId: 'file', origins: [{ origin: from }] }]);
  }
  await using here = await start();
  await here.ask('POST', `/runner/v1/runs/${runId}/release`);
  const record = await ended(here, runId);
  expect(record).toMatchObject({ state: 'COMPLETE', inputs: [{ origin: from }] });
  expect((await here.ask('GET', `/runner/v1/runs/${runId}/inputs`)).body).toMatchObject([
    { inputId: 'file', sizeBytes: 5, origin: from },
  ]);
  expect(shown(record)).toContain('slide.tif?…');
  const graph = JSON.stringify(roCrate(record));
  expect(graph).toContain(`Fetched from ${from.url}, with a query that is not recorded`);
  const again = await rerun(here, runId);
  expect(again).toMatchObject({ state: 'COMPLETE', inputs: [{ origin: from }] });
  expect(JSON.stringify([record, again, graph])).not.toContain(SIGNATURE);
  // Without a query the address is one that leads there.
  const plain = await ended(here, await submit(here, { file: { url: `${origin}/b.tif` } }));
  expect(JSON.stringify(roCrate(plain))).toContain(`"contentUrl":"${origin}/b.tif"`);
  expect(here.faults).toEqual([]);
});

test('what was sent is recorded with the name it had there: a file, a folder, and each item of a batch', async () => {
  await using folder = await temporaryFolder();
  await using here = await serverHere(folder.path);
  const upload = await sent(here, 'slide: 1.tif');
  const record = await ended(here, await submit(here, { file: { upload } }));
  const from = { name: 'slide: 1.tif' };
  expect(record).toMatchObject({
    state: 'COMPLETE',
    inputs: [{ path: expect.stringMatching(/\/slide_ 1\.tif$/) as string, origin: from }],
  });
  expect(shown(record)).toContain('slide: 1.tif (sent)');
  expect(JSON.stringify(roCrate(record))).toContain('"alternateName":"slide: 1.tif"');
  expect(await rerun(here, record.runId)).toMatchObject({ inputs: [{ origin: from }] });

  const { body } = await here.ask('POST', '/runner/v1/uploads/folders', {
    body: { name: 'set 1', files: [{ path: 'a.tif', upload: await sent(here, 'a.tif') }] },
  });
  const pictures = { upload: (body as { id: string }).id };
  const descriptor = plainApp('ls [FILE] > out.txt');
  const whole = await ended(here, await submit(here, { file: pictures }, { descriptor }));
  expect(whole.inputs).toMatchObject([{ kind: 'folder', origin: { name: 'set 1' } }]);

  const batch = await here.ask('POST', '/runner/v1/batches', {
    body: {
      descriptor,
      options: { engine: 'process' },
      items: [{ parameters: { file: { upload } } }],
    },
  });
  const { batchId } = batch.body as { batchId: string };
  const [item] = here.store.batches.items(batchId);
  expect((await ended(here, item!.runId)).inputs).toMatchObject([{ origin: from }]);
});

test('a name of any length and any characters is kept as far as it can be read', async () => {
  await using folder = await temporaryFolder();
  await using here = await serverHere(folder.path);
  const upload = await sent(here, `\u001b[31m${'😀'.repeat(500)}`);
  const runId = await submit(here, { file: { upload } }, { hold: true });
  const record = here.store.read(runId);
  const { origin } = record.inputOrigins![0]!;
  expect('name' in origin && origin.name.length).toBe(255);
  expect(JSON.stringify(origin)).not.toMatch(/\\ud[89a-f]/i);
  expect(shown(record)).not.toContain('\u001b');
});
