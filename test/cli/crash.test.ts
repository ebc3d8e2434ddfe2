import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';

import { isTerminal, type RunEvent, type RunRecord } from '../../src/runner/index.ts';
import { cli, startCli, type RunningCli } from '../support/cli.ts';
import { dockerProxy } from '../support/docker-proxy.ts';
import { gatedApp } from '../support/gated-app.ts';
import { describeWith } from '../support/needs.ts';
import { probeImage } from '../support/probe-image.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PROBE = new URL('../../apps/probe/descriptor.json', import.meta.url).pathname;
const probe = (...verbs: string[]): string[] => [
  PROBE,
  ...verbs.flatMap((verb) => ['--param', `verbs=${verb}`]),
];

const kill9 = async (running: RunningCli): Promise<void> => {
  running.process.kill('SIGKILL');
  await running.ended;
};

/** Runs the probe through a proxy and kills the command when it sends the request. */
async function killedAt(
  request: RegExp,
  verbs: readonly string[],
  home: string,
  verdict: 'forward' | 'drop' = 'drop',
): Promise<void> {
  const started: RunningCli[] = [];
  let hit = false;
  await using proxy = await dockerProxy((line) => {
    if (hit || !request.test(line)) return hit ? 'drop' : 'forward';
    hit = true;
    started[0]?.process.kill('SIGKILL');
    return verdict;
  });
  const running = startCli(probe(...verbs), { home, env: { DOCKER_HOST: proxy.host } });
  started.push(running);
  const { signal } = await running.ended;
  expect({ hit, signal }).toEqual({ hit: true, signal: 'SIGKILL' });
}

const newest = async (home: string): Promise<RunRecord> =>
  JSON.parse((await cli(['show', 'last', '--json'], { home })).stdout) as RunRecord;

/** What must hold of a run that has ended, however its process died. */
async function expectSettled(home: string, state: RunRecord['state']): Promise<RunRecord> {
  const record = await newest(home);
  expect(record).toMatchObject({ state });
  const { stdout } = await cli(['show', 'last', '--events', '--json'], { home });
  const events = JSON.parse(stdout) as RunEvent[];
  const endings = events.filter((event) => event.type === 'state' && isTerminal(event.state));
  expect(endings).toHaveLength(1);
  expect(events.filter(({ type }) => type === 'container').length).toBeLessThanOrEqual(1);
  const left = execFileSync('docker', ['ps', '-aq', '--filter', `name=cyto-run-${record.runId}`]);
  expect(left.toString()).toBe('');
  expect(await readdir(join(home, 'owners'))).toEqual([]);
  if (state === 'COMPLETE')
    expect(existsSync(join(home, 'runs', record.runId, 'work'))).toBe(false);
  return record;
}

/** Runs the probe's verbs `before`, waits at a gate until it is opened, then `after`. Resolves when stderr says `ready`. */
async function gated(
  home: string,
  before: string,
  after: string,
): Promise<{ running: RunningCli; open: () => Promise<void> }> {
  const { args, open } = await gatedApp(home, before, after);
  const running = startCli([...args, '-v'], { home });
  await running.saw('ready');
  return { running, open };
}

