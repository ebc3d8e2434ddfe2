import { LIMITS } from '../../base/limits.ts';
import { parseAmount, parseCount, parseCpus, parseSize } from '../quantities.ts';
import { optional, setting } from './setting.ts';

/** What a server's queue goes by: what there is to share, and how much of it one may have. */
export const QUEUE_SETTINGS = {
  'serve.cpus': optional({
    variable: 'CYTO_RUN_SERVE_CPUS',
    parse: parseCpus,
    initialText: 'what the engine says',
  }),
  'serve.memory': optional({
    variable: 'CYTO_RUN_SERVE_MEMORY',
    parse: parseSize,
    initialText: 'what the engine says',
  }),
  'serve.gpus': optional({
    variable: 'CYTO_RUN_SERVE_GPUS',
    parse: parseAmount,
    initialText: 'what the engine says',
  }),
  'serve.cluster-slots': setting<number>({
    variable: 'CYTO_RUN_SERVE_CLUSTER_SLOTS',
    parse: parseCount,
    initial: LIMITS.batchAtOnceOnClusterMax,
  }),
  'serve.runs-at-once': optional({
    variable: 'CYTO_RUN_SERVE_RUNS_AT_ONCE',
    parse: parseCount,
    initialText: 'as many as fit',
  }),
  'serve.runs-per-user': optional({
    variable: 'CYTO_RUN_SERVE_RUNS_PER_USER',
    parse: parseCount,
    initialText: 'as many as fit',
  }),
  'serve.runs-per-app': optional({
    variable: 'CYTO_RUN_SERVE_RUNS_PER_APP',
    parse: parseCount,
    initialText: 'as many as fit',
  }),
};
