import { LIMITS } from '../../base/limits.ts';
import type { ContainerListing, StartedContainer } from '../engine.ts';
import { askOnce, type Cluster } from './cluster.ts';
import { SlurmContainer } from './container.ts';
import { gathered, textOf, type HostAnswer, type HostStep } from './host.ts';
import { parseJobExit } from './job-exit.ts';
import { JobWatch } from './job-watch.ts';
import type { Evidence } from './judge.ts';
import { jobFiles, type JobFiles } from './layout.ts';
import { jobId, parseOwner, type Owner } from './owner.ts';
import { idsByName, squeueAnswer, squeueArgv } from './queries.ts';
import { meaningOf } from './state-table.ts';

/**
 * A job by its name, in one round trip: by its files, and where they do not have its id, by its name
 * at the scheduler. `undefined` when there are no files of it.
 */
export async function findJob(
  cluster: Cluster,
  name: string,
): Promise<StartedContainer | undefined> {
  const files = jobFiles(cluster.work, name);
  const [inside, owners, ids, ended, begun, queue] = await askOnce(cluster, [
    { do: 'list', folder: files.folder },
    { do: 'gather', folder: cluster.work.owners, names: [name] },
    { do: 'read', path: files.id, from: 0, bytesMax: LIMITS.slurmSmallFileBytesMax },
    { do: 'gather', folder: cluster.work.ended, names: [name] },
    { do: 'gather', folder: cluster.work.begun, names: [name] },
    { do: 'run', argv: squeueArgv() },
  ]);
  const owner = parseOwner(filesOf(owners).get(name) ?? '');
  // A folder with nothing in it is what a process left that died in between.
  const isThere = inside?.exitCode === 0;
  if (owner === undefined && !isThere) return undefined;
  const names = isThere ? textOf(inside).split('\n').filter(Boolean) : [];
  const id = owner && (await idOf(cluster, owner, ids, queue));
  const evidence: Partial<Evidence> = {
    begun: filesOf(begun).has(name),
    withdrawn: names.includes('withdrawn'),
  };
  if (owner === undefined || id === undefined)
    return new SlurmContainer(cluster, new JobWatch(files, { id: '', jobName: name }), {
      phase: 'created',
    });
  return foundContainer(cluster, files, {
    owner,
    id,
    evidence,
    exit: filesOf(ended).get(name),
    queue,
  });
}

interface Found {
  readonly owner: Owner;
  readonly id: string;
  readonly evidence: Partial<Evidence>;
  readonly exit: string | undefined;
  readonly queue: HostAnswer | undefined;
}

function foundContainer(cluster: Cluster, files: JobFiles, found: Found): StartedContainer {
  const key = { id: found.id, jobName: found.owner.jobName };
  const nowMs = cluster.clock.monotonicMs();
  const exit = parseJobExit(found.exit ?? '');
  const heard = found.queue && squeueAnswer(found.queue, [key]);
  const seen = heard?.kind === 'answer' ? heard.jobs.get(key.id) : undefined;
  const isOver = seen !== undefined && meaningOf(seen.state).kind === 'over';
  const job = new JobWatch(files, key, {
    ...found.evidence,
    ...(exit === undefined ? {} : { exit: { is: exit, sinceMs: nowMs }, begun: true }),
    ...(seen === undefined ? {} : { seen }),
    ...(seen !== undefined && isOver ? { over: { is: seen, sinceMs: nowMs } } : {}),
  });
  job.look(nowMs);
  const hasEnded = exit !== undefined || isOver || job.verdict.kind === 'over';
  const phase = hasEnded ? 'exited' : job.verdict.kind === 'waiting' ? 'waiting' : 'running';
  return new SlurmContainer(cluster, job, { phase, copied: found.owner.copied });
}

/** The job's id: as sbatch answered, kept in its folder or its array's, or by its name at the scheduler. */
async function idOf(
  cluster: Cluster,
  owner: Owner,
  kept: HostAnswer | undefined,
  queue: HostAnswer | undefined,
): Promise<string | undefined> {
  const own = idText(kept);
  if (own !== undefined) return jobId(owner, own);
  const byName = queue === undefined ? undefined : idsByName(queue, owner.jobName)[0];
  if (byName !== undefined) return jobId(owner, byName);
  if (owner.leader === undefined || owner.leader === owner.name) return undefined;
  const leader = jobFiles(cluster.work, owner.leader);
  const [answer] = await askOnce(cluster, [readId(leader)]);
  const submitted = idText(answer);
  return submitted === undefined ? undefined : jobId(owner, submitted);
}

const readId = (files: JobFiles): HostStep => ({
  do: 'read',
  path: files.id,
  from: 0,
  bytesMax: LIMITS.slurmSmallFileBytesMax,
});

const idText = (answer: HostAnswer | undefined): string | undefined =>
  answer?.exitCode === 0 ? /^(\d+)/m.exec(textOf(answer))?.[1] : undefined;

const filesOf = (answer: HostAnswer | undefined): ReadonlyMap<string, string> =>
  answer?.exitCode === 0 ? gathered(answer) : new Map();

/** What `listJobs` reads the answers of. */
export const listSteps = ({ work }: Pick<Cluster, 'work'>): readonly HostStep[] => [
  { do: 'gather', folder: work.owners, names: 'all' },
  { do: 'list', folder: work.ended },
  { do: 'run', argv: squeueArgv() },
];

/** All jobs of a data directory, by the answers to `listSteps`. Pure. */
export function listJobs(
  [owners, ended, queue]: readonly (HostAnswer | undefined)[],
  ownerLabel: string,
): readonly ContainerListing[] {
  const over = new Set(ended === undefined ? [] : textOf(ended).split('\n'));
  const mine = [...filesOf(owners).values()]
    .map(parseOwner)
    .filter((owner) => owner?.ownerLabel === ownerLabel);
  return mine.flatMap((owner) =>
    owner === undefined
      ? []
      : [
          {
            name: owner.name,
            runId: owner.runId,
            attempt: owner.attempt,
            running: !over.has(owner.name) && isQueued(owner, queue),
          },
        ],
  );
}

/** Not said to be over by the scheduler; where it says nothing of the job, the job may still run. */
function isQueued(owner: Owner, queue: HostAnswer | undefined): boolean {
  if (queue === undefined) return true;
  const ids = idsByName(queue, owner.jobName).map((id) => jobId(owner, id));
  const heard = squeueAnswer(
    queue,
    ids.map((id) => ({ id, jobName: owner.jobName })),
  );
  if (heard.kind === 'silent') return true;
  const states = [...heard.jobs.values()].map(({ state }) => meaningOf(state).kind);
  return states.length === 0 ? !heard.isWhole : states.some((kind) => kind !== 'over');
}
