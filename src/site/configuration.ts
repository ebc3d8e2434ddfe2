import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { RunnerError } from '../base/errors.ts';
import {
  ClusterReader,
  type ClusterConfiguration,
  type SchedulerText,
} from './configuration/clusters.ts';
import { configurationError, unknownVariables } from './configuration/faults.ts';
import {
  findProjectFile,
  findUserFile,
  readConfigurationFile,
  type FoundFile,
} from './configuration/file.ts';
import {
  flagEntries,
  variableEntries,
  type ConfigurationFlags,
  type Saying,
} from './configuration/entries.ts';
import {
  FILE_VARIABLE,
  LIST_KEY,
  MAP_KEYS,
  SETTING_KEYS,
  SETTINGS,
  type MapKey,
  type SettingKey,
  type SettingValues,
} from './configuration/settings.ts';
import type { Setting } from './configuration/setting.ts';
import type { ConfigurationFault, RawEntry, Source } from './configuration/source.ts';
import { isOfWebhooks, readWebhooks } from './configuration/webhooks.ts';
import type { ConfiguredWebhook } from './webhooks/manage-webhooks.ts';

/** What a person can set, from all the places where it can be set. */
export interface Configuration extends ClusterConfiguration {
  /** By key: `configuration.values['limits.memory']`. Sizes in bytes, durations in ms, paths absolute. */
  readonly values: SettingValues;
  /** Folders that `--mount` may mount from; undefined: any. Absolute. */
  readonly mountRoots: readonly string[] | undefined;
  /** For the app, by name. */
  readonly environment: Readonly<Record<string, string>>;
  /** In place of the platform, by input id: text as on the command line. */
  readonly serverParameters: Readonly<Record<string, string | readonly string[]>>;
  /** Where each key was set, with `environment.NAME` and `server-parameters.id` too. */
  readonly sources: ReadonlyMap<string, Source>;
  /** What was written there. */
  readonly written: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
  /** Who is told of the runs of a server. */
  readonly webhooks: readonly ConfiguredWebhook[];
  /** What the scheduler of a cluster is told for every run, by the long names of its options. */
  readonly scheduler: Readonly<Record<string, SchedulerText>>;
}

export interface ConfigurationInput extends Saying {
  readonly flags: ConfigurationFlags;
  /** Absent where the system has none: then a project file's owner is not looked at. */
  readonly uid?: number | undefined;
}

/**
 * Reads the user's file, the project's file, the variables `CYTO_RUN_*` and the flags; each
 * overrides those before it, value by value. Throws `configuration-invalid` with everything that is
 * wrong (`usage` when only flags are).
 */
export async function loadConfiguration(input: ConfigurationInput): Promise<Configuration> {
  const texts = await gatherTexts(filesOf(input), input);
  return configurationOf(texts, input.flags, input);
}

/** What is written in files and variables, unchecked but for its webhooks. */
export interface ConfigurationTexts {
  readonly entries: readonly RawEntry[];
  readonly faults: readonly ConfigurationFault[];
  readonly warnings: readonly string[];
  readonly webhooks: readonly ConfiguredWebhook[];
}

/** Throws `configuration-invalid` when a file cannot be read. */
export async function gatherTexts(
  files: readonly FoundFile[],
  saying: Saying,
): Promise<ConfigurationTexts> {
  const warnings: string[] = [];
  const entries: RawEntry[] = [];
  const faults: ConfigurationFault[] = [];
  for (const { path, warning } of files) {
    if (warning !== undefined) warnings.push(warning);
    if (path === undefined) continue;
    const content = await readConfigurationFile(path);
    entries.push(...content.entries);
    faults.push(...content.faults);
  }
  entries.push(...variableEntries(saying));
  warnings.push(...(await unknownVariables(saying.env)));
  const webhooks = await readWebhooks(entries, faults);
  return { entries, faults, warnings, webhooks };
}

/** All of it, flags above; throws as `loadConfiguration` does. */
export async function configurationOf(
  texts: ConfigurationTexts,
  flags: ConfigurationFlags,
  saying: Saying,
): Promise<Configuration> {
  const { configuration, faults } = mergedTexts(texts, flags, saying);
  if (faults.length > 0) throw await configurationError(faults);
  return configuration;
}

