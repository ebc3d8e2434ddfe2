import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { apptainerArgv, apptainerEnvironment } from '../apptainer/argv.ts';
import type { ContainerSpec } from '../engine.ts';
import { batchScript, runScript } from './batch-script.ts';
import { askAgain, type Cluster } from './cluster.ts';
import { lastError, submitRefusal, unreachable } from './failures.ts';
import { HostUnreachable, textOf, type HostAnswer, type HostStep } from './host.ts';
import { jobFiles, type JobFiles, type WorkFolder } from './layout.ts';
import { sbatchArguments } from './options.ts';
import { ownerOf, ownerText, type Owner } from './owner.ts';
import { markUsed } from './old-copies.ts';
import type { Copied, StagedSpec } from './transfer.ts';
import { idsByName, squeueArgv, submittedId } from './queries.ts';

/** A job whose files are planned; nothing has been asked yet. */
export interface PlannedJob {
  readonly files: JobFiles;
  readonly owner: Owner;
  /** With the paths that the nodes know. */
  readonly spec: ContainerSpec;
}

/** Several jobs that Slurm is given at once: one, or an array of equals. */
export interface Submission {
  readonly jobName: string;
  readonly jobs: readonly PlannedJob[];
  /** Jobs run as root, which may give an app another uid. */
  readonly isRoot: boolean;
}

/** One job by itself. */
export function singleSubmission(
  { spec, copied }: StagedSpec,
  work: WorkFolder,
  isRoot: boolean,
): Submission {
  return {
    isRoot,
    jobName: spec.name,
    jobs: [{ files: jobFiles(work, spec.name), owner: ownerOf(spec, copied), spec }],
  };
}

/** Jobs of one shape as one array. Their leader's folder has what is the array's. */
export function arraySubmission(
  staged: readonly StagedSpec[],
  work: WorkFolder,
  isRoot: boolean,
): Submission {
  const leader = staged[0]?.spec.name ?? '';
  const jobName = `${leader}-array`;
  return {
    jobName,
    isRoot,
    jobs: staged.map(({ spec, copied }, task) => ({
      files: jobFiles(work, spec.name),
      owner: ownerOf(spec, copied, { jobName, task, leader }),
      spec,
    })),
  };
}

/**
 * Writes the jobs' files and hands them to Slurm, in one round trip; returns the id that Slurm gave.
 * When the answer does not come, or says neither yes nor no, the job is looked for by its name, and
 * only what was surely not submitted is an error: then its tickets are taken away, so that it can
 * never run. Throws `engine-refused`, `gpu-unavailable`, `engine-unavailable`.
 */
export async function submit(cluster: Cluster, submission: Submission): Promise<string> {
  const steps = submitSteps(cluster, submission);
  let answers: readonly (HostAnswer | undefined)[];
  try {
    answers = await cluster.host.ask(steps, { timeoutMs: LIMITS.slurmCommandMs });
  } catch (error) {
    if (!(error instanceof HostUnreachable)) throw error;
    return await lookForSubmitted(cluster, submission, unreachable(cluster.host.title, error));
  }
  const failed = answers.findIndex((answer) => answer?.exitCode !== 0);
  const [step, answer] = [steps[failed], answers[failed]];
  if (step === undefined) {
    const id = submittedId(textOf(answers.at(-1) ?? NO_ANSWER));
    return id ?? lookForSubmitted(cluster, submission, refusedWith('sbatch printed no id'));
  }
  if (answer === undefined) throw new TypeError('a step was left out that none had stopped');
  if (step.do === 'make-folder' && step.fresh)
    throw await nameTaken(cluster, submission, failed, answer);
  const asked = {
    gpus: submission.jobs.some(({ spec }) => spec.limits.gpus !== undefined),
    excludedNodes: submission.jobs[0]?.spec.scheduling?.excludedNodes ?? [],
  };
  const refusal =
    step.do === 'run' && step.argv[0] === 'sbatch'
      ? submitRefusal(answer, asked)
      : refusedWith(lastError(answer.errors));
  if (refusal === undefined)
    return lookForSubmitted(cluster, submission, refusedWith(lastError(answer.errors)));
  await removeJobs(cluster, submission.jobs);
  throw refusal;
}

const NO_ANSWER: HostAnswer = { exitCode: 1, out: new Uint8Array(), errors: '' };

const refusedWith = (why: string): RunnerError =>
  new RunnerError('engine-unavailable', `the job could not be submitted: ${why}`, {
    hint: 'See with "sinfo" whether the cluster answers, and try again.',
  });

/** The steps of one submission. Pure. */
export function submitSteps(
  { work, options }: Pick<Cluster, 'work' | 'options'>,
  { jobName, jobs, isRoot }: Submission,
): HostStep[] {
  const [leader] = jobs;
  if (leader === undefined) return [];
  const { files, spec } = leader;
  const isArray = jobs.length > 1;
  return [
    ...[work.owners, work.begun, work.ended].map(
      (path) => ({ do: 'make-folder', path, fresh: false, orStop: true }) as const,
    ),
    ...jobs.map(
      (job) => ({ do: 'make-folder', path: job.files.folder, fresh: true, orStop: true }) as const,
    ),
    ...markUsed(
      work,
      jobs.map((job) => job.spec),
    ),
    ...jobs.flatMap((job) => jobSteps(job, { options, isRoot })),
    write(
      files.batch,
      batchScript(
        jobs.map((job) => job.files.name),
        work.jobs,
      ),
    ),
    {
      do: 'run',
      argv: [
        'sbatch',
        ...sbatchArguments(spec, options, {
          jobName,
          words: isArray ? '/dev/null' : files.words,
          ...(isArray ? { tasks: jobs.length } : {}),
        }),
        files.batch,
      ],
      keep: files.id,
      orStop: true,
    },
  ];
}

