import { LIMITS } from '../../base/limits.ts';
import { RunnerError } from '../../base/errors.ts';
import { ENGINE_NAMES, type NetworkMode, type PullPolicy } from '../../container/index.ts';
import {
  parseCount,
  parseCpus,
  parseDuration,
  parseFactor,
  parseRetries,
  parseSize,
} from '../quantities.ts';
import { OPERATION_SETTINGS } from './operation-settings.ts';
import { QUEUE_SETTINGS } from './queue-settings.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';
import { ACCESS_SETTINGS } from './access-settings.ts';
import { SERVER_SETTINGS } from './server-settings.ts';
import { optional, setting } from './setting.ts';

const PULLS: readonly PullPolicy[] = ['missing', 'always', 'never'];
const NETWORKS: readonly NetworkMode[] = ['none', 'bridge', 'host'];
const LOG_FORMATS: readonly LogFormat[] = ['text', 'json'];

export type LogFormat = 'text' | 'json';
export type UserChoice = 'caller' | 'image' | { readonly uid: number; readonly gid: number };
export type GpuChoice = 'all' | 'optional' | number;

/**
 * Every setting with one value. The key is its place in a configuration file, what `config show`
 * prints, and the name in the result of `loadConfiguration`.
 */
export const SETTINGS = {
  engine: optional({
    variable: 'CYTO_RUN_ENGINE',
    flag: 'engine',
    choices: ENGINE_NAMES,
    parse: oneOf(ENGINE_NAMES),
    initialText: 'by what is here and what the image asks',
  }),
  cluster: optional({
    variable: 'CYTO_RUN_CLUSTER',
    flag: 'cluster',
    parse: (text: string) => text,
    initialText: 'the only one, or this machine’s',
  }),
  pull: setting<PullPolicy>({
    variable: 'CYTO_RUN_PULL',
    flag: 'pull',
    parse: oneOf(PULLS),
    initial: 'missing',
  }),
  'data-folder': optional({
    isPath: true,
    atStart: true,
    variable: 'CYTO_RUN_HOME',
    parse: (text: string) => text,
    initialText: 'by XDG',
  }),
  'log-format': setting<LogFormat>({
    atStart: true,
    variable: 'CYTO_RUN_LOG_FORMAT',
    flag: 'log-format',
    parse: oneOf(LOG_FORMATS),
    initial: 'text',
  }),
  'limits.memory': optional({
    variable: 'CYTO_RUN_MEMORY',
    flag: 'memory',
    parse: parseSize,
    initialText: 'no limit',
  }),
  'limits.cpus': optional({
    variable: 'CYTO_RUN_CPUS',
    flag: 'cpus',
    parse: parseCpus,
    initialText: 'no limit',
  }),
  'limits.timeout': optional({
    variable: 'CYTO_RUN_TIMEOUT',
    flag: 'timeout',
    parse: parseDuration,
    initialText: 'no limit',
  }),
  'limits.stop-grace': setting<number>({
    variable: 'CYTO_RUN_STOP_GRACE',
    flag: 'stop-grace',
    parse: parseDuration,
    initial: LIMITS.stopGraceMs,
    initialText: `${LIMITS.stopGraceMs / 1_000}s`,
  }),
  'limits.pids': setting<number>({
    variable: 'CYTO_RUN_PIDS',
    parse: parseCount,
    initial: LIMITS.containerPidsMax,
  }),
  'limits.gpus': optional({
    variable: 'CYTO_RUN_GPUS',
    flag: 'gpus',
    parse: parseGpus,
    initialText: 'none',
  }),
  'retry.attempts': optional({
    variable: 'CYTO_RUN_RETRIES',
    flag: 'retries',
    parse: parseRetries,
    initialText: `${LIMITS.retriesOnSlurmMax} on Slurm, else 0`,
  }),
  'retry.memory-max': optional({
    variable: 'CYTO_RUN_RETRY_MEMORY',
    flag: 'retry-memory',
    parse: parseSize,
    initialText: 'not tried again',
  }),
  'retry.memory-factor': setting<number>({
    variable: 'CYTO_RUN_RETRY_MEMORY_FACTOR',
    parse: parseFactor,
    initial: 2,
  }),
  'isolation.network': optional({
    variable: 'CYTO_RUN_NETWORK',
    flag: 'network',
    parse: oneOf(NETWORKS),
    initialText: 'none, unless the app needs its platform',
  }),
  'isolation.user': setting<UserChoice>({
    variable: 'CYTO_RUN_USER',
    flag: 'user',
    parse: parseUser,
    initial: 'caller',
  }),
  'isolation.read-only': setting<boolean>({
    variable: 'CYTO_RUN_READ_ONLY',
    flag: 'read-only',
    parse: parseSwitch,
    initial: true,
  }),
  ...CLIENT_SETTINGS,
  ...SERVER_SETTINGS,
  ...OPERATION_SETTINGS,
  ...QUEUE_SETTINGS,
  ...ACCESS_SETTINGS,
};

