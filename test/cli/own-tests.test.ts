import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

import type { TestResult } from '../../src/report/index.ts';
import { cli, startCli } from '../support/cli.ts';
import { describeWith } from '../support/needs.ts';
import { PROBE_IMAGE, probeImage } from '../support/probe-image.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface OwnTest {
  readonly name: string;
  readonly invocation: object;
  readonly assertions: object;
}

/** A descriptor of the probe with these tests; its output is `result.txt`, its list every `*.csv`. */
const descriptorWith = (...tests: readonly OwnTest[]): string =>
  JSON.stringify({
    name: 'tested',
    description: 'The probe, with tests.',
    'tool-version': '1',
    'schema-version': '0.5',
    'command-line': 'probe [VERBS] [FILE]',
    'container-image': { type: 'docker', image: PROBE_IMAGE },
    inputs: [
      { id: 'verbs', name: 'Verbs', type: 'String', list: true, 'value-key': '[VERBS]' },
      { id: 'file', name: 'File', type: 'File', optional: true, 'value-key': '[FILE]' },
    ],
    'output-files': [
      { id: 'result', name: 'Result', 'path-template': 'result.txt', optional: true },
      { id: 'tables', name: 'Tables', 'path-template': '*.csv', list: true, optional: true },
    ],
    tests,
  });

const writes = (text: string): object => ({ verbs: ['write', 'result.txt', text] });
const asserts = (file: object): object => ({
  'exit-code': 0,
  'output-files': [{ id: 'result', ...file }],
});
const hashOf = (algorithm: string, text: string): string =>
  createHash(algorithm).update(text).digest('hex');

const resultsOf = (stdout: string): readonly TestResult[] =>
  (JSON.parse(stdout) as { tests: readonly TestResult[] }).tests;

describeWith('docker', "a descriptor's own tests", () => {
  beforeAll(probeImage);

  test('pass where exit code, hashes, texts and numbers are as expected', async () => {
    await using home = await temporaryFolder();
    const good = descriptorWith(
      { name: 'exit', invocation: { verbs: ['exit', '3'] }, assertions: { 'exit-code': 3 } },
      {
        name: 'md5 and sha256',
        invocation: writes('abc'),
        assertions: asserts({
          'md5-reference': hashOf('md5', 'abc').toUpperCase(),
          'sha256-reference': hashOf('sha256', 'abc'),
        }),
      },
      {
        name: 'text and numbers',
        invocation: writes('area 10.004, count 3'),
        assertions: asserts({
          'text-contains': ['area'],
          'numbers-reference': { values: [10, 3], absolute: 0.01 },
        }),
      },
    );
    await writeFile(join(home.path, 'd.json'), good);
    const { exitCode, stdout, stderr } = await cli(['test', 'd.json'], { home: home.path });
    expect(stderr).toBe(
      'test 1 of 3: exit\ntest 2 of 3: md5 and sha256\ntest 3 of 3: text and numbers\n',
    );
    expect(stdout).toMatch(/\n\n3 tests: 3 passed\n$/);
    expect(exitCode).toBe(0);
    const runs = await cli(['runs', '--json'], { home: home.path });
    expect((JSON.parse(runs.stdout) as { runs: unknown[] }).runs).toHaveLength(3);
  });

  test('fail with what was found and what was expected', async () => {
    await using home = await temporaryFolder();
    const bad = descriptorWith(
      { name: 'exit', invocation: { verbs: ['exit', '3'] }, assertions: { 'exit-code': 0 } },
      { name: 'absent', invocation: { verbs: ['out', 'x'] }, assertions: asserts({}) },
      {
        name: 'other content',
        invocation: writes('abc'),
        assertions: asserts({ 'md5-reference': '0'.repeat(32), 'text-reference': 'abd' }),
      },
      {
        name: 'off by more',
        invocation: writes('10.1'),
        assertions: asserts({ 'numbers-reference': { values: [10], absolute: 0.01 } }),
      },
      { name: 'good', invocation: { verbs: ['out', 'x'] }, assertions: { 'exit-code': 0 } },
    );
    await writeFile(join(home.path, 'd.json'), bad);
    const { exitCode, stdout } = await cli(['test', 'd.json', '--json'], { home: home.path });
    expect(exitCode).toBe(1);
    const results = resultsOf(stdout);
    expect(results.map(({ verdict }) => verdict)).toEqual([
      'failed',
      'failed',
      'failed',
      'failed',
      'passed',
    ]);
    expect(results.map(({ faults }) => faults)).toEqual([
      ['the exit code is 3, not 0'],
      ['the output result is not there'],
      [
        `the output result (result.txt) has the md5 ${hashOf('md5', 'abc')}, not ${'0'.repeat(32)}`,
        'the output result (result.txt) has another text than the test expects',
      ],
      ['the output result (result.txt) has 10.1 as its number 1, not 10'],
      [],
    ]);
  });

  test('of a list, one file must be as expected', async () => {
    await using home = await temporaryFolder();
    const invocation = { verbs: 'write a.csv 1 then write b.csv 2'.split(' ') };
    const one = (text: string): object => ({
      'output-files': [{ id: 'tables', 'text-reference': text }],
    });
    const tests = descriptorWith(
      { name: 'one of them', invocation, assertions: one('2') },
      { name: 'none of them', invocation, assertions: one('3') },
    );
    await writeFile(join(home.path, 'd.json'), tests);
    const { stdout } = await cli(['test', 'd.json', '--json'], { home: home.path });
    expect(resultsOf(stdout).map(({ verdict }) => verdict)).toEqual(['passed', 'failed']);
  });

  test('take relative files from where the descriptor is, else from here, else from --cwd', async () => {
    await using home = await temporaryFolder();
    const app = join(home.path, 'app');
    await mkdir(join(home.path, 'elsewhere'), { recursive: true });
    await mkdir(app);
    const reads = { verbs: ['read'], file: 'data.txt' };
    const text = descriptorWith({
      name: 'reads',
      invocation: reads,
      assertions: { 'exit-code': 0 },
    });
    await writeFile(join(app, 'd.json'), text);
    const run = async (...args: string[]): Promise<readonly TestResult[]> =>
      resultsOf((await cli(['test', 'app/d.json', '--json', ...args], { home: home.path })).stdout);
    const [missing] = await run();
    expect(missing).toMatchObject({ verdict: 'not-run', code: 'input-missing' });
    await writeFile(join(home.path, 'elsewhere', 'data.txt'), 'from elsewhere');
    expect(await run('--cwd', 'elsewhere')).toMatchObject([{ verdict: 'passed' }]);
    await writeFile(join(home.path, 'data.txt'), 'from here');
    expect(await run()).toMatchObject([{ verdict: 'passed' }]);
    await writeFile(join(app, 'data.txt'), 'beside the descriptor');
    expect(await run()).toMatchObject([{ verdict: 'passed' }]);
    const { stdout } = await cli(['logs', 'last', '--stream', 'stdout'], { home: home.path });
    expect(stdout).toBe('beside the descriptor');
  });

  test('Ctrl-C ends the one that runs, and leaves the others', async () => {
    await using home = await temporaryFolder();
    const text = descriptorWith(
      {
        name: 'long',
        invocation: { verbs: ['out', 'begun\\n', 'then', 'sleep', '60'] },
        assertions: { 'exit-code': 0 },
      },
      { name: 'next', invocation: { verbs: ['out', 'x'] }, assertions: { 'exit-code': 0 } },
    );
    await writeFile(join(home.path, 'd.json'), text);
    const running = startCli(['test', 'd.json', '--json', '--verbose'], { home: home.path });
    await running.saw('begun');
    running.process.kill('SIGINT');
    const { exitCode, stdout } = await running.ended;
    expect(exitCode).toBe(130);
    expect(resultsOf(stdout)).toMatchObject([
      { name: 'long', verdict: 'not-run', code: 'canceled' },
      { name: 'next', verdict: 'not-run', code: 'canceled' },
    ]);
  });
});

