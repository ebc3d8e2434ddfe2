import { existsSync } from 'node:fs';
import { mkdtempDisposable, readdir, rename } from 'node:fs/promises';
import { posix } from 'node:path';

import { makeFolder } from '../../base/make-folder.ts';
import { unwritable } from '../outputs/unwritable.ts';
import type { CrateSource } from './crate-source.ts';

/**
 * Writes a crate to a folder that is empty or not there: whole, or not at all. Throws what the crate throws,
 * `output-folder-unusable`, `disk-full`.
 */
export async function writeCrate(crate: CrateSource, folder: string): Promise<void> {
  const isThere = existsSync(folder);
  try {
    // A folder that somebody made has an owner, a mode, perhaps a disk of its own: it stays the same one.
    const above = isThere ? folder : posix.dirname(folder);
    makeFolder(above);
    await using beside = await mkdtempDisposable(posix.join(above, '.crate-'));
    const written = posix.join(beside.path, 'crate');
    makeFolder(written);
    await crate.write(written);
    if (isThere) await moveAll(written, folder);
    else await rename(written, folder);
  } catch (error) {
    throw unwritable(folder, error, 'Choose another folder with --out.');
  }
}

async function moveAll(from: string, to: string): Promise<void> {
  for (const name of await readdir(from))
    await rename(posix.join(from, name), posix.join(to, name));
}
