import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

import type { RunRecord } from '../../src/runner/index.ts';
import { cli, startCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Each starts the command several times, beside others that do the same. */
vi.setConfig({ testTimeout: 600_000 });

const descriptor = (commandLine: string, more: object = {}): string =>
  JSON.stringify({
    name: 'plain',
    description: 'A program of this machine.',
    'tool-version': '1',
    'schema-version': '0.5',
    'command-line': commandLine,
    inputs: [
      {
        ...{ id: 'file', name: 'file', type: 'File', 'value-key': '[FILE]', optional: true },
      },
    ],
    'output-files': [{ id: 'out', name: 'out', 'path-template': 'results/out.txt' }],
    ...more,
  });

async function scene(
  commandLine: string,
  more?: object,
): Promise<AsyncDisposable & { home: string; path: string; app: string }> {
  const folder = await temporaryFolder();
  const home = join(folder.path, 'home');
  const app = join(folder.path, 'app.json');
  await mkdir(home);
  await writeFile(app, descriptor(commandLine, more));
  const { path } = folder;
  return { home, path, app, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

const recordOf = async (home: string): Promise<RunRecord> =>
  JSON.parse((await cli(['show', 'last', '--json'], { home })).stdout) as RunRecord;

test('a descriptor without an image runs as a program of this machine, only when asked', async () => {
  await using at = await scene(
    'mkdir results && cat [FILE] >results/out.txt && pwd && touch "$HOME/h"',
  );
  await writeFile(join(at.path, 'in, "put".txt'), 'hello');
  const args = [at.app, '--param', 'file=in, "put".txt', '--out', join(at.path, 'out')];
  const options = { home: at.home, cwd: at.path };
  const unasked = await cli(args, options);
  expect([unasked.exitCode, unasked.stderr]).toEqual([
    64,
    expect.stringContaining('--engine process') as string,
  ]);
  const { exitCode, stderr } = await cli([...args, '--engine', 'process'], options);
  expect(exitCode, stderr).toBe(0);
  expect(await readFile(join(at.path, 'out/results/out.txt'), 'utf8')).toBe('hello');
  const { container } = await recordOf(at.home);
  expect((await cli(['logs', 'last'], { home: at.home })).stdout).toBe(
    `${container?.workingDirectory ?? ''}\n`,
  );
  expect(container).toMatchObject({
    engine: { name: 'process' },
    security: { network: 'host', capabilitiesDropped: 'none', noNewPrivileges: false },
  });
});

test('an app that has an image is not run without it', async () => {
  const image = { 'container-image': { type: 'docker', image: 'some/image:1' } };
  await using at = await scene('ls [FILE]', image);
  const { exitCode, stderr } = await cli([at.app, '--engine', 'process'], { home: at.home });
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain('some/image:1');
});

test('an output whose template keeps the folder of an absolute input is told to lie outside', async () => {
  const outputs = [{ id: 'out', name: 'out', 'path-template': '[FILE]_out.txt' }];
  await using at = await scene('cat [FILE]', { 'output-files': outputs });
  await writeFile(join(at.path, 'in.txt'), 'hello');
  const args = [at.app, '--engine', 'process', '--quiet', '--param', `file=${at.path}/in.txt`];
  const { exitCode, stderr } = await cli(args, { home: at.home });
  expect(exitCode).toBe(65);
  const said = stderr.replaceAll(/\s+/g, ' ');
  expect(said).toContain('outside the folders that an app may write to');
  expect(said).toContain('relative to the current folder');
});

test('it goes on when this program is killed, and the next one finishes its run', async () => {
  await using at = await scene(
    'echo begun >&2; while ! [ -e "$GO" ]; do sleep 0.1; done; mkdir results; echo end [FILE] | tee results/out.txt',
  );
  const go = join(at.path, 'go');
  const args = [at.app, '--engine', 'process', '--env', `GO=${go}`, '--out', join(at.path, 'out')];
  const running = startCli(args, { home: at.home, cwd: at.path });
  await running.saw('the app runs');
  running.process.kill('SIGKILL');
  await running.ended;
  await writeFile(go, '');
  await cli(['wait', 'last'], { home: at.home });
  expect(await recordOf(at.home)).toMatchObject({ state: 'COMPLETE', exit: { exitCode: 0 } });
  expect((await cli(['logs', 'last'], { home: at.home })).stdout).toBe('end\n');
  expect(await readFile(join(at.path, 'out/results/out.txt'), 'utf8')).toBe('end\n');
});
