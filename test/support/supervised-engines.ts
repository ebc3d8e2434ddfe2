import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  apptainerEngine,
  type ApptainerEngineOptions,
} from '../../src/container/apptainer/index.ts';
import type { EngineUnderTest } from '../container/contract/subject.ts';
import { probeSif } from './probe-sif.ts';

/** The real Apptainer with the probe's image, its jobs in a folder of its own. */
export async function apptainerUnderTest(
  given: Pick<ApptainerEngineOptions, 'cgroups'> = {},
): Promise<EngineUnderTest & { readonly options: ApptainerEngineOptions }> {
  const base = await mkdtemp(join(tmpdir(), 'cyto-run apptainer é '));
  const options = { folder: join(base, 'engine'), cacheFolder: join(base, 'images'), ...given };
  return {
    engine: apptainerEngine(options),
    another: () => apptainerEngine(options),
    opener: {
      module: import.meta.resolve('../../src/container/apptainer/index.ts'),
      export: 'apptainerEngine',
      options,
    },
    image: await probeSif(),
    options,
  };
}
