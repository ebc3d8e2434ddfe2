import type { Descriptor, Invocation, InvocationValue } from '../descriptor/index.ts';
import type { SchedulerOption } from '../runner/index.ts';
import type { ClusterSettings, SchedulerText } from './configuration/clusters.ts';
import { sourceText } from './configuration/source.ts';

export interface SchedulingFacts {
  readonly descriptor: Descriptor;
  readonly invocation: Invocation;
  readonly cluster: ClusterSettings | undefined;
  /** Of the configuration for this app. */
  readonly app: Readonly<Record<string, SchedulerText>>;
  /** Of the configuration for every run, and of this one's flags. */
  readonly run: Readonly<Record<string, SchedulerText>>;
  /** Limits that were set, in place of what the descriptor suggests. */
  readonly limits: {
    readonly memoryBytes?: number;
    readonly cpus?: number;
    readonly timeoutMs?: number;
  };
}

/** What a scheduler is told of a run. */
export interface ChosenScheduling {
  /** Every option with where it came from; the limits of the run are told beside them. */
  readonly scheduler: readonly SchedulerOption[];
  /** As limits, so that they hold and are told as on every engine. */
  readonly memoryBytes?: number;
  readonly cpus?: number;
}

/**
 * The options for the scheduler: the descriptor's (suggested-resources, then inputs of the processing
 * server), the cluster's, the app's and the run's, the later replacing the earlier; a limit that was
 * set replaces what the first three say of the same thing. Pure.
 */
export function chosenScheduling(facts: SchedulingFacts): ChosenScheduling {
  const { limits, cluster, app, run, invocation } = facts;
  const inputs = serverOptions(facts);
  const weak = [
    ...suggested(facts.descriptor),
    ...inputs.filter(({ inputId }) => sourceOf(invocation, inputId) === 'default'),
    ...texts(cluster?.options ?? {}),
    ...texts(app),
  ].filter(({ name }) => !isLimited(name, limits));
  const strong = [
    ...inputs.filter(({ inputId }) => sourceOf(invocation, inputId) !== 'default'),
    ...texts(run),
  ];
  const options = new Map<string, SchedulerOption>();
  for (const { name, value, source } of [...weak, ...strong])
    options.set(name, { name, value, source });
  const memoryBytes = bytesOf(options.get('mem')?.value);
  const cpus = countOf(options.get('cpus-per-task')?.value);
  return {
    scheduler: [...options.values()].sort((one, other) => (one.name < other.name ? -1 : 1)),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(cpus === undefined ? {} : { cpus }),
  };
}

interface Candidate extends SchedulerOption {
  readonly inputId?: string;
}

/** Boutiques: GB, cores and seconds, as a request; a scheduler's own default is seldom enough. */
function suggested({ suggestedResources }: Descriptor): Candidate[] {
  const { ramGb, cpuCores, walltimeSeconds } = suggestedResources;
  const source = 'suggested-resources of the descriptor';
  return [
    ...(ramGb === undefined ? [] : [{ name: 'mem', value: `${Math.ceil(ramGb * 1024)}M`, source }]),
    ...(cpuCores === undefined
      ? []
      : [{ name: 'cpus-per-task', value: String(Math.max(1, Math.ceil(cpuCores))), source }]),
    ...(walltimeSeconds === undefined
      ? []
      : [{ name: 'time', value: String(Math.max(1, Math.ceil(walltimeSeconds / 60))), source }]),
  ];
}

/** Cytomine: an input of the processing server is an option of its scheduler, by its very name. */
const serverOptions = ({ descriptor, invocation }: SchedulingFacts): Candidate[] =>
  descriptor.inputs
    .filter(({ serverParameter }) => serverParameter)
    .flatMap(({ id }) => {
      const entry = invocation.find(({ inputId }) => inputId === id);
      const value = entry === undefined ? '' : textOf(entry.value);
      if (value === '') return [];
      const whose = entry?.source === 'default' ? 'its default' : `${entry?.source ?? ''} value`;
      return [{ name: id, value, source: `input ${id} of the descriptor, ${whose}`, inputId: id }];
    });

const sourceOf = (invocation: Invocation, id: string | undefined): string =>
  invocation.find(({ inputId }) => inputId === id)?.source ?? 'default';

const texts = (options: Readonly<Record<string, SchedulerText>>): Candidate[] =>
  Object.entries(options).map(([name, { value, source }]) => ({
    name,
    value,
    source: sourceText(source),
  }));

function isLimited(
  name: string,
  { memoryBytes, cpus, timeoutMs }: SchedulingFacts['limits'],
): boolean {
  if (name === 'mem' || name === 'mem-per-cpu') return memoryBytes !== undefined;
  if (name === 'cpus-per-task') return cpus !== undefined;
  return name === 'time' && timeoutMs !== undefined;
}

function textOf(value: InvocationValue): string {
  if (typeof value !== 'object') return String(value);
  return 'kind' in value ? value.text : value.map((item) => textOf(item)).join(',');
}

const UNIT = { '': 2 ** 20, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 } as const;

/** Memory as Slurm writes it: a number of MiB, or with K, M, G or T. */
function bytesOf(text: string | undefined): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([KMGT]?)B?$/i.exec(text ?? '') ?? [];
  if (number === undefined || unit === undefined) return undefined;
  const bytes = Math.round(Number(number) * UNIT[unit.toUpperCase() as keyof typeof UNIT]);
  // 0 asks Slurm for all of a machine's memory.
  return bytes > 0 ? bytes : undefined;
}

const countOf = (text: string | undefined): number | undefined =>
  /^[1-9]\d{0,5}$/.test(text ?? '') ? Number(text) : undefined;
