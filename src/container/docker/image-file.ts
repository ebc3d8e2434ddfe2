import { randomUUID } from 'node:crypto';

import type Dockerode from 'dockerode';

import type { AskedImageFile, ContainerSpec, ImageFile } from '../engine.ts';
import { firstOfTar, type ByteStream } from '../images/first-of-tar.ts';
import { removeContainer } from './container.ts';
import { engineMessage, statusOf } from './failures.ts';

/** A container that is made to be looked into and never started: its program need not exist. */
export const unstarted = ({ image, ownerLabel }: AskedImageFile): ContainerSpec => ({
  name: `cyto-run-look-${randomUUID()}`,
  runId: 'look',
  attempt: 1,
  ownerLabel,
  image,
  entrypoint: 'replaced',
  argv: ['never-started'],
  environment: {},
  workingDirectory: '/',
  user: 'image',
  mounts: [],
  readOnlyRoot: true,
  network: 'none',
  limits: { pids: 1 },
});

/** What lies at a path of a container, which is removed then. Docker shows a link as it is; Podman follows it, within the image. */
export async function fileOf(
  container: Dockerode.Container,
  { path, bytesMax }: AskedImageFile,
  signal: AbortSignal,
): Promise<ImageFile> {
  try {
    signal.throwIfAborted();
    const archive = (await container.getArchive({ path })) as ByteStream;
    return await firstOfTar(archive, bytesMax, signal);
  } catch (error) {
    if (isMissing(error)) return { kind: 'missing' };
    throw error;
  } finally {
    await removeContainer(container);
  }
}

/** A file where a folder should be is an error of its own to Docker; so is the container that somebody removed. */
const isMissing = (error: unknown): boolean =>
  statusOf(error) === 404
    ? !/no (?:such )?container/i.test(engineMessage(error))
    : statusOf(error) === 500 && /not a directory/i.test(engineMessage(error));
