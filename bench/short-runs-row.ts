import { mkdtemp } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import Docker from 'dockerode';

import { systemClock } from '../src/base/clock.ts';
import { dockerEngine } from '../src/container/docker/index.ts';
import { parseDescriptor, parseInvocation } from '../src/descriptor/index.ts';
import { executeRun, type PreparedRun } from '../src/runner/index.ts';
import { newRunId, openStore } from '../src/store/index.ts';
import type { BenchContext } from './bench-context.ts';
import { compare } from './compare.ts';
import type { Figure } from './figure.ts';

const RUNS = 200;
const AT_ONCE = 4;
/** Runs of a sample: enough that four are nearly always under way, few enough to take turns often. */
const BLOCK = 20;

/** Many short runs in one process, recorded in full, against a loop that only asks the engine. */
export async function shortRunsRow(context: BenchContext): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(context.folder, 'short-'));
  using store = openStore({ folder, clock: systemClock });
  const engine = dockerEngine();
  const prepared = preparedProbe(context.root);
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
  const bare = async (options: Docker.ContainerCreateOptions): Promise<void> => {
    const container = await docker.createContainer({
      Image: 'cyto-run/probe:1',
      Cmd: ['argv'],
      ...options,
    });
    await container.start();
    await container.wait();
    await container.remove();
  };
  const against = (name: string, options: Docker.ContainerCreateOptions): Promise<Figure> =>
    compare({
      row: 'short-runs',
      name: `${AT_ONCE} at a time: executeRun / dockerode create, start, wait, remove${name}`,
      unit: 'runs/s',
      ours: () => runsPerSecond(ours),
      against: () => runsPerSecond(() => bare(options)),
      rounds: context.isQuick ? 2 : RUNS / BLOCK,
      secondsMax: context.secondsMax,
      target: { kind: 'at least', value: 0.9 },
      note: () => `blocks of ${BLOCK} runs`,
    });
  const mounts = await Promise.all(
    ['work', 'home', 'tmp'].map((name) => mkdtemp(join(folder, name))),
  );
  return [
    await against('', { HostConfig: { NetworkMode: 'none' } }),
    await against(' of the same container', isolated(mounts)),
  ];
}

/** What our own containers are created with: isolation, an init, folders, and a log that is byte-exact. */
const isolated = (mounts: readonly string[]): Docker.ContainerCreateOptions => ({
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

async function runsPerSecond(run: () => Promise<void>): Promise<number> {
  const began = performance.now();
  let left = BLOCK;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await run();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return BLOCK / ((performance.now() - began) / 1000);
}

/** `apps/probe` asked to tell its arguments, as the command line would prepare it. */
function preparedProbe(root: string): Omit<PreparedRun, 'runId'> {
  const descriptorPath = join(root, 'apps/probe/descriptor.json');
  const descriptorText = readFileSync(descriptorPath, 'utf8');
  const { descriptor } = parseDescriptor(descriptorText);
  if (descriptor === undefined) throw new Error('the descriptor of the probe is invalid');
  const { invocation } = parseInvocation(descriptor, {
    user: { verbs: { kind: 'text', texts: ['argv'] } },
  });
  if (invocation === undefined) throw new Error('the invocation of the probe is invalid');
  return {
    descriptor,
    invocation,
    environment: {},
    inputs: [],
    created: {
      app: {
        name: descriptor.name,
        dialect: descriptor.dialect,
        descriptorPath,
        descriptorText,
        descriptorSha256: '0'.repeat(64),
      },
      parameters: invocation.map(({ inputId, value, source, secret }) => ({
        inputId,
        type: 'String',
        value,
        source,
        secret,
      })),
      folders: {},
      options: {
        engine: 'docker',
        pull: 'missing',
        build: false,
        network: 'none',
        user: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
        readOnlyRoot: true,
        stopGraceMs: 10_000,
        environment: {},
        mounts: [],
      },
      callerFolder: root,
      runnerVersion: '0',
      host: 'bench',
      user: 'bench',
    },
  };
}
