import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

import type { ConfigurationFault, RawEntry, Source } from './source.ts';

/** A cluster as the configuration describes it. */
export interface ClusterSettings {
  readonly name: string;
  /** `local`, or what ssh knows it by. */
  readonly host: string;
  /** For ssh, in place of the user's own; absolute. */
  readonly sshConfig?: string;
  /** Of ours, on the cluster. */
  readonly workFolder: string;
  readonly sharedFileSystem: boolean;
  readonly apptainer?: string;
  /** Lines of shell before anything else in a job. */
  readonly prepare?: string;
  readonly options: Readonly<Record<string, SchedulerText>>;
  /** Runs that a server hands to it at once, in place of `serve.cluster-slots`. */
  readonly slots?: number;
}

/** What the scheduler is to be told, and where that was written. */
export interface SchedulerText {
  readonly value: string;
  readonly source: Source;
}

export interface ClusterConfiguration {
  readonly clusters: ReadonlyMap<string, ClusterSettings>;
  /** Options for the scheduler by the name of an app. */
  readonly apps: ReadonlyMap<string, Readonly<Record<string, SchedulerText>>>;
  /** Runs of an app that a server has at once, by its name, in place of `serve.runs-per-app`. */
  readonly appRuns: ReadonlyMap<string, number>;
}

const CLUSTER_KEYS = [
  'host',
  'ssh-config',
  'work-folder',
  'shared-file-system',
  'apptainer',
  'prepare',
  'slots',
] as const;
type ClusterKey = (typeof CLUSTER_KEYS)[number];

const OPTION = /^[a-z][a-z0-9-]*$/;

/** Gathers what is said of clusters and apps, entry by entry, then checks it as a whole. */
export class ClusterReader {
  readonly #clusters = new Map<string, Partial<Record<ClusterKey, RawEntry>>>();
  readonly #options = new Map<string, Record<string, SchedulerText>>();
  readonly #apps = new Map<string, Record<string, SchedulerText>>();
  readonly #appRuns = new Map<string, number>();

  /** Whether a key is about these. Names of clusters have no dot, those of apps may. */
  static owns(key: string): boolean {
    return key.startsWith('clusters.') || key.startsWith('apps.');
  }

  add(entry: RawEntry, faults: ConfigurationFault[]): void {
    const { key, source } = entry;
    const [, app, appOption] = /^apps\.(.+)\.options\.([^.]+)$/.exec(key) ?? [];
    const [, limited] = /^apps\.(.+)\.runs-at-once$/.exec(key) ?? [];
    const [, cluster, option] = /^clusters\.([^.]+)\.options\.([^.]+)$/.exec(key) ?? [];
    const [, name, word] = /^clusters\.([^.]+)\.([^.]+)$/.exec(key) ?? [];
    const clusterKey = CLUSTER_KEYS.find((known) => known === word);
    if (typeof entry.value !== 'string')
      faults.push({ source, key, problem: 'takes one value, not a list' });
    else if (app !== undefined && appOption !== undefined)
      addOption(this.#apps, [app, appOption], entry, faults);
    else if (limited !== undefined) {
      const count = countOf(entry, faults);
      if (count !== undefined) this.#appRuns.set(limited, count);
    } else if (cluster !== undefined && option !== undefined)
      addOption(this.#options, [cluster, option], entry, faults);
    else if (name !== undefined && clusterKey !== undefined)
      this.#clusters.set(name, { ...this.#clusters.get(name), [clusterKey]: entry });
    else faults.push({ source, key, problem: 'is not a setting', unknown: key });
  }

  read(faults: ConfigurationFault[]): ClusterConfiguration {
    const clusters = new Map<string, ClusterSettings>();
    for (const name of new Set([...this.#clusters.keys(), ...this.#options.keys()])) {
      const settings = clusterOf(name, this.#clusters.get(name) ?? {}, faults);
      if (settings !== undefined)
        clusters.set(name, { ...settings, options: this.#options.get(name) ?? {} });
    }
    return { clusters, apps: this.#apps, appRuns: this.#appRuns };
  }
}

function addOption(
  into: Map<string, Record<string, SchedulerText>>,
  [owner, option]: readonly [string, string],
  { key, value, source }: RawEntry,
  faults: ConfigurationFault[],
): void {
  if (OPTION.test(option))
    into.set(owner, { ...into.get(owner), [option]: { value: String(value), source } });
  else
    faults.push({
      source,
      key,
      problem: 'is no long name of an option of the scheduler',
      hint: 'Write it without dashes in front: partition, not --partition or -p.',
    });
}

function clusterOf(
  name: string,
  entries: Partial<Record<ClusterKey, RawEntry>>,
  faults: ConfigurationFault[],
): Omit<ClusterSettings, 'options'> | undefined {
  const text = (key: ClusterKey): string | undefined => entries[key]?.value as string | undefined;
  const workFolder = text('work-folder');
  const source = Object.values(entries)[0]?.source ?? { kind: 'default' };
  if (workFolder === undefined || !isAbsolute(workFolder)) {
    faults.push({
      source: entries['work-folder']?.source ?? source,
      key: `clusters.${name}.work-folder`,
      problem: workFolder === undefined ? 'is missing' : 'is not an absolute path',
      hint: 'It is a folder of yours on the cluster that every node sees, for example /scratch/ada/cyto-run.',
    });
    return undefined;
  }
  const shared = switchOf(text('shared-file-system'));
  const sharedEntry = entries['shared-file-system'];
  if (shared === undefined && sharedEntry !== undefined)
    faults.push({
      source: sharedEntry.source,
      key: sharedEntry.key,
      value: text('shared-file-system') ?? '',
      problem: 'is not true or false',
    });
  const host = text('host') ?? 'local';
  const slots = entries.slots && countOf(entries.slots, faults);
  const [sshConfig, apptainer, prepare] = [text('ssh-config'), text('apptainer'), text('prepare')];
  return {
    name,
    host,
    ...(sshConfig === undefined
      ? {}
      : { sshConfig: absolute(sshConfig, entries['ssh-config']?.folder ?? '/') }),
    workFolder,
    // A cluster that is this machine's sees what this machine sees.
    sharedFileSystem: shared ?? host === 'local',
    ...(apptainer === undefined ? {} : { apptainer }),
    ...(prepare === undefined ? {} : { prepare }),
    ...(slots === undefined ? {} : { slots }),
  };
}

function countOf(
  { key, value, source }: RawEntry,
  faults: ConfigurationFault[],
): number | undefined {
  const text = String(value);
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  faults.push({ source, key, value: text, problem: 'is not a whole number from 1' });
  return undefined;
}

function switchOf(text: string | undefined): boolean | undefined {
  if (text === 'true' || text === 'yes') return true;
  return text === 'false' || text === 'no' ? false : undefined;
}

const absolute = (path: string, folder: string): string =>
  path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(folder, path);