/** The same with what is wrong beside it: what is at fault is as if it were not there. */
export function mergedTexts(
  texts: ConfigurationTexts,
  flags: ConfigurationFlags,
  saying: Saying,
): { readonly configuration: Configuration; readonly faults: readonly ConfigurationFault[] } {
  const faults = [...texts.faults];
  const entries = [...texts.entries, ...flagEntries(flags, saying, faults)];
  const configuration = merge(entries, faults, texts.warnings);
  return { configuration: { ...configuration, webhooks: texts.webhooks }, faults };
}

/** The files that are read for somebody, and why others are not. */
export function filesOf({ env, cwd, uid }: Omit<ConfigurationInput, 'flags'>): FoundFile[] {
  const xdg = env['XDG_CONFIG_HOME'] ?? '';
  const home = env['HOME'] ?? homedir();
  // The XDG specification has relative paths ignored.
  const user = findUserFile(isAbsolute(xdg) ? xdg : join(home, '.config'));
  const named = env[FILE_VARIABLE] ?? '';
  if (named === '') return [user, findProjectFile(cwd, uid)];
  return [user, { path: resolve(cwd, named) }];
}

/** Later entries override earlier ones; every entry is checked, also one that is overridden. */
function merge(
  entries: readonly RawEntry[],
  faults: ConfigurationFault[],
  warnings: readonly string[],
): Omit<Configuration, 'webhooks'> {
  const values: Partial<Record<SettingKey, unknown>> = Object.fromEntries(
    SETTING_KEYS.map((key) => [key, SETTINGS[key].initial]),
  );
  const maps: Record<MapKey, Record<string, string | readonly string[]>> = {
    environment: {},
    'server-parameters': {},
    scheduler: {},
  };
  const clusters = new ClusterReader();
  const sources = new Map<string, Source>();
  const written = new Map<string, string>();
  let mountRoots: readonly string[] | undefined;
  for (const entry of entries) {
    const { key, value, source, folder } = entry;
    const map = MAP_KEYS.find((name) => key.startsWith(`${name}.`));
    if (isSetting(key)) {
      const found = checked(entry, key, faults);
      if (found !== undefined) values[key] = found.value;
    } else if (key === LIST_KEY) mountRoots = [value].flat().map((root) => absolute(root, folder));
    else if (ClusterReader.owns(key)) clusters.add(entry, faults);
    else if (map === undefined && !isOfWebhooks(key)) {
      faults.push({ source, key, problem: 'is not a setting', unknown: key });
      continue;
    } else if (map !== undefined && map !== 'server-parameters' && typeof value !== 'string')
      faults.push({ source, key, problem: 'takes one value, not a list' });
    else if (map !== undefined) maps[map][key.slice(map.length + 1)] = value;
    sources.set(key, source);
    written.set(key, [value].flat().join(', '));
  }
  return {
    values: values as SettingValues,
    mountRoots,
    environment: maps.environment as Record<string, string>,
    serverParameters: maps['server-parameters'],
    scheduler: schedulerTexts(maps.scheduler, sources),
    ...clusters.read(faults),
    sources,
    written,
    warnings,
  };
}

const schedulerTexts = (
  options: Readonly<Record<string, string | readonly string[]>>,
  sources: ReadonlyMap<string, Source>,
): Record<string, SchedulerText> =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name,
      { value: String(value), source: sources.get(`scheduler.${name}`) ?? { kind: 'default' } },
    ]),
  );

const isSetting = (key: string): key is SettingKey =>
  (SETTING_KEYS as readonly string[]).includes(key);

function checked(
  entry: RawEntry,
  key: SettingKey,
  faults: ConfigurationFault[],
): { readonly value: unknown } | undefined {
  const { source, folder } = entry;
  const { isList, isPath } = SETTINGS[key] as Setting<unknown>;
  const value = isList === true ? [entry.value].flat().join(' ') : entry.value;
  if (typeof value !== 'string') {
    faults.push({ source, key, problem: 'takes one value, not a list' });
    return undefined;
  }
  try {
    const parsed = SETTINGS[key].parse(value);
    return { value: isPath === true ? absolute(value, folder) : parsed };
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    const { rule, choices } = error.details;
    faults.push({
      source,
      key,
      value,
      problem: `is not ${String(rule)}`,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(choices === undefined ? {} : { choices: choices as readonly string[] }),
    });
    return undefined;
  }
}

const absolute = (path: string, folder: string): string =>
  path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(folder, path);
