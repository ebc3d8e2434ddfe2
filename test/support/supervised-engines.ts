import { mkdtemp, readFile, writeFile, copyFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  apptainerEngine,
  type ApptainerEngineOptions,
} from '../../src/container/apptainer/index.ts';
import { processEngine, type ProcessEngineOptions } from '../../src/container/process/index.ts';
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

/** Programs of this machine, with the probe's script as one of them. */
export async function processUnderTest(
  given: Pick<ProcessEngineOptions, 'cgroups'> = {},
): Promise<EngineUnderTest & { readonly options: ProcessEngineOptions }> {
  const base = await mkdtemp(join(tmpdir(), 'cyto-run process é '));
  const options = { folder: join(base, 'engine'), ...given };
  return {
    engine: processEngine(options),
    another: () => processEngine(options),
    opener: {
      module: import.meta.resolve('../../src/container/process/index.ts'),
      export: 'processEngine',
      options,
    },
    image: '',
    program: await probeCommand(base),
    user: { uid: process.getuid!(), gid: process.getgid!() },
    options,
  };
}

/** The probe beside its scripts, for a machine without its image; bytes are bytes in its locale. */
async function probeCommand(base: string): Promise<readonly string[]> {
  const source = new URL('../../apps/probe', import.meta.url).pathname;
  const folder = join(base, 'probe');
  await mkdir(folder);
  for (const name of ['probe-json.awk', 'probe-log.awk'])
    await copyFile(join(source, name), join(folder, name));
  const script = await readFile(join(source, 'probe'), 'utf8');
  await writeFile(
    join(folder, 'probe'),
    script
      .replace('here=/bin', `here='${folder}'`)
      .replaceAll('-f $here', '-f "$here"')
      .replace('nc -w 3', '"$here/connect"'),
    { mode: 0o755 },
  );
  const dial = `require('net').connect(process.argv[2], process.argv[1]).on('connect', () => process.exit(0)).on('error', () => process.exit(1))`;
  await writeFile(
    join(folder, 'connect'),
    `#!/bin/sh\nexec '${process.execPath}' -e "${dial}" "$@"\n`,
    { mode: 0o755 },
  );
  return ['/usr/bin/env', 'LC_ALL=C', join(folder, 'probe')];
}