describeWith('docker', 'a command killed with kill -9', () => {
  beforeAll(probeImage);

  test('before its container was created: the run is settled as lost', async () => {
    await using home = await temporaryFolder();
    await killedAt(/POST \/containers\/create/, ['exit', '0'], home.path);
    const { failure } = await expectSettled(home.path, 'SYSTEM_ERROR');
    expect(failure?.code).toBe('engine-lost');
  });

  test('while the engine was creating its container: the container is removed, the run settled as lost', async () => {
    await using home = await temporaryFolder();
    await killedAt(/POST \/containers\/create/, ['exit', '0'], home.path, 'forward');
    await expectSettled(home.path, 'SYSTEM_ERROR');
  });

  test('between create and start: the container is removed and never started', async () => {
    await using home = await temporaryFolder();
    await killedAt(/POST \/containers\/[^/]+\/start/, ['exit', '0'], home.path);
    const { exit } = await expectSettled(home.path, 'SYSTEM_ERROR');
    expect(exit).toBeUndefined();
  });

  test('while the engine was starting it: the run is finished as if nothing had happened', async () => {
    await using home = await temporaryFolder();
    const verbs = ['write', 'a.txt', 'x', 'then', 'out', 'said'];
    await killedAt(/POST \/containers\/[^/]+\/start/, verbs, home.path, 'forward');
    await cli(['wait'], { home: home.path });
    const { outputs } = await expectSettled(home.path, 'COMPLETE');
    expect(outputs.map(({ path }) => path)).toEqual(['a.txt']);
    expect((await cli(['logs'], { home: home.path })).stdout).toBe('said');
  });

  test('while it ran: the container goes on, `wait` takes it over, and no byte of the log is lost or doubled', async () => {
    await using home = await temporaryFolder();
    const bytes = 3_000_000;
    const said = `all-bytes then log both ${bytes}`;
    const gate = await gated(home.path, `${said} then err ready\\n`, said);
    await kill9(gate.running);
    const listed = await cli(['runs', '--json'], { home: home.path });
    expect(listed.stdout).toContain('"RUNNING"');
    const waiting = cli(['wait'], { home: home.path });
    await gate.open();
    expect((await waiting).exitCode).toBe(0);
    const { runId, logs } = await expectSettled(home.path, 'COMPLETE');
    const once = 256 + bytes;
    expect(logs).toEqual({ stdoutBytes: 2 * once, stderrBytes: 2 * once + 'ready\n'.length });
    const stdout = await readFile(join(home.path, 'runs', runId, 'logs', 'stdout'));
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    expect(stdout.subarray(0, 256).equals(all)).toBe(true);
    expect(stdout.subarray(0, once).equals(stdout.subarray(once))).toBe(true);
  });

  test('while it ran: `logs --follow` takes it over and shows it to its end', async () => {
    await using home = await temporaryFolder();
    const gate = await gated(home.path, 'out one\\n then err ready\\n', 'out two');
    await kill9(gate.running);
    const following = cli(['logs', '--follow', '--stream', 'stdout'], { home: home.path });
    await gate.open();
    expect((await following).stdout).toBe('one\ntwo');
    await expectSettled(home.path, 'COMPLETE');
  });

  test('while it ran: `cancel` ends it', async () => {
    await using home = await temporaryFolder();
    const gate = await gated(home.path, 'err ready\\n', 'exit 0');
    await kill9(gate.running);
    expect((await cli(['cancel'], { home: home.path })).exitCode).toBe(0);
    const { stopCause } = await expectSettled(home.path, 'CANCELED');
    expect(stopCause).toBe('user');
  });

  test('and its app ended meanwhile: the next command collects the outputs', async () => {
    await using home = await temporaryFolder();
    const gate = await gated(home.path, 'err ready\\n', 'write a.txt x then exit 3');
    await kill9(gate.running);
    const name = (await newest(home.path)).container?.name ?? '';
    await gate.open();
    execFileSync('docker', ['wait', name]);
    const { exit, outputs, outputsPartial } = await expectSettled(home.path, 'EXECUTOR_ERROR');
    expect(exit?.exitCode).toBe(3);
    expect({ paths: outputs.map(({ path }) => path), outputsPartial }).toEqual({
      paths: ['a.txt'],
      outputsPartial: true,
    });
  });

  test('while it collected: the outputs are collected again, whole', async () => {
    await using home = await temporaryFolder();
    const bytes = 150_000_000;
    const running = startCli([...probe('fill', 'big.txt', String(bytes)), '--log-format', 'json'], {
      home: home.path,
    });
    await running.saw('"collect"');
    await kill9(running);
    const { outputs } = await expectSettled(home.path, 'COMPLETE');
    expect(outputs.map(({ path, sizeBytes }) => ({ path, sizeBytes }))).toEqual([
      { path: 'big.txt', sizeBytes: bytes },
    ]);
  });

  test('before it removed the container: the run keeps its ending and the container goes', async () => {
    await using home = await temporaryFolder();
    await killedAt(/DELETE \/containers\//, ['write', 'a.txt', 'x'], home.path);
    const { outputs } = await expectSettled(home.path, 'COMPLETE');
    expect(outputs).toHaveLength(1);
  });

  test('a container that the engine made after its run was settled goes with the next run', async () => {
    await using home = await temporaryFolder();
    await cli(probe('exit', '0'), { home: home.path });
    const { runId } = await newest(home.path);
    const { stdout } = await cli(['doctor', '--json'], { home: home.path });
    const dataId = (JSON.parse(stdout) as { dataId: string }).dataId;
    const labels = ['run', runId, 'owner', dataId, 'attempt', '9'];
    const args = [0, 2, 4].flatMap((at) => [
      '--label',
      `io.cyto-run.${labels[at] ?? ''}=${labels[at + 1] ?? ''}`,
    ]);
    const name = `cyto-run-${runId}-9`;
    execFileSync('docker', ['create', '--name', name, ...args, 'cyto-run/probe:1', 'sleep', '60']);
    await cli(probe('exit', '0'), { home: home.path });
    expect(execFileSync('docker', ['ps', '-aq', '--filter', `name=${name}`]).toString()).toBe('');
  });
});