export type SettingKey = keyof typeof SETTINGS;
export type SettingValues = {
  readonly [Key in SettingKey]: (typeof SETTINGS)[Key]['initial'];
};

export const SETTING_KEYS = Object.keys(SETTINGS) as readonly SettingKey[];
/** Settings with many values: a list of folders, and values by name. */
export const LIST_KEY = 'mount-roots';
export const MAP_KEYS = ['environment', 'server-parameters', 'scheduler'] as const;
export type MapKey = (typeof MAP_KEYS)[number];
/** What a variable that sets one value of a map begins with; the rest is the name, as it is. */
export const MAP_VARIABLES: Record<MapKey, string> = {
  environment: 'CYTO_RUN_ENV_',
  'server-parameters': 'CYTO_RUN_SERVER_PARAM_',
  scheduler: 'CYTO_RUN_SCHEDULER_',
};
export const MAP_FLAGS: Record<MapKey, string> = {
  environment: 'env',
  'server-parameters': 'server-param',
  scheduler: 'scheduler',
};
/** Several folders, with `:` between them. */
export const LIST_VARIABLE = 'CYTO_RUN_MOUNT_ROOTS';
/** A project file by its path, instead of the nearest. */
export const FILE_VARIABLE = 'CYTO_RUN_CONFIG';
/** What a server knows a client by: no setting, for it is shown nowhere. */
export const TOKEN_VARIABLE = 'CYTO_RUN_TOKEN';

function oneOf<Choice extends string>(choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text.trim().toLowerCase());
    if (choice === undefined)
      throw new RunnerError(
        'usage',
        `${JSON.stringify(text)} is not one of ${choices.join(', ')}`,
        {
          details: { value: text, rule: `one of ${choices.join(', ')}`, choices },
        },
      );
    return choice;
  };
}

function parseSwitch(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (['true', 'yes', 'on', '1'].includes(word)) return true;
  if (['false', 'no', 'off', '0'].includes(word)) return false;
  throw refused(text, 'true or false');
}

/** `caller`, `image`, or `uid:gid` in numbers. Throws `usage`. */
export function parseUser(text: string): UserChoice {
  const word = text.trim();
  if (word === 'caller' || word === 'image') return word;
  const [, uid, gid] = /^(\d{1,10}):(\d{1,10})$/.exec(word) ?? [];
  if (uid === undefined || gid === undefined)
    throw refused(
      text,
      'caller, image, or uid:gid in numbers',
      'Write 1000:1000; `id` tells yours.',
    );
  return { uid: Number(uid), gid: Number(gid) };
}

/** `all`, `optional`, or how many. Throws `usage`. */
export function parseGpus(text: string): GpuChoice {
  const word = text.trim().toLowerCase();
  if (word === 'all' || word === 'optional') return word;
  if (!/^[1-9]\d{0,3}$/.test(word)) throw refused(text, 'all, optional, or a whole number from 1');
  return Number(word);
}

const refused = (text: string, rule: string, hint?: string): RunnerError =>
  new RunnerError('usage', `${JSON.stringify(text)} is not ${rule}`, {
    details: { value: text, rule },
    ...(hint === undefined ? {} : { hint }),
  });
