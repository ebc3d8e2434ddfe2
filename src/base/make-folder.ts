import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { systemCodeOf } from './errors.ts';

/**
 * Makes a folder and those above it; harmless when it is there. Throws Node's own errors. Node's own
 * `recursive` never returns where a folder cannot be made though the one above it is there (`/proc`,
 * a folder that has been removed while somebody is in it): here paths come from people.
 *
 * @param mode of every folder that is made, less the umask
 */
export function makeFolder(path: string, mode = 0o777): void {
  if (isMade(path, mode)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above, mode);
  if (!isMade(path, mode)) mkdirSync(path, { mode });
}

/** False where the folder above is missing, or seems to be. */
function isMade(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode });
    return true;
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT') return false;
    // Of a link to a folder, too, the system says that it is there.
    if (code === 'EEXIST' && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
      return true;
    throw error;
  }
}
