import { posix } from 'node:path';

/**
 * Where things lie in a cluster's work folder, which its nodes must see. Ends and beginnings have a
 * folder of their own for all jobs: one listing tells them all, and listing a folder is what makes a
 * shared file system look for what is new.
 */
export interface WorkFolder {
  readonly path: string;
  /** Who owns each job, as JSON: one file a job. */
  readonly owners: string;
  /** One folder a job, by its name. */
  readonly jobs: string;
  /** One file a job whose program was begun. */
  readonly begun: string;
  /** One exit file a job that has ended. */
  readonly ended: string;
  /** What apps write to, one folder a job, where there is no shared file system. */
  readonly mounts: string;
  /** What was copied here, by checksum, where there is no shared file system. */
  readonly copies: string;
  /** One empty file for each copy, as old as its last use: the copy's own time is that of what was copied. */
  readonly used: string;
}

export const workFolder = (path: string): WorkFolder => ({
  path,
  owners: posix.join(path, 'owners'),
  jobs: posix.join(path, 'jobs'),
  begun: posix.join(path, 'begun'),
  ended: posix.join(path, 'ended'),
  mounts: posix.join(path, 'mounts'),
  copies: posix.join(path, 'copies'),
  used: posix.join(path, 'used'),
});

/** The files of one job. */
export interface JobFiles {
  readonly name: string;
  readonly folder: string;
  /** The first file of it there and the last to go. */
  readonly owner: string;
  /** Whoever moves it away decides: the job to `taken`, so that it runs once; we to `withdrawn`, so that it never runs. */
  readonly ticket: string;
  readonly taken: string;
  readonly withdrawn: string;
  /** What Slurm is given: no more than a call of `run`. */
  readonly batch: string;
  readonly run: string;
  /** What sbatch answered: the job's id. */
  readonly id: string;
  readonly stdout: string;
  readonly stderr: string;
  /** What the script itself, the runtime and Slurm say. */
  readonly words: string;
  /** Writable mounts where there is no shared file system. */
  readonly mounts: string;
  readonly begun: string;
  readonly ended: string;
}

export function jobFiles(work: WorkFolder, name: string): JobFiles {
  const folder = posix.join(work.jobs, name);
  const file = (leaf: string): string => posix.join(folder, leaf);
  return {
    name,
    folder,
    owner: posix.join(work.owners, name),
    ticket: file('ticket'),
    taken: file('taken'),
    withdrawn: file('withdrawn'),
    batch: file('batch.sh'),
    run: file('run.sh'),
    id: file('id'),
    stdout: file('stdout'),
    stderr: file('stderr'),
    words: file('words'),
    mounts: posix.join(work.mounts, name),
    begun: posix.join(work.begun, name),
    ended: posix.join(work.ended, name),
  };
}

/** Names that are safe as a file's and as a job's, and cannot lead out of a folder. */
export const isJobName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(name);
