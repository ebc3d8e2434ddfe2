import type { Options } from 'yargs';

import type { CommandDefinition } from './commands.ts';
import { RUN_OPTIONS } from './run-options.ts';

const json: Options = { type: 'boolean', describe: 'one JSON document on stdout' };
const { dialect, lenient } = RUN_OPTIONS;
const reading = { dialect, lenient };
const DESCRIPTOR_INVALID = [65, 'the descriptor has errors'] as const;
const DESCRIPTOR_UNREADABLE = [66, 'it cannot be read'] as const;

/** The commands that read and write descriptors; none but `test` needs an engine. */
export const DESCRIPTOR_COMMANDS: readonly CommandDefinition[] = [
  {
    usage: 'validate [files..]',
    describe: 'tell everything that is wrong with descriptors',
    options: {
      json,
      format: {
        choices: ['text', 'json', 'sarif', 'github'],
        requiresArg: true,
        describe: 'text (default), json, sarif (code review tools), github (annotations)',
      },
      strict: { type: 'boolean', describe: 'let warnings fail too' },
      ...reading,
    },
    examples: [
      ['cyto-run validate descriptor.json', 'one descriptor'],
      ['cyto-run validate apps', 'every descriptor in a folder, however deep'],
      ['cyto-run validate apps --format sarif > findings.sarif', 'for code review'],
    ],
    exitCodes: [
      [0, 'no errors; with --strict no warnings either'],
      [65, 'errors were found'],
      [66, 'a file cannot be read, or a folder holds no descriptor'],
    ],
    load: async () => (await import('./commands/validate.ts')).validate,
  },
  {
    usage: 'describe [descriptor]',
    describe: 'what an app does, takes, leaves and needs',
    options: { json, ...reading },
    examples: [
      ['cyto-run describe descriptor.json', 'a page to read'],
      ['cyto-run describe descriptor.json --json', 'the same for a program'],
    ],
    exitCodes: [
      [0, 'described, errors and all'],
      [65, 'there is no descriptor in it'],
      DESCRIPTOR_UNREADABLE,
    ],
    load: async () => (await import('./commands/describe.ts')).describe,
  },
  {
    usage: 'schema [schema]',
    describe: "the JSON Schema of a descriptor's invocations, or of one of our formats",
    options: { json, list: { type: 'boolean', describe: 'the names of our formats' }, ...reading },
    examples: [
      ['cyto-run schema descriptor.json > invocation.schema.json', 'for an editor, or a form'],
      ['cyto-run schema --list', 'which formats have a schema'],
      ['cyto-run schema boutiques-0.5', 'one of them'],
    ],
    exitCodes: [DESCRIPTOR_INVALID, DESCRIPTOR_UNREADABLE],
    load: async () => (await import('./commands/schema.ts')).schema,
  },
  {
    usage: 'example [descriptor]',
    describe: 'an invocation that is valid for a descriptor, to begin from',
    options: {
      complete: { type: 'boolean', describe: 'every parameter, not only those that are required' },
      random: { type: 'boolean', describe: 'other valid values than the plainest' },
      seed: {
        type: 'string',
        requiresArg: true,
        describe: 'the same random values for the same number',
      },
      yaml: { type: 'boolean', describe: 'as YAML, with what each parameter is' },
      json: { type: 'boolean', describe: 'as JSON (default)' },
      ...reading,
    },
    examples: [
      ['cyto-run example descriptor.json > invocation.json', 'what is required'],
      ['cyto-run example descriptor.json --complete --yaml', 'everything, explained'],
      ['cyto-run example descriptor.json --random --seed 7', 'for a test'],
    ],
    exitCodes: [
      [65, 'the descriptor has errors, or rules that no values satisfy'],
      DESCRIPTOR_UNREADABLE,
    ],
    load: async () => (await import('./commands/example.ts')).example,
  },
  {
    usage: 'command [descriptor]',
    describe: 'the command that an invocation stands for; starts nothing, needs no file',
    descriptorFlags: true,
    options: {
      param: RUN_OPTIONS.param,
      invocation: RUN_OPTIONS.invocation,
      'server-param': RUN_OPTIONS['server-param'],
      in: RUN_OPTIONS.in,
      out: RUN_OPTIONS.out,
      gt: RUN_OPTIONS.gt,
      json,
      ...reading,
    },
    examples: [
      ['cyto-run command descriptor.json -i invocation.json', 'quoted for a shell'],
      ['cyto-run command descriptor.json --param threshold=5 --json', 'argv, variables, outputs'],
    ],
    exitCodes: [
      [65, 'the descriptor has errors, or the values do not fit it'],
      [66, 'a file of values, or the descriptor, cannot be read'],
    ],
    load: async () => (await import('./commands/command.ts')).command,
  },
  {
    usage: 'test [descriptor]',
    describe: "run a Boutiques descriptor's own tests",
    options: {
      json,
      only: {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'only the test of this name; repeatable',
      },
      cwd: {
        type: 'string',
        requiresArg: true,
        describe:
          "folder of relative files (default the descriptor's where they are there, else the current one)",
      },
      verbose: RUN_OPTIONS.verbose,
      quiet: RUN_OPTIONS.quiet,
      memory: RUN_OPTIONS.memory,
      cpus: RUN_OPTIONS.cpus,
      timeout: RUN_OPTIONS.timeout,
      gpus: RUN_OPTIONS.gpus,
      network: RUN_OPTIONS.network,
      env: RUN_OPTIONS.env,
      mount: RUN_OPTIONS.mount,
      engine: RUN_OPTIONS.engine,
      'use-image': RUN_OPTIONS['use-image'],
      pull: RUN_OPTIONS.pull,
      build: RUN_OPTIONS.build,
      ...reading,
    },
    examples: [
      ['cyto-run test descriptor.json', 'all of them, each in a container'],
      ['cyto-run test descriptor.json --only colon --verbose', "one, with the app's own output"],
    ],
    exitCodes: [
      [0, 'every test passed'],
      [1, 'a test failed'],
      [65, 'a test is invalid for its descriptor, or the descriptor has errors'],
      [66, 'a file of a test or the image is missing, or the descriptor cannot be read'],
      [69, 'a test could not be run: no engine answers, or the image cannot be pulled'],
      [130, 'interrupted'],
    ],
    load: async () => (await import('./commands/test.ts')).test,
  },
  {
    usage: 'fmt [files..]',
    describe: 'put descriptors into the usual order and layout; what they mean stays',
    options: {
      json,
      check: { type: 'boolean', describe: 'write nothing, fail where something would change' },
      lenient: {
        type: 'boolean',
        describe: 'accept trailing commas and comments; they are not kept',
      },
    },
    examples: [
      ['cyto-run fmt apps/*/descriptor.json', 'in place'],
      ['cyto-run fmt --check apps', 'in continuous integration'],
      ['cyto-run fmt - < descriptor.json', 'from standard input to standard output'],
    ],
    exitCodes: [
      [0, 'all are in order now'],
      [1, 'with --check, something would change'],
      [65, 'a file is not JSON'],
      [66, 'a file cannot be read'],
    ],
    load: async () => (await import('./commands/fmt.ts')).fmt,
  },
  {
    usage: 'init [file]',
    describe: 'write a new descriptor, from answers, flags, a Dockerfile, a script’s --help',
    options: {
      json,
      dialect: { ...dialect, describe: 'what to write (default boutiques-0.5)' },
      name: { type: 'string', requiresArg: true, describe: 'name of the app' },
      description: { type: 'string', requiresArg: true, describe: 'what it does' },
      'app-version': { type: 'string', requiresArg: true, describe: 'its version (default 0.1.0)' },
      image: { type: 'string', requiresArg: true, describe: 'its container image' },
      command: {
        type: 'string',
        requiresArg: true,
        describe: 'how it is started, for example "python3 /app/run.py"',
      },
      author: { type: 'string', requiresArg: true, describe: 'who wrote it' },
      dockerfile: {
        type: 'string',
        requiresArg: true,
        describe: 'take command, name and version from its ENTRYPOINT, CMD and LABEL',
      },
      'argparse-help': {
        type: 'string',
        requiresArg: true,
        describe:
          'take the parameters from what a Python script prints for --help; - is standard input',
      },
      force: { type: 'boolean', describe: 'write over a file that is there' },
    },
    examples: [
      ['cyto-run init', 'asks a few questions'],
      [
        'python3 run.py --help | cyto-run init --argparse-help - --image me/app:1',
        'from the script',
      ],
      ['cyto-run init --dockerfile Dockerfile --dialect cytomine-0.1', 'for Cytomine or BIAFLOWS'],
    ],
    exitCodes: [
      [65, 'what was given makes no valid descriptor'],
      [66, 'a file cannot be read'],
      [73, 'the file is there already, or cannot be written'],
    ],
    load: async () => (await import('./commands/init.ts')).init,
  },
];
