import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

import type { BatchReport, Why } from '../../../src/report/index.ts';
import type { RunRecord } from '../../../src/runner/index.ts';
import { ClusterUser, PROBE, recordOf, verbs } from '../../support/cluster-user.ts';
import { gatedApp } from '../../support/gated-app.ts';
import { describeWith } from '../../support/needs.ts';

vi.setConfig({ testTimeout: 600_000 });

describeWith('own-slurm', 'at the command line of a cluster without accounting', () => {
  test.concurrent(
    'a batch is one array, of which each item has a state, a log and an end of its own',
    async () => {
      await using user = await ClusterUser.withCluster();
      const { slurm } = user.cluster;
      const item = (name: string, ...words: string[]): string =>
        JSON.stringify({ item: name, verbs: ['write', 'n.txt', name, 'then', ...words] });
      await writeFile(
        join(user.home, 'items.jsonl'),
        [
          item('one', 'exit', '0'),
          item('two', 'out', 'bad', 'then', 'exit', '9'),
          item('three', 'out', 'ready', 'then', 'sleep', '600'),
          item('four', 'exit', '0'),
        ].join('\n'),
      );
      const image = ['--use-image', user.sif];
      const running = user.start('batch', PROBE, 'items.jsonl', ...image, '--out', 'out');
      // None before the batch is written down.
      const items = async (): Promise<BatchReport['items']> =>
        (await user.read<Partial<BatchReport>>('batch', '--show', 'last')).items ?? [];
      const states = async (): Promise<string> =>
        (await items().catch(() => [])).map(({ state }) => state).join(' ');
      while ((await states()) !== 'COMPLETE EXECUTOR_ERROR RUNNING COMPLETE');
      const arrays = await slurm('squeue', '--noheader', '--states=all', '--format=%F');
      expect(new Set(arrays.trim().split('\n')).size).toBe(1);
      const [, , three] = await items();
      expect(await user.read<Why>('why', three?.runId ?? '')).toMatchObject({ code: 'running' });
      await user.ask('cancel', three?.runId ?? '');
      expect((await running.ended).exitCode).toBe(1);
      expect(await states()).toBe('COMPLETE EXECUTOR_ERROR CANCELED COMPLETE');
      const [, two] = await items();
      expect((await user.ask('logs', two?.runId ?? '')).stdout).toBe('bad');
      await user.untilNoJob();
    },
  );

  test.concurrent(
    'a run that waits says why, also after its process was killed, and runs when its turn comes',
    async () => {
      await using user = await ClusterUser.withCluster();
      const { slurm, first, second } = user.cluster;
      const filler = ['--nodes=2', '--exclusive', '--output=/dev/null', '--wrap', 'sleep 600'];
      const id = (await slurm('sbatch', '--parsable', ...filler)).trim();
      const waiting = user.run(...verbs('out', 'ran'));
      await user.until((record) => /resources|priority/.test(record.waiting?.code ?? ''));
      const why = await user.read<Why>('why', 'last');
      expect(why.code).toMatch(/^slurm-(resources|priority)$/);
      expect(why.sentence).toMatch(/not free yet|higher priority/);
      waiting.process.kill('SIGKILL');
      await waiting.ended;
      const waited = user.ask('wait', 'last');
      await slurm('scancel', id);
      expect((await waited).exitCode).toBe(0);
      const record = await user.read<RunRecord>('show', 'last');
      expect(record).toMatchObject({ state: 'COMPLETE' });
      expect([first, second]).toContain(record.exit?.node);
      expect((await user.ask('logs', 'last')).stdout).toBe('ran');
    },
  );

  test.concurrent('a run that is canceled while it waits never runs', async () => {
    await using user = await ClusterUser.withCluster();
    const waiting = user.run('--scheduler', 'hold=', ...verbs('out', 'ran'));
    await user.until((record) => record.waiting?.code === 'slurm-job-held-user');
    expect(await user.read<Why>('why', 'last')).toMatchObject({
      code: 'slurm-job-held-user',
      sentence: expect.stringContaining('scontrol release') as string,
    });
    await user.ask('cancel', 'last');
    const record = recordOf(await waiting.ended);
    expect(record).toMatchObject({ state: 'CANCELED' });
    expect(record.logs?.stdoutBytes ?? 0).toBe(0);
    await user.untilNoJob();
  });

  test.concurrent(
    'a run whose process is killed goes on, and its log and end are whole',
    async () => {
      await using user = await ClusterUser.withCluster();
      const first = 'all-bytes then out \\nProgress:\\0407\\040%\\n';
      // Its memory is looked at every two seconds.
      const rest = 'sleep 5 then all-bytes then write a.txt x';
      const app = await gatedApp(user.home, first, rest);
      const killed = user.start(...app.args, '--use-image', user.sif);
      await user.until(({ state, progress }) => state === 'RUNNING' && progress?.percent === 7);
      killed.process.kill('SIGKILL');
      await killed.ended;
      await app.open();
      expect((await user.ask('wait', 'last')).exitCode).toBe(0);
      const record = await user.read<RunRecord>('show', 'last');
      expect(record).toMatchObject({
        state: 'COMPLETE',
        logs: { stdoutBytes: 256 + '\nProgress: 7 %\n'.length + 256, stderrBytes: 512 },
        outputs: [{ path: 'a.txt' }],
      });
      expect(record.exit?.cpuSeconds).toBeGreaterThan(0);
      expect(record.exit?.peakMemoryBytes).toBeGreaterThan(0);
    },
  );

  test.concurrent(
    'doctor runs a container there and tells what is not kept, which a run that asks for it is refused for',
    async () => {
      await using user = await ClusterUser.withCluster();
      const doctor = await user.ask('doctor', '--engine', 'slurm', '--json');
      expect(JSON.parse(doctor.stdout)).toMatchObject({
        engines: [{ name: 'slurm', there: true, limitations: { cpus: { kept: 'not' } } }],
      });
      expect(doctor.exitCode, doctor.stdout).toBe(0);
      const refused = await user.run('--cpus', '1', ...verbs('exit', '0')).ended;
      expect(recordOf(refused).failure).toMatchObject({
        code: 'promise-not-kept',
        message: expect.stringContaining('--cpus') as string,
      });
    },
  );
});
