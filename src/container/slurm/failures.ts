import { RunnerError } from '../../base/errors.ts';
import type { HostAnswer } from './host.ts';

/** What sbatch says when it surely submitted nothing, and what it means for the caller. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [
    /invalid partition|partition name/i,
    'Name a partition that "sinfo" shows (scheduler option partition).',
  ],
  [
    /invalid account|account\/partition/i,
    'Name an account of yours: "sacctmgr show associations user=$USER" (option account).',
  ],
  [/invalid qos/i, 'Name a quality of service that you may use (option qos).'],
  [
    /node configuration is not available/i,
    'No node has so much memory, so many processors or such GPUs: ask for less, or for another partition.',
  ],
  [
    /memory specification|cpu count|node count/i,
    'Ask for less memory or fewer processors (--memory, --cpus).',
  ],
  [
    /time limit/i,
    'Ask for less time, or for a partition that allows more (options time, partition).',
  ],
  [/gres|gpu/i, 'See with "sinfo -o %G" what devices the nodes have.'],
  [
    /unrecognized option|invalid option|ambiguous|invalid .*specification|invalid argument|invalid feature|invalid licenses?|invalid dependency|invalid reservation|reservation|invalid constraint/i,
    'Correct or leave out that scheduler option.',
  ],
  [
    /violates accounting|job submit limit|policy|AssocGrp|QOSMax/i,
    'Wait until fewer of your jobs are in the queue, or ask for less.',
  ],
  [
    /access.*denied|permission denied|not allowed|user not found/i,
    'Ask the administrators of the cluster whether you may submit jobs there.',
  ],
  [
    /unable to open file|no such file/i,
    'Does the work folder of the cluster exist, and may you write to it?',
  ],
];

/**
 * The error of a submission that was surely refused; `undefined` when the job may have been
 * submitted all the same: the scheduler timed out, or did not answer.
 */
export function submitRefusal(
  { exitCode, errors }: HostAnswer,
  { gpus, excludedNodes }: { readonly gpus: boolean; readonly excludedNodes: readonly string[] },
): RunnerError | undefined {
  const said = lastError(errors);
  if (exitCode === 127)
    return new RunnerError('engine-unavailable', 'there is no sbatch on the host of the cluster', {
      hint: 'Run this where jobs are submitted from, or name that host in the configuration of the cluster.',
    });
  if (isDoubtful(exitCode, errors)) return undefined;
  const hint = REFUSALS.find(([pattern]) => pattern.test(said))?.[1];
  if (hint === undefined) return undefined;
  if (excludedNodes.length > 0 && /node configuration is not available/i.test(said))
    return new RunnerError(
      'engine-refused',
      `no node is left that could run the job: earlier attempts failed on ${excludedNodes.join(', ')}`,
      {
        hint: 'See what failed on each with "cyto-run show", and tell the administrators of the cluster.',
        details: { said: errors.trim() },
      },
    );
  const isGpu = gpus && /node configuration is not available|gres|gpu/i.test(said);
  return new RunnerError(
    isGpu ? 'gpu-unavailable' : 'engine-refused',
    `Slurm refused the job: ${said}`,
    {
      hint,
      details: { said: errors.trim() },
    },
  );
}

/** Answers after which nobody knows whether there is a job. */
const isDoubtful = (exitCode: number, errors: string): boolean =>
  exitCode === 124 ||
  /timed out|zero bytes|unable to contact|connection|communication|socket|slurmctld|temporarily|retry|backup controller/i.test(
    errors,
  );

/** What a command of Slurm's complained of last, without its own name in front. */
export const lastError = (errors: string): string =>
  (errors.trim().split('\n').at(-1) ?? '')
    .replace(/^(sbatch|scancel|squeue|scontrol|sacct|sinfo): /, '')
    .replace(/^error: /, '')
    .replace(/^Batch job submission failed: /, '');

export const unreachable = (title: string, cause: unknown): RunnerError =>
  new RunnerError(
    'engine-unavailable',
    `the cluster's host (${title}) does not answer: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      cause,
      hint: 'Try "ssh" and "squeue" by hand; the key must be usable without asking (an agent, or no passphrase).',
    },
  );
