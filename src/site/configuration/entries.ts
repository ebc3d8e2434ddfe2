import type { ConfigurationFault, RawEntry } from './source.ts';
import {
  LIST_KEY,
  LIST_VARIABLE,
  MAP_FLAGS,
  MAP_KEYS,
  MAP_VARIABLES,
  SETTING_KEYS,
  SETTINGS,
} from './settings.ts';

/** Flags as the parser of the command line gives them, by name; others are ignored. */
export type ConfigurationFlags = Readonly<
  Record<string, string | boolean | number | readonly string[] | undefined>
>;

/** Whose variables and flags they are, and what paths in them are relative to. */
export interface Saying {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** What variables set. */
export function variableEntries({ env, cwd }: Saying): RawEntry[] {
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

/** What flags set. */
export function flagEntries(
  flags: ConfigurationFlags,
  { env, cwd }: Saying,
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
