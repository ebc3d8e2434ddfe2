import { spawn } from 'node:child_process';

import type { Clock } from '../../base/clock.ts';
import { messageOf, RunnerError } from '../../base/errors.ts';
import type { ContainerListing, ContainerSpec, StartedContainer } from '../engine.ts';
import { makeCgroup, removeCgroup, type Cgroup } from './cgroup.ts';
import { isSupervised, SupervisedContainer, type ProgramHabits } from './container.ts';
import {
  clearHalves,
  isJobName,
  jobFacts,
  jobFolder,
  jobNames,
  makeJobFolder,
  readExit,
  readJobFacts,
  readSupervisor,
  removeJobFolder,
  writeCgroupFolders,
  type JobFacts,
} from './job-folder.ts';
import { JOB_VARIABLE, supervisorScript } from './script.ts';

export interface JobsOptions {
  /** Where jobs are kept, absolute; made when first needed. */
  readonly folder: string;
  readonly clock: Clock;
  /** Whether control groups are used where we may make them. */
  readonly cgroups: boolean;
  readonly habits: ProgramHabits;
}

/** What is run for a container. */
export interface Launch {
  readonly argv: readonly string[];
  /** The program's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** What else of our environment it has. */
  readonly inherited: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
}

/**
 * Programs of this machine that outlive us: each under a supervisor of its own, known by a folder.
 * Found again by whoever looks into the folder.
 */
export class Jobs {
  readonly #options: JobsOptions;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  /** Starts a program for `spec`. Throws `engine-refused`, and the signal's reason. */
  async start(spec: ContainerSpec, launch: Launch, signal: AbortSignal): Promise<StartedContainer> {
    signal.throwIfAborted();
    const facts = await jobFacts(spec);
    const folder = await makeJobFolder(this.#options.folder, facts);
    let cgroup: Cgroup | undefined;
    try {
      cgroup = this.#options.cgroups ? makeCgroup(spec.name, spec.limits) : undefined;
      if (cgroup !== undefined) await writeCgroupFolders(folder, cgroup.folders);
      signal.throwIfAborted();
      const ended = await supervise(folder, spec, launch, cgroup);
      return this.#container({ folder, facts, phase: 'running', ended });
    } catch (error) {
      removeCgroup(cgroup?.folders ?? []);
      await removeJobFolder(folder);
      throw error;
    }
  }

  async find(name: string): Promise<StartedContainer | undefined> {
    if (!isJobName(name)) return undefined;
    const folder = jobFolder(this.#options.folder, name);
    const facts = await readJobFacts(folder);
    if (facts === undefined) return undefined;
    return this.#container({ folder, facts, phase: await phaseOf(folder, facts) });
  }

  async list(ownerLabel: string): Promise<readonly ContainerListing[]> {
    await clearHalves(this.#options.folder);
    const listings: ContainerListing[] = [];
    for (const name of await jobNames(this.#options.folder)) {
      const folder = jobFolder(this.#options.folder, name);
      const facts = await readJobFacts(folder);
      if (facts?.ownerLabel !== ownerLabel) continue;
      const { runId, attempt } = facts;
      listings.push({
        name,
        runId,
        attempt,
        running: (await phaseOf(folder, facts)) === 'running',
      });
    }
    return listings;
  }

  #container(given: ConstructorParameters<typeof SupervisedContainer>[0]): StartedContainer {
    return new SupervisedContainer(given, this.#options.habits, this.#options.clock);
  }
}

async function phaseOf(folder: string, facts: JobFacts): Promise<'created' | 'running' | 'exited'> {
  if ((await readExit(folder)) !== undefined) return 'exited';
  if (await isSupervised(folder, facts)) return 'running';
  return (await readSupervisor(folder)) === undefined ? 'created' : 'exited';
}

/**
 * Starts the supervisor in a session of its own and hands it its script. Resolves when it has all of
 * it, with a signal for its end.
 */
function supervise(
  folder: string,
  spec: ContainerSpec,
  launch: Launch,
  cgroup: Cgroup | undefined,
): Promise<AbortSignal> {
  const { memoryBytes } = spec.limits;
  const script = supervisorScript({
    folder,
    argv: launch.argv,
    environment: launch.environment,
    workingDirectory: launch.workingDirectory,
    cgroup,
    ...(cgroup === undefined && memoryBytes !== undefined
      ? { watchedMemoryBytes: memoryBytes }
      : {}),
  });
  const { promise, resolve, reject } = Promise.withResolvers<AbortSignal>();
  const over = new AbortController();
  const failed = (error: unknown): void => {
    reject(
      new RunnerError(
        'engine-refused',
        `the app's supervisor cannot be started: ${messageOf(error)}`,
        {
          cause: error,
        },
      ),
    );
  };
  const child = spawn('/bin/sh', ['-s', spec.name], {
    cwd: '/',
    env: { ...launch.inherited, [JOB_VARIABLE]: `${folder}/` },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.once('error', failed);
  child.once('exit', () => {
    over.abort();
  });
  child.stdin.once('error', failed);
  child.stdin.end(script, () => {
    // It goes on without us; our own waiting keeps us alive as long as we wait.
    child.unref();
    resolve(over.signal);
  });
  return promise;
}
