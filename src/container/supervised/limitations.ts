import { randomUUID } from 'node:crypto';

import type { EngineInfo } from '../engine.ts';
import type { Limitation } from '../promises.ts';
import { makeCgroup, NOTHING_ENFORCED, removeCgroup, type Enforced } from './cgroup.ts';

/** Tries which limits the kernel keeps for us here, by making a control group and removing it. */
export function tryCgroups(): Enforced {
  const limits = { memoryBytes: 2 ** 30, cpus: 1, pids: 100 };
  const cgroup = makeCgroup(`cyto-run-try-${randomUUID()}`, limits);
  removeCgroup(cgroup?.folders ?? []);
  return cgroup?.enforces ?? NOTHING_ENFORCED;
}

const HINT =
  'Run as root, or where a control group is delegated to you (on a machine with systemd: "systemd-run --user --scope --property Delegate=yes cyto-run …").';

/** What is not kept of the limits without a control group, and what is done instead. */
const WITHOUT_CGROUP: Readonly<Record<keyof Enforced, Limitation>> = {
  memory: {
    kept: 'partly',
    sentence:
      'Without a control group memory is looked at once a second: an app that takes more than its limit within a second is ended only then, and what its detached processes take is not counted.',
    hint: HINT,
  },
  swap: {
    kept: 'not',
    sentence:
      'Without a control group an app near its memory limit may be swapped out by the kernel.',
    hint: HINT,
  },
  cpus: {
    kept: 'not',
    sentence: 'Without a control group the app may use every processor.',
    hint: HINT,
  },
  pids: {
    kept: 'not',
    sentence: 'Without a control group the app may start as many processes as its user may.',
    hint: HINT,
  },
};

/** The limitations that follow from what the kernel keeps. Pure. */
export const limitLimitations = (enforced: Enforced): EngineInfo['limitations'] =>
  Object.fromEntries(
    Object.entries(WITHOUT_CGROUP).filter(([limit]) => !enforced[limit as keyof Enforced]),
  );
