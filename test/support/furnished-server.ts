import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Description } from './api-requests.ts';
import { plainApp } from './plain-app.ts';
import type { ValueWorld } from './schema-values.ts';
import { startTestServer, type TestServer } from './server.ts';

/** A server with something of every kind in it. */
export interface FurnishedServer extends AsyncDisposable {
  readonly server: TestServer;
  readonly description: Description;
  /** Ids and names of what is there, by the names of the parameters and properties that hold them. */
  readonly known: ValueWorld['known'];
  /** An administrator's. */
  readonly token: string;
}

const RUNS = 20;
/** Refuses every connection, so nobody is told anything. */
const NOBODY = 'http://127.0.0.1:9/hook';

/** Starts one on the engine `process`: what a submission asks for is run, and is nothing but `echo`. */
export async function furnishedServer(home: string): Promise<FurnishedServer> {
  await mkdir(join(home, 'cyto-run'), { recursive: true });
  await writeFile(
    join(home, 'cyto-run', 'config.yaml'),
    'engine: process\nserve:\n  rate: 1000000\n  webhook-networks: 127.0.0.0/8\n',
  );
  const server = await startTestServer({ home });
  const made = async (path: string, body: object, field: string): Promise<string> => {
    const answer = await server.request<Record<string, unknown>>('POST', path, { body });
    if (answer.status >= 300) throw new Error(`${path}: ${answer.bytes.toString()}`);
    return String(answer.body[field]);
  };
  const descriptor = plainApp('echo hello; echo x > out.txt');
  await made('/apps', { descriptor }, 'name');
  const items = [{}, { parameters: { word: 'b' } }];
  const held: string[] = [];
  const ended: string[] = [];
  const uploads: string[] = [];
  for (let count = 0; count < RUNS; count += 1) {
    held.push(await made('/runs', { app: 'plain', hold: true }, 'runId'));
    ended.push(await made('/runs', { app: 'plain', parameters: { word: 'a' } }, 'runId'));
    uploads.push(await begunUpload(server));
  }
  const batchId = await made('/batches', { app: 'plain', items }, 'batchId');
  const webhookId = await made('/webhooks', { url: NOBODY }, 'id');
  for (const runId of ended) await server.ended(runId);
  // From now on it asks for a token.
  const token = await made('/tokens', { name: 'the test itself', scope: 'admin' }, 'token');
  const response = await fetch(`${server.url}/openapi.json`);
  return {
    server,
    token,
    description: (await response.json()) as Description,
    known: {
      ...{
        runId: [...held, ...ended],
        run: ended,
        with: held,
        batchId: [batchId],
        batch: [batchId],
      },
      ...{ app: ['plain', 'plain@1'], name: ['plain'], version: ['1'], uploadId: uploads },
      ...{ '*': ['out.txt'], number: [0], stream: ['stdout'], descriptor: [descriptor] },
      parameters: [
        { word: 'x' },
        { word: { upload: uploads[0] } },
        { file: { url: 'http://127.0.0.1:9/x', sha256: 'a'.repeat(64) } },
        { word: { secret: 'plain' } },
      ],
      ...{ engine: ['process'], url: [NOBODY], webhookId: [webhookId], messageId: [1, 2, 3] },
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function begunUpload(server: TestServer): Promise<string> {
  const { headers } = await server.request('POST', '/uploads', {
    headers: { 'tus-resumable': '1.0.0', 'upload-length': '5' },
  });
  return headers.get('location')?.split('/').at(-1) ?? '';
}
