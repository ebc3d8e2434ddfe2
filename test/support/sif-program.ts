import { systemClock } from '../../src/base/clock.ts';
import { resolveSif } from '../../src/container/apptainer/index.ts';
import { installedApptainer } from '../../src/container/apptainer/version.ts';

/** Brings an image as a run does: `sif-program CACHE REFERENCE`. Says what it is told, then the outcome. */
const [cacheFolder = '', reference = ''] = process.argv.slice(2);
const apptainer = await installedApptainer(cacheFolder);
const { id, pulled } = await resolveSif(
  {
    reference,
    pull: 'missing',
    onProgress: ({ status }) => {
      process.stdout.write(`${status}\n`);
    },
  },
  { cacheFolder, clock: systemClock, apptainer },
  new AbortController().signal,
);
process.stdout.write(`${JSON.stringify({ id, pulled })}\n`);
