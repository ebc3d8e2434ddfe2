import type { Options } from 'yargs';

import type { RunFlags } from '../site/index.ts';

/** The flags of `run`: data, so that help, completion and the search for the descriptor share it. */
export const RUN_OPTIONS = {
  param: {
    alias: 'p',
    type: 'string',
    array: true,
    requiresArg: true,
    describe:
      'a parameter as id=value; id=@FILE takes the value from a file, id=@- from standard input',
    group: 'Values:',
  },
  invocation: {
    alias: 'i',
    type: 'string',
    requiresArg: true,
    describe: 'a JSON or YAML file with values by input id',
    group: 'Values:',
  },
  'server-param': {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'a server-set parameter as id=value, in place of the platform',
    group: 'Values:',
  },
  in: {
    type: 'string',
    requiresArg: true,
    describe: 'folder of pictures (BIAFLOWS folder mode)',
    group: 'Folders:',
  },
  out: {
    type: 'string',
    requiresArg: true,
    describe: 'folder that gets the outputs',
    group: 'Folders:',
  },
  gt: {
    type: 'string',
    requiresArg: true,
    describe: 'folder of ground truth (BIAFLOWS folder mode)',
    group: 'Folders:',
  },
  'dry-run': {
    type: 'boolean',
    describe: 'show the command, mounts, limits and isolation; start nothing',
    group: 'What to do:',
  },
  json: { type: 'boolean', describe: 'one JSON document on stdout', group: 'What to do:' },
  verbose: {
    alias: 'v',
    type: 'boolean',
    describe: "show the app's own output",
    group: 'What to do:',
  },
  quiet: {
    alias: 'q',
    type: 'boolean',
    describe: 'no story while it runs, only how it ended',
    group: 'What to do:',
  },
  'log-format': {
    choices: ['text', 'json'],
    requiresArg: true,
    describe: 'form of the story on stderr',
    group: 'What to do:',
  },
  memory: {
    type: 'string',
    requiresArg: true,
    describe: 'memory limit, for example 4g or 512MiB',
    group: 'Limits:',
  },
  cpus: {
    type: 'string',
    requiresArg: true,
    describe: 'CPU limit in cores, for example 1.5',
    group: 'Limits:',
  },
  timeout: {
    type: 'string',
    requiresArg: true,
    describe: 'time limit, for example 90s, 15m or 2h',
    group: 'Limits:',
  },
  'stop-grace': {
    type: 'string',
    requiresArg: true,
    describe: 'time between SIGTERM and SIGKILL when a run is stopped',
    group: 'Limits:',
  },
  retries: {
    type: 'string',
    requiresArg: true,
    describe: 'how often again when a machine, a registry or the like failed, not the app',
    group: 'Limits:',
  },
  'retry-memory': {
    type: 'string',
    requiresArg: true,
    describe: 'out of memory: try again with twice as much, up to this, for example 64g',
    group: 'Limits:',
  },
  gpus: {
    type: 'string',
    requiresArg: true,
    describe: 'GPUs: a number, all, or optional (all if there are any)',
    group: 'Limits:',
  },
  network: {
    choices: ['none', 'bridge', 'host'],
    requiresArg: true,
    describe: 'network of the app; none unless it needs its platform',
    group: 'Isolation:',
  },
  user: {
    type: 'string',
    requiresArg: true,
    describe: 'uid:gid the app runs as, caller (default) or image',
    group: 'Isolation:',
  },
  'read-only': {
    type: 'boolean',
    describe: 'read-only root file system (default)',
    group: 'Isolation:',
  },
  'no-read-only': {
    type: 'boolean',
    describe: 'let the app write to its root file system',
    group: 'Isolation:',
  },
  env: {
    alias: 'e',
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'an environment variable as NAME=value, or NAME to pass yours on',
    group: 'Isolation:',
  },
  mount: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'another folder as SOURCE:TARGET (read-only) or SOURCE:TARGET:rw',
    group: 'Isolation:',
  },
  server: {
    type: 'string',
    requiresArg: true,
    describe: 'do it on this server, for example http://127.0.0.1:8350 (local: here)',
    group: 'Server:',
  },
  engine: {
    type: 'string',
    requiresArg: true,
    describe: 'docker, podman, apptainer, slurm or process (default: by what is here)',
    group: 'Engine:',
  },
  cluster: {
    type: 'string',
    requiresArg: true,
    describe: 'a cluster of the configuration, for the engine slurm',
    group: 'Engine:',
  },
  scheduler: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: "an option for the cluster's scheduler as name=value, for example partition=gpu",
    group: 'Engine:',
  },
  'use-image': {
    type: 'string',
    requiresArg: true,
    describe: "another image than the descriptor's",
    group: 'Engine:',
  },
  pull: {
    choices: ['missing', 'always', 'never'],
    requiresArg: true,
    describe: 'when to ask the registry for the image',
    group: 'Engine:',
  },
  build: {
    type: 'boolean',
    describe: 'build the image from the Dockerfile beside the descriptor',
    group: 'Engine:',
  },
  dialect: {
    choices: ['cytomine-0.1', 'boutiques-0.5'],
    requiresArg: true,
    describe: "the descriptor's dialect, when its content does not tell",
    group: 'Descriptor:',
  },
  lenient: {
    type: 'boolean',
    describe: 'accept trailing commas and comments',
    group: 'Descriptor:',
  },
} as const satisfies Record<keyof RunFlags, Options>;

/** Flags of a submission to a server: a run of this machine begins at once, and ends with its command. */
export const SUBMIT_OPTIONS = {
  detach: {
    type: 'boolean',
    describe: 'on a server: print the id and do not follow it',
    group: 'Server:',
  },
  hold: {
    type: 'boolean',
    describe: 'on a server: let it wait until `cyto-run release` lets it begin',
    group: 'Server:',
  },
  priority: {
    type: 'string',
    requiresArg: true,
    describe:
      "on a server: -100 to 100, higher begins earlier; 0 is usual, above it is an administrator's to give",
    group: 'Server:',
  },
} as const satisfies Record<string, Options>;

/** All that `run` takes beside the parameters of the app. */
export const ALL_RUN_OPTIONS = { ...RUN_OPTIONS, ...SUBMIT_OPTIONS };
