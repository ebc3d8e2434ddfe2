import type { ContainerSpec } from '../engine.ts';
import type { Copied } from './transfer.ts';

/** Whose a job is and how Slurm knows it; written before Slurm is asked, so that it is found again. */
export interface Owner {
  readonly name: string;
  readonly runId: string;
  readonly attempt: number;
  readonly ownerLabel: string;
  /** The job's name at the scheduler: its own, or its array's. */
  readonly jobName: string;
  /** Its number in the array, and the job whose folder has the array's id. */
  readonly task?: number;
  readonly leader?: string;
  /** What the app writes to is brought back from there when it has ended. */
  readonly copied?: readonly Copied[];
}

export const ownerOf = (
  { name, runId, attempt, ownerLabel }: ContainerSpec,
  copied: readonly Copied[],
  array?: { readonly jobName: string; readonly task: number; readonly leader: string },
): Owner => ({
  name,
  runId,
  attempt,
  ownerLabel,
  jobName: name,
  ...(copied.length === 0 ? {} : { copied }),
  ...array,
});

export const ownerText = (owner: Owner): string => `${JSON.stringify(owner)}\n`;

/** Reads an owner file; `undefined` when it is not whole or not ours. */
export function parseOwner(text: string): Owner | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, runId, attempt, ownerLabel, jobName, task, leader, copied } = value as Partial<
    Record<keyof Owner, unknown>
  >;
  const isWhole =
    [name, runId, ownerLabel, jobName].every((text) => typeof text === 'string') &&
    typeof attempt === 'number' &&
    (task === undefined || typeof task === 'number') &&
    (leader === undefined || typeof leader === 'string') &&
    (copied === undefined || (Array.isArray(copied) && copied.every(isCopied)));
  return isWhole ? (value as Owner) : undefined;
}

/** The id of the job itself, from the id that sbatch answered: in an array, with its number. */
export const jobId = (owner: Owner, submitted: string): string =>
  owner.task === undefined ? submitted : `${submitted}_${owner.task}`;

const isCopied = (value: unknown): value is Copied =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<Copied>).here === 'string' &&
  typeof (value as Partial<Copied>).there === 'string';
