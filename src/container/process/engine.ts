import { release } from 'node:os';
import { posix } from 'node:path';

import { systemClock, type Clock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import type {
  ContainerEngine,
  ContainerListing,
  ContainerSpec,
  EngineInfo,
  EngineVersion,
  ImageRequest,
  ResolvedImage,
  StartedContainer,
} from '../engine.ts';
import { DEFAULT_PATH, gpuMaker, inheritedVariables, Jobs } from '../supervised/index.ts';
import { explainExit } from './explain.ts';
import { processInfo } from './info.ts';
import { linkMounts } from './links.ts';

export interface ProcessEngineOptions {
  /** Where jobs are kept, absolute. */
  readonly folder: string;
  readonly clock?: Clock;
  /** `false`: as where no control group may be made. */
  readonly cgroups?: boolean;
}

/**
 * No container: a program of this machine, for descriptors without an image. It promises less, and
 * says what (`info().limitations`).
 */
export function processEngine(options: ProcessEngineOptions): ContainerEngine {
  return new ProcessEngine(options);
}

class ProcessEngine implements ContainerEngine {
  readonly name = 'process';
  readonly #cgroups: boolean;
  readonly #jobs: Jobs;
  #info: EngineInfo | undefined;

  constructor({ folder, clock = systemClock, cgroups = true }: ProcessEngineOptions) {
    this.#cgroups = cgroups;
    const habits = { terminates: 'all', explain: explainExit } as const;
    this.#jobs = new Jobs({ folder, clock, cgroups, habits });
  }

  info(): Promise<EngineInfo> {
    return Promise.resolve((this.#info ??= processInfo(this.#cgroups)));
  }

  version(): Promise<EngineVersion> {
    return Promise.resolve({ name: this.name, version: release() });
  }

  /** There is none, and a reference to one is a mistake. Throws `image-not-found`. */
  async resolveImage({ reference }: ImageRequest): Promise<ResolvedImage> {
    if (reference !== '')
      throw new RunnerError(
        'image-not-found',
        `the engine process runs apps without an image, as programs of this machine; this app has one (${reference})`,
        {
          hint: 'Run it with --engine docker, podman or apptainer; or, where its program is installed here, with a descriptor that names no image.',
        },
      );
    const { platform } = await this.info();
    return {
      reference,
      id: '',
      platform,
      sizeBytes: 0,
      entrypoint: [],
      command: [],
      pulled: false,
    };
  }

  buildImage(): Promise<void> {
    return Promise.reject(
      new RunnerError('image-build-failed', 'the engine process has no images to build'),
    );
  }

  async start(spec: ContainerSpec, signal: AbortSignal): Promise<StartedContainer> {
    signal.throwIfAborted();
    checkSpec(spec);
    await linkMounts(spec);
    const inherited = inheritedVariables(INHERITED);
    const launch = {
      argv: spec.argv,
      environment: spec.environment,
      inherited: { ...inherited, PATH: inherited['PATH'] ?? DEFAULT_PATH },
      workingDirectory: posix.normalize(spec.workingDirectory),
    };
    return await this.#jobs.start(spec, launch, signal);
  }

  find(name: string): Promise<StartedContainer | undefined> {
    return this.#jobs.find(name);
  }

  list(ownerLabel: string): Promise<readonly ContainerListing[]> {
    return this.#jobs.list(ownerLabel);
  }
}

/** What a program needs to find others, and what its language and environments are. Nothing else: no secrets. */
const INHERITED = [
  ...['PATH', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'USER', 'LOGNAME', 'LD_LIBRARY_PATH'],
  ...['VIRTUAL_ENV', 'CONDA_PREFIX', 'CONDA_DEFAULT_ENV', 'CUDA_VISIBLE_DEVICES'],
];

function checkSpec(spec: ContainerSpec): void {
  const { limits, entrypoint, environment } = spec;
  if (entrypoint === 'image')
    throw new RunnerError('engine-refused', 'without an image there is no entrypoint to run', {
      hint: 'Run it with --engine docker, podman or apptainer.',
    });
  const badName = Object.keys(environment).find((name) => name === '' || name.includes('='));
  if (badName !== undefined)
    throw new RunnerError('engine-refused', `no variable can be named ${JSON.stringify(badName)}`);
  if (limits.gpus !== undefined && gpuMaker() === undefined)
    throw new RunnerError('gpu-unavailable', 'this machine has no GPU to give', {
      hint: "Install the GPU's driver on this machine, or run without --gpus.",
    });
}
