import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { ContainerEngine, ImageFile } from '../container/index.ts';
import { sameImage } from '../runner/index.ts';
import { descriptorOf, type DescriptorFile } from './descriptor-file.ts';
import { decodedText } from './text-file.ts';

/** Where Cytomine has an image keep its descriptor. */
const DESCRIPTOR_IN_IMAGE = '/app/descriptor.json';

/** An app as its image brings it along. */
export interface AppOfImage {
  readonly file: DescriptorFile;
  /** The very image: by its digest where a registry has it, else by its id in the engine. */
  readonly image: string;
}

/**
 * Brings an image and takes the descriptor out of it; nothing of the image is started. Throws what
 * bringing it throws, `engine-refused` by an engine that gives no file of an image,
 * `descriptor-unreadable` and `descriptor-invalid`.
 */
export async function appOfImage(
  reference: string,
  { engine, ownerLabel }: { readonly engine: ContainerEngine; readonly ownerLabel: string },
  signal: AbortSignal,
): Promise<AppOfImage> {
  if (engine.readImageFile === undefined)
    throw new RunnerError('engine-refused', `${engine.name} gives no file out of an image`, {
      hint: 'Docker and Podman do (`engine` in the configuration); with others register the descriptor itself.',
    });
  const image = await engine.resolveImage({ reference, pull: 'missing' }, signal);
  const found = await engine.readImageFile(
    {
      image: image.id,
      path: DESCRIPTOR_IN_IMAGE,
      bytesMax: LIMITS.descriptorBytesMax,
      ownerLabel,
    },
    signal,
  );
  const where = `${image.reference}:${DESCRIPTOR_IN_IMAGE}`;
  const text = decodedText(Buffer.from(bytesOf(found, image.reference)), where);
  return {
    file: await descriptorOf(text, DESCRIPTOR_IN_IMAGE, where),
    image: sameImage(image),
  };
}

/** Brings an image: what it is, for runs of an app whose descriptor comes from elsewhere. Throws what bringing it throws. */
export async function pinnedImage(
  reference: string,
  engine: ContainerEngine,
  signal: AbortSignal,
): Promise<string> {
  return sameImage(await engine.resolveImage({ reference, pull: 'missing' }, signal));
}

function bytesOf(found: ImageFile, image: string): Uint8Array {
  if (found.kind === 'file') return found.bytes;
  throw new RunnerError(
    'descriptor-unreadable',
    `the image ${image} has no descriptor: ${DESCRIPTOR_IN_IMAGE} ${whyNot(found)}`,
    {
      hint: `Copy the descriptor there when the image is built (COPY descriptor.json ${DESCRIPTOR_IN_IMAGE}), or register the descriptor itself.`,
      details: { image, path: DESCRIPTOR_IN_IMAGE },
    },
  );
}

function whyNot(found: Exclude<ImageFile, { readonly kind: 'file' }>): string {
  switch (found.kind) {
    case 'missing':
      return 'is not in it';
    case 'link':
      return `is a link to ${JSON.stringify(found.target)}, and links are not followed`;
    case 'no-file':
      return 'is no plain file';
    case 'too-large':
      return `has ${found.sizeBytes} bytes, more than the ${LIMITS.descriptorBytesMax} a descriptor may have`;
  }
}
