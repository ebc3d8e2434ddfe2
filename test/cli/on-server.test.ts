import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { RunRecord } from '../../src/runner/index.ts';
import { cli, startCli, type CliResult, type RunningCli } from '../support/cli.ts';
import { plainApp } from '../support/plain-app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

/*
 * The port behind the commands about runs: the same lines typed for this machine and for a server tell
 * the same, but for ids, times, and where outputs lie.
 */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

interface Scene {
  readonly type: (...args: string[]) => Promise<CliResult>;
  readonly start: (...args: string[]) => RunningCli;
  /** How the next run of this scene is called in what is compared. */
  readonly folder: string;
}

const PATIENT = { timeout: 120_000 };
const stack = new AsyncDisposableStack();
let server: TestServer;
let scenes: readonly Scene[];

async function scene(env: Record<string, string>): Promise<Scene> {
  const folder = stack.use(await temporaryFolder());
  const { path } = folder;
  await writeFile(join(path, 'good.json'), JSON.stringify(GOOD));
  await writeFile(join(path, 'bad.json'), JSON.stringify(BAD));
  await writeFile(join(path, 'long.json'), JSON.stringify(LONG));
  await writeFile(join(path, 'in put.txt'), 'hello\n');
  const options = { home: path, env: { CYTO_RUN_ENGINE: 'process', ...env } };
  return {
    folder: path,
    type: (...args) => cli(args, options),
    start: (...args) => startCli(args, options),
  };
}

const GOOD = plainApp('cat [FILE]; printf "é\\n" >&2; cat [FILE] > out.txt', { name: 'good' });
const BAD = plainApp('echo why not >&2; exit 3', { name: 'bad' });
const LONG = plainApp('echo begun; trap "exit 9" TERM; sleep 600 & wait', { name: 'long' });

beforeAll(async () => {
  const home = stack.use(await temporaryFolder());
  server = stack.use(
    await startTestServer({ home: home.path, env: { CYTO_RUN_ENGINE: 'process' } }),
  );
  scenes = await Promise.all([scene({}), scene({ CYTO_RUN_SERVER: server.url })]);
});
afterAll(() => stack.disposeAsync());

/** Ids, times, amounts of time, and places, as words. */
function comparable({ folder }: Scene, { exitCode, stdout, stderr }: CliResult): object {
  const plain = (text: string): string =>
    text
      .replaceAll(/\d{8}-\d{6}-[a-z0-9]{5}/g, 'RUN')
      .replaceAll(`${server.url}/runner/v1/runs/RUN/outputs`, 'OUTPUTS')
      .replaceAll(folder, 'HERE')
      .replaceAll(/HERE\/runs\/RUN\/(out|work)/g, 'OUTPUTS')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/\b\d+(\.\d+)? (ms|s|min)\b( ago)?|just now/g, 'SPAN')
      // A busy machine lets a run wait for a moment, and tells so.
      .replaceAll(/ after waiting SPAN|^cyto-run: waiting.*\n/gm, '')
      .replaceAll(/ +/g, ' ');
  return { exitCode, stdout: plain(stdout), stderr: plain(stderr) };
}

/** Types the same lines in both scenes; what both told of the last is the same, and is given back. */
async function same(...lines: readonly string[][]): Promise<CliResult> {
  const told = await Promise.all(
    scenes.map(async (one) => {
      const results: CliResult[] = [];
      for (const line of lines) results.push(await one.type(...line));
      return results;
    }),
  );
  const [here, there] = told.map((results, at) =>
    results.map((result) => comparable(scenes[at]!, result)),
  );
  expect(there).toEqual(here);
  return told[1]!.at(-1)!;
}

const RUN_GOOD = ['good.json', '--file', 'in put.txt', '--quiet'];

