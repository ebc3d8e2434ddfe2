import { RunnerError } from '../../base/errors.ts';
import type { ImageRequest, PullProgress, ResolvedImage } from '../engine.ts';
import { isImageId, parseReference, type ImageReference } from '../images/reference.ts';
import type { SingleFlight } from '../images/single-flight.ts';
import { parseImageSource } from '../images/source.ts';
import { asking, type Connection } from './connection.ts';
import { imageOfDocker } from './from-docker.ts';
import { imageOfArchive, imageOfSif, type Bringing } from './from-file.ts';
import { inspectImage, notHere, resolvedImage, suggestionFor } from './inspect.ts';
import { pullImage } from './pull.ts';
import { pulledDigests, pulledName, pullLayersOurselves } from './registry.ts';

/**
 * The image, as it lies in the engine: looked for there first, so that a local image needs no
 * registry, pulled only where the policy says so, loaded from a file where the reference names one.
 */
export function resolveImage(
  connection: Connection,
  pulls: SingleFlight<void, PullProgress>,
  request: ImageRequest,
  signal: AbortSignal,
): Promise<ResolvedImage> {
  const source = parseImageSource(request.reference, request.folder ?? process.cwd());
  const bringing = { connection, pulls, request, signal };
  switch (source.kind) {
    case 'image-id':
      return localImage(connection, source.id);
    case 'docker-daemon':
      return connection.flavour.name === 'docker'
        ? localImage(connection, source.name)
        : imageOfDocker(source.name, bringing);
    case 'docker-archive':
    case 'oci-archive':
    case 'oci':
      return imageOfArchive(source, bringing);
    case 'sif':
      return imageOfSif(source.path, bringing);
    case 'registry':
      return imageOfRegistry(source.reference, bringing);
  }
}

async function localImage(connection: Connection, name: string): Promise<ResolvedImage> {
  const found = await inspectImage(connection, name);
  if (found === undefined) throw await notHere(connection, name);
  return isImageId(name)
    ? resolvedImage(name, found, false)
    : resolvedImage(name, found, false, parseReference(name));
}

async function imageOfRegistry(
  reference: ImageReference,
  bringing: Bringing,
): Promise<ResolvedImage> {
  const { connection, pulls, request, signal } = bringing;
  const { familiar } = reference;
  if (request.pull !== 'always') {
    const found = await pulledImage(connection, reference);
    if (found !== undefined) return resolvedImage(familiar, found, false, reference);
    if (request.pull === 'never') throw await notHere(connection, familiar);
  }
  await pullOrSuggest(connection, reference, () =>
    pulls.join(
      familiar,
      (report, shared) =>
        asking(connection, async (client) => {
          try {
            await pullImage(client, reference, report, shared);
          } catch (error) {
            await pullLayersOurselves(client, reference, { error, report, signal: shared });
          }
        }),
      { signal, onProgress: request.onProgress },
    ),
  );
  const pulled = await pulledImage(connection, reference);
  if (pulled === undefined) throw await notHere(connection, familiar);
  const image = resolvedImage(familiar, pulled, true, reference);
  return { ...image, ...(await pulledDigests(connection, reference, image, signal)) };
}

const pulledImage = async (
  connection: Connection,
  reference: ImageReference,
): ReturnType<typeof inspectImage> =>
  (await inspectImage(connection, reference.familiar)) ??
  (reference.digest === undefined ? undefined : inspectImage(connection, pulledName(reference)));

/** A name that could not be pulled is often a local one written otherwise: say which. */
async function pullOrSuggest(
  connection: Connection,
  reference: ImageReference,
  pull: () => Promise<void>,
): Promise<void> {
  try {
    await pull();
  } catch (error) {
    if (!(error instanceof RunnerError) || !error.code.startsWith('image-')) throw error;
    const suggestion = await suggestionFor(connection, reference.familiar);
    if (suggestion === undefined) throw error;
    throw new RunnerError(error.code, error.message, {
      cause: error.cause,
      hint: [suggestion, error.hint].join(' '),
      details: error.details,
    });
  }
}
