import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

import Docker from 'dockerode';

import { systemClock } from '../src/base/clock.ts';
import { dockerEngine } from '../src/container/docker/index.ts';
import { executeRun } from '../src/runner/index.ts';
import { newRunId, openStore } from '../src/store/index.ts';
import type { BenchContext } from './bench-context.ts';
import { compare } from './compare.ts';
import type { Figure } from './figure.ts';
import { preparedProbe } from './prepared-probe.ts';

const RUNS = 200;
const AT_ONCE = 4;
/** Runs of a sample: enough that four are nearly always under way, few enough to take turns often. */
const BLOCK = 20;

/** Many short runs in one process, recorded in full, against a loop that only asks the engine. */
export async function shortRunsRow(context: BenchContext): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(context.folder, 'short-'));
  using store = openStore({ folder, clock: systemClock });
  const engine = dockerEngine();
  const prepared = preparedProbe(context.root, { engine: 'docker' });
  const never = new AbortController().signal;
  const docker = new Docker();

  const ours = async (): Promise<void> => {
    const record = await executeRun(
      { ...prepared, runId: newRunId(systemClock) },
      { engine, journal: store, clock: systemClock, observer: {}, ownerLabel: store.dataId },
      { stop: never, kill: never },
    );
    if (record.state !== 'COMPLETE') throw new Error(`a run ended as ${record.state}`);
  };
  const against = (name: string, options: Docker.ContainerCreateOptions): Promise<Figure> =>
    compare({
      row: 'short-runs',
      name: `${AT_ONCE} at a time: executeRun / dockerode create, start, wait, remove${name}`,
      unit: 'runs/s',
      ours: () => runsPerSecond(BLOCK, AT_ONCE, ours),
      against: () => runsPerSecond(BLOCK, AT_ONCE, () => bareRun(docker, options)),
      rounds: context.isQuick ? 2 : RUNS / BLOCK,
      secondsMax: context.secondsMax,
      target: { kind: 'at least', value: 0.9 },
      note: () => `blocks of ${BLOCK} runs`,
    });
  return [
    await against('', { HostConfig: { NetworkMode: 'none' } }),
    await against(' of the same container', isolated(await mountsIn(folder))),
  ];
}

/** Folders like those that each of our containers is given. */
export const mountsIn = (folder: string): Promise<string[]> =>
  Promise.all(['work', 'home', 'tmp'].map((name) => mkdtemp(join(folder, name))));

/** What a loop does that only asks the engine. */
export async function bareRun(
  docker: Docker,
  options: Docker.ContainerCreateOptions,
): Promise<void> {
  const container = await docker.createContainer({
    Image: 'cyto-run/probe:1',
    Cmd: ['argv'],
    ...options,
  });
  await container.start();
  await container.wait();
  await container.remove();
}

/** What our own containers are created with: isolation, an init, folders, and a log that is byte-exact. */
export const isolated = (mounts: readonly string[]): Docker.ContainerCreateOptions => ({
  User: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
  HostConfig: {
    NetworkMode: 'none',
    Init: true,
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    PidsLimit: 2_048,
    LogConfig: { Type: 'local', Config: { 'max-file': '1', compress: 'false' } },
    Mounts: mounts.map((source, index) => ({
      Type: 'bind',
      Source: source,
      Target: `/mount-${index}`,
      ReadOnly: false,
    })),
  },
});

/** How many runs come to their end in a second, some at a time. */
export async function runsPerSecond(
  runs: number,
  atOnce: number,
  run: () => Promise<void>,
): Promise<number> {
  const began = performance.now();
  let left = runs;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await run();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return runs / ((performance.now() - began) / 1000);
}