describe('the same on this machine and on a server', () => {
  test('a run that completes, and what is told of it afterwards', async () => {
    expect(await same(RUN_GOOD)).toMatchObject({ exitCode: 0 });
    const { stdout } = await same(
      ['wait'],
      ['why'],
      ['logs', '--stream', 'stdout'],
      ['logs', '--tail', '3'],
      ['logs', '-f'],
      ['logs', '--stream', 'stdout', '--from', '2'],
      ['outputs', '--verify'],
      ['runs', '--state', 'complete', '--limit', '1'],
      ['cancel'],
      ['rerun', '--quiet', '--out', 'again'],
    );
    expect(stdout).toContain('Reproduced');
  });

  test('a run is exported as a crate to a folder here, never into one that holds something', async () => {
    const app = plainApp('cat [FILE] > out.txt; mkdir -p parts/none; echo 1 > "parts/é 1"', {
      name: 'exported',
      'output-files': [
        { id: 'out', name: 'out', 'path-template': 'out.txt' },
        { id: 'parts', name: 'parts', 'path-template': 'parts' },
      ],
    });
    for (const { folder } of scenes)
      await writeFile(join(folder, 'exported.json'), JSON.stringify(app));
    const run = ['exported.json', '--file', 'in put.txt', '--quiet'];
    const told = await same(run, ['export', '--out', 'crate', '--license', 'CC0-1.0', '--json']);
    expect(JSON.parse(told.stdout)).toMatchObject({
      files: expect.arrayContaining([
        'inputs/in put.txt',
        'outputs/parts',
        'logs/stderr.log',
      ]) as unknown,
    });
    for (const { folder } of scenes) {
      const text = (path: string): Promise<string> => readFile(join(folder, 'crate', path), 'utf8');
      expect(await text('outputs/out.txt')).toBe('hello\n');
      expect(await text('outputs/parts/é 1')).toBe('1\n');
      expect(await text('inputs/in put.txt')).toBe('hello\n');
      expect(await text('ro-crate-metadata.json')).toContain('CC0-1.0');
      expect((await readdir(join(folder, 'crate'))).filter((name) => name.startsWith('.'))).toEqual(
        [],
      );
    }
    expect((await same(['export', '--out', 'crate'])).exitCode).toBe(73);
    expect((await same(['export', '--inputs', 'refer', '--out', 'lean'])).exitCode).toBe(0);
    expect((await same(['export', 'r-none', '--out', 'no'])).exitCode).toBe(66);
  });

  test('outputs are brought to --out, under their own names', async () => {
    const { stdout } = await same([...RUN_GOOD, '--out', 'results']);
    expect(stdout).toContain('1 output written in');
    for (const { folder } of scenes)
      expect(await readFile(join(folder, 'results/out.txt'), 'utf8')).toBe('hello\n');
    await same([...RUN_GOOD, '--out', 'results']);
    for (const { folder } of scenes) await writeFile(join(folder, 'results/out.txt'), 'other');
    expect((await same([...RUN_GOOD, '--out', 'results'])).stdout).toContain('replaced');
  });

  test('folders among the outputs come whole to --out, and later with `outputs --out`', async () => {
    const app = plainApp('mkdir -p parts/deep; printf 1 > parts/1; printf 2 > "parts/deep/é 2"', {
      name: 'folders',
      'output-files': [{ id: 'parts', name: 'parts', 'path-template': 'parts' }],
    });
    for (const { folder } of scenes)
      await writeFile(join(folder, 'folders.json'), JSON.stringify(app));
    await same(['folders.json', '--quiet', '--out', 'left']);
    await same(['folders.json', '--quiet'], ['outputs', '--out', 'copied', '--verify']);
    for (const { folder } of scenes)
      for (const name of ['left', 'copied']) {
        const parts = join(folder, name, 'parts');
        expect(await readFile(join(parts, 'deep/é 2'), 'utf8')).toBe('2');
        await writeFile(join(parts, '1'), 'changed');
      }
    expect((await same(['outputs', '--out', 'copied'])).stderr).toContain('replaced');
    for (const { folder } of scenes)
      expect(await readFile(join(folder, 'copied/parts/1'), 'utf8')).toBe('1');
    await same(['outputs', '--out', 'in put.txt']);
  });

  test('a run is repeated with other values, of their types, and files that are sent', async () => {
    const app = plainApp('echo [COUNT] > out.txt; cat [FILE] >> out.txt', {
      name: 'counted',
      inputs: [
        { id: 'count', name: 'count', type: 'Number', 'value-key': '[COUNT]', integer: true },
        { id: 'file', name: 'file', type: 'File', 'value-key': '[FILE]' },
      ],
    });
    for (const { folder } of scenes) {
      await writeFile(join(folder, 'counted.json'), JSON.stringify(app));
      await writeFile(join(folder, 'other.txt'), 'other\n');
    }
    await same(['counted.json', '--count', '1', '--file', 'in put.txt', '--quiet']);
    const changed = ['rerun', 'last', '--quiet', '--out', 'again', '-p', 'count=7'];
    await Promise.all(scenes.map((one) => one.type(...changed, '-p', 'file=other.txt')));
    for (const { folder } of scenes)
      expect(await readFile(join(folder, 'again/out.txt'), 'utf8')).toBe('7\nother\n');
    const wrong = await scenes[1]!.type('rerun', 'last', '-p', 'count=many');
    expect(wrong).toMatchObject({
      exitCode: 65,
      stderr: expect.stringContaining('many') as string,
    });
    expect((await scenes[1]!.type('rerun', 'last', '-p', 'cuont=1')).exitCode).toBe(65);
  });

  test('a run that fails, with its last words and its exit code', async () => {
    expect(await same(['bad.json', '--quiet'], ['why'], ['wait'])).toMatchObject({ exitCode: 3 });
  });

  test('what is wrong before anything starts, and runs that are not there', async () => {
    await same(['good.json', '--file', 'missing.txt']);
    await same(['good.json', '--param', 'wrod=x']);
    await same(['good.json', '--out', 'in put.txt']);
    await same(['runs', '--state', 'nosuch'], ['logs', '--stream', 'both', '--from', '1']);
    const unknown = await scenes[1]!.type('show', 'nothing-like-it', '--json');
    expect(unknown.exitCode).toBe(66);
    expect(JSON.parse(unknown.stdout)).toMatchObject({ error: { code: 'run-not-found' } });
  });

  test('the record is the same document', async () => {
    await same(RUN_GOOD);
    const [here, there] = await Promise.all(
      scenes.map(async (one) => JSON.parse((await one.type('show', '--json')).stdout) as RunRecord),
    );
    expect(Object.keys(there!).sort()).toEqual(
      [...Object.keys(here!), 'inputOrigins', 'inputSources', 'queue'].sort(),
    );
    expect(there!.parameters.map(({ source }) => source)).toEqual(
      here!.parameters.map(({ source }) => source),
    );
  });
});

