import { arch, availableParallelism, release, totalmem } from 'node:os';

import type { EngineInfo } from '../engine.ts';
import type { Limitation } from '../promises.ts';
import {
  machineGpus,
  limitLimitations,
  NOTHING_ENFORCED,
  tryCgroups,
} from '../supervised/index.ts';

const HINT = 'Use an app with an image and --engine docker, podman or apptainer.';
const not = (sentence: string): Limitation => ({ kept: 'not', sentence, hint: HINT });

/** What no container means, promise by promise. */
const WITHOUT_CONTAINER: EngineInfo['limitations'] = {
  environment: {
    kept: 'partly',
    sentence:
      'The app also has PATH, language, time zone, user name and the active Conda or Python environment of the caller, and CYTO_RUN_JOB, by which its processes are known.',
  },
  entrypoint: not('Without an image there is no entrypoint: only a whole command can be run.'),
  mounts: not(
    'Without a container a file or folder is where it is: inputs with a relative path are linked into the work folder, anything else that would need a mount is refused.',
  ),
  'writable-places': {
    kept: 'partly',
    sentence: "HOME and TMPDIR are the run's own, but /tmp is the one of this machine.",
    hint: HINT,
  },
  user: not('The app always runs as the caller.'),
  'read-only-root': not('The app may write wherever the caller may.'),
  'read-only-inputs': not('The app may change its inputs wherever the caller may.'),
  'network-off': not('The app has the network of this machine.'),
  capabilities: not('The app may do what the caller may.'),
};

const FOLLOWED_BY_MARKS: Limitation = {
  kept: 'partly',
  sentence:
    'Without a control group a process that drops its variables, its session and its output at once is not found again and not ended.',
};

/** What this machine offers a program without a container, found out by trying. */
export function processInfo(cgroups: boolean): EngineInfo {
  const enforced = cgroups ? tryCgroups() : NOTHING_ENFORCED;
  return {
    name: 'process',
    version: release(),
    platform: `linux/${arch() === 'x64' ? 'amd64' : arch()}`,
    limitations: {
      ...WITHOUT_CONTAINER,
      ...limitLimitations(enforced),
      ...(enforced.memory ? {} : { stop: FOLLOWED_BY_MARKS, 'nothing-left': FOLLOWED_BY_MARKS }),
    },
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    ...machineGpus(),
  };
}
