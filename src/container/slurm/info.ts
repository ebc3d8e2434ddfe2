import { RunnerError } from '../../base/errors.ts';
import type { ContainerLimits, EngineInfo } from '../engine.ts';
import { APPTAINERS, ROOTS } from '../apptainer/info.ts';
import type { Limitation } from '../promises.ts';
import { askOnce, type Cluster } from './cluster.ts';
import { lastError } from './failures.ts';
import { listSteps } from './find.ts';
import { removeOldCopies } from './old-copies.ts';
import { textOf, type HostAnswer, type HostStep } from './host.ts';

/** What of a cluster hardly ever changes, and every run needs: the answers of one round trip. */
export interface ClusterFacts {
  readonly version: string;
  /** Jobs run as root. */
  readonly isRoot: boolean;
  /** Tasks that one array may have. */
  readonly arrayTasksMax: number;
  /** Keys of what was copied there before. */
  readonly copies: readonly string[];
  readonly enforcement: Enforcement;
  /** Its jobs, as `listJobs` reads them. */
  readonly listing: readonly (HostAnswer | undefined)[];
  /** When it was asked, on the monotonic clock. */
  readonly askedMs: number;
}

/** What was said of nodes, settings and machine. */
interface Enforcement {
  readonly nodes: HostAnswer | undefined;
  readonly config: HostAnswer | undefined;
  readonly machine: HostAnswer | undefined;
}

const NODES: HostStep = {
  do: 'run',
  argv: ['sinfo', '--noheader', '--Node', '--format=%c|%m|%G'],
};
const CONFIG: HostStep = { do: 'run', argv: ['scontrol', 'show', 'config'] };

/** Who the cluster is, in one round trip. Throws `engine-unavailable`. */
export async function clusterFacts(cluster: Cluster): Promise<ClusterFacts> {
  const askedMs = cluster.clock.monotonicMs();
  const { options, work } = cluster;
  const first = options.sharedFileSystem ? [] : [removeOldCopies(work)];
  const answers = await askOnce(cluster, [
    ...first,
    { do: 'run', argv: ['sbatch', '--version'] },
    { do: 'run', argv: ['id', '-u'] },
    CONFIG,
    NODES,
    { do: 'run', argv: ['uname', '-m'] },
    { do: 'list', folder: cluster.work.copies },
    ...listSteps(cluster),
  ]);
  const [version, id, config, nodes, machine, copies, ...listing] = answers.slice(first.length);
  if (version?.exitCode !== 0) throw noSlurm(cluster, version);
  const arrayTasksMax = Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(said(config))?.[1] ?? 0) - 1;
  return {
    version: /(\d+\.\S+)/.exec(said(version))?.[1] ?? said(version).trim(),
    isRoot: said(id).trim() === '0',
    arrayTasksMax,
    copies: said(copies).split('\n'),
    enforcement: { nodes, config, machine },
    listing,
    askedMs,
  };
}

const said = (answer: HostAnswer | undefined): string =>
  answer?.exitCode === 0 ? textOf(answer) : '';

function noSlurm({ host }: Cluster, answer: HostAnswer | undefined): RunnerError {
  const why =
    answer === undefined || answer.errors === '' ? 'it says nothing' : lastError(answer.errors);
  return new RunnerError('engine-unavailable', `there is no Slurm on ${host.title}: ${why}`, {
    hint: 'Run this where "sbatch" is, or name that host in the configuration of the cluster.',
  });
}