test('a file may be a URL: the server fetches it while the run waits, alone, in a batch and again', async () => {
  await using home = await temporaryFolder();
  await using host = await webhookReceiver();
  host.behave((_request, response) => response.end('from afar\n'));
  const origin = `http://127.0.0.1:${host.port}`;
  await using fetching = await startTestServer({
    home: home.path,
    env: {
      CYTO_RUN_ENGINE: 'process',
      CYTO_RUN_URL_HOSTS: origin,
      CYTO_RUN_URL_NETWORKS: '127.0.0.0/8',
    },
  });
  const { type, folder } = await scene({ CYTO_RUN_SERVER: fetching.url });
  const run = await type('good.json', '--file', `${origin}/a.txt`, '--out', 'fetched', '--quiet');
  expect(run, run.stderr).toMatchObject({ exitCode: 0 });
  expect(await readFile(join(folder, 'fetched/out.txt'), 'utf8')).toBe('from afar\n');
  await writeFile(join(folder, 'items.csv'), `file\n${origin}/b.txt\nin put.txt\n`);
  const batch = await type('batch', 'good.json', 'items.csv', '--quiet');
  expect(batch, batch.stderr).toMatchObject({ exitCode: 0 });
  expect(host.received.map(({ path }) => path)).toEqual(['/a.txt', '/b.txt']);
  const elsewhere = await type('good.json', '--file', 'https://elsewhere.test/a.txt');
  expect(elsewhere).toMatchObject({
    exitCode: 77,
    stderr: expect.stringContaining('not on a host') as string,
  });
});

