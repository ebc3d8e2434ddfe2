import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { cli, type CliResult } from '../support/cli.ts';
import { plainApp } from '../support/plain-app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const stack = new AsyncDisposableStack();
let server: TestServer;
let runId: string;
/** The folder in which commands are typed. */
let folder: string;

const APP = plainApp(
  'head -c 90000 /dev/zero | tr "\\0" x > out.bin; mkdir -p parts/deep/er parts/none; echo 1 > parts/deep/1',
  {
    name: 'crated',
    'output-files': [
      { id: 'out', name: 'out', 'path-template': 'out.bin' },
      { id: 'parts', name: 'parts', 'path-template': 'parts' },
    ],
  },
);

beforeAll(async () => {
  const home = stack.use(await temporaryFolder());
  server = stack.use(await startTestServer({ home: home.path }));
  const { body } = await server.request<{ runId: string }>('POST', '/runs', {
    body: { descriptor: APP, options: { engine: 'process' } },
  });
  ({ runId } = body);
  expect(await server.ended(runId)).toMatchObject({ state: 'COMPLETE' });
  folder = stack.use(await temporaryFolder()).path;
});
afterAll(() => stack.disposeAsync());

const exported = (url: string, ...more: string[]): Promise<CliResult> =>
  cli(['export', runId, '--server', url, ...more], { home: folder });

/** In front of the server: of the crate something else is sent than it says. */
async function changingCrates(
  change: (crate: Buffer, response: ServerResponse) => void,
): Promise<AsyncDisposable & { readonly url: string }> {
  const host = createServer((request, response) => {
    void fetch(`${server.url}${request.url ?? ''}`).then(async (answer) => {
      const body = Buffer.from(await answer.arrayBuffer());
      response.setHeader('content-type', answer.headers.get('content-type') ?? 'text/plain');
      response.statusCode = answer.status;
      if (request.url?.includes('/crate') === true) change(body, response);
      else response.end(body);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => host.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(host.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      host.closeAllConnections();
      await new Promise((resolve) => host.close(resolve));
    },
  };
}

test('folders in which nothing is come with it, however deep they lie', async () => {
  expect(await exported(server.url, '--out', 'whole')).toMatchObject({ exitCode: 0 });
  const parts = join(folder, 'whole', 'outputs', 'parts');
  expect((await readdir(parts, { recursive: true })).sort()).toEqual([
    'deep',
    'deep/1',
    'deep/er',
    'none',
  ]);
  const zip = await server.request('GET', `/runs/${runId}/outputs/parts`);
  for (const path of ['parts/none/', 'parts/deep/er/'])
    expect(zip.bytes.includes(path), path).toBe(true);
});

/** The same bytes with every place of a name having another. */
const renamed = (crate: Buffer, from: string, to: string): Buffer =>
  Buffer.from(crate.toString('latin1').replaceAll(from, to), 'latin1');

test.each<[string, (crate: Buffer, response: ServerResponse) => void, RegExp]>([
  ['no archive', (_crate, response) => response.end('<h1>Please sign in</h1>'), /is none: /],
  ['half of one', (crate, response) => response.end(crate.subarray(0, 400)), /is none: /],
  ['nothing', (_crate, response) => response.end(), /is none: /],
  [
    'one with a byte changed in a file',
    (crate, response) => {
      const at = crate.indexOf('xxxxxxxx');
      crate[at] = 0x79;
      response.end(crate);
    },
    /"outputs\/out\.bin" has not the checksum/,
  ],
  [
    'one without a file',
    (crate, response) => response.end(renamed(crate, 'outputs/out.bin', 'outputs/oot.bin')),
    /"outputs\/out\.bin" is not in it/,
  ],
  [
    'one without its metadata',
    (crate, response) => response.end(renamed(crate, 'ro-crate-metadata', 'ro-crate-metadatx')),
    /"ro-crate-metadata\.json" is not in it/,
  ],
  [
    'one whose names lead elsewhere',
    (crate, response) => response.end(renamed(crate, 'outputs/out.bin', '../../../../evil')),
    /is none: /,
  ],
])('%s in place of a crate is told, and nothing is written', async (_what, change, message) => {
  await using host = await changingCrates(change);
  const before = await readdir(folder);
  const { exitCode, stderr, stdout } = await exported(host.url, '--out', 'half');
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 75, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr).toContain('transfer-damaged');
  expect(await readdir(folder)).toEqual(before);
});

test('a connection that breaks in the middle is told as that, and nothing is written', async () => {
  await using host = await changingCrates((crate, response) => {
    response.setHeader('content-length', crate.length);
    response.write(crate.subarray(0, crate.length / 2), () => response.destroy());
  });
  const before = await readdir(folder);
  const { exitCode, stderr } = await exported(host.url, '--out', 'half');
  expect(exitCode, stderr).toBe(69);
  expect(stderr).toContain('server-unreachable');
  expect(await readdir(folder)).toEqual(before);
});

test('a folder that was made for it stays the same one, and is empty again when it fails', async () => {
  const made = join(folder, 'made');
  await mkdir(made, { mode: 0o750 });
  const { ino } = await stat(made);
  await using host = await changingCrates((_crate, response) => response.end('no'));
  expect((await exported(host.url, '--out', 'made')).exitCode).toBe(75);
  expect(await readdir(made)).toEqual([]);
  expect(await exported(server.url, '--out', 'made')).toMatchObject({ exitCode: 0 });
  expect(await stat(made)).toMatchObject({ ino, mode: 0o40750 });
  expect((await readFile(join(made, 'outputs/out.bin'))).length).toBe(90_000);
  expect((await readdir(made)).filter((name) => name.startsWith('.'))).toEqual([]);
  await writeFile(join(folder, 'a file'), '');
  expect((await exported(server.url, '--out', 'a file/in')).exitCode).toBe(73);
});
