import type { Options } from 'yargs';

import type { Descriptor, DescriptorInput, ScalarValue } from '../../descriptor/index.ts';
import { COMMANDS, type CommandDefinition } from '../commands.ts';
import { SETTING_KEYS, SETTINGS } from '../../site/index.ts';
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
  /** Newest first. */
  readonly runIds: readonly string[];
}

/** What could come next. Empty: a file name. Pure. */
export function completions({ words, descriptor, runIds }: CompletionInput): Candidate[] {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = commandOf(before);
  return candidates(before, typed, { command, descriptor, runIds }).filter(({ word }) =>
    word.startsWith(typed),
  );
}

interface Place {
  readonly command: CommandDefinition | undefined;
  readonly descriptor: Descriptor | undefined;
  readonly runIds: readonly string[];
}

function candidates(before: readonly string[], typed: string, place: Place): Candidate[] {
  const { command, descriptor, runIds } = place;
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
  if (before.length === 0)
    return COMMANDS.filter(({ describe }) => describe !== false).map(({ usage, describe }) => ({
      word: usage.split(' ')[0] ?? '',
      describe: String(describe),
    }));
  if (/\[runs?/.test(command?.usage ?? ''))
    return runIds.map((word) => ({ word, describe: 'run' }));
  return [];
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