function jobSteps(
  { files, owner, spec }: PlannedJob,
  { options, isRoot }: Pick<Cluster, 'options'> & { readonly isRoot: boolean },
): HostStep[] {
  const argv = apptainerArgv(spec, {
    ...(options.apptainer === undefined ? {} : { program: options.apptainer }),
    isRoot,
  });
  return [
    ...(owner.copied ?? []).flatMap(makeMount),
    write(files.owner, ownerText(owner)),
    write(
      files.run,
      runScript({
        files,
        argv,
        image: spec.image,
        program:
          spec.entrypoint === 'replaced' ? (spec.argv[0] ?? '') : 'the entrypoint of the image',
        environment: apptainerEnvironment(spec),
        needed: [spec.image, ...spec.mounts.map(({ source }) => source)],
        ...(options.prepare === undefined ? {} : { prepare: options.prepare }),
      }),
    ),
    write(files.ticket, ''),
  ];
}

/** Empty, where nothing was sent to it; made with the mode that it has here. */
const makeMount = ({ there, folderMode }: Copied): HostStep[] =>
  folderMode === undefined
    ? []
    : [{ do: 'run', argv: ['mkdir', '-p', '-m', folderMode.toString(8), there], orStop: true }];

const write = (path: string, text: string): HostStep => ({ do: 'write', path, text, orStop: true });

/** What was made before the name was found taken goes again; what another has made stays. */
async function nameTaken(
  cluster: Cluster,
  { jobs }: Submission,
  failed: number,
  answer: HostAnswer,
): Promise<RunnerError> {
  const SHARED_FOLDERS = 3;
  const made = jobs.slice(0, failed - SHARED_FOLDERS);
  const folder = jobs[failed - SHARED_FOLDERS]?.files.folder ?? '';
  await removeJobs(cluster, made);
  if (!/exist/i.test(answer.errors)) return refusedWith(lastError(answer.errors));
  return new RunnerError('engine-refused', `there is a job of that name already: ${folder}`, {
    hint: 'Another process started this attempt; wait for it, or cancel it.',
  });
}

/**
 * Whether the job came to be after all. Found: its id. Not found: its tickets are taken away, and
 * from then on it cannot run, whatever may still be under way to the scheduler.
 */
async function lookForSubmitted(
  cluster: Cluster,
  submission: Submission,
  otherwise: RunnerError,
): Promise<string> {
  const { jobName, jobs } = submission;
  const leader = jobs[0]?.files;
  if (leader === undefined) throw otherwise;
  const look: HostStep[] = [
    { do: 'read', path: leader.id, from: 0, bytesMax: LIMITS.slurmSmallFileBytesMax },
    { do: 'run', argv: squeueArgv() },
  ];
  for (let tries = 0; tries < LIMITS.slurmLostAnswersMin; tries += 1) {
    const [kept, queue] = await askAgain(cluster, look);
    const id =
      (kept?.exitCode === 0 ? submittedId(textOf(kept)) : undefined) ??
      (queue === undefined ? undefined : idsByName(queue, jobName)[0]);
    if (id !== undefined) {
      await askAgain(cluster, [{ do: 'write', path: leader.id, text: `${id}\n` }]);
      return id;
    }
    await cluster.clock.sleep(LIMITS.slurmQueryMsMin);
  }
  const withdrawn = await askAgain(
    cluster,
    jobs.map(({ files }) => ({ do: 'move', from: files.ticket, to: files.withdrawn }) as const),
  );
  const isRunning = withdrawn.some((answer) => answer?.exitCode !== 0);
  // One that was taken in the meantime runs: the next look will show it.
  if (isRunning && (await isTaken(cluster, leader)))
    return lookForSubmitted(cluster, submission, otherwise);
  await askAgain(cluster, [{ do: 'run', argv: ['scancel', '--me', `--name=${jobName}`] }]);
  await removeJobs(cluster, jobs);
  throw otherwise;
}

async function isTaken(cluster: Cluster, files: JobFiles): Promise<boolean> {
  const [answer] = await askAgain(cluster, [{ do: 'list', folder: files.folder }]);
  return answer !== undefined && textOf(answer).split('\n').includes('taken');
}

/** Everything of the jobs goes: the folder first, who owned it last. */
export async function removeJobs(
  cluster: Cluster,
  jobs: readonly { readonly files: JobFiles }[],
  first: readonly HostStep[] = [],
): Promise<void> {
  if (jobs.length === 0) return;
  const removals = jobs.flatMap(({ files }) =>
    [files.folder, files.mounts, files.begun, files.ended, files.owner].map(
      (path) => ({ do: 'remove', path }) as const,
    ),
  );
  for (let tries = 0; tries < LIMITS.slurmRemovalsMax; tries += 1) {
    const answers = await askAgain(cluster, [...first, ...removals]);
    if (answers.slice(first.length).every((answer) => answer?.exitCode === 0)) return;
    await cluster.clock.sleep(LIMITS.slurmLookMs);
  }
}
