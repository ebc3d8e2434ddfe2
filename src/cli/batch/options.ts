import type { Options } from 'yargs';

import { ALL_RUN_OPTIONS } from '../run-options.ts';

/** Flags of `batch` that `run` does not have. */
export const BATCH_OPTIONS = {
  each: {
    type: 'string',
    requiresArg: true,
    describe:
      "in place of a file of items: one for each file, for example `--each 'slide=data/*.tif'`",
    group: 'Items:',
  },
  jobs: {
    alias: 'j',
    type: 'string',
    requiresArg: true,
    describe: 'how many at a time (default as many as fit; on a cluster many)',
    group: 'Items:',
  },
  resume: {
    type: 'string',
    requiresArg: true,
    describe:
      'go on with a batch whose process has died or was interrupted; follow one of a server',
    group: 'A batch that is there:',
  },
  retry: {
    type: 'string',
    requiresArg: true,
    describe: 'run again what failed of a batch, and what never ran',
    group: 'A batch that is there:',
  },
  show: {
    type: 'string',
    requiresArg: true,
    describe: 'how a batch stands',
    group: 'A batch that is there:',
  },
  list: { type: 'boolean', describe: 'the newest batches', group: 'A batch that is there:' },
} as const satisfies Record<string, Options>;

// What is shown of one run, or is done once, is not for many.
const { verbose: _verbose, build: _build, ...OF_A_RUN } = ALL_RUN_OPTIONS;

export const ALL_BATCH_OPTIONS: Readonly<Record<string, Options>> = {
  ...BATCH_OPTIONS,
  ...OF_A_RUN,
};
