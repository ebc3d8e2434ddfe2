import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { connect } from '../../../src/client/index.ts';
import type { BatchReport } from '../../../src/report/index.ts';
import { breakingProxy } from '../../support/breaking-proxy.ts';
import { cli, startCli, type CliResult, type RunningCli } from '../../support/cli.ts';
import { plainApp } from '../../support/plain-app.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/* The same lines typed for the batches of this machine and for those of a server tell the same. */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

interface Scene {
  readonly type: (...args: string[]) => Promise<CliResult>;
  readonly start: (...args: string[]) => RunningCli;
  readonly folder: string;
}

const stack = new AsyncDisposableStack();
let server: TestServer;
/** The one folder that the server reads. */
let seen: string;
let here: Scene;
let there: Scene;

const APP = plainApp(
  'case [WORD] in bad) echo no >&2; exit 3;; long) sleep 600;; esac; cat [FILE] > out.txt; echo [WORD] >> out.txt',
);
const ITEMS = `item,file,word
one,a.txt,x
two é,a.txt,bad
../three,b b.txt,y
`;

async function scene(env: Record<string, string>): Promise<Scene> {
  const folder = stack.use(await temporaryFolder());
  const { path } = folder;
  await writeFile(join(path, 'app.json'), JSON.stringify(APP));
  await writeFile(join(path, 'a.txt'), 'A\n');
  await writeFile(join(path, 'b b.txt'), 'B\n');
  await writeFile(join(path, 'items.csv'), ITEMS);
  const options = { home: path, env: { CYTO_RUN_ENGINE: 'process', ...env } };
  return {
    folder: path,
    type: (...args) => cli(args, options),
    start: (...args) => startCli(args, options),
  };
}

beforeAll(async () => {
  const home = stack.use(await temporaryFolder());
  seen = stack.use(await temporaryFolder()).path;
  server = stack.use(
    await startTestServer({
      home: home.path,
      env: { CYTO_RUN_ENGINE: 'process', CYTO_RUN_MOUNT_ROOTS: seen },
    }),
  );
  [here, there] = await Promise.all([scene({}), scene({ CYTO_RUN_SERVER: server.url })]);
});
afterAll(() => stack.disposeAsync());

/** Ids, times and places as words; items end in any order. A server is not told where outputs are brought to: each command says it. */
function comparable({ folder }: Scene, { exitCode, stdout, stderr }: CliResult): object {
  const plain = (text: string): string =>
    text
      .replaceAll(folder, 'HERE')
      .replaceAll(/b?\d{8}-\d{6}-[a-z0-9]{5}/g, 'ID')
      .replaceAll(/\b\d+(\.\d+)? (ms|s|min)\b( ago)?|just now/g, 'SPAN')
      .replaceAll(/^.*sending.*\n|^.*already\n/gm, '')
      // How it stands, told where nothing runs for a while.
      .replaceAll(/^\d+:\d+ {2}.*\n/gm, '')
      .replaceAll(/ --out out(?= +again)/g, '')
      .replaceAll(/ +/g, ' ');
  return { exitCode, stdout: plain(stdout).split('\n').sort(), stderr: plain(stderr) };
}

async function same(...args: string[]): Promise<CliResult> {
  const [local, remote] = await Promise.all([here.type(...args), there.type(...args)]);
  expect(comparable(there, remote)).toEqual(comparable(here, local));
  return remote;
}

const reportOf = async ({ type }: Scene, ...more: string[]): Promise<BatchReport> =>
  JSON.parse((await type('batch', '--show', 'last', '--json', ...more)).stdout) as BatchReport;

