import { writeFile } from 'node:fs/promises';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

import { memoryControl } from '../../../scripts/setup/facts.js';
import { findProgram } from '../../../src/container/supervised/index.ts';
import { ClusterUser, recordOf, verbs } from '../../support/cluster-user.ts';
import { URGENT } from '../../support/frail-cluster.ts';
import { describeWith } from '../../support/needs.ts';

vi.setConfig({ testTimeout: 600_000 });

describeWith('own-slurm', 'a run on a cluster whose infrastructure fails', () => {
  test.concurrent(
    'is tried again on another node than the one that could not run it, which the scheduler is told',
    async () => {
      await using user = await ClusterUser.withCluster();
      const { first, second } = user.cluster;
      // That node stays in service and free: only our word keeps the second attempt away from it.
      symlinkSync(findProgram('apptainer', process.env['PATH'])!, join(user.home, 'our-apptainer'));
      const frail = {
        'work-folder': join(user.home, 'work'),
        apptainer: 'our-apptainer',
        prepare: `[ "$SLURMD_NODENAME" = ${first} ] || PATH=$PATH:'${user.home}'`,
      };
      await writeFile(join(user.home, 'cyto-run.yaml'), JSON.stringify({ clusters: { frail } }));
      const ended = await user.run(...verbs('out', 'ran')).ended;
      expect(recordOf(ended)).toMatchObject({
        state: 'COMPLETE',
        container: { attempt: 2 },
        exit: { node: second },
        attempts: [
          {
            failure: { code: 'node-failed', message: `there is no our-apptainer on ${first}` },
            exit: { node: first },
          },
        ],
        retry: { excludedNodes: [first] },
      });
      expect((await user.ask('logs', 'last')).stdout).toBe('ran');
    },
  );

  test.concurrent(
    'is tried again when the prolog of its node failed, which Slurm calls canceled',
    async () => {
      await using user = await ClusterUser.withCluster();
      const { first, second } = user.cluster;
      await user.cluster.failProlog(first);
      const ended = await user.run(...verbs('exit', '3')).ended;
      expect(ended.exitCode).toBe(3);
      expect(recordOf(ended)).toMatchObject({
        state: 'EXECUTOR_ERROR',
        // Its own failure is not tried again.
        failure: { code: 'app-exit' },
        container: { attempt: 2 },
        exit: { node: second },
        attempts: [
          {
            failure: {
              code: 'node-failed',
              message: expect.stringMatching(
                `${first}, which is out of service .*Prolog`,
              ) as string,
            },
          },
        ],
        retry: { excludedNodes: [first] },
      });
    },
  );

  test.concurrent(
    'is tried again when its node is lost while the app runs, and canceled there by another command',
    async () => {
      await using user = await ClusterUser.withCluster();
      const { first, second, slurm } = user.cluster;
      const running = user.run(...verbs('out', 'ready', 'then', 'sleep', '600'));
      await user.untilRunning();
      await user.untilSaid('ready');
      await slurm('scontrol', 'update', `nodename=${first}`, 'state=down', 'reason=test');
      await user.untilRunning(2);
      expect(await slurm('squeue', '--noheader', '--states=RUNNING', '--format=%N')).toBe(
        `${second}\n`,
      );
      expect((await user.ask('cancel', 'last')).exitCode).toBe(0);
      const record = recordOf(await running.ended);
      expect(record).toMatchObject({
        state: 'CANCELED',
        attempts: [
          {
            failure: { code: 'node-failed', message: expect.stringMatching('NODE_FAIL') as string },
            exit: { node: first },
            logs: { stdoutBytes: 5 },
          },
        ],
      });
      await user.untilNoJob();
    },
  );

  test.concurrent('is tried again when it was preempted, and Ctrl-C ends it', async () => {
    await using user = await ClusterUser.withCluster();
    const { first, slurm } = user.cluster;
    const sleeper = verbs('on-term', '0', 'then', 'out', 'ready', 'then', 'sleep', '600');
    const running = user.run('--scheduler', 'exclusive=', ...sleeper);
    await user.untilRunning();
    const urgent = [
      '--partition',
      URGENT,
      '--exclusive',
      '--output=/dev/null',
      '--wrap',
      'sleep 1',
    ];
    await slurm('sbatch', ...urgent);
    const { attempts } = await user.untilRunning(2);
    expect(attempts).toMatchObject([{ failure: { code: 'preempted' }, exit: { node: first } }]);
    running.process.kill('SIGINT');
    const ended = await running.ended;
    expect(ended.exitCode).toBe(130);
    expect(recordOf(ended)).toMatchObject({ state: 'CANCELED' });
    await user.untilNoJob();
  });

  test(
    'gets twice the memory after it ran out of it, where that was asked for',
    { concurrent: true, skip: memoryControl() === 'none' },
    async () => {
      await using user = await ClusterUser.withCluster();
      const limits = ['--memory', '64m', '--retry-memory', '1g'];
      const ended = await user.run(...limits, ...verbs('memory', '100000000', '0')).ended;
      expect(recordOf(ended)).toMatchObject({
        state: 'COMPLETE',
        container: { attempt: 2, limits: { memoryBytes: 128 * 2 ** 20 } },
        attempts: [{ failure: { code: 'out-of-memory' } }],
      });
    },
  );
});
