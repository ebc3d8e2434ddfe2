import { readdirSync, readFileSync } from 'node:fs';

import { systemClock } from '../../src/base/clock.ts';

/** Megabytes of a process that are resident. */
export const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;

/** How many files and sockets a process has open. */
export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

const LOOK_MS = 50;
const LOOKS_MAX = 1_200;

/** Resolves when a process has no more open than so much; throws when that never comes. */
export async function atMostOpen(pid: number, count: number): Promise<void> {
  for (let look = 0; openFiles(pid) > count; look += 1) {
    if (look === LOOKS_MAX)
      throw new Error(`${openFiles(pid)} files are open, where there were ${count}`);
    await systemClock.sleep(LOOK_MS);
  }
}
