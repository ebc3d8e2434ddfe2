import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';

import type { BatchReport } from '../../../src/report/index.ts';
import type { RunRecord } from '../../../src/runner/index.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { openStore } from '../../../src/store/index.ts';
import { cli, startCli, type CliResult } from '../../support/cli.ts';
import { describeWith } from '../../support/needs.ts';
import { probeImage } from '../../support/probe-image.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const PROBE = new URL('../../../apps/probe/descriptor.json', import.meta.url).pathname;
const POISON = [7, 23, 41];

/** Items that write a file of their own number; poisoned ones fail behind that. */
const itemsOf = (count: number, ...last: string[]): string =>
  Array.from({ length: count }, (_, at) => {
    const verbs = [
      'write',
      'n.txt',
      String(at),
      ...(POISON.includes(at) ? ['then', 'exit', '3'] : last),
    ];
    return JSON.stringify({ item: `item ${at} é`, verbs });
  }).join('\n');

const reportOf = async (home: string): Promise<BatchReport> =>
  JSON.parse((await cli(['batch', '--show', 'last', '--json'], { home })).stdout) as BatchReport;

/** How often each item's app was started, over all its life. */
function startsOf(home: string, { items }: BatchReport): number[] {
  using store = openStore({ folder: home, clock: systemClock });
  return items.map(
    ({ runId }) =>
      store.events(runId).filter((event) => event.type === 'state' && event.state === 'RUNNING')
        .length,
  );
}

/** Containers of the batch's runs that are still there. */
const left = ({ items }: BatchReport): string[] =>
  execFileSync('docker', ['ps', '-a', '--format', '{{.Names}}'])
    .toString()
    .split('\n')
    .filter((name) => items.some(({ runId }) => name.includes(runId)));

describeWith('docker', 'a batch', () => {
  beforeAll(probeImage);

  test('of 60 items with three poisoned ones leaves 57 results, and a retry runs only the three', async () => {
    await using home = await temporaryFolder();
    await writeFile(join(home.path, 'items.jsonl'), itemsOf(60));
    const args = ['batch', PROBE, 'items.jsonl', '--out', 'out', '--jobs', '4'];
    const first = await cli(args, { home: home.path });
    expect(first.exitCode).toBe(1);
    expect(first.stdout.match(/^COMPLETE {2}/gm)).toHaveLength(57);
    expect(first.stdout.match(/^EXECUTOR_ERROR {2}/gm)).toHaveLength(3);
    const report = await reportOf(home.path);
    expect(report.summary).toEqual({ complete: 57, failed: 3, canceled: 0, active: 0, queued: 0 });
    expect(await readdir(join(home.path, 'out'))).toHaveLength(57);
    for (const { item, index, state } of report.items)
      if (state === 'COMPLETE')
        expect(await readFile(join(home.path, 'out', item, 'n.txt'), 'utf8')).toBe(String(index));
    const retry = await cli(['batch', '--retry', 'last', '--json'], { home: home.path });
    expect(retry.exitCode).toBe(1);
    const again = JSON.parse(retry.stdout) as BatchReport;
    const changed = again.items.filter(({ runId }, at) => runId !== report.items[at]?.runId);
    expect(changed.map(({ index }) => index)).toEqual(POISON);
    const runs = await cli(['runs', '--batch', 'last', '--limit', '100', '--json'], {
      home: home.path,
    });
    expect((JSON.parse(runs.stdout) as { runs: unknown[] }).runs).toHaveLength(63);
    const poisoned = await cli(['why', changed[0]?.runId ?? '', '--json'], { home: home.path });
    expect(JSON.parse(poisoned.stdout)).toMatchObject({ code: 'app-exit' });
    const noAttempt = await cli(['logs', changed[0]?.runId ?? '', '--attempt', '2'], {
      home: home.path,
    });
    expect(noAttempt).toMatchObject({
      exitCode: 64,
      stderr: expect.stringMatching('has no attempt 2') as string,
    });
  }, 600_000);

  test('killed -9 in the middle: the next command settles what ran, --resume runs the rest, nothing twice', async () => {
    await using home = await temporaryFolder();
    await writeFile(join(home.path, 'items.jsonl'), itemsOf(30, 'then', 'sleep', '0.2'));
    const running = startCli(
      ['batch', PROBE, 'items.jsonl', '--out', 'out', '--jobs', '3', '--log-format', 'json'],
      { home: home.path },
    );
    await running.saw('"item":"item 6 é"');
    running.process.kill('SIGKILL');
    await running.ended;
    const queued = await reportOf(home.path);
    expect(queued.summary.queued).toBeGreaterThan(10);
    const waits = queued.items.find(({ state }) => state === 'QUEUED');
    const why = await cli(['why', waits?.runId ?? '', '--json'], { home: home.path });
    expect(JSON.parse(why.stdout)).toMatchObject({
      code: 'unattended',
      hint: expect.stringMatching('--resume') as string,
    });
    const resumed = await cli(['batch', '--resume', 'last', '--jobs', '3'], { home: home.path });
    expect(resumed.exitCode).toBe(1);
    const report = await reportOf(home.path);
    expect(report.summary).toEqual({ complete: 28, failed: 2, canceled: 0, active: 0, queued: 0 });
    expect(startsOf(home.path, report)).toEqual(Array(30).fill(1));
    expect(left(await reportOf(home.path))).toEqual([]);
  }, 600_000);

  test('Ctrl-C stops what runs, begins nothing more, and --retry brings all of it to its end', async () => {
    await using home = await temporaryFolder();
    await writeFile(join(home.path, 'items.jsonl'), itemsOf(6, 'then', 'sleep', '6'));
    const running = startCli(
      ['batch', PROBE, 'items.jsonl', '--jobs', '2', '--log-format', 'json'],
      { home: home.path },
    );
    await running.saw('"RUNNING"');
    running.process.kill('SIGINT');
    const { exitCode, stdout } = await running.ended;
    expect(exitCode).toBe(130);
    expect(stdout).toContain('batch --resume');
    const { summary } = await reportOf(home.path);
    expect(summary.canceled).toBeGreaterThan(0);
    expect(summary.queued).toBeGreaterThan(0);
    expect(summary.active).toBe(0);
    const retried = await cli(['batch', '--retry', 'last', '--jobs', '6'], { home: home.path });
    expect(retried.exitCode).toBe(0);
    expect(left(await reportOf(home.path))).toEqual([]);
  }, 600_000);

  test('one item of it can be waited for, canceled, and is a run like any other', async () => {
    await using home = await temporaryFolder();
    await writeFile(join(home.path, 'items.jsonl'), itemsOf(3, 'then', 'sleep', '60'));
    const running = startCli(
      ['batch', PROBE, 'items.jsonl', '--jobs', '1', '--log-format', 'json'],
      { home: home.path },
    );
    await running.saw('"RUNNING"');
    running.process.kill('SIGKILL');
    await running.ended;
    const { items } = await reportOf(home.path);
    for (const { runId } of items) {
      const canceled = await cli(['cancel', runId, '--now', '--json'], { home: home.path });
      expect((JSON.parse(canceled.stdout) as RunRecord).state).toBe('CANCELED');
    }
    expect((await reportOf(home.path)).summary).toMatchObject({ canceled: 3 });
    expect(left(await reportOf(home.path))).toEqual([]);
  }, 600_000);
});

