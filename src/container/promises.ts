/**
 * What every engine promises about a container, by name: the rows of the table engine × promise
 * that `doctor` shows, and of the contract suite. Closed: an engine can only say of these that it
 * does not keep one.
 */
export const ENGINE_PROMISES = {
  'exit-code': "the program's own exit code is told",
  argv: 'arguments arrive exactly as they are',
  environment: 'the program has the variables it was given',
  entrypoint: "the image's entrypoint runs, unless it is replaced",
  'working-directory': 'the program starts in the folder it was given',
  mounts: 'files and folders are where they were mounted, whatever their paths are called',
  output: 'stdout and stderr are kept byte for byte, each in its order',
  'writable-places': 'the work folder, HOME and /tmp are writable',
  user: 'the program has the uid and gid it was given',
  'read-only-root': 'the root file system is read-only',
  'read-only-inputs': 'inputs cannot be changed',
  'network-off': 'without a network it reaches nothing',
  capabilities: 'it has no capability and can gain none',
  memory: 'over its memory limit it is ended, and that is told from a crash',
  swap: 'memory beyond the limit is not swapped out instead',
  cpus: 'it gets no more processor time than it may',
  pids: 'it cannot start more processes than it may',
  stop: 'SIGTERM, a grace, then SIGKILL reach the program and all it started',
  init: 'a program without a SIGTERM handler ends at SIGTERM',
  find: 'it is found again after a crash of ours, running or ended',
  'nothing-left': 'nothing of it is left over',
  gpu: 'a GPU is given, or its absence told before anything starts',
} as const;

export type EnginePromise = keyof typeof ENGINE_PROMISES;

/** A promise that an engine cannot keep here. */
export interface Limitation {
  /** `partly`: with the difference the sentence tells. */
  readonly kept: 'partly' | 'not';
  /** What happens instead, and why, as a sentence with its full stop. */
  readonly sentence: string;
  /** What would make it kept. */
  readonly hint?: string;
}
