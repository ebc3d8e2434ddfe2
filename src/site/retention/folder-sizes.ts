import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

import { systemCodeOf } from '../../base/errors.ts';

/** Bytes that a folder takes on its disk, with all that is in it. Links are not followed. Nothing there: 0. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = await bytesAt(folder);
  try {
    for await (const entry of await opendir(folder)) {
      const path = join(folder, entry.name);
      bytes += entry.isDirectory() ? await folderBytes(path) : await bytesAt(path);
    }
  } catch (error) {
    // Gone meanwhile, or closed by the app that made it: what can be seen is counted.
    if (!['ENOENT', 'EACCES', 'ENOTDIR'].includes(systemCodeOf(error) ?? '')) throw error;
  }
  return bytes;
}

async function bytesAt(path: string): Promise<number> {
  try {
    const { blocks } = await lstat(path);
    // POSIX counts blocks of 512 bytes, whatever the file system's own are.
    return blocks * 512;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'EACCES') return 0;
    throw error;
  }
}

/** Sizes of run folders. Those of runs that have ended never change again and are read once. */
export class FolderSizes {
  readonly #known = new Map<string, number>();

  async of(path: string, hasEnded: boolean): Promise<number> {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const bytes = await folderBytes(path);
    if (hasEnded) this.#known.set(path, bytes);
    return bytes;
  }

  forget(path: string): void {
    this.#known.delete(path);
  }
}
