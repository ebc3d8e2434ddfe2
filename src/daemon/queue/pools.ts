import type { RunOptions } from '../../runner/index.ts';
import type { Configuration } from '../../site/index.ts';
import type { Pool, QueueLimits } from './model.ts';

/** What the machine has that runs are begun on, as its engine says. */
export interface Machine {
  readonly cpus: number;
  /** 0: the engine does not say. */
  readonly memoryBytes: number;
  readonly gpus: number;
}

export const HERE = 'this machine';

/** The pool that a run with these options takes from. */
const poolOf = ({ engine, cluster }: Pick<RunOptions, 'engine' | 'cluster'>): string =>
  engine === 'slurm' ? clusterPool(cluster) : HERE;

const clusterPool = (name: string | undefined): string =>
  name === undefined ? "this machine's cluster" : `cluster ${name}`;

/** The pool of a run, by its name; a cluster that the configuration no longer has takes no runs. */
export function poolFor(
  { options }: { readonly options: RunOptions },
  pools: ReadonlyMap<string, Pool>,
): Pool {
  const name = poolOf(options);
  return pools.get(name) ?? { name, label: name, slots: 0 };
}

/** What there is to share: this machine, and each cluster of the configuration. */
export function poolsOf(
  { values, clusters }: Pick<Configuration, 'values' | 'clusters'>,
  machine: Machine,
): readonly Pool[] {
  const memoryBytes = values['serve.memory'] ?? machine.memoryBytes;
  const cpus = values['serve.cpus'] ?? machine.cpus;
  const clusterSlots = values['serve.cluster-slots'];
  return [
    {
      name: HERE,
      label: HERE,
      slots: values['serve.slots'] ?? Math.max(1, Math.floor(cpus)),
      cpus,
      ...(memoryBytes === 0 ? {} : { memoryBytes }),
      gpus: values['serve.gpus'] ?? machine.gpus,
    },
    ...[undefined, ...clusters.values()].map((cluster) => {
      const name = clusterPool(cluster?.name);
      return { name, label: name, slots: cluster?.slots ?? clusterSlots };
    }),
  ];
}

export function limitsOf({
  values,
  appRuns,
}: Pick<Configuration, 'values' | 'appRuns'>): QueueLimits {
  const altogether = values['serve.runs-at-once'];
  const perSubmitter = values['serve.runs-per-user'];
  const perApp = values['serve.runs-per-app'];
  return {
    ...(altogether === undefined ? {} : { altogether }),
    ...(perSubmitter === undefined ? {} : { perSubmitter }),
    ...(perApp === undefined ? {} : { perApp }),
    apps: appRuns,
  };
}
