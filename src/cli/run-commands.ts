import type { CommandDefinition } from './commands.ts';
import { RUN_OPTIONS } from './run-options.ts';

import { WAITING_RUN_COMMANDS } from './waiting-run-commands.ts';

const json = { json: { type: 'boolean', describe: 'one JSON document on stdout' } } as const;
const SERVER_OPTION = { server: RUN_OPTIONS.server };

/** The commands about runs that are there, in the order of the help: here, or on a server. */
export const RUN_COMMANDS: readonly CommandDefinition[] = [
  {
    usage: 'runs',
    describe: 'list runs, newest first',
    options: {
      ...SERVER_OPTION,
      ...json,
      state: {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'only runs in this state, or failed, or active; repeatable',
      },
      app: { type: 'string', requiresArg: true, describe: 'only runs of this app' },
      batch: { type: 'string', requiresArg: true, describe: 'only runs of this batch' },
      since: {
        type: 'string',
        requiresArg: true,
        describe: 'only runs since, for example 2h or 2026-11-01',
      },
      search: {
        type: 'string',
        requiresArg: true,
        describe: 'only runs whose id, app or values hold this text',
      },
      limit: { type: 'string', requiresArg: true, describe: 'how many (default 20)' },
      cursor: { type: 'string', requiresArg: true, describe: 'go on where the last page ended' },
    },
    load: async () => (await import('./commands/runs.ts')).runs,
  },
  {
    usage: 'top',
    describe: 'the queue and the runs, live on the whole terminal',
    options: { ...SERVER_OPTION },
    load: async () => (await import('./commands/top.ts')).top,
  },
  {
    usage: 'show [run]',
    describe: 'everything about one run',
    options: {
      ...SERVER_OPTION,
      ...json,
      events: { type: 'boolean', describe: 'its events instead of its record' },
    },
    load: async () => (await import('./commands/show.ts')).show,
  },
  {
    usage: 'why [run]',
    describe:
      'why a run, or each item of a batch, waits, runs or ended as it did: a code and a sentence',
    options: { ...json, ...SERVER_OPTION },
    examples: [
      ['cyto-run why', 'of the newest run'],
      ['cyto-run why BATCH', 'each reason of its items, with how many have it'],
    ],
    exitCodes: [
      [0, 'the reason was told, whatever it is'],
      [66, 'there is no such run or batch'],
    ],
    load: async () => (await import('./commands/why.ts')).why,
  },
  {
    usage: 'logs [run]',
    describe: 'what the app wrote, byte for byte',
    options: {
      ...SERVER_OPTION,
      follow: { alias: 'f', type: 'boolean', describe: 'go on until the run has ended' },
      stream: {
        choices: ['stdout', 'stderr', 'both'],
        requiresArg: true,
        describe: 'which of its streams (default both)',
      },
      tail: {
        type: 'string',
        requiresArg: true,
        describe: 'only the last so many bytes, for example 10k',
      },
      from: { type: 'string', requiresArg: true, describe: 'only from this byte of the stream on' },
      attempt: {
        type: 'string',
        requiresArg: true,
        describe: 'of an earlier attempt, from 1 (default the newest)',
      },
    },
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  {
    usage: 'outputs [run]',
    describe: 'the files a run left, with their checksums',
    options: {
      ...SERVER_OPTION,
      ...json,
      verify: { type: 'boolean', describe: 'read them again and compare the checksums' },
      out: {
        type: 'string',
        requiresArg: true,
        describe: 'folder they are copied to, each checked; files that are there already stay',
      },
    },
    load: async () => (await import('./commands/outputs.ts')).outputs,
  },
  {
    usage: 'rerun [run]',
    describe: 'repeat a run from its record and compare the outputs',
    options: {
      ...SERVER_OPTION,
      ...json,
      out: { type: 'string', requiresArg: true, describe: 'folder that gets the outputs' },
      param: {
        alias: 'p',
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'a secret of the run again, or another value, as id=value',
      },
      'server-param': {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'a server-set secret again, or another value, as id=value',
      },
      env: {
        alias: 'e',
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'a secret variable again, as NAME=value',
      },
      'current-image': {
        type: 'boolean',
        describe: "what the image's tag names now, not the recorded image",
      },
      verbose: RUN_OPTIONS.verbose,
      quiet: RUN_OPTIONS.quiet,
      'log-format': RUN_OPTIONS['log-format'],
    },
    load: async () => (await import('./commands/rerun.ts')).rerun,
  },
  {
    usage: 'wait [run]',
    describe: 'wait for a run to end; its exit code is ours',
    options: { ...json, ...SERVER_OPTION },
    load: async () => (await import('./commands/wait.ts')).wait,
  },
  {
    usage: 'cancel [run]',
    describe: 'end a run: SIGTERM, grace, SIGKILL',
    options: { ...SERVER_OPTION, ...json, now: { type: 'boolean', describe: 'without grace' } },
    load: async () => (await import('./commands/cancel.ts')).cancel,
  },
  ...WAITING_RUN_COMMANDS,
  {
    usage: 'rm [runs..]',
    describe: 'forget runs that have ended, with their logs and kept outputs',
    options: {
      ...SERVER_OPTION,
      ...json,
      'ended-before': {
        type: 'string',
        requiresArg: true,
        describe: 'all that ended before, for example 30d',
      },
      'dry-run': { type: 'boolean', describe: 'say which, remove none' },
    },
    load: async () => (await import('./commands/rm.ts')).rm,
  },
  {
    usage: 'apps [action] [app]',
    firstWords: ['list', 'show', 'register', 'add', 'enable', 'disable', 'deprecate'],
    describe: "a server's apps: list, show, register, add, enable, disable or deprecate one",
    options: {
      ...json,
      ...SERVER_OPTION,
      reason: {
        type: 'string',
        requiresArg: true,
        describe: 'of deprecate: why another version should be used',
      },
      'image-archive': {
        type: 'string',
        requiresArg: true,
        describe:
          'of register: a file of `docker save`, which is sent; runs of the app use that image',
      },
    },
    examples: [
      ['cyto-run apps register app/descriptor.json', 'make it known'],
      ['cyto-run apps register descriptor.json --image-archive app.tar', 'with its image'],
      ['cyto-run apps add registry.example/app:1.0', 'from the image that holds its descriptor'],
      ['cyto-run apps show NAME@VERSION', 'what it does, takes and gives'],
      ["cyto-run apps deprecate NAME@1.0.0 --reason 'use 1.1.0'", 'it still runs'],
    ],
    load: async () => (await import('./commands/apps.ts')).apps,
  },
];