test('a dry run is what the server would do, and starts nothing', async () => {
  const { type, folder } = scenes[1]!;
  const before = (await type('runs', '--json')).stdout;
  const line = ['good.json', '--file', 'in put.txt', '--dry-run', '--out', 'planned'];
  const plan = await type(...line, '--memory', '1g', '--json');
  expect(JSON.parse(plan.stdout)).toMatchObject({
    app: { name: 'good' },
    limits: { memoryBytes: 2 ** 30 },
    folders: { outFolder: join(folder, 'planned') },
  });
  expect((await type(...line)).stdout).toMatch(/^Dry run.*nothing was started/);
  expect((await type('runs', '--json')).stdout).toBe(before);
});

test('Ctrl-C cancels the run on the server, and the command ends as here', async () => {
  for (const one of scenes) {
    const running = one.start('long.json', '--verbose');
    await running.saw('begun');
    running.process.kill('SIGINT');
    const { exitCode, stderr } = await running.ended;
    expect([exitCode, stderr]).toEqual([
      130,
      expect.stringContaining('stopping the app') as string,
    ]);
    expect((await one.type('why', '--json')).stdout).toContain('"canceled"');
  }
});

test('a log is followed from the end of what is asked for, while the app writes', async () => {
  const [, there] = scenes;
  const running = there!.start('long.json', '--verbose');
  await running.saw('begun');
  const following = there!.start('logs', '-f', '--tail', '2');
  await expect.poll(() => there!.type('cancel').then(({ exitCode }) => exitCode)).toBe(0);
  expect(await following.ended).toMatchObject({ exitCode: 0, stdout: 'n\n' });
  await running.ended;
});

test('--server is told again in the commands that are offered, and local takes a setting back', async () => {
  const [here, there] = scenes;
  const flagged = await here!.type('good.json', '--quiet', '--server', server.url);
  expect(flagged.stdout).toMatch(new RegExp(`cyto-run(.js)? show \\S+ --server ${server.url}`));
  const configured = await there!.type('wait', '--server', `${server.url}/`);
  expect(configured.stdout).toMatch(/cyto-run(.js)? show \S+ /);
  expect(configured.stdout).not.toContain('--server');
  expect((await there!.type('runs', '--server', 'local')).stdout).toBe('No runs.\n');
});

test('a server that is not there is told at once, with the address and what to try', async () => {
  const { exitCode, stderr } = await scenes[0]!.type('runs', '--server', 'http://127.0.0.1:9');
  expect(exitCode).toBe(69);
  expect(stderr).toContain('the server at http://127.0.0.1:9 cannot be reached');
});

test('apps are registered, listed, shown, deprecated, disabled and enabled', async () => {
  const { type } = scenes[1]!;
  expect((await type('apps', 'register', 'good.json')).stdout).toBe('good@1 is registered\n');
  expect((await type('apps', 'register', 'good.json')).stdout).toBe(
    'good@1 was known already; nothing changed\n',
  );
  const shown = (await type('apps', 'show', 'good')).stdout;
  expect(shown).toContain('A program of this machine.');
  expect(shown).toMatch(/\S\n$/);
  await type('apps', 'deprecate', 'good@1', '--reason', 'old');
  expect((await type('apps')).stdout).toMatch(/^good@1 .*deprecated: old$/m);
  await type('apps', 'disable', 'good');
  expect(JSON.parse((await type('apps', 'list', '--json')).stdout)).toMatchObject({
    apps: [{ name: 'good', enabled: false }],
  });
  await type('apps', 'enable', 'good');
  expect((await type('apps')).stdout).not.toContain('d: old');
  expect((await type('apps', 'show', 'goood')).stderr).toContain('Did you mean good?');
  expect(await type('apps', 'regster')).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('Did you mean register?') as string,
  });
  expect((await scenes[0]!.type('apps')).stderr).toContain('which one?');
});

