import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { apptainerEngine } from '../../src/container/apptainer/index.ts';
import type { ContainerEngine } from '../../src/container/index.ts';
import { slurmEngine, type SlurmOptions } from '../../src/container/slurm/index.ts';
import type { EngineUnderTest } from '../container/contract/subject.ts';
import { probeSif } from './probe-sif.ts';

/** A cluster by its options alone, as a program of its own opens it; images are files. */
export const openSlurm = (options: SlurmOptions): ContainerEngine =>
  slurmEngine(options, { resolveImage: resolveImageFile });

/** Images that are files already. */
export const resolveImageFile: ContainerEngine['resolveImage'] = (request, signal) => {
  const folder = join(tmpdir(), 'cyto-run-test-images');
  return apptainerEngine({ folder, cacheFolder: folder }).resolveImage(request, signal);
};

/** The real Slurm of this machine with the probe's image, its work folder one of its own. */
export async function slurmUnderTest(
  given: Partial<SlurmOptions> = {},
): Promise<EngineUnderTest & { readonly options: SlurmOptions }> {
  const options: SlurmOptions = {
    name: 'here',
    host: 'local',
    workFolder: await mkdtemp(join(tmpdir(), 'cyto-run slurm é ')),
    sharedFileSystem: true,
    // More than one job fits on each node of a small machine.
    defaultOptions: { mem: '256M' },
    ...given,
  };
  return {
    engine: openSlurm(options),
    another: () => openSlurm(options),
    opener: { module: import.meta.url, export: 'openSlurm', options },
    image: await probeSif(),
    options,
  };
}
