import { existsSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { systemCodeOf } from '../base/errors.ts';
import { storeError } from './faults.ts';
import { makePrivateFolder } from './private-folder.ts';

/** What every run's folder holds; the runner says what for. */
const SUBFOLDERS = ['work', 'home', 'tmp', 'out', 'logs'] as const;

/** Makes a run's folder and those in it if they are not there. Throws `store-unusable`, `disk-full`. */
export function makeRunFolder(path: string): void {
  for (const name of SUBFOLDERS) {
    const folder = join(path, name);
    if (!existsSync(folder)) makePrivateFolder(folder);
  }
}

/**
 * Removes a run's folder with all that is in it, also folders the app has taken its own write
 * permission from. Never follows links. Harmless when it is gone. Throws `store-unusable`.
 */
export async function removeRunFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true }).catch(async (error: unknown) => {
      if (systemCodeOf(error) !== 'EACCES') throw error;
      await makeWritable(path);
      await rm(path, { recursive: true, force: true });
    });
  } catch (error) {
    throw storeError(error, path);
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
}
