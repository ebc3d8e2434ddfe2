import { lstat, mkdir, readdir, realpath, rmdir, stat, symlink, unlink } from 'node:fs/promises';
import { posix } from 'node:path';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import type { ContainerSpec, Mount } from '../engine.ts';

/**
 * Makes each mount's source visible at its target, which without a container is a symbolic link.
 * Only in writable folders of the run, and only where nothing is or an empty place was kept for it.
 * Throws `engine-refused` by name.
 */
export async function linkMounts({ mounts }: ContainerSpec): Promise<void> {
  const places = mounts.filter(({ source, target, readOnly }) => source === target && !readOnly);
  for (const mount of mounts) {
    await mustExist(mount.source);
    if (!(await isThere(mount))) await link(mount, places);
  }
}

async function mustExist(source: string): Promise<void> {
  await stat(source).catch((error: unknown) => {
    throw refused(`there is no ${source}`, error);
  });
}

/** Whether the program finds the source at the target already. */
async function isThere({ source, target }: Mount): Promise<boolean> {
  try {
    return (await realpath(target)) === (await realpath(source));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

async function link({ source, target }: Mount, places: readonly Mount[]): Promise<void> {
  const isOurs = places.some((place) => target.startsWith(`${place.target}/`));
  if (!isOurs)
    throw refused(`${source} cannot be shown at ${target}: without a container it is where it is`);
  await clearPlace(target);
  await mkdir(posix.dirname(target), { recursive: true });
  await symlink(source, target);
}

/** Removes an empty file or folder that stands where the link shall be. */
async function clearPlace(target: string): Promise<void> {
  try {
    const there = await lstat(target);
    if (there.isDirectory() && (await readdir(target)).length === 0) await rmdir(target);
    else if (there.isFile() && there.size === 0) await unlink(target);
    else throw refused(`there is something else at ${target} already`);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error;
  }
}

const refused = (what: string, cause?: unknown): RunnerError =>
  new RunnerError('engine-refused', `a file or folder cannot be given to the app: ${what}`, {
    ...(cause === undefined ? {} : { cause }),
    hint: 'Without a container the app sees the folders of this machine as they are.',
  });
