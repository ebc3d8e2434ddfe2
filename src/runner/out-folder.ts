import { constants } from 'node:fs';
import { access, mkdtemp, realpath, rmdir, stat } from 'node:fs/promises';
import { posix } from 'node:path';

import { RunnerError, systemCodeOf } from '../base/errors.ts';
import type { FoundInput } from './inputs.ts';
import { isWithin } from './places.ts';

/**
 * Checks, before anything runs, that outputs can be put into a folder: it is one or can be made,
 * it can be written to, and it is not inside a folder that the run reads. Makes nothing. Throws
 * `output-folder-unusable`.
 */
export async function checkOutFolder(
  outFolder: string,
  inputs: readonly FoundInput[],
): Promise<void> {
  const { existing, path } = await nearestExisting(outFolder);
  const named = JSON.stringify(outFolder);
  if (!(await stat(existing)).isDirectory())
    throw unusable(`${named}: ${JSON.stringify(existing)} is a file, a folder is needed`);
  const around = inputs.find(({ kind, source }) => kind === 'folder' && isWithin(path, source));
  if (around !== undefined)
    throw unusable(
      `${named} lies inside ${JSON.stringify(around.source)}, which the run reads (${around.inputId})`,
      'Choose a folder beside it: an app would take its own outputs for inputs.',
    );
  try {
    await access(existing, constants.W_OK | constants.X_OK);
  } catch (error) {
    const readOnly = systemCodeOf(error) === 'EROFS';
    throw unusable(
      `${named} cannot be written to: ${readOnly ? 'the file system is read-only' : 'permission denied'}`,
    );
  }
}

/**
 * Makes a folder where the outputs will be made, and takes it away again: what permissions say is not
 * all that a file system may refuse. For a run that is about to begin; a dry run writes nothing. Throws
 * `output-folder-unusable`.
 */
export async function tryOutFolder(outFolder: string): Promise<void> {
  const { existing } = await nearestExisting(outFolder);
  try {
    await rmdir(await mkdtemp(posix.join(existing, '.cyto-run-')));
  } catch (error) {
    const why = systemCodeOf(error) ?? String(error);
    throw unusable(
      `${JSON.stringify(outFolder)}: nothing can be made in ${JSON.stringify(existing)} (${why})`,
    );
  }
}

/** The path with symlinks resolved as far as it exists, and that part of it. */
async function nearestExisting(path: string): Promise<{ existing: string; path: string }> {
  for (let at = path; ; at = posix.dirname(at)) {
    const existing = await realpath(at).catch((error: unknown) => {
      const code = systemCodeOf(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw unusable(`${JSON.stringify(path)} cannot be used: ${code ?? String(error)}`);
    });
    if (existing !== undefined)
      return { existing, path: posix.join(existing, posix.relative(at, path)) };
  }
}

const unusable = (message: string, hint = 'Choose another folder with --out.'): RunnerError =>
  new RunnerError('output-folder-unusable', message, { hint });
