import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { until } from '../../scripts/setup/daemon.js';
import { memoryControl } from '../../scripts/setup/facts.js';
import { run } from '../../scripts/setup/run.js';
import { complaint, restartController, startCluster } from '../../scripts/setup/slurm-daemons.js';
import { PROLOGS } from '../../scripts/setup/slurm-files.js';
import { takeTurn } from '../support/cluster-turns.ts';
import { describeWith } from '../support/needs.ts';

/** Submits a script of one line, which is cancelled at the end of the test. */
async function submit(line: string, ...options: string[]): Promise<string> {
  const args = ['--parsable', '--output=/dev/null', ...options, '--wrap', line];
  const { ok, output } = await run('sbatch', args);
  if (!ok) throw new Error(output);
  onTestFinished(async () => {
    await run('scancel', [output]);
  });
  return output;
}

async function fieldOf(job: string, name: string): Promise<string | undefined> {
  const { output } = await run('scontrol', ['show', 'job', job]);
  return new RegExp(`\\b${name}=(\\S+)`).exec(output)?.[1];
}

const becomes = (job: string, name: string, value: string) =>
  until(async () => (await fieldOf(job, name)) === value, 150_000);

describeWith('own-slurm', 'the cluster of the tests', () => {
  takeTurn('alone');

  test.skipIf(memoryControl() === 'none')(
    'ends a job that takes more memory than it asked for',
    async () => {
      const hungry = 'x=$(head -c 300000000 /dev/zero | tr "\\0" x); echo ${#x}';
      const job = await submit(hungry, '--mem=50M');
      expect(await becomes(job, 'JobState', 'OUT_OF_MEMORY')).toBe(true);
      expect(await fieldOf(job, 'ExitCode')).toBe('0:125');
    },
  );

  test('accounts for a finished job', async () => {
    const job = await submit('exit 3', '--mem=50M');
    const accounted = await until(async () => {
      const columns = ['--noheader', '--parsable2', '--allocations', '--format=State,ExitCode'];
      return (await run('sacct', [...columns, `--jobs=${job}`])).output === 'FAILED|3:0';
    }, 150_000);
    expect(accounted).toBe(true);
  });

  test('knows its jobs after its controller was restarted', async () => {
    const job = await submit('true', '--hold', '--mem=50M');
    await restartController();
    expect(await fieldOf(job, 'Reason')).toBe('JobHeldUser');
  });

  test('puts a node that an interrupted test drained back into service', async () => {
    await run('scontrol', ['update', 'nodename=node3', 'state=drain', 'reason=interrupted']);
    expect(await complaint()).toMatch(/out of service: .*node3/);
    const said: string[] = [];
    await startCluster((line) => said.push(line));
    // Still draining while somebody's job runs there.
    expect(said.join('\n')).toMatch(/^put node3 \(drain(ed|ing)\) back into service$/m);
    expect((await complaint()) ?? '').not.toContain('node3');
  });

  test('fails the prolog that a test makes fail', async () => {
    mkdirSync(PROLOGS, { recursive: true });
    const failing = join(PROLOGS, 'only-for-one-job');
    writeFileSync(failing, '#!/bin/sh\n[ "$SLURM_JOB_COMMENT" != fail-my-prolog ]\n', {
      mode: 0o755,
    });
    onTestFinished(async () => {
      rmSync(failing, { force: true });
      await startCluster(() => {});
    });
    const job = await submit('true', '--comment=fail-my-prolog', '--mem=50M');
    expect(await becomes(job, 'Reason', 'launch_failed_requeued_held')).toBe(true);
  });
});
