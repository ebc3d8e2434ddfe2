import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempDisposableSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** Makes a Node believe that it is version 20: what the launcher then does, it does on a real one. */
const OLD_NODE =
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.19.0"}})';
const SAY_WHO = `console.log(JSON.stringify({ argv, version: process.versions.node }));`;
const TIMEOUT_MS = 120_000;
const LONG_AGO = new Date('2020-01-01');

/** A package with our launcher and a program of a few lines behind it. */
function packageWith(files: Readonly<Record<string, string>>) {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'cyto-run-launcher-'));
  cpSync('bin', join(folder.path, 'bin'), { recursive: true });
  writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, name)), { recursive: true });
    writeFileSync(join(folder.path, name), text);
  }
  return folder;
}

const program = (body: string): string => `export async function main(argv) { ${body} }`;
const compiled = (body: string): string => `exports.main = async function main(argv) { ${body} };`;

/** Adds the Node that `npm ci` would bring. */
function bringNode(folder: string): void {
  mkdirSync(join(folder, 'node_modules/node/bin'), { recursive: true });
  symlinkSync(process.execPath, join(folder, 'node_modules/node/bin/node'));
}

function launch(
  folder: string,
  { args = [], nodeArgs = [], env = {} }: Partial<LaunchOptions> = {},
): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...nodeArgs, join(folder, 'bin/cyto-run.js'), ...args],
    {
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      env: { PATH: process.env['PATH'], HOME: folder, ...env },
    },
  );
  return { code: status, stdout, stderr };
}