const invalid = async (name: string, text: string, ...more: string[]): Promise<CliResult> => {
  await using home = await temporaryFolder();
  await writeFile(join(home.path, name), text);
  const result = await cli(['batch', PROBE, name, ...more], { home: home.path });
  expect(await readdir(home.path)).toEqual([name]);
  return result;
};

test('items that cannot be run are all told, each with its line, and nothing is started or written', async () => {
  const { exitCode, stderr } = await invalid(
    'items.jsonl',
    [
      '{"verbs":["exit","0"]}',
      '{}',
      '{"verbs":["x"],"sise":1}',
      '{',
      '{"item":"a","verbs":["x"]}',
      '{"item":"a","verbs":["x"]}',
    ].join('\n'),
  );
  expect(exitCode).toBe(65);
  expect(stderr).toContain('4 of 6 items cannot be run; nothing was started');
  for (const line of ['line 2', 'line 3', 'line 4', 'line 6 (a)'])
    expect(stderr).toContain(`items.jsonl, ${line}`);
});

test('what is wrong with all of them alike is said once', async () => {
  const { exitCode, stderr } = await invalid(
    'i.jsonl',
    '{"verbs":["x"]}\n'.repeat(5),
    '--mount',
    'nowhere',
  );
  expect(exitCode).toBe(64);
  expect(stderr.match(/--mount/g)?.length).toBeLessThan(4);
});

test('a dry run names the items and starts nothing', async () => {
  const { exitCode, stdout } = await invalid(
    'i.csv',
    'item,verbs\nü,exit;0\n',
    '--dry-run',
    '--out',
    'o',
  );
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^ü {2}\/.*\/o\/ü\n$/);
});

test('asking for no items, or for a batch that is not there, says what to type', async () => {
  await using home = await temporaryFolder();
  expect(await cli(['batch', PROBE], { home: home.path })).toMatchObject({
    exitCode: 64,
    stderr: expect.stringMatching('items.csv') as string,
  });
  expect(await cli(['batch', '--resume', 'b1'], { home: home.path })).toMatchObject({
    exitCode: 66,
  });
});