describe('tests that never reach an engine', () => {
  test('are invalid where their values do not fit, and that is worse than failing', async () => {
    await using home = await temporaryFolder();
    const text = descriptorWith({
      name: 'wrong',
      invocation: { verbs: ['out'], sped: 3 },
      assertions: { 'exit-code': 0 },
    });
    await writeFile(join(home.path, 'd.json'), text);
    const { exitCode, stdout } = await cli(['test', 'd.json'], { home: home.path });
    expect(exitCode).toBe(65);
    expect(stdout).toMatch(/^invalid {2}wrong\n {2}tested has no input `sped`/);
  });

  test('are chosen by name, with the nearest one for a wrong one', async () => {
    await using home = await temporaryFolder();
    const one = { invocation: { verbs: ['out'], x: 1 }, assertions: { 'exit-code': 0 } };
    const text = descriptorWith({ name: 'small', ...one }, { name: 'large', ...one });
    await writeFile(join(home.path, 'd.json'), text);
    const { stdout } = await cli(['test', 'd.json', '--only', 'large'], { home: home.path });
    expect(stdout).toMatch(/^invalid {2}large\n/);
    expect(stdout).toMatch(/1 test: 1 invalid\n$/);
    const wrong = await cli(['test', 'd.json', '--only', 'larg'], { home: home.path });
    expect(wrong.exitCode).toBe(64);
    expect(wrong.stderr).toContain('Did you mean large?');
  });

  test('are asked for where there are none', async () => {
    await using home = await temporaryFolder();
    const tissue = new URL('../../apps/tissue-detect/descriptor.json', import.meta.url).pathname;
    const { exitCode, stderr } = await cli(['test', tissue], { home: home.path });
    expect(exitCode).toBe(64);
    expect(stderr).toContain('has no tests of its own');
  });
});
