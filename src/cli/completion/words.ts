import type { Options } from 'yargs';

import type { Descriptor, DescriptorInput, ScalarValue } from '../../descriptor/index.ts';
import { COMMANDS, type CommandDefinition } from '../commands.ts';
import { SETTING_KEYS, SETTINGS } from '../../site/index.ts';
import { bareArguments } from '../find-descriptor.ts';
import { describeInput, hasOwnFlag } from '../parameter-flags.ts';
import { RUN_STATES } from '../../runner/index.ts';

/** One word the shell may offer. */
export interface Candidate {
  readonly word: string;
  readonly describe: string;
}

export interface CompletionInput {
  /** Without `cyto-run`; the last is what is being typed. */
  readonly words: readonly string[];
  /** Of the descriptor the words name, if it can be read. */
  readonly descriptor: Descriptor | undefined;
  /** Names of the kind that `namesWanted` says, newest first. */
  readonly names?: readonly string[];
}

/** Names that only a data folder, a server or the package knows. */
export type NameKind = RunKind | 'batch' | 'app' | 'schema';

/** Runs, or those that a command can be about. */
export type RunKind = 'run' | 'waiting run' | 'held run' | 'active run' | 'ended run';

const RUNS_OF_COMMAND: Readonly<Record<string, RunKind>> = {
  hold: 'waiting run',
  priority: 'waiting run',
  release: 'held run',
  cancel: 'active run',
  rm: 'ended run',
};

/** What could come next. Empty: a file name. Pure. */
export function completions({ words, descriptor, names = [] }: CompletionInput): Candidate[] {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const [whole, flag, value] = /^(--[^=]+)=(.*)$/.exec(typed) ?? [];
  if (whole !== undefined && flag !== undefined && value !== undefined)
    return completions({ words: [...before, flag, value], descriptor, names }).map((found) => ({
      ...found,
      word: `${flag}=${found.word}`,
    }));
  const kind = namesWanted(words);
  const found = [
    ...candidates(before, typed, { command: commandOf(before), descriptor }),
    ...(kind === undefined ? [] : names.map((word) => ({ word, describe: kind }))),
  ];
  return found.filter(({ word }) => word.startsWith(typed));
}

/** Flags whose values are names, by command: others of the same spelling mean something else. */
const NAME_FLAGS: Readonly<Record<string, Readonly<Record<string, NameKind>>>> = {
  batch: { '--resume': 'batch', '--retry': 'batch', '--show': 'batch' },
  runs: { '--batch': 'batch', '--app': 'app' },
};

/**
 * Which names could come next, if any. An app in the place of a descriptor only where something is
 * typed that no command begins with: else file names are meant. Pure.
 */
