import { RunnerError } from '../../base/errors.ts';
import type { ContainerSpec } from '../engine.ts';

/** One cluster, as the configuration describes it. */
export interface SlurmOptions {
  /** The cluster's name, for people. */
  readonly name: string;
  /** Where `sbatch` is: on this machine, or on one that ssh knows by this name. */
  readonly host: 'local' | { readonly ssh: string; readonly configFile?: string };
  /** A folder of ours on the cluster that every node sees. Absolute. */
  readonly workFolder: string;
  /** The nodes see the runs' folders, inputs and images at the paths they have here. */
  readonly sharedFileSystem: boolean;
  /** Options of sbatch for every job, by their long names without dashes. */
  readonly defaultOptions?: Readonly<Record<string, string>>;
  /** The runtime's program on the nodes; `apptainer` on their PATH unless told otherwise. */
  readonly apptainer?: string;
  /** Lines of shell before anything else in a job, such as `module load apptainer`. */
  readonly prepare?: string;
}

/** Options that would take away what finding, ending or telling of a job rests on. */
const OURS = new Set([
  ...['job-name', 'output', 'error', 'input', 'open-mode', 'chdir', 'comment', 'parsable'],
  ...['export', 'export-file', 'get-user-env', 'array', 'wrap', 'wait', 'test-only', 'quiet'],
  ...['requeue', 'no-requeue', 'clusters', 'exclude', 'uid', 'gid', 'ntasks', 'nodes', 'het-group'],
  ...['help', 'usage', 'version', 'bcast', 'signal', 'hold-after'],
]);

/**
 * The arguments of sbatch for a job of that name: cluster's options, then those that follow from the
 * limits, then the run's own, where the last said wins. Pure. Throws `engine-refused` for an option
 * that cannot be given.
 */
export function sbatchArguments(
  spec: ContainerSpec,
  options: Pick<SlurmOptions, 'defaultOptions' | 'workFolder'>,
  job: { readonly jobName: string; readonly words: string; readonly tasks?: number },
): string[] {
  const { excludedNodes = [] } = spec.scheduling ?? {};
  return [
    '--parsable',
    `--job-name=${job.jobName}`,
    // The scheduler's own second try would run the app in a work folder that is half written.
    '--no-requeue',
    // Not the variables of the one who submits: they may hold secrets, and differ from day to day.
    '--export=CYTO_RUN=1',
    '--input=/dev/null',
    // A percent sign begins a pattern of Slurm's.
    `--output=${job.words.replaceAll('%', '%%')}`,
    `--chdir=${options.workFolder}`,
    '--open-mode=append',
    '--nodes=1',
    '--ntasks=1',
    ...Object.entries(schedulerOptions(spec, options)).map(([name, value]) =>
      value === '' ? `--${name}` : `--${name}=${value}`,
    ),
    ...(excludedNodes.length === 0 ? [] : [`--exclude=${excludedNodes.join(',')}`]),
    ...(job.tasks === undefined ? [] : [`--array=0-${job.tasks - 1}`]),
  ];
}

/** What the scheduler is asked for, as `--dry-run` shows it. Pure. Throws `engine-refused`. */
export function schedulerOptions(
  spec: Pick<ContainerSpec, 'limits' | 'scheduling'>,
  { defaultOptions = {} }: Pick<SlurmOptions, 'defaultOptions'>,
): Record<string, string> {
  const merged = withoutRivals(
    [defaultOptions, optionsOfLimits(spec), spec.scheduling?.options ?? {}].map(checked),
  );
  return Object.fromEntries(Object.entries(merged).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function optionsOfLimits({
  limits,
  scheduling,
}: Pick<ContainerSpec, 'limits' | 'scheduling'>): Record<string, string> {
  const { memoryBytes, cpus, gpus } = limits;
  const timeLimitMs = scheduling?.timeLimitMs;
  return {
    ...(memoryBytes === undefined ? {} : { mem: `${Math.ceil(memoryBytes / 2 ** 20)}M` }),
    ...(cpus === undefined ? {} : { 'cpus-per-task': String(Math.max(1, Math.ceil(cpus))) }),
    ...(gpus === undefined ? {} : { gres: `gpu:${gpus === 'all' ? 1 : gpus}` }),
    // Slurm counts in minutes.
    ...(timeLimitMs === undefined
      ? {}
      : { time: String(Math.max(1, Math.ceil(timeLimitMs / 60_000))) }),
  };
}

/** Options that say the same thing otherwise: the later one stands alone, or sbatch would refuse both. */
const RIVALS: readonly (readonly string[])[] = [
  ['mem', 'mem-per-cpu', 'mem-per-gpu'],
  ['gres', 'gpus', 'gpus-per-node', 'gpus-per-task'],
];

function withoutRivals(
  layers: readonly Readonly<Record<string, string>>[],
): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const layer of layers)
    for (const [name, value] of Object.entries(layer)) {
      for (const rival of RIVALS.find((group) => group.includes(name)) ?? [])
        if (!(rival in layer)) Reflect.deleteProperty(merged, rival);
      merged[name] = value;
    }
  return merged;
}

function checked(options: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(options)) {
    if (!/^[a-z][a-z0-9-]*$/.test(name))
      throw refused(
        name,
        'it is no long name of an option of sbatch',
        'Write it without dashes in front: partition, not --partition or -p.',
      );
    if (OURS.has(name))
      throw refused(name, 'a run is found, told of and ended by what it changes', 'Leave it out.');
    if (/[\n\0]/.test(value))
      throw refused(name, 'its value holds a line break', 'Write it in one line.');
  }
  return options;
}

const refused = (name: string, why: string, hint: string): RunnerError =>
  new RunnerError(
    'engine-refused',
    `the scheduler option ${JSON.stringify(name)} cannot be given: ${why}`,
    {
      hint,
      details: { option: name },
    },
  );
