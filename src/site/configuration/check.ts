import { accessSync, constants, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { LOOKS } from '../../container/index.ts';
import { nearestName } from '../../descriptor/index.ts';
import {
  filesOf,
  gatherTexts,
  mergedTexts,
  type Configuration,
  type ConfigurationInput,
} from '../configuration.ts';
import { toldFaults } from './faults.ts';
import type { FoundFile } from './file.ts';
import { LIST_KEY } from './settings.ts';
import { sourceText, type Source } from './source.ts';

/** Something that a check of a configuration found. */
export interface ConfigurationFinding {
  /** With an error a command would refuse to work, or do another thing than what is meant. */
  readonly strength: 'error' | 'warning';
  /** `/a/cyto-run.yaml:3:5`, `CYTO_RUN_MEMORY`; absent of what stands nowhere. */
  readonly where?: string;
  readonly path?: string;
  readonly line?: number;
  readonly column?: number;
  readonly key?: string;
  /** As a sentence without its full stop. */
  readonly message: string;
  readonly hint?: string;
}

/** What is wrong with a setting that is a good one by its text. */
export interface SettingFault {
  readonly key: string;
  readonly message: string;
  readonly hint?: string;
  readonly strength?: ConfigurationFinding['strength'];
}

export interface CheckedConfiguration {
  /** Absolute, in the order in which they are read. */
  readonly files: readonly string[];
  readonly findings: readonly ConfigurationFinding[];
}

/**
 * Everything that is wrong with a configuration: with its text, and with what it says of this
 * machine. Throws `configuration-invalid` when a file cannot be read at all.
 *
 * @param file absolute: this file alone; undefined: the caller's files and variables
 * @param more what others find in settings of theirs
 */
export async function checkConfiguration(
  input: Omit<ConfigurationInput, 'flags'>,
  file: string | undefined,
  more: (configuration: Configuration) => readonly SettingFault[],
): Promise<CheckedConfiguration> {
  const files: readonly FoundFile[] = file === undefined ? filesOf(input) : [{ path: file }];
  const saying = file === undefined ? input : { ...input, env: {} };
  const texts = await gatherTexts(files, saying);
  const { configuration, faults } = mergedTexts(texts, {}, saying);
  const told = (await toldFaults(faults)).map(
    ({ source, key, message, hint }): ConfigurationFinding => ({
      strength: 'error',
      ...placeOf(source),
      ...(key === undefined ? {} : { key }),
      message,
      ...(hint === undefined ? {} : { hint }),
    }),
  );
  const here = [...faultsHere(configuration, input.env), ...more(configuration)].map(
    ({ strength = 'error', ...fault }): ConfigurationFinding => ({
      strength,
      ...placeOf(configuration.sources.get(fault.key)),
      ...fault,
    }),
  );
  const warnings = texts.warnings.map((message) => ({ strength: 'warning', message }) as const);
  return {
    files: files.flatMap(({ path }) => path ?? []),
    findings: [...[...told, ...here].sort(byPlace), ...warnings],
  };
}

/** Settings that are at fault, as one error: each with its place and what to try. */
export function settingsError(
  { sources }: Pick<Configuration, 'sources'>,
  faults: readonly SettingFault[],
): RunnerError {
  const lines = faults.map(({ key, message, hint }) => {
    const source = sources.get(key);
    const where = source === undefined ? key : `${sourceText(source)}: ${key}`;
    return `${where}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
  });
  return new RunnerError('configuration-invalid', lines.join('\n'), { details: { faults } });
}

/** As they stand in the files; what stands elsewhere behind. */
const byPlace = (one: ConfigurationFinding, other: ConfigurationFinding): number =>
  (one.path ?? '\uffff').localeCompare(other.path ?? '\uffff') ||
  (one.line ?? 0) - (other.line ?? 0) ||
  (one.column ?? 0) - (other.column ?? 0);

function placeOf(
  source: Source | undefined,
): Pick<ConfigurationFinding, 'where' | 'path' | 'line' | 'column'> {
  if (source === undefined || source.kind === 'default') return {};
  if (source.kind !== 'file') return { where: sourceText(source) };
  const { path, line, column } = source;
  return { where: `${path}:${line}:${column}`, path, line, column };
}

/** What settings say of this machine and is not so. */
function faultsHere(
  { values, mountRoots = [], clusters }: Configuration,
  env: ConfigurationInput['env'],
): SettingFault[] {
  const { engine, cluster, 'data-folder': dataFolder, 'server.token-file': token } = values;
  const look = engine && LOOKS[engine](env);
  return [
    ...mountRoots.flatMap((root) => folderFault(LIST_KEY, root)),
    ...(dataFolder === undefined ? [] : writableFault('data-folder', dataFolder)),
    ...(look === undefined || look.there
      ? []
      : [
          {
            key: 'engine',
            message: `the engine ${engine} is not here: ${look.why}`,
            hint: look.hint,
          },
        ]),
    ...(cluster === undefined || clusters.has(cluster) ? [] : [clusterFault(cluster, clusters)]),
    ...[...clusters.values()].flatMap(({ name, sshConfig }) =>
      sshConfig === undefined ? [] : fileFault(`clusters.${name}.ssh-config`, sshConfig),
    ),
    ...(token === undefined ? [] : tokenFault('server.token-file', token)),
  ];
}

function clusterFault(cluster: string, clusters: Configuration['clusters']): SettingFault {
  const names = [...clusters.keys()];
  const near = nearestName(cluster, names);
  const known = names.length === 0 ? 'None is described.' : `There is ${names.join(', ')}.`;
  return {
    key: 'cluster',
    message: `there is no cluster ${JSON.stringify(cluster)} in the configuration`,
    hint: near === undefined ? known : `Did you mean ${near}?`,
  };
}

const statsOf = (path: string): Stats | string => {
  try {
    return statSync(path);
  } catch (error) {
    return systemCodeOf(error) === 'ENOENT'
      ? 'is not there'
      : `cannot be looked at (${String(systemCodeOf(error))})`;
  }
};

function folderFault(key: string, path: string): SettingFault[] {
  const stats = statsOf(path);
  if (typeof stats !== 'string' && stats.isDirectory()) return [];
  const why = typeof stats === 'string' ? stats : 'is no folder';
  return [{ key, message: `${path} ${why}`, hint: 'Nothing can be mounted from it.' }];
}

/** A file that is to be read. */
export function fileFault(key: string, path: string): SettingFault[] {
  const stats = statsOf(path);
  if (typeof stats === 'string') return [{ key, message: `${path} ${stats}` }];
  if (!stats.isFile()) return [{ key, message: `${path} is no plain file` }];
  return mayUse(path, constants.R_OK)
    ? []
    : [{ key, message: `${path} cannot be read: permission denied` }];
}

/** A folder that is written to, and made where it is not there. */
export function writableFault(key: string, path: string): SettingFault[] {
  const stats = statsOf(path);
  if (stats === 'is not there')
    return dirname(path) === path ? [] : writableFault(key, dirname(path));
  if (typeof stats === 'string') return [{ key, message: `${path} ${stats}` }];
  if (!stats.isDirectory()) return [{ key, message: `${path} is no folder` }];
  return mayUse(path, constants.W_OK | constants.X_OK)
    ? []
    : [{ key, message: `${path} cannot be written to: permission denied` }];
}

function tokenFault(key: string, path: string): SettingFault[] {
  const faults = fileFault(key, path);
  const stats = statsOf(path);
  if (faults.length > 0 || typeof stats === 'string' || (stats.mode & 0o077) === 0) return faults;
  return [{ key, message: `others may read the token in ${path}`, hint: `chmod 600 ${path}` }];
}

function mayUse(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