export function namesWanted(words: readonly string[]): NameKind | undefined {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = commandOf(before);
  const previous = before.at(-1) ?? '';
  const option = optionNamed(command, previous);
  if (option !== undefined && option.type !== 'boolean')
    return NAME_FLAGS[command?.usage.split(' ')[0] ?? '']?.[previous];
  if (typed.startsWith('-') || previous.startsWith('--param')) return undefined;
  const usage = command?.usage ?? '';
  if (usage.includes('[schema]')) return isFirst(command, before) ? 'schema' : undefined;
  const name = usage.split(' ')[0] ?? '';
  if (/\[runs?/.test(usage) && before[0] === name) return RUNS_OF_COMMAND[name] ?? 'run';
  if (usage.includes('[app]')) {
    const [, action = '', ...others] = bareArguments(before);
    const isNamed = action !== '' && !['register', 'add'].includes(action);
    return isNamed && others.length === 0 ? 'app' : undefined;
  }
  const isDescriptorPlace =
    usage.includes('[descriptor]') &&
    command !== undefined &&
    'server' in command.options &&
    bareArguments(before).filter((word) => word !== name).length === 0;
  const isCommand =
    before.length === 0 && commandNames().some(({ word }) => word.startsWith(typed));
  return isDescriptorPlace && typed !== '' && !isCommand ? 'app' : undefined;
}

interface Place {
  readonly command: CommandDefinition | undefined;
  readonly descriptor: Descriptor | undefined;
}

const commandNames = (): Candidate[] =>
  COMMANDS.filter(({ describe }) => describe !== false).map(({ usage, describe }) => ({
    word: usage.split(' ')[0] ?? '',
    describe: String(describe),
  }));

function candidates(before: readonly string[], typed: string, place: Place): Candidate[] {
  const { command, descriptor } = place;
  const previous = before.at(-1) ?? '';
  if (previous === '--param' || previous === '-p') return assignments(descriptor, typed);
  const valueOf = optionNamed(command, previous);
  if (valueOf !== undefined && valueOf.type !== 'boolean')
    return (valueOf.choices ?? OFFERED[previous] ?? settingChoices(previous)).map((choice) => ({
      word: String(choice),
      describe: '',
    }));
  const input = descriptor?.inputs.find(({ id }) => previous === `--${id}`);
  if (input !== undefined && input.type !== 'Flag')
    return choicesOf(input).map((word) => ({ word, describe: '' }));
  if (typed.startsWith('-')) return flags(command, descriptor);
  if (before.length === 0) return commandNames();
  const words = isFirst(command, before) ? (command?.firstWords ?? []) : [];
  return words.map((word) => ({ word, describe: '' }));
}

/** Whether a command stands there and none of its arguments. */
function isFirst(command: CommandDefinition | undefined, before: readonly string[]): boolean {
  const [name, ...others] = bareArguments(before);
  return name !== undefined && name === command?.usage.split(' ')[0] && others.length === 0;
}

/** What an option takes whose text its command checks itself. */
const OFFERED: Readonly<Record<string, readonly string[]>> = {
  '--state': [...RUN_STATES, 'failed', 'active'],
};

/** What a setting's flag may be, where its text is checked with the configuration. */
const settingChoices = (flag: string): readonly string[] =>
  SETTING_KEYS.map((key) => SETTINGS[key]).find((setting) => flag === `--${setting.flag ?? ''}`)
    ?.choices ?? [];

/** The command the words name; `run` where the first names none. */
function commandOf(before: readonly string[]): CommandDefinition | undefined {
  const first = before[0];
  const named = COMMANDS.find(({ usage }) => usage.split(' ')[0] === first);
  return named ?? COMMANDS.find(({ isDefault }) => isDefault === true);
}

function optionNamed(command: CommandDefinition | undefined, flag: string): Options | undefined {
  return Object.entries(command?.options ?? {}).find(
    ([name, { alias }]) => flag === `--${name}` || flag === `-${String(alias)}`,
  )?.[1];
}

function flags(
  command: CommandDefinition | undefined,
  descriptor: Descriptor | undefined,
): Candidate[] {
  const parameters = command?.descriptorFlags === true ? (descriptor?.inputs ?? []) : [];
  return [
    ...parameters
      .filter(hasOwnFlag)
      .map((input) => ({ word: `--${input.id}`, describe: describeInput(input) })),
    ...Object.entries(command?.options ?? {}).map(([name, { describe }]) => ({
      word: `--${name}`,
      describe: describe ?? '',
    })),
  ];
}

/** For `--param`: `id=` first, then `id=choice` once the id stands. */
function assignments(descriptor: Descriptor | undefined, typed: string): Candidate[] {
  const inputs = (descriptor?.inputs ?? []).filter(({ setByServer }) => !setByServer);
  const at = typed.indexOf('=');
  if (at < 0)
    return inputs.map((input) => ({ word: `${input.id}=`, describe: describeInput(input) }));
  const input = inputs.find(({ id }) => id === typed.slice(0, at));
  return input === undefined
    ? []
    : choicesOf(input).map((choice) => ({ word: `${input.id}=${choice}`, describe: '' }));
}

function choicesOf({ valueChoices, type }: DescriptorInput): string[] {
  if (valueChoices !== undefined) return valueChoices.map(textOf);
  return type === 'Boolean' ? ['true', 'false'] : [];
}

const textOf = (value: ScalarValue): string =>
  typeof value === 'object' ? value.text : String(value);
