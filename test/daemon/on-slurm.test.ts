import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';

import type { Why } from '../../src/report/index.ts';
import type { RunRecord } from '../../src/runner/index.ts';
import { ClusterUser, PROBE } from '../support/cluster-user.ts';
import { describeWith } from '../support/needs.ts';
import { probeLog } from '../support/probe-log.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 600_000 });

const descriptor = JSON.parse(await readFile(PROBE, 'utf8')) as object;

/** A server whose runs go to a cluster, where at most two of them may be at once. */
async function serverOf({ home, sif, cluster }: ClusterUser, env = {}): Promise<TestServer> {
  await writeFile(join(home, 'cyto-run.yaml'), `mount-roots: [${JSON.stringify(dirname(sif))}]\n`);
  return startTestServer({
    home,
    env: { ...cluster.env, CYTO_RUN_ENGINE: 'slurm', CYTO_RUN_SERVE_CLUSTER_SLOTS: '2', ...env },
  });
}

async function submit(server: TestServer, sif: string, ...verbs: string[]): Promise<string> {
  const { status, body } = await server.request<RunRecord>('POST', '/runs', {
    body: { descriptor, parameters: { verbs }, options: { 'use-image': sif } },
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.runId;
}

/** A folder with a squeue that fails, each time, while the file `broken` is in it. */
async function breakableSqueue(home: string): Promise<string> {
  const folder = join(home, 'bin');
  const { PATH = '' } = process.env;
  const real = `PATH=${JSON.stringify(PATH)} exec squeue "$@"`;
  await mkdir(folder);
  await writeFile(
    join(folder, 'squeue'),
    `#!/bin/sh\nif [ -e "${folder}/broken" ]; then echo unwell >&2; exit 1; fi\n${real}\n`,
    { mode: 0o755 },
  );
  return folder;
}

async function pollErrors({ url }: TestServer): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^cytorun_slurm_poll_errors_total (\d+)$/m.exec(text)?.[1]);
}

const whyOf = async (server: TestServer, runId: string): Promise<Why> =>
  (await server.request<Why>('GET', `/runs/${runId}/why`)).body;

describeWith('own-slurm', 'a server whose runs go to a cluster', () => {
  test('its jobs go on when it is killed, are taken over, and each runs once', async () => {
    await using user = await ClusterUser.withCluster();
    const { slurm } = user.cluster;
    const bytes = 300_000;
    const verbs = [
      'out',
      'ready\\n',
      'then',
      'sleep',
      '12',
      'then',
      'log',
      'stdout',
      String(bytes),
    ];
    let runIds: string[];
    {
      await using killed = await serverOf(user);
      runIds = [
        await submit(killed, user.sif, ...verbs),
        await submit(killed, user.sif, ...verbs, 'then', 'exit', '7'),
        await submit(killed, user.sif, 'out', 'later'),
      ];
      await killed.stream(runIds[1] ?? '', { enough: ({ event }) => event === 'log' });
      expect(await whyOf(killed, runIds[2] ?? '')).toMatchObject({ code: 'queue-room' });
    }
    await using server = await serverOf(user);
    const [one, two, three] = await Promise.all(runIds.map((id) => server.ended(id)));
    expect(one).toMatchObject({ state: 'COMPLETE', exit: { exitCode: 0 } });
    expect(two).toMatchObject({ state: 'EXECUTOR_ERROR', exit: { exitCode: 7 } });
    expect(three).toMatchObject({ state: 'COMPLETE' });
    const whole = Buffer.concat([Buffer.from('ready\n'), probeLog(bytes)]);
    for (const id of runIds.slice(0, 2)) {
      const log = await server.request('GET', `/runs/${id}/logs/stdout`);
      expect(log.bytes.equals(whole), id).toBe(true);
    }
    const jobs = await slurm('squeue', '--noheader', '--states=all', '--format=%i');
    expect(jobs.trim().split('\n')).toHaveLength(3);
    await user.untilNoJob();
  });

  test('what waits in the queue of the cluster says why, failing questions are counted, and what is canceled there never runs', async () => {
    await using user = await ClusterUser.withCluster();
    const { slurm } = user.cluster;
    const filler = ['--nodes=2', '--exclusive', '--output=/dev/null', '--wrap', 'sleep 600'];
    const job = (await slurm('sbatch', '--parsable', ...filler)).trim();
    const bin = await breakableSqueue(user.home);
    const PATH = `${bin}:${process.env['PATH'] ?? ''}`;
    await using server = await serverOf(user, { PATH });
    const waiting = await submit(server, user.sif, 'out', 'ran');
    const canceled = await submit(server, user.sif, 'out', 'never');
    for (const runId of [waiting, canceled])
      await vi.waitFor(
        async () => {
          expect((await whyOf(server, runId)).code).toMatch(/^slurm-(resources|priority)$/);
        },
        { timeout: 120_000, interval: 200 },
      );
    const before = await pollErrors(server);
    await writeFile(join(bin, 'broken'), '');
    await vi.waitFor(
      async () => {
        expect(await pollErrors(server)).toBeGreaterThan(before);
      },
      { timeout: 120_000, interval: 200 },
    );
    await rm(join(bin, 'broken'));
    await server.request('POST', `/runs/${canceled}/cancel`);
    expect(await server.ended(canceled)).toMatchObject({ state: 'CANCELED' });
    await slurm('scancel', job);
    expect(await server.ended(waiting)).toMatchObject({ state: 'COMPLETE' });
    const log = await server.request('GET', `/runs/${waiting}/logs/stdout`);
    expect(log.body).toBe('ran');
    await user.untilNoJob();
  });
});
