import type Dockerode from 'dockerode';

import { RunnerError } from '../../base/errors.ts';
import type { ImageRequest, PullProgress, ResolvedImage } from '../engine.ts';
import { isImageId, parseReference, type ImageReference } from '../images/reference.ts';
import { similarImages } from '../images/similar.ts';
import type { SingleFlight } from '../images/single-flight.ts';
import { asking, type Connection } from './connection.ts';
import { statusOf } from './failures.ts';
import { pullImage } from './pull.ts';

/**
 * The image, as it lies in the engine: looked for there first, so that a local image needs no
 * registry, pulled only where the policy says so.
 */
export async function resolveImage(
  connection: Connection,
  pulls: SingleFlight<void, PullProgress>,
  request: ImageRequest,
  signal: AbortSignal,
): Promise<ResolvedImage> {
  if (isImageId(request.reference)) {
    const found = await inspectImage(connection, request.reference);
    if (found === undefined) throw await notHere(connection, request.reference);
    return resolvedImage(request.reference, found, false);
  }
  const reference = parseReference(request.reference);
  const { familiar } = reference;
  if (request.pull !== 'always') {
    const found = await inspectImage(connection, familiar);
    if (found !== undefined) return resolvedImage(familiar, found, false, reference);
    if (request.pull === 'never') throw await notHere(connection, familiar);
  }
  await pullOrSuggest(connection, reference, () =>
    pulls.join(
      familiar,
      (report, shared) =>
        asking(connection, (client) => pullImage(client, reference, report, shared)),
      { signal, onProgress: request.onProgress },
    ),
  );
  const pulled = await inspectImage(connection, familiar);
  if (pulled === undefined) throw await notHere(connection, familiar);
  return resolvedImage(familiar, pulled, true, reference);
}

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

async function notHere(connection: Connection, reference: string): Promise<RunnerError> {
  const suggestion = await suggestionFor(connection, reference);
  return new RunnerError('image-not-found', `there is no image ${reference} on this machine`, {
    hint: [suggestion, 'Let it be pulled (--pull missing), or build it (--build).']
      .filter((part) => part !== undefined)
      .join(' '),
    details: { reference },
  });
}

async function suggestionFor(
  connection: Connection,
  reference: string,
): Promise<string | undefined> {
  const images = await asking(connection, (client) => client.listImages());
  const similar = similarImages(
    reference,
    images.flatMap((image) => image.RepoTags ?? []),
  );
  return similar.length === 0 ? undefined : `On this machine there is ${similar.join(', ')}.`;
}

async function inspectImage(
  connection: Connection,
  name: string,
): Promise<Dockerode.ImageInspectInfo | undefined> {
  try {
    return await asking(connection, (client) => client.getImage(name).inspect());
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

function resolvedImage(
  name: string,
  image: Dockerode.ImageInspectInfo,
  pulled: boolean,
  reference?: ImageReference,
): ResolvedImage {
  const digest = digestOf(image.RepoDigests, reference);
  const { Entrypoint: entrypoint, Cmd: command, WorkingDir: workingDirectory } = image.Config;
  const variant = (image as { Variant?: string }).Variant ?? '';
  return {
    reference: name,
    id: image.Id,
    ...(digest === undefined ? {} : { digest }),
    platform: [image.Os, image.Architecture, variant].filter((part) => part !== '').join('/'),
    sizeBytes: image.Size,
    entrypoint: wordsOf(entrypoint),
    command: wordsOf(command),
    ...(workingDirectory === '' ? {} : { workingDirectory }),
    pulled,
  };
}

/** The digest under the name that was asked for; an image may be known under several. */
export function digestOf(
  repoDigests: readonly string[] | null | undefined,
  reference: ImageReference | undefined,
): string | undefined {
  if (reference?.digest !== undefined) return reference.digest;
  const known = (repoDigests ?? []).map((entry) => entry.split('@') as [string, string]);
  const sameName = known.find(([name]) => {
    const { registry, path } = parseReference(name);
    return registry === reference?.registry && path === reference.path;
  });
  return (sameName ?? known[0])?.[1];
}

/** The engine's types say string or list; old images have nothing. */
const wordsOf = (words: string | string[] | null | undefined): readonly string[] =>
  typeof words === 'string' ? [words] : (words ?? []);
