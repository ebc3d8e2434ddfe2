import type { Readable } from 'node:stream';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import {
  damaged,
  digestOfBytes,
  parsedJson,
  readConfig,
  verifying,
  type ImageContent,
  type StoredLayer,
} from './content.ts';
import {
  chooseManifest,
  compressionOf,
  type ContentDescriptor,
  type ManifestDocument,
  type Platform,
} from './manifest.ts';

/** Where content is found by its digest: a registry, a layout in an archive or folder. */
export interface ContentStore {
  /** An index or manifest, whole. */
  manifest(descriptor: ContentDescriptor): Promise<Buffer>;
  /** A configuration or layer. */
  blob(descriptor: ContentDescriptor): Promise<Readable>;
}

export interface Wanted {
  /** For messages. */
  readonly name: string;
  readonly platform: Platform;
}

/**
 * The image that a descriptor leads to, for this platform: through an index if need be. Throws
 * `image-not-found` when the index has none for it, `image-pull-failed` when content is damaged.
 */
export async function ociContent(
  store: ContentStore,
  top: ContentDescriptor,
  wanted: Wanted,
): Promise<Omit<ImageContent, typeof Symbol.asyncDispose>> {
  const { document, digest } = await platformManifest(store, top, wanted);
  return {
    ...(await manifestContent(store, document, wanted.name)),
    digest: top.digest,
    manifestDigest: digest,
  };
}

/** The manifest that a descriptor leads to, and its digest. Throws as `ociContent` does. */
export async function platformManifest(
  store: Pick<ContentStore, 'manifest'>,
  top: ContentDescriptor,
  { name, platform }: Wanted,
): Promise<{ readonly document: ManifestDocument; readonly digest: string }> {
  let descriptor = top;
  for (let depth = 0; depth < LIMITS.imageIndexDepthMax; depth += 1) {
    const bytes = await store.manifest(descriptor);
    const { digest } = descriptor;
    if (digestOfBytes(bytes) !== digest)
      throw damaged(name, `${digest} has the content of ${digestOfBytes(bytes)}`);
    const document = parsedJson(bytes, name) as ManifestDocument;
    if (document.manifests === undefined) return { document, digest };
    descriptor = chooseManifest(document.manifests, platform, name);
  }
  throw damaged(name, 'its index leads to an index, and so on');
}

async function manifestContent(
  store: ContentStore,
  { config: configDescriptor, layers, schemaVersion }: ManifestDocument,
  name: string,
): Promise<Pick<ImageContent, 'config' | 'layers'>> {
  if (schemaVersion === 1)
    throw new RunnerError('image-pull-failed', `${name} is of Docker's first manifest schema`, {
      hint: 'No engine of today takes it: push it again with a newer Docker.',
    });
  if (configDescriptor === undefined || layers === undefined)
    throw damaged(name, 'its manifest names no configuration or no layers');
  const bytes = await wholeBlob(store, configDescriptor, name);
  const config = readConfig(bytes, name);
  if (config.diffIds.length !== layers.length)
    throw damaged(
      name,
      `it has ${layers.length} layers, but its configuration lists ${config.diffIds.length}`,
    );
  return {
    config,
    layers: layers.map((layer, at) => storedLayer(store, layer, config.diffIds[at] ?? '', name)),
  };
}

const storedLayer = (
  store: ContentStore,
  layer: ContentDescriptor,
  diffId: string,
  name: string,
): StoredLayer => ({
  diffId,
  compression: compressionOf(layer.mediaType, name),
  sizeBytes: layer.size,
  open: async () => verifying(await store.blob(layer), layer.digest, name),
});

async function wholeBlob(
  store: ContentStore,
  descriptor: ContentDescriptor,
  name: string,
): Promise<Buffer> {
  if (descriptor.size > LIMITS.imageManifestBytesMax)
    throw damaged(name, `its configuration has ${descriptor.size} bytes`);
  const chunks: Buffer[] = [];
  for await (const chunk of verifying(await store.blob(descriptor), descriptor.digest, name))
    chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
