import { realpath, stat } from 'node:fs/promises';
import { arch } from 'node:os';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import type { ImageRequest, ResolvedImage } from '../engine.ts';

/** An image that is a file (`.sif`) or an unpacked folder on this machine. Throws `image-not-found`. */
export async function imageFile(
  { reference }: Pick<ImageRequest, 'reference'>,
  signal: AbortSignal,
): Promise<ResolvedImage> {
  signal.throwIfAborted();
  try {
    const id = await realpath(reference);
    const { size } = await stat(id);
    return {
      reference,
      id,
      platform: `linux/${arch() === 'x64' ? 'amd64' : arch()}`,
      sizeBytes: size,
      entrypoint: [],
      command: [],
      pulled: false,
    };
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
    throw new RunnerError('image-not-found', `there is no image ${reference} on this machine`, {
      cause: error,
      details: { reference },
    });
  }
}
