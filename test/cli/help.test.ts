import { fileURLToPath } from 'node:url';

import { describe, expect, test, vi } from 'vitest';

import { cli } from '../support/cli.ts';
import { plainApp } from '../support/plain-app.ts';
import { startTestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

const NUCLEI = fileURLToPath(new URL('../../apps/nuclei-segment/descriptor.json', import.meta.url));

async function help(...args: string[]): Promise<string> {
  await using home = await temporaryFolder('cyto-run-help-');
  const { exitCode, stdout } = await cli([...args, '--help'], { home: home.path });
  expect(exitCode).toBe(0);
  return stdout;
}

/** Without the line breaks and columns of a terminal. */
const running = (text: string): string => text.replaceAll(/\s+/g, ' ');

describe('the help of an app', () => {
  test('says what its parameters take in the words of `describe`', async () => {
    const text = running(await help(NUCLEI));
    expect(text).toContain('[file; required]');
    expect(text).toContain('[a whole number of at least 3; default 51]');
    expect(text).toContain('[text; one of local, otsu, li, triangle]');
    expect(text).not.toMatch(/\[(?:string|boolean|array|String|Number|File|Flag|integer)\b/);
  });

  test('says what its groups ask', async () => {
    expect(running(await help(NUCLEI))).toContain(
      'Rules: Threshold: at most one of: threshold_method, fixed_threshold',
    );
  });
});

test('a line to be copied is not cut', async () => {
  expect(await help('completion')).toContain(
    '  cyto-run completion bash > ~/.local/share/bash-completion/completions/cyto-run\n',
  );
  expect(await help('run')).toContain('  cyto-run app/descriptor.json --in slides --out results\n');
});

test('an app of a server is helped with wherever --help and --server stand', async () => {
  await using home = await temporaryFolder('cyto-run-help-');
  await using server = await startTestServer({
    home: home.path,
    env: { CYTO_RUN_ENGINE: 'process' },
  });
  await server.request('POST', '/apps', { body: { descriptor: plainApp('true') } });
  const there = ['--server', server.url];
  for (const line of [
    ['plain', '--help', ...there],
    ['--help', 'plain@1', ...there],
    ['run', '--quiet', ...there, 'plain', '-h'],
    ['--detach', 'plain', '--help', `--server=${server.url}`],
  ]) {
    const { exitCode, stdout, stderr } = await cli(line, { home: home.path });
    expect([exitCode, stderr]).toEqual([0, '']);
    if (!line.includes('run'))
      expect(stdout).toContain(`cyto-run plain@1 --server ${server.url} [--parameter value …]\n`);
    expect(stdout).toContain('Parameters of plain:\n      --file  file [file]');
  }
  const batch = await cli(['batch', '-j', '2', '--help', 'plain', ...there], { home: home.path });
  expect(batch.stdout).toContain('Parameters of plain:\n      --file  file [file]');
  const wrong = await cli(['plian', '--help', ...there], { home: home.path });
  expect(wrong).toMatchObject({ exitCode: 66, stdout: '' });
  expect(wrong.stderr).toContain('Did you mean plain?');
});

test('the columns of a file of items are told where it is given', async () => {
  for (const text of [await help('batch'), await help('batch', NUCLEI)])
    expect(running(text)).toMatch(/A file of items.* `item` or `name` names the item.* `@in` /);
});

test('a command with a slip in it is named', async () => {
  await using home = await temporaryFolder('cyto-run-help-');
  const { exitCode, stderr } = await cli(['rusn'], { home: home.path });
  expect(exitCode).toBe(66);
  expect(stderr).toContain('"rusn" does not exist, nor is it a command');
  expect(stderr).toMatch(/Did you mean `cyto-run runs?`/);
});
