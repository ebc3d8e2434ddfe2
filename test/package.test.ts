import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { buildServerImage } from '../scripts/setup/server-image.js';
import { connect } from '../src/client/index.ts';
import { describeWith } from './support/needs.ts';
import { probeImage } from './support/probe-image.ts';
import { repositoryFiles } from './support/repository.ts';
import { dataFolderFor, docker, serverContainer } from './support/server-container.ts';

/* The published package: packed from a copy of this repository, installed as a user does, and run. */
const INSTALL_MS = 900_000;
const work = mkdtempSync(join(tmpdir(), 'cyto-run-package-'));
const prefix = join(work, 'prefix');
const contents: string[] = [];

beforeAll(() => {
  const copy = copyOfRepository();
  const [packed] = JSON.parse(npm(['pack', '--json', '--pack-destination', work], copy)) as {
    filename: string;
    files: { path: string }[];
  }[];
  if (packed === undefined) throw new Error('npm pack said nothing');
  contents.push(...packed.files.map(({ path }) => path));
  const install = ['install', '--global', '--prefix', prefix, '--prefer-offline', '--omit=dev'];
  npm([...install, join(work, packed.filename)], work);
}, INSTALL_MS);

afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

/** Packing compiles; in a copy, so that programs of this clone that run meanwhile lose nothing. */
function copyOfRepository(): string {
  const copy = join(work, 'copy');
  for (const { path } of repositoryFiles()) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    copyFileSync(path, join(copy, path));
  }
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  return copy;
}

function npm(args: readonly string[], cwd: string): string {
  const quiet = ['--loglevel=error', '--no-audit', '--no-fund'];
  return execFileSync('npm', [...args, ...quiet], { cwd, encoding: 'utf8', timeout: INSTALL_MS });
}

