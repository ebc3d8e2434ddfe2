import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';

import type { DryRun, RunRecord } from '../../src/runner/index.ts';
import { cli, startCli } from '../support/cli.ts';
import { describeWith } from '../support/needs.ts';
import { probeImage } from '../support/probe-image.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PROBE = new URL('../../apps/probe/descriptor.json', import.meta.url).pathname;

/** Arguments that run the probe with these verbs, one list item a word. */
const probe = (...verbs: string[]): string[] => [
  PROBE,
  ...verbs.flatMap((verb) => ['--param', `verbs=${verb.startsWith('@') ? `@${verb}` : verb}`]),
];

const recordOf = (stdout: string): RunRecord => JSON.parse(stdout) as RunRecord;

const containersOf = (runId: string): string =>
  execFileSync('docker', ['ps', '-aq', '--filter', `name=cyto-run-${runId}`], {
    encoding: 'utf8',
  }).trim();

/** Every file below a folder, as bytes. */
async function contents(folder: string): Promise<Buffer[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => readFile(join(entry.parentPath, entry.name))),
  );
}

describeWith('docker', 'cyto-run on a real engine', () => {
  beforeAll(probeImage);

  test('hands hostile values to the app exactly as they are', async () => {
    await using home = await temporaryFolder();
    const values = [
      'two words',
      `it's "quoted" \`x\` $(id) \${HOME}`,
      'line one\nline two\ttab',
      '-leading --dash',
      'ünïcode 猫 🧬',
      '*',
      '\\back\\slash',
      '; rm -rf / &',
      '@at',
      '',
    ];
    const { exitCode, stdout, stderr } = await cli([...probe('argv', ...values), '--json'], {
      home: home.path,
    });
    expect(stderr).not.toContain('bug');
    expect(exitCode).toBe(0);
    const { runId } = recordOf(stdout);
    const log = await cli(['logs', runId, '--stream', 'stdout'], { home: home.path });
    expect((JSON.parse(log.stdout) as { argv: string[] }).argv).toEqual(values);
  });

  test('keeps the app isolated and says so in the record', async () => {
    await using home = await temporaryFolder();
    const out = join(home.path, 'results');
    const { stdout } = await cli([...probe('report', 'report.json'), '--json', '--out', out], {
      home: home.path,
    });
    expect(recordOf(stdout).container?.security).toEqual({
      network: 'none',
      readOnlyRoot: true,
      user: { uid: process.getuid?.(), gid: process.getgid?.() },
      capabilitiesDropped: 'all',
      noNewPrivileges: true,
    });
    expect(JSON.parse(await readFile(join(out, 'report.json'), 'utf8'))).toMatchObject({
      uid: process.getuid?.(),
      homeWritable: true,
      cwdWritable: true,
      tmpWritable: true,
      rootReadOnly: true,
      interfaces: 'lo',
    });
  });

  test.each([0, 1, 3, 64, 127, 255])('ends with the app’s own exit code %i', async (code) => {
    await using home = await temporaryFolder();
    const { exitCode } = await cli(probe('exit', String(code)), { home: home.path });
    expect(exitCode).toBe(code);
  });

  test('tells out of memory from a crash', async () => {
    await using home = await temporaryFolder();
    const { exitCode, stdout } = await cli(
      [...probe('memory', '200000000', '5'), '--memory', '32MiB', '--json'],
      { home: home.path },
    );
    expect(recordOf(stdout).failure?.code).toBe('out-of-memory');
    expect(exitCode).toBe(137);
  });

  test('ends an app at its time limit, also one that ignores SIGTERM', async () => {
    await using home = await temporaryFolder();
    const { exitCode, stdout } = await cli(
      [
        ...probe('ignore-term', 'then', 'out', 'partial', 'then', 'sleep', '60'),
        '--timeout',
        '1s',
        '--stop-grace',
        '1s',
        '--json',
      ],
      { home: home.path },
    );
    const record = recordOf(stdout);
    expect(exitCode).toBe(124);
    expect(record).toMatchObject({
      state: 'EXECUTOR_ERROR',
      stopCause: 'time-limit',
      failure: { code: 'time-limit' },
    });
    expect(record.logs?.stdoutBytes).toBe('partial'.length);
    expect(containersOf(record.runId)).toBe('');
  });

  test('one Ctrl-C asks the app to stop, keeps what it wrote, and ends with 130', async () => {
    await using home = await temporaryFolder();
    const verbs = [
      'write',
      'part.txt',
      'half',
      'then',
      'on-term',
      '7',
      'then',
      'err',
      'ready\\n',
      'then',
      'sleep',
      '60',
    ];
    const running = startCli([...probe(...verbs), '-v', '--json'], { home: home.path });
    await running.saw('ready');
    running.process.kill('SIGINT');
    const { exitCode, stdout } = await running.ended;
    const record = recordOf(stdout);
    expect(exitCode).toBe(130);
    expect(record).toMatchObject({
      state: 'CANCELED',
      stopCause: 'user',
      exit: { exitCode: 7 },
      outputsPartial: true,
      outputs: [{ path: 'part.txt', sizeBytes: 4 }],
    });
    expect(await readFile(record.outputs[0]!.location, 'utf8')).toBe('half');
    expect(containersOf(record.runId)).toBe('');
  });

  test('a second Ctrl-C ends an app at once that ignores the first', async () => {
    await using home = await temporaryFolder();
    const verbs = ['ignore-term', 'then', 'err', 'ready\\n', 'then', 'sleep', '60'];
    const running = startCli([...probe(...verbs), '-v', '--stop-grace', '1h', '--json'], {
      home: home.path,
    });
    await running.saw('ready');
    running.process.kill('SIGINT');
    await running.saw('again');
    running.process.kill('SIGINT');
    const { exitCode, stdout } = await running.ended;
    expect(exitCode).toBe(130);
    expect(recordOf(stdout)).toMatchObject({ state: 'CANCELED', exit: { exitCode: 137 } });
  });

  test('another process can cancel a run', async () => {
    await using home = await temporaryFolder();
    const running = startCli([...probe('err', 'ready\\n', 'then', 'sleep', '60'), '-v', '--json'], {
      home: home.path,
    });
    await running.saw('ready');
    const canceled = await cli(['cancel', 'last', '--json'], { home: home.path });
    expect(recordOf(canceled.stdout).state).toBe('CANCELED');
    expect((await running.ended).exitCode).toBe(130);
    expect((await cli(['cancel', 'last'], { home: home.path })).exitCode).toBe(0);
  });

  test('writes no secret anywhere: not in the record, not in the log of ours, not on the terminal', async () => {
    await using home = await temporaryFolder();
    const secret = 'hunter2-hunter2';
    const descriptor = join(home.path, 'descriptor.json');
    await writeFile(descriptor, JSON.stringify(secretApp));
    const { exitCode, stdout, stderr } = await cli(
      [descriptor, '--param', 'my_password=@-', '--env', `API_TOKEN=${secret}`, '--json', '-v'],
      { home: home.path, input: `${secret}\n` },
    );
    expect(exitCode).toBe(0);
    const log = await cli(['logs', 'last'], { home: home.path });
    expect(log.stdout).toBe('15 15');
    const shown = await cli(['show', 'last'], { home: home.path });
    const dry = await cli([descriptor, '--param', `my_password=${secret}`, '--dry-run', '--json'], {
      home: home.path,
    });
    for (const text of [stdout, stderr, shown.stdout, dry.stdout])
      expect(text).not.toContain(secret);
    for (const bytes of await contents(home.path)) expect(bytes.includes(secret)).toBe(false);
  });

  test('repeats a run and says that every byte is the same, or which is not', async () => {
    await using home = await temporaryFolder();
    await cli(probe('write', 'a.txt', 'same', 'then', 'report', 'report.json'), {
      home: home.path,
    });
    const again = await cli(['rerun', 'last', '--json'], { home: home.path });
    const { run, comparison } = JSON.parse(again.stdout) as {
      run: RunRecord;
      comparison: { reproduced: boolean; outputs: { path: string; result: string }[] };
    };
    expect(run.image?.reference).toBe('cyto-run/probe:1');
    // The report names the container's host, which differs: an app that is not reproducible.
    expect(comparison.outputs).toContainEqual(
      expect.objectContaining({ path: 'a.txt', result: 'same' }),
    );
  });

  test('mounts file values read-only where the app looks for them, with spaces and through links', async () => {
    await using home = await temporaryFolder();
    const descriptor = join(home.path, 'descriptor.json');
    await writeFile(descriptor, JSON.stringify(catApp));
    await mkdir(join(home.path, 'my slides'));
    await writeFile(join(home.path, 'my slides', 'a b.txt'), 'pixels');
    const absolute = join(home.path, 'my slides', 'a b.txt');
    for (const value of [
      absolute,
      'my slides/a b.txt',
      `../${home.path.split('/').at(-1) ?? ''}/my slides/a b.txt`,
    ]) {
      const { exitCode, stderr } = await cli([descriptor, '--file', value], { home: home.path });
      expect(stderr, value).toContain('COMPLETE');
      expect(exitCode).toBe(0);
      expect((await cli(['logs'], { home: home.path })).stdout).toBe('pixels');
    }
  });

  test('fails a run whose app ends well but leaves a required output out, and names what is there', async () => {
    await using home = await temporaryFolder();
    const descriptor = join(home.path, 'descriptor.json');
    await writeFile(
      descriptor,
      JSON.stringify({
        ...catApp,
        'output-files': [{ id: 'mask', name: 'mask', 'path-template': 'mask.tif' }],
      }),
    );
    await writeFile(join(home.path, 'in.txt'), '');
    const { exitCode, stderr } = await cli([descriptor, '--file', 'in.txt'], { home: home.path });
    expect(exitCode).toBe(65);
    expect(stderr.replace(/\s+/g, ' ')).toContain('did not write mask at "mask.tif"');
    expect(stderr).not.toContain('holds "in.txt"');
  });
});