test('a batch tells the same here and on a server, brings its outputs as items end, and is repeated in part', async () => {
  const run = ['batch', 'app.json', 'items.csv', '--out', 'out', '--jobs', '1'];
  expect(await same(...run, '--dry-run')).toMatchObject({ exitCode: 0 });
  const first = await same(...run);
  expect(first).toMatchObject({ exitCode: 1 });
  expect(first.stderr).toContain('3 to run');
  expect(first.stdout).toMatch(/batch --retry \S+ --out out /);
  for (const { folder } of [here, there]) {
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(['__three', 'one'].sort());
    expect(await readFile(join(folder, 'out/one/out.txt'), 'utf8')).toBe('A\nx\n');
    expect(await readFile(join(folder, 'out/__three/out.txt'), 'utf8')).toBe('B\ny\n');
  }
  const [local, remote] = [await reportOf(here), await reportOf(there, '--out', 'out')];
  expect(remote.summary).toEqual(local.summary);
  expect(remote.items.map((item) => Object.keys(item).sort())).toEqual(
    local.items.map((item) => Object.keys(item).sort()),
  );
  expect(remote.items.map(({ failure }) => failure?.message)).toEqual(
    local.items.map(({ failure }) => failure?.message),
  );
  await same('batch', '--list');
  for (const { type } of [here, there]) {
    const runs = await type('runs', '--batch', 'last', '--json');
    expect((JSON.parse(runs.stdout) as { runs: unknown[] }).runs).toHaveLength(3);
    expect((await type('runs', '--batch', 'nosuch')).stderr).toContain('`cyto-run batch --list`');
  }
  const retried = await same('batch', '--retry', 'last', '--param', 'word=mended', '--out', 'out');
  expect(retried).toMatchObject({ exitCode: 0 });
  for (const { folder } of [here, there])
    expect(await readFile(join(folder, 'out/two é/out.txt'), 'utf8')).toBe('A\nmended\n');
});

test('what is wrong with items is told as here, with their lines, before anything is sent', async () => {
  await writeFile(join(here.folder, 'wrong.jsonl'), WRONG);
  await writeFile(join(there.folder, 'wrong.jsonl'), WRONG);
  expect(await same('batch', 'app.json', 'wrong.jsonl')).toMatchObject({ exitCode: 65 });
  await same('batch', 'app.json');
  await same('batch', 'app.json', '--each', 'file=*.nothing');
  expect((await there.type('batch', '--show', 'nosuch')).exitCode).toBe(66);
});
const WRONG = '{"word":"x"}\n{"wrod":"x"}\n{"file":"missing"}\n{';

test('Ctrl-C ends a batch of a server, a retry goes on with it, and one that was left is followed again', async () => {
  await writeFile(join(there.folder, 'long.jsonl'), '{"word":"long"}\n{"word":"long"}\n');
  const running = there.start('batch', 'app.json', 'long.jsonl', '--log-format', 'json', '-j', '1');
  await running.saw('"RUNNING"');
  running.process.kill('SIGINT');
  const { exitCode, stdout } = await running.ended;
  expect([exitCode, stdout]).toEqual([
    130,
    expect.stringContaining('2 items: 2 canceled') as string,
  ]);
  expect(stdout).toMatch(/batch --retry \S+ /);
  const left = there.start('batch', '--retry', 'last', '-p', 'word=z', '--log-format', 'json');
  await left.saw('2 to run');
  left.process.kill('SIGKILL');
  await left.ended;
  const resumed = await there.type('batch', '--resume', 'last', '--out', 'later');
  expect(resumed).toMatchObject({ exitCode: 0 });
  expect((await readdir(join(there.folder, 'later'))).sort()).toEqual(['1', '2']);
  expect(await readFile(join(there.folder, 'later/1/out.txt'), 'utf8')).toBe('z\n');
});

test('while nothing of a batch runs, what its first item waits for is told', async () => {
  await writeFile(join(there.folder, 'held.jsonl'), '{"word":"long"}\n{"word":"w"}\n');
  const runIdsOf = async (state: string): Promise<string[]> => {
    const { body } = await server.request<{ runs: { runId: string }[] }>(
      'GET',
      `/runs?state=${state}`,
    );
    return body.runs.map(({ runId }) => runId);
  };
  const running = there.start('batch', 'app.json', 'held.jsonl', '-j', '1');
  await expect.poll(() => runIdsOf('RUNNING'), { timeout: 120_000 }).toHaveLength(1);
  const [queued] = await runIdsOf('QUEUED');
  await server.request('POST', `/runs/${queued!}/hold`, { body: { reason: 'the wrong slide' } });
  const [first] = await runIdsOf('RUNNING');
  await server.request('POST', `/runs/${first!}/cancel`);
  await running.saw('the wrong slide');
  await server.request('POST', `/runs/${queued!}/release`);
  const { exitCode, stderr } = await running.ended;
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^\d+:\d\d {2}.*1 waiting {2}2: .*the wrong slide/m);
});

