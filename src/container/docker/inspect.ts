import type Dockerode from 'dockerode';

import { RunnerError } from '../../base/errors.ts';
import type { ResolvedImage } from '../engine.ts';
import { wordsOf } from '../images/content.ts';
import { parseReference, type ImageReference } from '../images/reference.ts';
import { similarImages } from '../images/similar.ts';
import { asking, type Connection } from './connection.ts';
import { statusOf } from './failures.ts';

/** That an image is not here, with the one that may be meant. */
export async function notHere(connection: Connection, reference: string): Promise<RunnerError> {
  const suggestion = await suggestionFor(connection, reference);
  return new RunnerError('image-not-found', `there is no image ${reference} on this machine`, {
    hint: [suggestion, 'Let it be pulled (--pull missing), or build it (--build).']
      .filter((part) => part !== undefined)
      .join(' '),
    details: { reference },
  });
}

/** The image here that may be meant, as a sentence: one of another name, or one that Docker has. */
export async function suggestionFor(
  connection: Connection,
  reference: string,
): Promise<string | undefined> {
  const images = await asking(connection, (client) => client.listImages());
  const similar = similarImages(
    reference,
    images.flatMap((image) => image.RepoTags ?? []),
  );
  const { name, title } = connection.flavour;
  const { dockerHas } = await import('./from-docker.ts');
  const sentences = [
    similar.length === 0 ? '' : `On this machine there is ${similar.join(', ')}.`,
    name !== 'docker' && (await dockerHas(reference))
      ? `Docker has it, and ${title} does not see Docker's images: give it as docker-daemon:${reference}.`
      : '',
  ].filter((sentence) => sentence !== '');
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

/** What the engine knows of an image, by name or id; undefined when it has none. */
export async function inspectImage(
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

/** What the engine knows, in the port's words. */
export function resolvedImage(
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

/** The digest under the name that was asked for: an image may be known under several, each of its own registry. */
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
  return sameName?.[1];
}