/** What the cluster offers and enforces. Throws `engine-unavailable`, also when the scheduler does not answer. */
export async function clusterInfo(
  cluster: Cluster,
  { version, isRoot, enforcement }: ClusterFacts,
): Promise<EngineInfo> {
  const { machine } = enforcement;
  const isAnswered = enforcement.nodes?.exitCode === 0;
  const [nodes, config] = isAnswered
    ? [enforcement.nodes, enforcement.config]
    : await askOnce(cluster, [NODES, CONFIG]);
  if (nodes?.exitCode !== 0)
    throw new RunnerError(
      'engine-unavailable',
      `the scheduler of ${cluster.options.name} does not answer: ${lastError(nodes?.errors ?? '')}`,
      {
        hint: 'See "scontrol ping"; its administrators may be restarting it.',
      },
    );
  const rows = said(nodes)
    .split('\n')
    .filter((line) => line.includes('|'))
    .map((line) => line.split('|'));
  const highest = (column: number): number =>
    Math.max(1, ...rows.map((row) => Number.parseInt(row[column] ?? '', 10)).filter((n) => n > 0));
  return {
    name: 'slurm',
    version,
    platform: `linux/${PLATFORMS[said(machine).trim()] ?? said(machine).trim()}`,
    cpus: highest(0),
    memoryBytes: highest(1) * 2 ** 20,
    gpus: rows.some(([, , devices]) => devices?.includes('gpu')) ? 'available' : 'absent',
    limitations: limitationsOf(said(config), isRoot),
  };
}

const PLATFORMS: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' };

/** What this cluster's configuration does not enforce (slurm.conf(5), cgroup.conf(5)), and what no job of Slurm's has. Pure. */
export function limitationsOf(config: string, isRoot: boolean): EngineInfo['limitations'] {
  const setting = (name: string): string =>
    new RegExp(`^${name}\\s*=\\s*(.*)$`, 'm').exec(config)?.[1] ?? '';
  const isGrouped = setting('TaskPlugin').includes('cgroup');
  const constrains = (what: string): boolean => isGrouped && /^yes/i.test(setting(what));
  const countsMemory = /memory/i.test(setting('SelectTypeParameters'));
  return {
    ...APPTAINERS,
    ...(isRoot ? ROOTS : {}),
    pids: { kept: 'not', sentence: 'Slurm does not limit how many processes a job starts.' },
    ...(countsMemory && constrains('ConstrainRAMSpace') ? {} : { memory: NO_MEMORY_LIMIT }),
    ...(constrains('ConstrainSwapSpace')
      ? allowedSwap(setting('AllowedSwapSpace'))
      : { swap: NO_SWAP_LIMIT }),
    ...(constrains('ConstrainCores')
      ? { cpus: partly('Slurm gives whole processors: a fraction is rounded up.') }
      : {
          cpus: {
            kept: 'not',
            sentence:
              'The job is counted with its processors, but nothing keeps it from using others.',
          } as const,
        }),
  };
}

/** What of that concerns a job with these limits: whole processors are kept where any are. Pure. */
export function limitationsFor(
  { cpus, ...others }: EngineInfo['limitations'],
  asked: Pick<ContainerLimits, 'cpus'>,
): EngineInfo['limitations'] {
  const concerns = cpus?.kept === 'not' || !Number.isInteger(asked.cpus);
  return { ...others, ...(cpus !== undefined && concerns ? { cpus } : {}) };
}

const NO_MEMORY_LIMIT: Limitation = {
  kept: 'not',
  sentence: 'This cluster does not enforce the memory that a job asks for.',
  hint: 'Its administrators can: TaskPlugin=task/cgroup and ConstrainRAMSpace=yes.',
};

const NO_SWAP_LIMIT: Limitation = {
  kept: 'not',
  sentence: 'This cluster does not limit swap: an app over its memory limit may swap first.',
  hint: 'Its administrators can: ConstrainSwapSpace=yes.',
};

/** What a cluster that limits swap lets a job swap all the same, as a share of its memory. */
const allowedSwap = (share: string): EngineInfo['limitations'] =>
  Number.parseFloat(share) > 0
    ? {
        swap: {
          kept: 'not',
          sentence: `This cluster lets an app over its memory limit swap, up to ${Number.parseFloat(share)} % of that limit.`,
          hint: 'Its administrators can forbid it: AllowedSwapSpace=0.',
        },
      }
    : {};

const partly = (sentence: string): Limitation => ({ kept: 'partly', sentence });
