import { access } from 'node:fs/promises';

import { systemClock, type Clock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type {
  ContainerEngine,
  ContainerLimits,
  ContainerListing,
  ContainerSpec,
  EngineInfo,
  EngineVersion,
  ImageBuild,
  ImageRequest,
  ResolvedImage,
  StartedContainer,
} from '../engine.ts';
import type { EnginePromise } from '../promises.ts';
import { arrayGroups } from './array-groups.ts';
import { askAgain, askOnce, type Cluster } from './cluster.ts';
import { ClusterWatch } from './cluster-watch.ts';
import { SlurmContainer } from './container.ts';
import { findJob, listJobs, listSteps } from './find.ts';
import type { SlurmHost } from './host.ts';
import { clusterFacts, clusterInfo, limitationsFor, type ClusterFacts } from './info.ts';
import { JobWatch } from './job-watch.ts';
import { isJobName, workFolder } from './layout.ts';
import { localHost } from './local-host.ts';
import type { SlurmOptions } from './options.ts';
import { sshHost } from './ssh-host.ts';
import { jobId } from './owner.ts';
import { arraySubmission, singleSubmission, submit, type Submission } from './submit.ts';
import { Copies, stageSpec, type StagedSpec } from './transfer.ts';

/** What an engine for one cluster is made from, beside the cluster's own description. */
export interface SlurmEngineParts {
  /** Makes an image a file (`.sif`) or folder that the runtime can use, and says which it is. */
  readonly resolveImage: ContainerEngine['resolveImage'];
  readonly clock?: Clock;
  /** Instead of the host that the options name. */
  readonly host?: SlurmHost;
  /** Hears of each question about running jobs that was asked in vain. */
  readonly onPollError?: (() => void) | undefined;
}

/** A cluster of Slurm's: each container is a job with Apptainer in it. Nothing is asked before the first call. */
export function slurmEngine(options: SlurmOptions, parts: SlurmEngineParts): ContainerEngine {
  const clock = parts.clock ?? systemClock;
  const host = parts.host ?? (options.host === 'local' ? localHost(clock) : sshHost(options.host));
  const work = workFolder(options.workFolder);
  const pauseMs = options.host === 'local' ? 0 : LIMITS.slurmRemoteLookMs;
  const watch = new ClusterWatch(host, work, { clock, pauseMs, onPollError: parts.onPollError });
  return new SlurmEngine({ options, host, work, watch, clock }, parts.resolveImage);
}

class SlurmEngine implements ContainerEngine {
  readonly name = 'slurm';
  readonly #cluster: Cluster;
  readonly #resolveImage: ContainerEngine['resolveImage'];
  #facts: Promise<ClusterFacts> | undefined;
  #copies: Copies | undefined;
  #info: { readonly is: Promise<EngineInfo>; readonly atMs: number } | undefined;

  constructor(cluster: Cluster, resolveImage: ContainerEngine['resolveImage']) {
    this.#cluster = cluster;
    this.#resolveImage = resolveImage;
  }

  /** Asked anew when a minute has passed: runs that begin together need it asked once. */
  async info(): Promise<EngineInfo> {
    const nowMs = this.#cluster.clock.monotonicMs();
    if (this.#info === undefined || nowMs - this.#info.atMs > LIMITS.slurmInfoMsMax) {
      if (this.#info !== undefined) this.#facts = undefined;
      const is = this.#known().then((facts) => clusterInfo(this.#cluster, facts));
      this.#info = { is, atMs: nowMs };
      is.catch(() => (this.#info = undefined));
    }
    return await this.#info.is;
  }

  async limitationsOf(
    _promises: readonly EnginePromise[],
    limits: Pick<ContainerLimits, 'cpus'> = {},
  ): Promise<EngineInfo['limitations']> {
    return limitationsFor((await this.info()).limitations, limits);
  }

  async version(): Promise<EngineVersion> {
    const { version } = await this.#known();
    return { name: this.name, version };
  }

  resolveImage(request: ImageRequest, signal: AbortSignal): Promise<ResolvedImage> {
    return this.#resolveImage(request, signal);
  }

  buildImage({ contextFolder }: ImageBuild): Promise<void> {
    return Promise.reject(
      new RunnerError('image-build-failed', `a cluster builds no Dockerfile (${contextFolder})`, {
        hint: 'Build it with Docker or Podman, then run it with --engine slurm.',
      }),
    );
  }

  async start(spec: ContainerSpec, signal: AbortSignal): Promise<StartedContainer> {
    const { isRoot } = await this.#ready([spec], signal);
    const submission = singleSubmission(
      await this.#staged(spec, signal),
      this.#cluster.work,
      isRoot,
    );
    const [container] = await this.#submitted(submission, signal);
    if (container === undefined) throw new TypeError('a job was submitted that is none');
    return container;
  }

  async startMany(
    specs: readonly ContainerSpec[],
    signal: AbortSignal,
  ): Promise<readonly StartedContainer[]> {
    const { isRoot, arrayTasksMax } = await this.#ready(specs, signal);
    const { options, work } = this.#cluster;
    const tasksMax = Math.min(
      arrayTasksMax > 0 ? arrayTasksMax : Infinity,
      LIMITS.slurmArrayTasksMax,
    );
    const started = new Map<string, StartedContainer>();
    try {
      for (const group of arrayGroups(specs, options, tasksMax)) {
        const staged = await inPieces(group, (spec) => this.#staged(spec, signal));
        const submission =
          staged.length === 1 && staged[0] !== undefined
            ? singleSubmission(staged[0], work, isRoot)
            : arraySubmission(staged, work, isRoot);
        for (const container of await this.#submitted(submission, signal))
          started.set(container.name, container);
      }
    } catch (error) {
      // None was started, or all: those of the groups before this one go again.
      await Promise.allSettled([...started.values()].map((each) => each[Symbol.asyncDispose]()));
      throw error;
    }
    return specs.flatMap(({ name }) => started.get(name) ?? []);
  }

  find(name: string): Promise<StartedContainer | undefined> {
    return isJobName(name) ? findJob(this.#cluster, name) : Promise.resolve(undefined);
  }

  async list(ownerLabel: string, when?: 'now' | 'lately'): Promise<readonly ContainerListing[]> {
    const facts = when === 'lately' ? await this.#facts : undefined;
    const ageMs = this.#cluster.clock.monotonicMs() - (facts?.askedMs ?? -Infinity);
    const answers =
      facts !== undefined && ageMs <= LIMITS.slurmInfoMsMax
        ? facts.listing
        : await askOnce(this.#cluster, listSteps(this.#cluster));
    return listJobs(answers, ownerLabel);
  }

  async #ready(specs: readonly ContainerSpec[], signal: AbortSignal): Promise<ClusterFacts> {
    signal.throwIfAborted();
    for (const { name } of specs)
      if (!isJobName(name)) throw refused(`the name ${JSON.stringify(name)}`);
    const [facts] = await Promise.all([this.#known(), ...specs.map(checkPaths)]);
    signal.throwIfAborted();
    return facts;
  }

  /** Where the nodes see our files, paths are used as they are; what is refused here leaves nothing there but copies. */
  async #staged(spec: ContainerSpec, signal: AbortSignal): Promise<StagedSpec> {
    if (this.#cluster.options.sharedFileSystem) return { spec, copied: [] };
    const { copies } = await this.#known();
    this.#copies ??= new Copies(this.#cluster, copies);
    return stageSpec(this.#cluster, spec, { copies: this.#copies, signal });
  }

  async #submitted(
    submission: Submission,
    signal: AbortSignal,
  ): Promise<readonly StartedContainer[]> {
    const id = await submit(this.#cluster, submission);
    if (submission.jobs.length > 1)
      await askAgain(
        this.#cluster,
        submission.jobs.map(({ files }) => ({ do: 'write', path: files.id, text: `${id}\n` })),
      );
    const containers = submission.jobs.map(({ files, owner }) => {
      const job = new JobWatch(files, { id: jobId(owner, id), jobName: owner.jobName });
      return new SlurmContainer(this.#cluster, job, { phase: 'waiting', copied: owner.copied });
    });
    if (!signal.aborted) return containers;
    await Promise.allSettled(containers.map((each) => each[Symbol.asyncDispose]()));
    throw signal.reason;
  }

  /** Asked once; a cluster that did not answer is asked again. */
  #known(): Promise<ClusterFacts> {
    this.#facts ??= clusterFacts(this.#cluster).catch((error: unknown) => {
      this.#facts = undefined;
      throw error;
    });
    return this.#facts;
  }
}

/** In their order, some at a time. */
async function inPieces<From, To>(
  all: readonly From[],
  work: (one: From) => Promise<To>,
): Promise<readonly To[]> {
  const done: To[] = [];
  for (let at = 0; at < all.length; at += LIMITS.slurmStagingAtOnceMax)
    done.push(...(await Promise.all(all.slice(at, at + LIMITS.slurmStagingAtOnceMax).map(work))));
  return done;
}

/** With a shared file system, what the nodes will look for can be looked for here. */
async function checkPaths({ mounts, image }: ContainerSpec): Promise<void> {
  for (const path of [...mounts.map(({ source }) => source), image])
    await access(path).catch((error: unknown) => {
      throw refused(`a mount of what is not there: ${path}`, error);
    });
}

const refused = (what: string, cause?: unknown): RunnerError =>
  new RunnerError('engine-refused', `a job cannot be given ${what}`, { cause });
