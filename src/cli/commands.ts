import type { Options } from 'yargs';

import { ACCESS_COMMANDS } from './access-commands.ts';
import { ITEMS_NOTES } from './batch/items-notes.ts';
import { ALL_BATCH_OPTIONS } from './batch/options.ts';
import { DESCRIPTOR_COMMANDS } from './descriptor-commands.ts';
import type { DescriptorFile } from '../site/index.ts';
import { IMAGES_COMMAND } from './images-command.ts';
import { RUN_COMMANDS } from './run-commands.ts';
import { ALL_RUN_OPTIONS, RUN_OPTIONS } from './run-options.ts';
import type { Terminal } from './terminal.ts';
import { UPKEEP_COMMANDS } from './upkeep-commands.ts';
import { WEBHOOKS_COMMAND } from './webhooks-command.ts';

/** Arguments as the parser gives them: texts, lists of texts, booleans. */
export interface CommandArguments {
  readonly _: readonly (string | number)[];
  readonly [name: string]: unknown;
}

/** What a command gets beside its arguments. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Of a command with `descriptorFlags`, when the file was there. */
  readonly descriptor: DescriptorFile | undefined;
  readonly argv: readonly string[];
}

/** Runs a command; resolves to the exit code. */
export type CommandRun = (args: CommandArguments, context: CommandContext) => Promise<number>;

export interface CommandDefinition {
  /** The name and its positional arguments, as yargs writes them. */
  readonly usage: string;
  readonly describe: string | false;
  /** What its first argument may be, where that is one of a few words. */
  readonly firstWords?: readonly string[];
  readonly isDefault?: true;
  /** The inputs of the descriptor it is about are flags of its own too. */
  readonly descriptorFlags?: true;
  readonly options: Readonly<Record<string, Options>>;
  readonly examples?: readonly (readonly [line: string, what: string])[];
  /** What it reads, as lines of at most 78 columns. */
  readonly notes?: readonly string[];
  /** Beside those of docs/errors.md, or what they mean here. */
  readonly exitCodes?: readonly (readonly [code: number, when: string])[];
  readonly load: () => Promise<CommandRun>;
}

const JSON_OPTION: Options = { type: 'boolean', describe: 'one JSON document on stdout' };
const json = { json: JSON_OPTION };
const ONE_ENGINE = {
  engine: { ...RUN_OPTIONS.engine, describe: 'only this engine, with all it keeps and does not' },
  cluster: { ...RUN_OPTIONS.cluster, describe: 'only this cluster of the configuration' },
};

/** Every command, in the order of the help. Each is one file, loaded when it is called. */
export const COMMANDS: readonly CommandDefinition[] = [
  {
    usage: 'run [descriptor]',
    describe: 'run an app from its descriptor (the default command)',
    isDefault: true,
    descriptorFlags: true,
    options: ALL_RUN_OPTIONS,
    examples: [
      ['cyto-run app/descriptor.json --in slides --out results', 'folder mode of a BIAFLOWS app'],
      ['cyto-run descriptor.json --param threshold=5', 'one parameter, the rest by default'],
      ['cyto-run descriptor.json -i invocation.json --dry-run', 'what would be run'],
      ['cyto-run descriptor.json --help', "the descriptor's own parameters"],
      ['cyto-run NAME@VERSION --server URL --threshold 5', 'an app that the server has'],
      ['run=$(cyto-run NAME --server URL --detach)', 'only the id; `cyto-run wait "$run"` later'],
      [
        'cyto-run NAME --server URL --hold --priority=-10',
        'when it is released, and behind others',
      ],
    ],
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    usage: 'batch [descriptor] [items]',
    describe:
      'run an app over many items: a file of them (CSV, JSON Lines, YAML), or one for each file',
    descriptorFlags: true,
    options: ALL_BATCH_OPTIONS,
    notes: ITEMS_NOTES,
    examples: [
      ['cyto-run batch app/descriptor.json items.csv --out results', 'a row for each item'],
      ["cyto-run batch app/descriptor.json --each 'slide=data/*.tif' -j 4", 'one for each file'],
      ['cyto-run batch --retry last', 'again what failed'],
      [
        'cyto-run batch NAME items.csv --server URL --detach',
        'only its id, for --resume and --show',
      ],
    ],
    exitCodes: [
      [0, 'every item is complete'],
      [1, 'some failed, or never ran'],
      [65, 'items are invalid; nothing was started'],
      [66, 'files of items are missing; nothing was started'],
      [130, 'interrupted; --resume goes on'],
    ],
    load: async () => (await import('./commands/batch.ts')).batch,
  },
  ...DESCRIPTOR_COMMANDS,
  ...RUN_COMMANDS,
  {
    usage: 'export [run]',
    describe: 'write a run as a research object',
    options: {
      server: RUN_OPTIONS.server,
      ...json,
      format: {
        choices: ['ro-crate'],
        default: 'ro-crate',
        requiresArg: true,
        describe: 'Process Run Crate 0.5',
      },
      out: {
        type: 'string',
        requiresArg: true,
        describe: 'folder to write to (default <run>-crate)',
      },
      inputs: {
        choices: ['copy', 'refer'],
        requiresArg: true,
        describe: 'copy the inputs into it (default), or only refer to where they are',
      },
      license: {
        type: 'string',
        requiresArg: true,
        describe: 'SPDX id or URL under which it may be used',
      },
    },
    load: async () => (await import('./commands/export.ts')).exportRun,
  },
  {
    usage: 'serve',
    describe: 'be a processing server: a queue, a REST API, runs that survive a restart',
    options: {
      listen: {
        type: 'string',
        requiresArg: true,
        describe: 'address as HOST:PORT (default 127.0.0.1:8350)',
      },
      slots: { type: 'string', requiresArg: true, describe: 'runs at a time on this machine' },
    },
    examples: [
      ['cyto-run serve --listen 127.0.0.1:8350', 'for this machine alone'],
      ['kill -HUP PID', 'has it read its configuration again, without a restart'],
    ],
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  ...ACCESS_COMMANDS,
  IMAGES_COMMAND,
  WEBHOOKS_COMMAND,
  ...UPKEEP_COMMANDS,
  {
    usage: 'doctor',
    describe: 'what works here, what is missing and how to get it; runs a container to know',
    options: { ...json, ...ONE_ENGINE },
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    usage: 'config [action] [file]',
    firstWords: ['show', 'check'],
    describe: 'show every setting and where it came from, or check a configuration',
    options: json,
    examples: [
      ['cyto-run config show', 'every setting, and where it came from'],
      ['cyto-run config check', 'all that is wrong with what is configured here'],
      ['cyto-run config check /etc/cyto-run.yaml', 'with this file alone'],
    ],
    exitCodes: [[78, 'of check: something is wrong']],
    load: async () => (await import('./commands/config.ts')).config,
  },
  {
    usage: 'completion [shell]',
    firstWords: ['bash', 'zsh', 'fish'],
    describe: 'print a completion script for bash, zsh or fish',
    options: {},
    examples: [
      ['cyto-run completion bash > ~/.local/share/bash-completion/completions/cyto-run', 'bash'],
      ['cyto-run completion zsh > ~/.zfunc/_cyto-run', 'zsh'],
      ['cyto-run completion fish > ~/.config/fish/completions/cyto-run.fish', 'fish'],
    ],
    load: async () => (await import('./commands/completion.ts')).completion,
  },
  {
    usage: '__complete',
    describe: false,
    options: { line: { type: 'boolean', describe: 'the words as one line' } },
    load: async () => (await import('./commands/complete.ts')).complete,
  },
];
