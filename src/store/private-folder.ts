import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';

import { makeFolder } from '../base/make-folder.ts';
import { storeError } from './faults.ts';

/**
 * Makes a folder, and those above it, for their owner alone: what runs leave may be patients' data.
 * Harmless when it is there. Throws `store-unusable`, `disk-full`.
 */
export function makePrivateFolder(path: string): void {
  try {
    makeFolder(path, 0o700);
  } catch (error) {
    throw storeError(reasonOf(path) ?? error, path);
  }
}

/** Node says "no such file" of a folder it may not make; the folder it would be made in knows why. */
function reasonOf(path: string): unknown {
  let nearest = path;
  while (!existsSync(nearest) && nearest !== dirname(nearest)) nearest = dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return error;
  }
}