interface LaunchOptions {
  readonly args: readonly string[];
  readonly nodeArgs: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

test('the program gets its arguments as given, and its answer is the exit code', () => {
  using folder = packageWith({ 'src/cli/main.ts': program(`${SAY_WHO} return 3 as number;`) });
  const args = ['--param', 'a b', '', '--', "'"];
  const { code, stdout, stderr } = launch(folder.path, { args });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({ argv: args });
  expect(code).toBe(3);
});

/** A clone that was compiled after the last change to its source. */
function compiledClone() {
  const folder = packageWith({
    'src/cli/main.ts': program('return 1;'),
    'src/base/old.ts': '',
    'dist/cli/main.js': compiled('return 9;'),
  });
  for (const path of ['src', 'src/cli', 'src/cli/main.ts', 'src/base', 'src/base/old.ts'])
    utimesSync(join(folder.path, path), LONG_AGO, LONG_AGO);
  return folder;
}

test('a clone that was compiled after its last change runs what was compiled', () => {
  using folder = compiledClone();
  expect(launch(folder.path).code).toBe(9);
});

test.each<[string, (folder: string) => void]>([
  [
    'a file is edited',
    (folder) => {
      writeFileSync(join(folder, 'src/base/old.ts'), '//');
    },
  ],
  [
    'a file is added',
    (folder) => {
      writeFileSync(join(folder, 'src/base/new.ts'), '');
    },
  ],
  [
    'a file is removed',
    (folder) => {
      rmSync(join(folder, 'src/base/old.ts'));
    },
  ],
  [
    'other packages are installed',
    (folder) => {
      writeFileSync(join(folder, 'package-lock.json'), '');
    },
  ],
])('a clone runs its source again once %s', (_change, change) => {
  using folder = compiledClone();
  utimesSync(
    join(folder.path, 'dist/cli/main.js'),
    new Date(Date.now() - 1000),
    new Date(Date.now() - 1000),
  );
  expect(launch(folder.path).code).toBe(9);
  change(folder.path);
  expect(launch(folder.path).code).toBe(1);
});

test('an installed package, which has no source, runs its compiled files', () => {
  using folder = packageWith({ 'dist/cli/main.js': compiled('return 9;') });
  expect(launch(folder.path).code).toBe(9);
});

test('what was compiled is kept in the cache folder of the user', () => {
  using folder = packageWith({ 'dist/cli/main.js': compiled('return 0;') });
  launch(folder.path, { env: { XDG_CACHE_HOME: join(folder.path, 'xdg') } });
  expect(existsSync(join(folder.path, 'xdg/cyto-run/compiled'))).toBe(true);
});

/** What is kept for a kind of command, by file name. */
const keptIn = (folder: string): string[] =>
  readdirSync(join(folder, 'cache/cyto-run/compiled'), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name.slice(name.indexOf(process.version)));

test('what the functions of the program were compiled to is kept for each kind of command', () => {
  using folder = packageWith({
    'dist/cli/main.js': compiled(`return argv[0] === 'x.json' ? 1 : 0;`),
  });
  const env = { XDG_CACHE_HOME: join(folder.path, 'cache') };
  launch(folder.path, { env, args: ['x.json'] });
  expect(keptIn(folder.path)).toEqual([]);
  for (const args of [['runs'], ['--help'], ['runs'], ['a.json', '--dry-run'], ['b.json']])
    launch(folder.path, { env, args });
  const kinds = ['help', 'run', 'run-dry', 'runs'];
  expect(keptIn(folder.path).toSorted()).toEqual(kinds.map((kind) => `${process.version}-${kind}`));
});

test('a program that is compiled anew is not mistaken for the one that was kept', () => {
  using folder = packageWith({ 'dist/cli/main.js': compiled('return 0; /* 1 */') });
  const env = { XDG_CACHE_HOME: join(folder.path, 'cache') };
  launch(folder.path, { env });
  // As long as the other, which is all that V8 looks at.
  writeFileSync(join(folder.path, 'dist/cli/main.js'), compiled('return 5; /* 1 */'));
  expect(launch(folder.path, { env }).code).toBe(5);
});

test('a compiled program can import what is not compiled', () => {
  using folder = packageWith({
    'dist/cli/main.js': compiled(
      `return (await importOutside('node:path')).basename('/a/b') === 'b' ? 6 : 7;`,
    ),
  });
  expect(launch(folder.path)).toEqual({ code: 6, stdout: '', stderr: '' });
});

test('what was kept is used, and what was kept damaged is made again', () => {
  using folder = packageWith({
    'dist/cli/main.js': compiled(`require('./part-1.js').say(); return 0;`),
    'dist/cli/part-1.js': `exports.say = () => console.log('part');`,
  });
  const env = { XDG_CACHE_HOME: join(folder.path, 'cache') };
  launch(folder.path, { env });
  const [name = ''] = readdirSync(join(folder.path, 'cache/cyto-run/compiled')).filter((entry) =>
    entry.endsWith('help'),
  );
  const path = join(folder.path, 'cache/cyto-run/compiled', name);
  const kept = readFileSync(path);
  expect(launch(folder.path, { env }).stdout).toBe('part\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  writeFileSync(path, kept.subarray(0, kept.length / 2));
  expect(launch(folder.path, { env }).stdout).toBe('part\n');
  expect(readFileSync(path).length).toBe(kept.length);
});

test('a cache folder that cannot be written is no reason to say or do anything', () => {
  using folder = packageWith({ 'dist/cli/main.js': compiled('return 0;'), xdg: 'a file' });
  const env = { XDG_CACHE_HOME: join(folder.path, 'xdg') };
  expect(launch(folder.path, { env })).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('the warning that SQLite is experimental is not shown, and any other is', () => {
  using folder = packageWith({
    'dist/cli/main.js': compiled(`
      process.emitWarning('SQLite is an experimental feature and might change at any time', 'ExperimentalWarning');
      process.emitWarning('the sky falls', 'ExperimentalWarning');
      return 0;`),
  });
  const { stderr } = launch(folder.path);
  expect(stderr).not.toContain('SQLite');
  expect(stderr).toContain('the sky falls');
});

test('a fault of ours ends with its stack and exit code 70', () => {
  using folder = packageWith({ 'dist/cli/main.js': compiled(`throw new TypeError('oh');`) });
  const { code, stderr } = launch(folder.path);
  expect(code).toBe(70);
  expect(stderr).toMatch(/TypeError: oh\n +at .*main\.js/);
});

test('on an older Node a clone starts again on the one its packages bring', () => {
  using folder = packageWith({ 'src/cli/main.ts': program(`${SAY_WHO} return 5;`) });
  bringNode(folder.path);
  const { code, stdout } = launch(folder.path, { args: ['a b'], nodeArgs: ['--import', OLD_NODE] });
  expect(JSON.parse(stdout)).toEqual({ argv: ['a b'], version: process.versions.node });
  expect(code).toBe(5);
});

test('on an older Node with no newer one at hand it says how to get one and ends with 78', () => {
  using folder = packageWith({ 'dist/cli/main.js': compiled('return 0;') });
  const { code, stderr } = launch(folder.path, { nodeArgs: ['--import', OLD_NODE] });
  expect(code).toBe(78);
  expect(stderr).toContain('cyto-run needs Node 24 or later');
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  'a %s sent to the launcher on an older Node reaches the program, and its answer is the exit code',
  async (signal) => {
    using folder = packageWith({
      'dist/cli/main.js': compiled(`
        const ended = new Promise((resolve) => process.once('${signal}', () => resolve(44)));
        const alive = setInterval(() => {}, 1000);
        console.log('ready');
        const code = await ended;
        clearInterval(alive);
        return code;`),
    });
    bringNode(folder.path);
    const launcher = spawn(
      process.execPath,
      ['--import', OLD_NODE, join(folder.path, 'bin/cyto-run.js')],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    await once(launcher.stdout, 'data');
    launcher.kill(signal);
    expect(await once(launcher, 'exit')).toEqual([44, null]);
  },
);

test('who kills the launcher on an older Node has killed the program', async () => {
  using folder = packageWith({
    'dist/cli/main.js': compiled(`
      setInterval(() => {}, 1000);
      console.log(process.pid, process.env.CYTO_RUN_LIFE_LINE);
      return new Promise(() => {});`),
  });
  bringNode(folder.path);
  const launcher = spawn(
    process.execPath,
    ['--import', OLD_NODE, join(folder.path, 'bin/cyto-run.js')],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [said] = (await once(launcher.stdout, 'data')) as [Buffer];
  const [, pid = ''] = /^(\d+) undefined\n$/.exec(said.toString()) ?? [];
  const isGone = (): boolean => !existsSync(`/proc/${pid}/exe`);
  expect(isGone()).toBe(false);
  launcher.kill('SIGKILL');
  await expect.poll(isGone, { timeout: 30_000 }).toBe(true);
});

test('a program that dies of a signal makes the launcher die of the same', () => {
  using folder = packageWith({
    'dist/cli/main.js': compiled(`process.kill(process.pid, 'SIGKILL'); return 0;`),
  });
  bringNode(folder.path);
  const { signal } = spawnSync(
    process.execPath,
    ['--import', OLD_NODE, join(folder.path, 'bin/cyto-run.js')],
    { timeout: TIMEOUT_MS },
  );
  expect(signal).toBe('SIGKILL');
});

test('the launcher can be started by its name, as a shell does', () => {
  using folder = packageWith({ 'dist/cli/main.js': compiled('return 4;') });
  chmodSync(join(folder.path, 'bin/cyto-run.js'), 0o755);
  const env = { PATH: dirname(process.execPath), HOME: folder.path };
  expect(spawnSync(join(folder.path, 'bin/cyto-run.js'), { env }).status).toBe(4);
});
