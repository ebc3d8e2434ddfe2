import { join } from 'node:path';

import { RunnerError } from '../base/errors.ts';
import { ENGINE_NAMES, type ContainerEngine, type EngineName } from '../container/index.ts';
import { clusterOptions } from './chosen-cluster.ts';
import type { Configuration } from './configuration.ts';

/** What an engine may need of this program to be made. */
export interface EngineOptions {
  /** Absolute; what an engine must find again lies in `engines/<name>` below. */
  readonly dataFolder: string;
  readonly configuration: Configuration;
  /** Hears of each question about jobs of a cluster that was asked in vain. */
  readonly onPollError?: () => void;
}

type OpenEngine = (options: EngineOptions, cluster: string | undefined) => Promise<ContainerEngine>;

/** How each engine is made; its libraries are loaded only then. Absent: not in this version. */
const OPEN: Readonly<Partial<Record<EngineName, OpenEngine>>> = {
  docker: async () => (await import('../container/docker/index.ts')).dockerEngine(),
  podman: async () => (await import('../container/docker/index.ts')).podmanEngine(),
  apptainer: async ({ dataFolder }) =>
    (await import('../container/apptainer/index.ts')).apptainerEngine({
      folder: join(dataFolder, 'engines/apptainer'),
      cacheFolder: join(dataFolder, 'images'),
    }),
  slurm: async ({ dataFolder, configuration, onPollError }, cluster) => {
    const [{ slurmEngine }, { apptainerEngine }] = await Promise.all([
      import('../container/slurm/index.ts'),
      import('../container/apptainer/index.ts'),
    ]);
    const images = apptainerEngine({
      folder: join(dataFolder, 'engines/apptainer'),
      cacheFolder: join(dataFolder, 'images'),
    });
    return slurmEngine(clusterOptions(configuration, cluster, join(dataFolder, 'engines/slurm')), {
      resolveImage: (request, signal) => images.resolveImage(request, signal),
      onPollError,
    });
  },
  process: async ({ dataFolder }) =>
    (await import('../container/process/index.ts')).processEngine({
      folder: join(dataFolder, 'engines/process'),
    }),
};

/** The engines of this version, in the order of `ENGINE_NAMES`. */
export const ENGINES: readonly EngineName[] = ENGINE_NAMES.filter((name) => name in OPEN);

/** The engines of one data folder: each is made when first asked for, once. */
export class Engines {
  readonly #options: EngineOptions;
  readonly #opened = new Map<string, Promise<ContainerEngine>>();

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** Throws `usage` for an engine that this version does not have. */
  open(name: EngineName, cluster?: string): Promise<ContainerEngine> {
    const key = cluster === undefined ? name : `${name} ${cluster}`;
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const opened = openEngine(name, this.#options, cluster);
    this.#opened.set(key, opened);
    return opened;
  }

  /** Those that were asked for so far. */
  get opened(): readonly Promise<ContainerEngine>[] {
    return [...this.#opened.values()];
  }
}

async function openEngine(
  name: EngineName,
  options: EngineOptions,
  cluster: string | undefined,
): Promise<ContainerEngine> {
  const open = OPEN[name];
  if (open === undefined)
    throw new RunnerError('usage', `the engine ${name} is not in this version`, {
      hint: `There is ${ENGINES.join(', ')}.`,
    });
  return open(options, cluster);
}
