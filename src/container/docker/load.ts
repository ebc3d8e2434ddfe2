import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type Dockerode from 'dockerode';

import { RunnerError } from '../../base/errors.ts';
import type { PullProgress } from '../engine.ts';
import type { ImageContent } from '../images/content.ts';
import { packDockerArchive } from '../images/pack.ts';
import { engineMessage, statusOf } from './failures.ts';
import { jsonLines } from './json-lines.ts';

export interface Loading {
  /** What it is called in messages. */
  readonly name: string;
  /** What the engine is to call it. */
  readonly tag: string;
  readonly signal: AbortSignal;
  readonly report: (progress: PullProgress) => void;
}

/** A repository of ours: loading must not take a name away from an image of the user's. */
const LOADED_REPOSITORY = 'cyto-run/loaded';

/** The name by which an image that came from a file is found again: by what it holds. */
export const loadedName = (digest: string): string =>
  `${LOADED_REPOSITORY}:${digest.replace(':', '-')}`;

/**
 * Gives the engine an image, layer by layer, without a copy of it on the disk. Throws
 * `image-pull-failed` when it is damaged or the engine does not take it, `disk-full`.
 */
export async function loadImage(
  client: Dockerode,
  content: ImageContent,
  { name, tag, signal, report }: Loading,
): Promise<void> {
  const totalBytes = content.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const broken = new AbortController();
  const archive = packDockerArchive(content, {
    name,
    tag,
    onBytes: (receivedBytes) => {
      report({ receivedBytes, totalBytes, status: 'Loading' });
    },
  });
  // The client only pipes the archive: that it broke must be seen here, and end the request.
  archive.on('error', (error) => {
    broken.abort(error);
  });
  try {
    const answer = await client.loadImage(archive, {
      quiet: true,
      abortSignal: AbortSignal.any([signal, broken.signal]),
    });
    for await (const line of jsonLines(answer as AsyncIterable<Uint8Array>)) {
      const { error } = line as { error?: string };
      if (error !== undefined) throw refused(name, error);
    }
  } catch (error) {
    signal.throwIfAborted();
    broken.signal.throwIfAborted();
    throw statusOf(error) === undefined ? error : refused(name, engineMessage(error));
  } finally {
    archive.destroy();
  }
}

function refused(name: string, said: string): RunnerError {
  const details = { reference: name, engine: said };
  return /no space left on device/i.test(said)
    ? new RunnerError('disk-full', `the engine's disk is full: ${said}`, {
        hint: 'Make room where the engine keeps its images, for example with "docker image prune".',
        details,
      })
    : new RunnerError('image-pull-failed', `the engine does not take the image ${name}: ${said}`, {
        hint: 'Is the archive whole? Compare its checksum with the one at its source.',
        details,
      });
}

/** A folder of our own for as long as it is held. */
export async function scratchFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'cyto-run-image-'));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }),
  };
}
