import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { RunnerError } from '../base/errors.ts';
import {
  ClusterReader,
  type ClusterConfiguration,
  type SchedulerText,
} from './configuration/clusters.ts';
import { configurationError, unknownVariables } from './configuration/faults.ts';
import { findProjectFile, findUserFile, readConfigurationFile } from './configuration/file.ts';
import {
  FILE_VARIABLE,
  LIST_KEY,
  LIST_VARIABLE,
  MAP_FLAGS,
  MAP_KEYS,
  MAP_VARIABLES,
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

/** Flags as the parser of the command line gives them, by name; others are ignored. */
export type ConfigurationFlags = Readonly<
  Record<string, string | boolean | number | readonly string[] | undefined>
>;

export interface ConfigurationInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
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
  const warnings: string[] = [];
  const entries: RawEntry[] = [];
  const faults: ConfigurationFault[] = [];
  for (const { path, warning } of filesOf(input)) {
    if (warning !== undefined) warnings.push(warning);
    if (path === undefined) continue;
    const content = await readConfigurationFile(path);
    entries.push(...content.entries);
    faults.push(...content.faults);
  }
  entries.push(...variableEntries(input), ...flagEntries(input, faults));
  warnings.push(...(await unknownVariables(input.env)));
  const configuration = merge(entries, faults, warnings);
  const webhooks = await readWebhooks(entries, faults);
  if (faults.length > 0) throw await configurationError(faults);
  return { ...configuration, webhooks };
}

function filesOf({ env, cwd, uid }: ConfigurationInput): { path?: string; warning?: string }[] {
  const xdg = env['XDG_CONFIG_HOME'] ?? '';
  const home = env['HOME'] ?? homedir();
  // The XDG specification has relative paths ignored.
  const user = findUserFile(isAbsolute(xdg) ? xdg : join(home, '.config'));
  const named = env[FILE_VARIABLE] ?? '';
  if (named === '') return [user, findProjectFile(cwd, uid)];
  return [user, { path: resolve(cwd, named) }];
}

function variableEntries({ env, cwd }: ConfigurationInput): RawEntry[] {
  const entries: RawEntry[] = [];
  const add = (name: string, key: string, value: string | readonly string[]): void => {
    entries.push({ key, value, source: { kind: 'variable', name }, folder: cwd });
  };
  for (const key of SETTING_KEYS) {
    const { variable } = SETTINGS[key];
    const value = variable === undefined ? undefined : env[variable];
    if (variable !== undefined && value !== undefined && value !== '') add(variable, key, value);
  }
  const roots = env[LIST_VARIABLE] ?? '';
  if (roots !== '')
    add(
      LIST_VARIABLE,
      LIST_KEY,
      roots.split(':').filter((root) => root !== ''),
    );
  for (const [name, value] of Object.entries(env))
    for (const map of MAP_KEYS)
      if (name.startsWith(MAP_VARIABLES[map]) && value !== undefined)
        add(name, `${map}.${name.slice(MAP_VARIABLES[map].length)}`, value);
  return entries;
}

function flagEntries(
  { flags, env, cwd }: ConfigurationInput,
  faults: ConfigurationFault[],
): RawEntry[] {
  const entries: RawEntry[] = [];
  const add = (name: string, key: string, value: string): void => {
    entries.push({ key, value, source: { kind: 'flag', name }, folder: cwd });
  };
  for (const key of SETTING_KEYS) {
    const { flag } = SETTINGS[key];
    const value = flag === undefined ? undefined : flags[flag];
    if (flag === undefined || value === undefined) continue;
    if (Array.isArray(value))
      faults.push({
        source: { kind: 'flag', name: flag },
        key,
        problem: 'is given more than once',
      });
    else add(flag, key, String(value));
  }
  if (flags['no-read-only'] === true) add('no-read-only', 'isolation.read-only', 'false');
  for (const map of MAP_KEYS)
    for (const pair of listOf(flags[MAP_FLAGS[map]])) {
      const at = pair.indexOf('=');
      const name = at < 0 ? pair : pair.slice(0, at);
      const value = at < 0 && map === 'environment' ? env[name] : pair.slice(at + 1);
      if (name === '' || value === undefined || (at < 0 && map !== 'environment'))
        faults.push({
          source: { kind: 'flag', name: MAP_FLAGS[map] },
          value: pair,
          problem:
            at < 0 && map === 'environment' && name !== ''
              ? 'is to be passed on, but is not set here'
              : 'is not name=value',
        });
      else add(MAP_FLAGS[map], `${map}.${name}`, value);
    }
  return entries;
}

const listOf = (value: ConfigurationFlags[string]): readonly string[] =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? (value as readonly string[]) : [];

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
    if (isSetting(key)) values[key] = checked(entry, key, faults);
    else if (key === LIST_KEY) mountRoots = [value].flat().map((root) => absolute(root, folder));
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

function checked(entry: RawEntry, key: SettingKey, faults: ConfigurationFault[]): unknown {
  const { source, folder } = entry;
  const { isList, isPath } = SETTINGS[key] as Setting<unknown>;
  const value = isList === true ? [entry.value].flat().join(' ') : entry.value;
  if (typeof value !== 'string') {
    faults.push({ source, key, problem: 'takes one value, not a list' });
    return undefined;
  }
  try {
    const parsed = SETTINGS[key].parse(value);
    return isPath === true ? absolute(value, folder) : parsed;
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