/** The installed command, in an empty folder, on this Node. */
function cytoRun(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const home = join(work, 'home');
  mkdirSync(home, { recursive: true });
  const env = { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`, HOME: home };
  return spawnSync(join(prefix, 'bin', 'cyto-run'), args, { cwd: home, encoding: 'utf8', env });
}

test('the package holds what runs and what a user reads, and nothing else', () => {
  const folders = new Set(contents.map((path) => path.split('/')[0]));
  expect([...folders].toSorted()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'bin',
    'dist',
    'docs',
    'package.json',
    'schemas',
    'web',
  ]);
  expect(contents).toContain('dist/third-party-licenses.txt');
  expect(contents.filter((path) => /(^|\/)(test|src|node_modules)\//.test(path))).toEqual([]);
});

test('the installed command says its version', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(cytoRun('--version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test('the installed command expands a descriptor without an engine, writing nothing at home', () => {
  const descriptor = resolve('apps/nuclei-segment/descriptor.json');
  const picture = resolve('apps/samples/ihc.png');
  const { status, stdout } = cytoRun(
    descriptor,
    '--param',
    `image=${picture}`,
    '--dry-run',
    '--json',
  );
  expect(status).toBe(0);
  expect(stdout).toContain('/app/run.py');
  expect(readdirSync(join(work, 'home'))).toEqual(['.cache']);
});

test('a dry run loads neither cryptography nor sockets nor streams: they take longer than it does', () => {
  const hook = join(work, 'hook.cjs');
  const list = join(work, 'loaded');
  const tell = `require('node:fs').writeFileSync(${JSON.stringify(list)}, process.moduleLoadList.join())`;
  writeFileSync(hook, `process.once('exit', () => ${tell});`);
  const descriptor = resolve('apps/probe/descriptor.json');
  const command = [join(prefix, 'bin', 'cyto-run'), descriptor, '--param=verbs=argv', '--dry-run'];
  const env = { HOME: join(work, 'home') };
  expect(spawnSync(process.execPath, ['--require', hook, ...command], { env }).status).toBe(0);
  const loaded = readFileSync(list, 'utf8').split(',');
  expect(loaded).toContain('NativeModule vm');
  const heavy = ['crypto', 'stream', 'net', 'fs/promises', 'assert', 'http', 'sqlite'];
  expect(heavy.filter((name) => loaded.includes(`NativeModule ${name}`))).toEqual([]);
});

test('the installed command refuses a wrong word with the usage exit code', () => {
  expect(cytoRun('--no-such-flag').status).toBe(64);
});

test('a project that has the package can import the libraries, with their types', () => {
  const project = join(work, 'project');
  mkdirSync(join(project, 'node_modules'), { recursive: true });
  const installed = join(prefix, 'lib', 'node_modules', 'cyto-run');
  symlinkSync(installed, join(project, 'node_modules', 'cyto-run'));
  const program = `
    import { parseDescriptor } from 'cyto-run/descriptor';
    import { connect } from 'cyto-run/client';
    console.log(parseDescriptor('{').diagnostics.length > 0, connect({ url: 'http://a' }).url);`;
  writeFileSync(join(project, 'program.mjs'), program);
  const { stdout } = spawnSync(process.execPath, ['program.mjs'], {
    cwd: project,
    encoding: 'utf8',
  });
  expect(stdout).toBe('true http://a\n');
  for (const library of ['descriptor', 'client'])
    expect(existsSync(join(installed, 'dist', library, 'index.d.ts'))).toBe(true);
});

describeWith('docker', 'the image of the server, made of the package', () => {
  const tag = `cyto-run/server:test-${String(process.pid)}`;
  beforeAll(async () => {
    await probeImage();
    await buildServerImage({ root: resolve('.'), prefix, tag });
  }, INSTALL_MS);
  afterAll(async () => {
    await docker('image', 'rm', '--force', tag);
  });

  test(
    'runs apps beside it on the engine of the machine, as an ordinary user, and takes them over when it was stopped',
    async () => {
      const folder = dataFolderFor(join(work, 'data'));
      await using server = await serverContainer(tag, folder);
      await server.healthy();
      const client = connect({ url: server.url });
      const descriptor = JSON.parse(
        readFileSync(resolve('apps/probe/descriptor.json'), 'utf8'),
      ) as object;
      const submit = (...verbs: string[]): ReturnType<typeof client.runs.submit> =>
        client.runs.submit({ descriptor, parameters: { verbs } });
      const { runId } = await submit('write', 'a.txt', 'é');
      const record = await client.runs.ended(runId);
      expect(record).toMatchObject({ state: 'COMPLETE', outputs: [{ path: 'a.txt' }] });
      const { uid } = statSync(join(folder, 'runs', runId));
      expect(uid).toBe(process.getuid?.() === 0 ? 10_001 : process.getuid?.());

      const { runId: long } = await submit('sleep', '8', 'then', 'write', 'b.txt', 'over');
      for await (const news of client.runs.follow(long))
        if (news.kind === 'event' && news.event['state'] === 'RUNNING') break;
      expect(await server.stop(), await server.logs()).toBe(0);
      await server.start();
      await server.healthy();
      expect(await client.runs.ended(long)).toMatchObject({
        state: 'COMPLETE',
        outputs: [{ path: 'b.txt' }],
        options: { engine: 'docker' },
      });
      expect(await server.type('runs', '--json')).toContain(long);
      expect(await docker('ps', '-aq', '--filter', `name=cyto-run-${long}`)).toBe('');
    },
    INSTALL_MS,
  );

  test(
    'is reached by a published port, by who has a token, and runs apps all the same',
    async () => {
      const folder = dataFolderFor(join(work, 'published'));
      const { uid, gid } = statSync(folder);
      const token = await docker(
        ...['run', '--rm', '--network', 'none', '--user', `${uid}:${gid}`],
        ...['--volume', `${folder}:${folder}`, '--env', `CYTO_RUN_HOME=${folder}`],
        ...[tag, 'token', 'create', 'ada', '--scope', 'admin'],
      );
      await using server = await serverContainer(tag, folder, 'published');
      await server.healthy();
      expect((await fetch(`${server.url}/runner/v1/runs`)).status).toBe(401);
      const client = connect({ url: server.url, token });
      const descriptor = JSON.parse(
        readFileSync(resolve('apps/probe/descriptor.json'), 'utf8'),
      ) as object;
      const parameters = { verbs: ['write', 'a.txt', 'é'] };
      const { runId } = await client.runs.submit({ descriptor, parameters });
      expect(await client.runs.ended(runId)).toMatchObject({
        ...{ state: 'COMPLETE', outputs: [{ path: 'a.txt' }], queue: { submitter: 'ada' } },
      });
    },
    INSTALL_MS,
  );
});
