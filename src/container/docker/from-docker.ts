import { join } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import type { ResolvedImage } from '../engine.ts';
import { imageOfArchive, type Bringing } from './from-file.ts';
import { inspectImage, resolvedImage } from './inspect.ts';
import { scratchFolder } from './load.ts';
import { localImages } from './local-images.ts';

/**
 * The image that Docker has under a name, for an engine that keeps images of its own (Podman): saved
 * there and loaded here, unless it is here already. Throws `image-not-found`, `engine-unavailable`.
 */
export async function imageOfDocker(name: string, bringing: Bringing): Promise<ResolvedImage> {
  const { connection, request, signal } = bringing;
  const docker = localImages();
  const image = await docker.find(name, signal);
  if (image === undefined)
    throw new RunnerError('image-not-found', `Docker has no image ${name} on this machine`, {
      hint: `Build or load it with Docker, or leave "docker-daemon:" away: ${connection.flavour.title} then takes its own, or pulls it.`,
      details: { reference: name },
    });
  const known = await inspectImage(connection, image.id);
  if (known !== undefined) return resolvedImage(request.reference, known, false);
  await using folder = await scratchFolder();
  const path = join(folder.path, 'image.tar');
  await docker.save(image.id, path, {
    signal,
    onBytes: (receivedBytes) =>
      request.onProgress?.({
        receivedBytes,
        totalBytes: Math.max(receivedBytes, image.sizeBytes),
        status: 'Saving',
      }),
  });
  return await imageOfArchive({ kind: 'docker-archive', location: path }, bringing);
}

/** Whether Docker has an image of that name: where it does not answer, it has none. */
export async function dockerHas(name: string): Promise<boolean> {
  try {
    return (await localImages().find(name, new AbortController().signal)) !== undefined;
  } catch (error) {
    if (error instanceof RunnerError) return false;
    throw error;
  }
}
