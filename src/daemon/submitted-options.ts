import type { RunFlags } from '../site/index.ts';
import type { Schema } from './http/schemas.ts';

/** The flags of `cyto-run run` that a submission may give, by the same names. */
const TEXT_OPTIONS = {
  memory: 'Memory limit, for example 4g or 512MiB.',
  cpus: 'CPU limit in cores, for example 1.5.',
  timeout: 'Time limit, for example 90s, 15m or 2h.',
  'stop-grace': 'Time between SIGTERM and SIGKILL when the run is stopped.',
  retries: 'How often again when a machine, a registry or the like failed, not the app.',
  'retry-memory': 'Out of memory: try again with more, up to this.',
  gpus: 'A number, all, or optional.',
  network: 'none, bridge or host; none unless the app needs its platform.',
  user: 'uid:gid, caller or image.',
  engine: 'docker, podman, apptainer, slurm or process.',
  cluster: 'A cluster of the configuration, for the engine slurm.',
  'use-image': "Another image than the descriptor's.",
  pull: 'missing, always or never.',
} as const;

const LIST_OPTIONS = {
  env: 'Variables of the app as NAME=value.',
  mount: 'Further folders as SOURCE:TARGET or SOURCE:TARGET:rw.',
  scheduler: "Options for the cluster's scheduler as name=value.",
} as const;

export type SubmittedOptions = Readonly<
  Partial<Record<keyof typeof TEXT_OPTIONS, string | number>> &
    Partial<Record<keyof typeof LIST_OPTIONS, readonly string[]>> & { 'read-only'?: boolean }
>;

export const OPTIONS_SCHEMA: Schema = {
  $id: 'RunOptions',
  description: 'How a run is executed: what `cyto-run run` takes as flags, by the same names.',
  type: 'object',
  properties: {
    ...mapped(TEXT_OPTIONS, (description) => ({ type: ['string', 'number'], description })),
    ...mapped(LIST_OPTIONS, (description) => ({
      type: 'array',
      items: { type: 'string' },
      description,
    })),
    'read-only': { type: 'boolean', description: 'Read-only root file system (default).' },
  },
  additionalProperties: false,
};

export function flagsOf(options: SubmittedOptions): RunFlags {
  const flags = Object.entries(options).map(([name, value]) => {
    if (name !== 'read-only') return [name, typeof value === 'number' ? String(value) : value];
    return value === false ? ['no-read-only', true] : ['read-only', true];
  });
  return Object.fromEntries(flags) as RunFlags;
}

function mapped(
  table: Readonly<Record<string, string>>,
  change: (description: string) => Schema,
): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(table).map(([name, description]) => [name, change(description)]),
  );
}
