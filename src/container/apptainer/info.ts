import { execFile } from 'node:child_process';
import { arch, availableParallelism, totalmem } from 'node:os';
import { promisify } from 'node:util';

import type { EngineInfo } from '../engine.ts';
import type { Limitation } from '../promises.ts';
import {
  gpuMaker,
  limitLimitations,
  machineGpus,
  NOTHING_ENFORCED,
  tryCgroups,
} from '../supervised/index.ts';

/** What of the promises Apptainer itself keeps only in part, wherever it runs. */
export const APPTAINERS: EngineInfo['limitations'] = {
  argv: {
    kept: 'partly',
    sentence:
      'Apptainer takes a megabyte of arguments and variables altogether; more is refused before anything starts.',
    hint: 'Give long lists in a file.',
  },
  environment: {
    kept: 'partly',
    sentence:
      'Apptainer adds variables of its own (APPTAINER_*, SINGULARITY_*, LANG, PS1, LD_LIBRARY_PATH …) to those that were given, and cannot give some (UID, GID, IFS …; values with a carriage return before a line feed): these are refused.',
  },
  user: {
    kept: 'partly',
    sentence:
      "Apptainer runs the app as the caller; the image's own user is never used, and another uid can be given by root alone.",
  },
};

/** Of root alone: an ordinary user has no other uid to give. */
export const ROOTS: EngineInfo['limitations'] = {
  'writable-places': {
    kept: 'partly',
    sentence:
      "An app that root runs as another user has that user's own HOME instead of the run's: / for a uid without a name.",
    hint: 'Run cyto-run as that user, or without --user.',
  },
};

const NO_NETWORK_OFF: Limitation = {
  kept: 'not',
  sentence:
    'This user may not make a network of its own: the app sees the network of this machine.',
  hint: 'Ask the administrator to allow unprivileged user namespaces.',
};

/** What this machine offers, found out by trying. */
export async function apptainerInfo(version: string, cgroups: boolean): Promise<EngineInfo> {
  const gpu = gpuMaker();
  return {
    name: 'apptainer',
    version,
    platform: `linux/${arch() === 'x64' ? 'amd64' : arch()}`,
    limitations: {
      ...APPTAINERS,
      ...(process.getuid?.() === 0 ? ROOTS : {}),
      ...limitLimitations(cgroups ? tryCgroups() : NOTHING_ENFORCED),
      ...((await isNetAllowed()) ? {} : { 'network-off': NO_NETWORK_OFF }),
      ...(gpu === undefined ? {} : { gpu: ALL_GPUS }),
    },
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    ...machineGpus(),
  };
}

const ALL_GPUS: Limitation = {
  kept: 'partly',
  sentence: 'Apptainer gives every GPU of the machine; a number of them is not counted out.',
};

/** Whether we may make a network namespace, by making one. */
export async function isNetAllowed(): Promise<boolean> {
  if (process.getuid?.() === 0) return true;
  try {
    await promisify(execFile)('unshare', ['--user', '--map-root-user', '--net', 'true']);
    return true;
  } catch (error) {
    // Without the tool nothing is known; Apptainer itself will say no where it must.
    return (error as { code?: unknown }).code === 'ENOENT';
  }
}