test('an app of the server is run by its name: its parameters are flags, its newest version that may be run is taken', async () => {
  const { type, folder } = scenes[1]!;
  const app = (version: string, more: object): string =>
    JSON.stringify(
      plainApp(`echo ${version} [WORD] > out.txt`, {
        name: 'Named',
        'tool-version': version,
        ...more,
      }),
    );
  for (const version of ['1', '2', '3'])
    await server.request('POST', '/apps', { body: { descriptor: app(version, {}) } });
  await server.request('PATCH', '/apps/Named/3', { body: { enabled: false } });
  await server.request('PATCH', '/apps/Named/1', { body: { deprecated: 'use 2' } });
  const out = (name: string): Promise<string> => readFile(join(folder, name, 'out.txt'), 'utf8');
  const newest = await type('run', 'Named', '--word', 'x', '--out', 'newest');
  expect(newest).toMatchObject({ exitCode: 0 });
  expect(await out('newest')).toBe('2 x\n');
  const old = await type('Named@1', '--word', 'y', '--out', 'old');
  expect(old.stderr).toContain('note: Named@1 is deprecated: use 2');
  expect(await out('old')).toBe('1 y\n');
  expect((await type('runs', '--app', 'Named', '--json')).stdout).toContain('"version": "2"');
  expect((await type('Named', '--help')).stdout).toMatch(/^cyto-run Named@2[^]*--word/);
  expect(await type('Named', '--wrd', 'x')).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('Did you mean --word?') as string,
  });
  for (const [given, hint] of [
    ['Namd', 'Did you mean Named?'],
    ['Named@4', 'There is Named@3, Named@2, Named@1.'],
    ['rnus', 'Did you mean `cyto-run runs`?'],
  ] as const)
    expect((await type(given)).stderr, given).toContain(hint);
  expect((await type('Named@3')).stderr).toContain('app-disabled');
  expect((await scenes[0]!.type('Named@2')).stderr).toContain('--server URL');
  await writeFile(join(folder, 'two.csv'), 'word\na\nb\n');
  expect(await type('batch', 'Named', 'two.csv', '--out', 'both')).toMatchObject({ exitCode: 0 });
  expect(await out('both/2')).toBe('2 b\n');
});

test('a shell completes what the server has, and waits for none that does not answer', async () => {
  const { type } = scenes[1]!;
  const offered = async (line: string, one = scenes[1]!): Promise<string[]> =>
    (await one.type('__complete', '--line', '--', `cyto-run ${line}`)).stdout
      .split('\n')
      .map((text) => text.split('\t')[0] ?? '');
  const descriptor = plainApp('true', { name: 'completed' });
  await server.request('POST', '/apps', { body: { descriptor } });
  await type('good.json', '--file', 'in put.txt', '--quiet');
  const { runs } = JSON.parse((await type('runs', '--json')).stdout) as {
    runs: { runId: string }[];
  };
  // It is asked for a moment only: on a busy machine perhaps in vain.
  const soon = (line: string, one?: Scene) => expect.poll(() => offered(line, one), PATIENT);
  await soon('show ').toContain(runs[0]?.runId);
  await soon('run compl').toContain('completed@1');
  await soon('completed@1 --wo').toContain('--word');
  await soon(`show --server ${server.url} `, scenes[0]).toContain(runs[0]?.runId);
  expect(await offered('show --server http://127.0.0.1:9 ')).toEqual(['']);
  await using silent = createServer((socket) => socket.on('error', () => 0).resume());
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  expect(await offered(`show --server http://127.0.0.1:${port} `)).toEqual(['']);
  const project = await scene({});
  await writeFile(join(project.folder, 'cyto-run.yaml'), `server: { url: "${server.url}" }\n`);
  expect(await offered('show ', project)).toEqual(['']);
});

test('a token is sent from a private file, and never to a server that a project names', async () => {
  const { folder, type } = scenes[0]!;
  const token = join(folder, 'token');
  await writeFile(token, 'cyto_secret\n', { mode: 0o644 });
  await writeFile(join(folder, 'cyto-run.yaml'), `server: { url: "${server.url}" }\n`);
  const one = await scene({ CYTO_RUN_TOKEN_FILE: token, CYTO_RUN_SERVER: server.url });
  expect((await one.type('runs')).stderr).toContain('others may read the token');
  expect((await type('runs')).exitCode).toBe(0);
  const sent = await scene({ CYTO_RUN_TOKEN: 'x' });
  await writeFile(join(sent.folder, 'cyto-run.yaml'), `server: { url: "${server.url}" }\n`);
  expect(await sent.type('runs')).toMatchObject({
    exitCode: 78,
    stderr: expect.stringContaining('your token is sent only to one that you name') as string,
  });
});
