import { join } from 'node:path';

import { RunnerError } from '../base/errors.ts';
import type { SlurmOptions } from '../container/slurm/index.ts';
import type { Configuration } from './configuration.ts';
import type { ClusterSettings } from './configuration/clusters.ts';

/**
 * The cluster that is asked for, else the only one; undefined: this machine's own scheduler. Throws
 * `usage` for one that is not configured, or where there are several and none is asked for.
 */
export function chosenCluster({
  values,
  clusters,
}: Pick<Configuration, 'values' | 'clusters'>): ClusterSettings | undefined {
  const asked = values.cluster;
  if (asked !== undefined) return clusterNamed(asked, clusters);
  const [only, ...others] = clusters.values();
  if (others.length === 0) return only;
  throw new RunnerError('usage', 'which cluster?', {
    hint: `There is ${[...clusters.keys()].join(', ')}: name one with --cluster, or set cluster in the configuration.`,
  });
}

function clusterNamed(name: string, clusters: Configuration['clusters']): ClusterSettings {
  const found = clusters.get(name);
  if (found !== undefined) return found;
  const names = [...clusters.keys()];
  throw new RunnerError(
    'usage',
    `there is no cluster ${JSON.stringify(name)} in the configuration`,
    {
      hint:
        names.length === 0
          ? `Describe it there: clusters.${name}.host and clusters.${name}.work-folder.`
          : `There is ${names.join(', ')}.`,
    },
  );
}

/** The engine's options for a cluster by its name; without one, for this machine's own scheduler. */
export function clusterOptions(
  { clusters }: Pick<Configuration, 'clusters'>,
  name: string | undefined,
  folder: string,
): SlurmOptions {
  if (name === undefined)
    return {
      name: 'local',
      host: 'local',
      workFolder: join(folder, 'jobs'),
      sharedFileSystem: true,
    };
  const { host, sshConfig, workFolder, sharedFileSystem, apptainer, prepare, options } =
    clusterNamed(name, clusters);
  return {
    name,
    host:
      host === 'local'
        ? 'local'
        : { ssh: host, ...(sshConfig === undefined ? {} : { configFile: sshConfig }) },
    workFolder,
    sharedFileSystem,
    defaultOptions: Object.fromEntries(
      Object.entries(options).map(([option, { value }]) => [option, value]),
    ),
    ...(apptainer === undefined ? {} : { apptainer }),
    ...(prepare === undefined ? {} : { prepare }),
  };
}