test('a dry run asks no engine and writes nothing', async () => {
  await using home = await temporaryFolder();
  const data = join(home.path, 'data');
  const { exitCode, stdout } = await cli(
    [...probe('argv', "it's"), '--dry-run', '--json', '--out', join(home.path, 'out')],
    {
      home: home.path,
      env: { CYTO_RUN_HOME: data, DOCKER_HOST: 'unix:///nowhere/docker.sock' },
    },
  );
  expect(exitCode).toBe(0);
  const plan = JSON.parse(stdout) as DryRun;
  expect(plan.command.argv.at(-1)).toContain(`argv 'it'"'"'s'`);
  expect(plan.security.network).toBe('none');
  expect(await readdir(home.path)).toEqual([]);
});

const boutiques = {
  'schema-version': '0.5',
  'tool-version': '1',
  description: 'For a test.',
  'container-image': { type: 'docker', image: 'cyto-run/probe:1' },
};

const secretApp = {
  ...boutiques,
  name: 'secret',
  shell: '/bin/sh',
  'command-line': 'x=[PASSWORD]; printf %s "${#x} ${#API_TOKEN}"',
  inputs: [{ id: 'my_password', name: 'password', type: 'String', 'value-key': '[PASSWORD]' }],
};

const catApp = {
  ...boutiques,
  name: 'cat',
  'command-line': 'probe read [FILE]',
  inputs: [{ id: 'file', name: 'file', type: 'File', 'value-key': '[FILE]' }],
};
