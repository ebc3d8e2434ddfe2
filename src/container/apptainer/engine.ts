import { access } from 'node:fs/promises';

import { systemClock, type Clock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import type {
  ContainerEngine,
  ContainerListing,
  ContainerSpec,
  EngineInfo,
  EngineVersion,
  ImageBuild,
  ImageRequest,
  ResolvedImage,
  StartedContainer,
} from '../engine.ts';
import { gpuMaker, inheritedVariables, Jobs } from '../supervised/index.ts';
import { apptainerArgv, apptainerEnvironment } from './argv.ts';
import { explainExit } from './explain.ts';
import { apptainerInfo, isNetAllowed } from './info.ts';
import { buildByDocker } from './build-by-docker.ts';
import { resolveSif } from './image.ts';
import { installedApptainer, type Installed } from './version.ts';

export interface ApptainerEngineOptions {
  /** Where jobs are kept, absolute. */
  readonly folder: string;
  /** Where images are kept, absolute. */
  readonly cacheFolder: string;
  readonly clock?: Clock;
  /** `false`: as where no control group may be made. */
  readonly cgroups?: boolean;
}

/** Apptainer (or Singularity) of this machine, each container under a supervisor that outlives us. */
export function apptainerEngine(options: ApptainerEngineOptions): ContainerEngine {
  return new ApptainerEngine(options);
}

class ApptainerEngine implements ContainerEngine {
  readonly name = 'apptainer';
  readonly #folder: string;
  readonly #cacheFolder: string;
  readonly #clock: Clock;
  readonly #cgroups: boolean;
  readonly #jobs: Jobs;
  #installed: Promise<Installed> | undefined;
  #info: Promise<EngineInfo> | undefined;
  #netAllowed: Promise<boolean> | undefined;

  constructor(options: ApptainerEngineOptions) {
    const { folder, cacheFolder, clock = systemClock, cgroups = true } = options;
    this.#folder = folder;
    this.#cacheFolder = cacheFolder;
    this.#clock = clock;
    this.#cgroups = cgroups;
    const habits = { terminates: 'first', explain: explainExit } as const;
    this.#jobs = new Jobs({ folder, clock, cgroups, habits });
  }

  async info(): Promise<EngineInfo> {
    const { version } = await this.#apptainer();
    return await (this.#info ??= apptainerInfo(version, this.#cgroups));
  }

  async version(): Promise<EngineVersion> {
    const { version } = await this.#apptainer();
    return { name: this.name, version };
  }

  async resolveImage(request: ImageRequest, signal: AbortSignal): Promise<ResolvedImage> {
    const apptainer = await this.#apptainer();
    const ports = { cacheFolder: this.#cacheFolder, clock: this.#clock, apptainer };
    return await resolveSif(request, ports, signal);
  }

  buildImage(request: ImageBuild, signal: AbortSignal): Promise<void> {
    return buildByDocker(request, signal);
  }

  async start(spec: ContainerSpec, signal: AbortSignal): Promise<StartedContainer> {
    signal.throwIfAborted();
    const isRoot = process.getuid?.() === 0;
    const [{ program }, netAllowed] = await Promise.all([
      this.#apptainer(),
      (this.#netAllowed ??= isNetAllowed()),
      checkMounts(spec),
    ]);
    checkUser(spec, isRoot);
    const gpuOption = gpuOptionFor(spec);
    const argv = apptainerArgv(spec, { program, netAllowed, isRoot, gpuOption });
    const launch = {
      argv,
      environment: apptainerEnvironment(spec),
      inherited: inheritedVariables(INHERITED),
      workingDirectory: '/',
    };
    return await this.#jobs.start(spec, launch, signal);
  }

  find(name: string): Promise<StartedContainer | undefined> {
    return this.#jobs.find(name);
  }

  list(ownerLabel: string): Promise<readonly ContainerListing[]> {
    return this.#jobs.list(ownerLabel);
  }

  #apptainer(): Promise<Installed> {
    return (this.#installed ??= installedApptainer(this.#folder));
  }
}

/** What Apptainer itself needs of our environment. Not its own options: they would change the run. */
const INHERITED = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'],
  ...['APPTAINER_CACHEDIR', 'APPTAINER_TMPDIR', 'APPTAINER_CONFIGDIR', 'CUDA_VISIBLE_DEVICES'],
];

async function checkMounts({ mounts, image }: ContainerSpec): Promise<void> {
  for (const { source } of mounts)
    await access(source).catch((error: unknown) => {
      throw new RunnerError('engine-refused', `a mount cannot be made: there is no ${source}`, {
        cause: error,
      });
    });
  await access(image).catch((error: unknown) => {
    throw new RunnerError('image-not-found', `the image ${image} is gone`, { cause: error });
  });
}

function checkUser({ user }: ContainerSpec, isRoot: boolean): void {
  if (isRoot || user === 'image') return;
  if (user.uid === process.getuid?.() && user.gid === process.getgid?.()) return;
  throw new RunnerError(
    'engine-refused',
    `Apptainer runs the app as the caller: it cannot be given uid ${user.uid} and gid ${user.gid}`,
    { hint: 'Leave --user away, or run as root.' },
  );
}

function gpuOptionFor({ limits }: ContainerSpec): '--nv' | '--rocm' {
  const maker = gpuMaker();
  if (limits.gpus !== undefined && maker === undefined)
    throw new RunnerError('gpu-unavailable', 'this machine has no GPU to give', {
      hint: "Install the GPU's driver on this machine, or run without --gpus.",
    });
  return maker === 'amd' ? '--rocm' : '--nv';
}
