import { posix } from 'node:path';

import type { ImageRequest, ResolvedImage } from '../container/index.ts';
import { imageReferenceOf, type Descriptor } from '../descriptor/index.ts';
import type { ImageFacts, RunOptions } from './events.ts';
import type { PreparedRun, RunPorts } from './execute-run.ts';
import { pullTeller } from './pull-teller.ts';

/** Builds the image where that is asked, and has the engine bring it here. Throws as the engine does. */
export async function bringImage(
  run: PreparedRun,
  options: RunOptions,
  ports: RunPorts,
  signal: AbortSignal,
): Promise<ResolvedImage> {
  const { engine, observer } = ports;
  const reference = imageReference(run.descriptor, options.imageOverride);
  if (options.build)
    await engine.buildImage(
      {
        contextFolder: posix.dirname(run.created.app.descriptorPath),
        tag: reference,
        onLine: (line) => observer.onBuildLine?.(line),
      },
      signal,
    );
  const image = await engine.resolveImage(
    { ...imageRequestOf(run, options), onProgress: pullTeller(run.runId, ports) },
    signal,
  );
  return { ...image, reference };
}

/** What is asked of an engine to bring a run's image. */
export function imageRequestOf(
  { created: { app, callerFolder }, descriptor }: Pick<PreparedRun, 'created' | 'descriptor'>,
  options: RunOptions,
): Omit<ImageRequest, 'onProgress'> & { readonly folder: string } {
  return {
    reference: options.pinnedImage ?? imageReference(descriptor, options.imageOverride),
    folder: options.imageOverride === undefined ? posix.dirname(app.descriptorPath) : callerFolder,
    pull: options.build ? 'never' : options.pull,
  };
}

/** The image that is asked for: the caller's, else the descriptor's with its index. */
export function imageReference(descriptor: Descriptor, override: string | undefined): string {
  if (override !== undefined) return override;
  return imageReferenceOf(descriptor.containerImage ?? { image: '' });
}

/** References that no registry answers for. */
const NOT_OF_A_REGISTRY =
  /^(?:(?:docker-archive|oci-archive|oci|docker-daemon|file):(?!\/\/)|file:|sha256:)|^(?![a-z]+:\/\/).*\.sif$/i;

/** A reference to the very image of a record: by its digest where a registry has it, else by its id. */
export function sameImage({ reference, digest, id }: ImageFacts): string {
  if (digest === undefined || NOT_OF_A_REGISTRY.test(reference)) return id;
  const repository = reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return `${repository}@${digest}`;
}

/** What a record keeps of it. */
export function imageFacts(image: ResolvedImage): ImageFacts {
  const { reference, id, digest, manifestDigest, sha256, platform, sizeBytes, pulled } = image;
  return {
    reference,
    id,
    ...(digest === undefined ? {} : { digest }),
    ...(manifestDigest === undefined ? {} : { manifestDigest }),
    ...(sha256 === undefined ? {} : { sha256 }),
    platform,
    sizeBytes,
    pulled,
  };
}
