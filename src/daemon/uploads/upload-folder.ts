import { existsSync } from 'node:fs';
import { link } from 'node:fs/promises';
import { posix } from 'node:path';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { makeFolder } from '../../base/make-folder.ts';
import { folderFactsOf } from '../../runner/index.ts';
import type { StoredUpload } from '../../store/index.ts';
import type { Principal } from '../http/principal.ts';
import type { Uploads } from './uploads.ts';

/** A folder that is to be made of uploads. */
export interface WantedFolder {
  readonly name: string;
  readonly files: readonly {
    /** Below the folder, with `/`. */
    readonly path: string;
    /** Id of the upload that is this file. */
    readonly upload: string;
  }[];
  /** Below the folder, with `/`. */
  readonly emptyFolders?: readonly string[];
}

/**
 * Makes one upload, which is a folder, of several, which are its files; they go where no run needs them
 * by themselves. Throws `request-invalid` for paths that are none or exclude one another,
 * `quota-exceeded`, and what `Uploads.use` throws.
 */
export async function makeUploadFolder(
  { name, files, emptyFolders = [] }: WantedFolder,
  principal: Principal,
  uploads: Uploads,
): Promise<StoredUpload> {
  for (const path of [...files.map((file) => file.path), ...emptyFolders]) assertPath(path);
  if (uploads.bytesLeft(principal.name) === 0)
    throw new RunnerError('quota-exceeded', `${principal.name} may keep no more uploads`, {
      hint: 'Remove uploads that are no longer needed, or ask who runs the server for more.',
    });
  const parts = new Map<string, StoredUpload>();
  for (const { upload: id } of files)
    if (!parts.has(id)) parts.set(id, (await uploads.use(id, principal)).upload);
  const { upload } = await uploads.receive(name, principal.name, async (folder) => {
    makeFolder(folder, 0o700);
    const facts = [];
    for (const { path, upload: id } of files) {
      const part = parts.get(id);
      if (part === undefined) continue;
      await linked(uploads.pathOf(part), folder, path);
      facts.push({ path, sizeBytes: part.sizeBytes, sha256: part.sha256 ?? '' });
    }
    for (const path of emptyFolders) made(folder, path);
    return folderFactsOf(
      facts.sort((one, other) => (one.path < other.path ? -1 : 1)),
      [...emptyFolders].sort(),
    );
  });
  for (const part of parts.values()) await uploads.removeIfFree(part);
  return upload;
}

/** The same bytes under another name: nothing is copied. */
async function linked(file: string, folder: string, path: string): Promise<void> {
  const target = posix.join(folder, path);
  try {
    makeFolder(posix.dirname(target), 0o700);
    await link(file, target);
  } catch (error) {
    throw excluding(path, error);
  }
}

function made(folder: string, path: string): void {
  const target = posix.join(folder, path);
  if (existsSync(target)) throw malformed(path, TWICE);
  try {
    makeFolder(target, 0o700);
  } catch (error) {
    throw excluding(path, error);
  }
}

const TWICE = 'is there twice, or is a file and a folder';

function excluding(path: string, error: unknown): unknown {
  const code = systemCodeOf(error);
  return code === 'EEXIST' || code === 'ENOTDIR' ? malformed(path, TWICE) : error;
}

/** Steps that a file system takes as they are, and that lead nowhere else. */
function assertPath(path: string): void {
  if (!path.isWellFormed() || path.includes('\0')) throw malformed(path, 'is no text of a path');
  if (Buffer.byteLength(path) > LIMITS.uploadPathBytesMax)
    throw malformed(path, `is longer than ${LIMITS.uploadPathBytesMax} bytes`);
  for (const step of path.split('/'))
    if (step === '' || step === '.' || step === '..')
      throw malformed(path, 'is no path below the folder');
    else if (Buffer.byteLength(step) > LIMITS.fileNameBytesMax)
      throw malformed(path, `has a name longer than ${LIMITS.fileNameBytesMax} bytes`);
}

const malformed = (path: string, problem: string): RunnerError =>
  new RunnerError('request-invalid', `${JSON.stringify(path)} ${problem}`, {
    hint: 'Give each file a path such as `set 1/slide.tif`, once.',
  });