test('files go by their paths where the server may read them, and are sent once where it may not', async () => {
  await writeFile(join(seen, 'c.txt'), 'C\n');
  await writeFile(join(there.folder, 'b b.txt'), 'B again\n');
  const line = ['--out', 'sent', '--param', 'word=w', '--server', server.url];
  const byPath = await there.type('batch', 'app.json', '--each', `file=${seen}/*.txt`, ...line);
  expect(byPath).toMatchObject({
    exitCode: 0,
    stderr: expect.not.stringMatching('sen[dt]') as string,
  });
  expect(byPath.stdout).toContain(` --server ${server.url}`);
  await writeFile(join(there.folder, 'many.csv'), 'file\na.txt\na.txt\nb b.txt\n');
  const { stdout, stderr } = await there.type('batch', 'app.json', 'many.csv', ...line, '--json');
  const { items, batch } = JSON.parse(stdout) as BatchReport;
  expect(items.map(({ item, state }) => [item, state])).toEqual([
    ['a.txt', 'COMPLETE'],
    ['a.txt-2', 'COMPLETE'],
    ['b b.txt', 'COMPLETE'],
  ]);
  expect(batch.outFolder).toBe(join(there.folder, 'sent'));
  expect(stderr.match(/^sending b b.txt/gm)).toHaveLength(1);
  expect(await readFile(join(there.folder, 'sent/c.txt/out.txt'), 'utf8')).toBe('C\nw\n');
  expect(await readFile(join(there.folder, 'sent/b b.txt/out.txt'), 'utf8')).toBe('B again\nw\n');
});

test('what an earlier command has sent of a file is not sent again', async () => {
  const bytes = Buffer.alloc(20_000_000, 'slide ');
  await writeFile(join(there.folder, 'large.txt'), bytes);
  const gone = new AbortController();
  const first = connect({ url: server.url }).uploads.send(
    {
      ...{ name: 'large.txt', sizeBytes: bytes.length },
      sha256: createHash('sha256').update(bytes).digest('hex'),
      read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    },
    {
      signal: gone.signal,
      onProgress: () => {
        gone.abort(new Error('the sender is gone'));
      },
    },
  );
  await expect(first).rejects.toThrow('gone');
  const line = ['--out', 'large', '--param', 'word=w', '--server', server.url];
  const second = await there.type('batch', 'app.json', '--each', 'file=large.txt', ...line);
  expect(second, second.stderr).toMatchObject({ exitCode: 0 });
  expect(second.stderr).toContain('going on with large.txt: 8.39 MB of 20.0 MB are on');
});

test('a connection that breaks again and again loses no item, no output, and submits nothing twice', async () => {
  await using proxy = await breakingProxy(server.url, (at) => (at === 1 ? 0 : 7_000));
  const rows = Array.from({ length: 12 }, (_, at) => `part ${at},w${at}`);
  await writeFile(join(there.folder, 'parts.csv'), ['item,word', ...rows].join('\n'));
  const app = plainApp('echo [WORD] > out.txt', { name: 'parts' });
  await writeFile(join(there.folder, 'parts.json'), JSON.stringify(app));
  const line = ['parts.json', 'parts.csv', '--server', proxy.url, '--out', 'through'];
  const { exitCode, stdout, stderr } = await there.type('batch', ...line);
  expect(exitCode, stderr).toBe(0);
  expect(stdout.match(/^COMPLETE {2}/gm)).toHaveLength(12);
  expect(stderr).toContain('trying again');
  for (const [at] of rows.entries())
    expect(await readFile(join(there.folder, `through/part ${at}/out.txt`), 'utf8')).toBe(
      `w${at}\n`,
    );
  const { body } = await server.request<{ runs: unknown[] }>('GET', '/runs?app=parts&limit=50');
  expect(body.runs).toHaveLength(12);
});

test('outputs that cannot be written end the command with the reason, not the batch', async () => {
  await writeFile(join(there.folder, 'one.csv'), 'item,file\nblocked,a.txt\n');
  await there.type('batch', 'app.json', 'one.csv', '--param', 'word=w');
  await mkdir(join(there.folder, 'full'));
  await writeFile(join(there.folder, 'full/blocked'), 'in the way');
  expect(await there.type('batch', '--resume', 'last', '--out', 'full')).toMatchObject({
    exitCode: 73,
    stderr: expect.stringContaining('cannot be written') as string,
  });
});
