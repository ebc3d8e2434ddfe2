import { constants, open, realpath, type FileHandle } from 'node:fs/promises';
import { posix } from 'node:path';

import { epochMs } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { isWithin, type RunRecord } from '../../runner/index.ts';

/** A file that a record names, open. Whoever opened it closes it, or hands it to a stream that does. */
export interface RecordedFile {
  readonly handle: FileHandle;
  readonly sizeBytes: number;
  readonly mediaType: string;
  /** Quoted, as a header has it: of the very bytes where the record tells their hash. */
  readonly etag: string;
  /** What it is called, for whoever saves it. */
  readonly name: string;
}

/** What the record says of a file. */
export interface FileFacts {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly mediaType: string;
}

/**
 * Opens a file as the record has it. Throws `not-found` for one that is gone, is no plain file any
 * more, or was changed since: its hash would be a lie.
 */
export async function openRecorded(
  facts: FileFacts,
  { endedAt }: Pick<RunRecord, 'endedAt'>,
): Promise<RecordedFile> {
  const { path, sizeBytes, sha256, mediaType } = facts;
  const handle = await openPlain(path);
  const { size, mtimeMs } = await handle.stat();
  if (size !== sizeBytes || (endedAt !== undefined && mtimeMs > epochMs(endedAt) + CLOCK_STEP_MS)) {
    await handle.close();
    throw gone(path, 'was changed since the run');
  }
  return { handle, sizeBytes, mediaType, etag: `"${sha256}"`, name: posix.basename(path) };
}

/**
 * Opens a file below a folder that a record names. Throws `not-found` for what is not there, is no plain
 * file, or leads out of the folder.
 */
export async function openBelow(folder: string, path: string): Promise<RecordedFile> {
  const wanted = posix.join(folder, path);
  const real = await realpath(wanted).catch((error: unknown) => {
    throw gone(wanted, 'is not there', error);
  });
  if (!isWithin(real, await realpath(folder))) throw gone(wanted, 'leads out of its folder');
  const handle = await openPlain(real);
  const { size, mtimeMs } = await handle.stat();
  return {
    handle,
    sizeBytes: size,
    mediaType: 'application/octet-stream',
    etag: `"${size.toString(36)}-${Math.trunc(mtimeMs * 1000).toString(36)}"`,
    name: posix.basename(path),
  };
}

/** File systems keep times in steps: FAT of two seconds, the coarsest. */
const CLOCK_STEP_MS = 2_000;

async function openPlain(path: string): Promise<FileHandle> {
  // A pipe that nobody writes to would never be open.
  const handle = await open(path, NOT_WAITING).catch((error: unknown) => {
    throw gone(path, 'was moved or removed', error);
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw gone(path, 'is no plain file any more');
}

/** What a run put there was no link; a link that is there now leads to something else. */
const NOT_WAITING = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

const gone = (path: string, why: string, cause?: unknown): RunnerError =>
  new RunnerError('not-found', `${JSON.stringify(posix.basename(path))} ${why}`, {
    cause,
    hint: 'Run it again: POST /runner/v1/runs/RUN/rerun.',
  });
