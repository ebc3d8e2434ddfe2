import { spawnSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

import { SSH_CONFIG, SSH_HOST } from '../scripts/setup/ssh-server.js';
import { epochMs, systemClock } from '../src/base/clock.ts';
import type { ContainerEngine, ContainerSpec } from '../src/container/index.ts';
import { slurmEngine, type SlurmOptions } from '../src/container/slurm/index.ts';
import { localHost } from '../src/container/slurm/local-host.ts';
import { sshHost } from '../src/container/slurm/ssh-host.ts';
import { executeRun } from '../src/runner/index.ts';
import { newRunId, openStore } from '../src/store/index.ts';
import { CountingHost } from '../test/support/counting-host.ts';
import { probeSif } from '../test/support/probe-sif.ts';
import { resolveImageFile } from '../test/support/slurm-engines.ts';
import type { BenchContext } from './bench-context.ts';
import { alone, type Figure, type Skipped } from './figure.ts';
import { preparedProbe } from './prepared-probe.ts';

const ROW = 'slurm';
/** Jobs that wait in the queue, all of them watched. */
const WAITING = 200;
const RUNS = 15;
const QUESTIONS = new Set(['squeue', 'sacct', 'scontrol', 'sinfo']);

/** How soon an end is known on a busy cluster, at what cost to its scheduler, and crossings to a remote one. */
export async function slurmRow(context: BenchContext): Promise<readonly (Figure | Skipped)[]> {
  if (!answers('sinfo', '--noheader')) return [{ row: ROW, skipped: 'no Slurm cluster answers' }];
  const image = await probeSif();
  return [...(await busyCluster(context, image)), ...(await overSsh(context, image))];
}

const answers = (program: string, ...words: readonly string[]): boolean =>
  spawnSync(program, words, { stdio: 'ignore', timeout: 20_000 }).status === 0;

async function busyCluster(context: BenchContext, image: string): Promise<readonly Figure[]> {
  const host = new CountingHost(localHost(systemClock));
  const engine = slurmEngine(await optionsIn(context, 'local'), {
    resolveImage: resolveImageFile,
    host,
  });
  const never = new AbortController().signal;
  const held = { options: { hold: '', mem: '64M' }, excludedNodes: [] };
  const waiting = await engine.startMany?.(
    Array.from({ length: WAITING }, (_, at) => spec(image, `waiting-${at}`, held)),
    never,
  );
  // Somebody waits for each of them, as for any run.
  for (const container of waiting ?? []) container.wait().catch(() => undefined);
  const before = host.asked.length;
  const startedMs = performance.now();
  const lateMs = await recordedRuns(context, engine, image);
  const seconds = (performance.now() - startedMs) / 1_000;
  const asked = host.asked
    .slice(before)
    .flatMap((what) => what.split(' '))
    .filter((what) => QUESTIONS.has(what)).length;
  await Promise.all((waiting ?? []).map((container) => container[Symbol.asyncDispose]()));
  return [
    alone(ROW, `from an app's end to the run's, ${WAITING} jobs waiting`, lateMs, {
      unit: 'ms',
      target: { kind: 'at most', value: 1_000 },
    }),
    alone(ROW, 'questions to the scheduler meanwhile', [asked / seconds], {
      unit: '/s',
      target: { kind: 'at most', value: 1 },
    }),
  ];
}

/** Of whole runs, one after the other: from the end that the node wrote down to the run's own in its record. */
async function recordedRuns(
  context: BenchContext,
  engine: ContainerEngine,
  image: string,
): Promise<number[]> {
  const folder = await mkdtemp(join(context.folder, 'slurm-runs-'));
  using store = openStore({ folder, clock: systemClock });
  const prepared = preparedProbe(context.root, { engine: 'slurm', imageOverride: image });
  const never = new AbortController().signal;
  const lateMs: number[] = [];
  for (let run = 0; run < (context.isQuick ? 3 : RUNS); run += 1) {
    const { exit, endedAt = '' } = await executeRun(
      { ...prepared, runId: newRunId(systemClock) },
      { engine, journal: store, clock: systemClock, observer: {}, ownerLabel: store.dataId },
      { stop: never, kill: never },
    );
    lateMs.push(epochMs(endedAt) - epochMs(exit?.finishedAt ?? ''));
  }
  return lateMs;
}

async function overSsh(
  context: BenchContext,
  image: string,
): Promise<readonly (Figure | Skipped)[]> {
  if (!answers('ssh', '-F', SSH_CONFIG, SSH_HOST, 'true'))
    return [{ row: ROW, skipped: 'no SSH server for the tests' }];
  const target = { ssh: SSH_HOST, configFile: SSH_CONFIG };
  const crossings: number[] = [];
  for (let run = 0; run < (context.isQuick ? 1 : 5); run += 1) {
    const host = new CountingHost(sshHost(target));
    const options = await optionsIn(context, target);
    const engine = slurmEngine(options, { resolveImage: resolveImageFile, host });
    const never = new AbortController().signal;
    const container = await engine.start(spec(image, `ssh-${run}`), never);
    await container.wait();
    await container[Symbol.asyncDispose]();
    crossings.push(host.asked.length);
  }
  return [
    alone(ROW, 'crossings of a short run over SSH', crossings, {
      unit: '',
      target: { kind: 'at most', value: 5 },
    }),
  ];
}

const optionsIn = async (
  { folder }: BenchContext,
  host: SlurmOptions['host'],
): Promise<SlurmOptions> => ({
  name: 'bench',
  host,
  workFolder: await mkdtemp(join(folder, 'slurm-')),
  sharedFileSystem: true,
  defaultOptions: { mem: '256M' },
});

const spec = (
  image: string,
  name: string,
  scheduling?: ContainerSpec['scheduling'],
): ContainerSpec => ({
  name: `cyto-run-bench-${process.pid}-${name}`,
  runId: name,
  attempt: 1,
  ownerLabel: 'bench',
  image,
  entrypoint: 'image',
  argv: ['out', 'hello', 'then', 'exit', '0'],
  environment: {},
  workingDirectory: '/',
  user: 'image',
  mounts: [],
  readOnlyRoot: true,
  network: 'none',
  limits: { pids: 100 },
  ...(scheduling === undefined ? {} : { scheduling }),
});
