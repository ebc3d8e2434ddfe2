import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { posix } from 'node:path';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import type { ContainerSpec, ExitStatus } from '../engine.ts';
import { parseExitFile } from '../exit-file.ts';
import type { ProcessIdentity } from './processes.ts';

/** What is written of a job before anything is started. No variable and no argument is in it. */
export interface JobFacts {
  readonly name: string;
  readonly runId: string;
  readonly attempt: number;
  readonly ownerLabel: string;
  /** Which start of which machine it was started in: its process ids mean nothing in another. */
  readonly bootId: string;
  readonly host: string;
  /** For a message when it cannot be executed. */
  readonly program: string;
}

/** Names are ours, from run id and attempt; nothing else becomes a path. */
const JOB_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

export const isJobName = (name: string): boolean => JOB_NAME.test(name);

/** The folder of a job below an engine's. */
export const jobFolder = (engineFolder: string, name: string): string =>
  posix.join(engineFolder, name);

let bootId: Promise<string> | undefined;

/** Which start of this machine it is. */
export const thisBoot = (): Promise<string> =>
  (bootId ??= readFile('/proc/sys/kernel/random/boot_id', 'utf8').then((text) => text.trim()));

/** The facts of a job that is about to be started. */
export const jobFacts = async (spec: ContainerSpec): Promise<JobFacts> => ({
  name: spec.name,
  runId: spec.runId,
  attempt: spec.attempt,
  ownerLabel: spec.ownerLabel,
  bootId: await thisBoot(),
  host: hostname(),
  program: spec.entrypoint === 'replaced' ? (spec.argv[0] ?? '') : "the image's entrypoint",
});

/**
 * Makes a job's folder, whole or not at all, for its owner's eyes alone. Throws `engine-refused`
 * when there is one of that name.
 */
export async function makeJobFolder(engineFolder: string, facts: JobFacts): Promise<string> {
  const folder = jobFolder(engineFolder, facts.name);
  const making = posix.join(engineFolder, `.making-${process.pid}-${randomUUID()}`);
  await mkdir(making, { recursive: true, mode: 0o700 });
  try {
    await Promise.all([
      writeFile(posix.join(making, 'job.json'), JSON.stringify(facts), { mode: 0o600 }),
      writeFile(posix.join(making, 'stdout'), '', { mode: 0o600 }),
      writeFile(posix.join(making, 'stderr'), '', { mode: 0o600 }),
    ]);
    await rename(making, folder);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    const code = systemCodeOf(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    throw new RunnerError('engine-refused', `there is already a job named ${facts.name}`, {
      hint: 'It was started for this same run and attempt: look at it, or remove it first.',
      details: { folder },
    });
  }
  return folder;
}

/** Takes the folder away: first its name, so that nobody finds half of it. Harmless when it is gone. */
export async function removeJobFolder(folder: string): Promise<void> {
  const going = posix.join(posix.dirname(folder), `.going-${randomUUID()}`);
  try {
    await rename(folder, going);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return;
    throw error;
  }
  await rm(going, { recursive: true, force: true });
}

/** Removes what a killed process of ours left half made or half removed. */
export async function clearHalves(engineFolder: string): Promise<void> {
  for (const name of await namesIn(engineFolder)) {
    const maker = /^\.making-(\d+)-/.exec(name)?.[1];
    const isLeft = maker === undefined ? name.startsWith('.going-') : !existsSync(`/proc/${maker}`);
    if (isLeft) await rm(posix.join(engineFolder, name), { recursive: true, force: true });
  }
}

/** The facts of a job, or `undefined` when there is none of that name. */
export async function readJobFacts(folder: string): Promise<JobFacts | undefined> {
  const text = await textOf(posix.join(folder, 'job.json'));
  return text === undefined ? undefined : (JSON.parse(text) as JobFacts);
}

/** Notes the control group before anything is in it. */
export const writeCgroupFolders = (folder: string, cgroup: readonly string[]): Promise<void> =>
  writeFile(posix.join(folder, 'cgroup'), JSON.stringify(cgroup), { mode: 0o600 });

/** The folders of the job's control group; none where none was made. */
export async function readCgroupFolders(folder: string): Promise<readonly string[]> {
  const text = await textOf(posix.join(folder, 'cgroup'));
  // Half of it is what a process left that was killed while it wrote: then nothing is in the group.
  return text?.endsWith(']') === true ? (JSON.parse(text) as string[]) : [];
}

/** Names of all jobs in an engine's folder. */
export const jobNames = async (engineFolder: string): Promise<string[]> =>
  (await namesIn(engineFolder)).filter(isJobName);

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The supervisor, once it has said who it is. */
export async function readSupervisor(folder: string): Promise<ProcessIdentity | undefined> {
  const [, pid, startTicks] =
    /^(\d+) (\d+)\n$/.exec((await textOf(posix.join(folder, 'pid'))) ?? '') ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), startTicks: Number(startTicks) };
}

/** The program's first process, once there is one. */
export async function readProgram(folder: string): Promise<number | undefined> {
  const [, pid] = /^(\d+)\n$/.exec((await textOf(posix.join(folder, 'program'))) ?? '') ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** How the program ended, with the times of its files; `undefined` while nothing is known. */
export async function readExit(folder: string): Promise<ExitStatus | undefined> {
  const exitFile = posix.join(folder, 'exit');
  const text = await textOf(exitFile);
  const status = text === undefined ? undefined : parseExitFile(text);
  if (status === undefined) return undefined;
  const [startedAt, finishedAt] = await Promise.all([
    changedAt(posix.join(folder, 'pid')),
    changedAt(exitFile),
  ]);
  return {
    ...status,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
  };
}

async function changedAt(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).mtime.toISOString();
  } catch {
    return undefined;
  }
}

/** Whether the disk was full and a part of the log could not be kept. */
export async function isLogLost(folder: string): Promise<boolean> {
  return (await textOf(posix.join(folder, 'log-lost'))) !== undefined;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
