import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import type { Clock } from '../../../base/clock.ts';
import { messageOf, RunnerError, systemCodeOf } from '../../../base/errors.ts';
import { LIMITS } from '../../../base/limits.ts';
import type { PullProgress } from '../../engine.ts';
import { damaged, digestOfBytes, type ImageContent } from '../content.ts';
import { hashFile } from '../file-hash.ts';
import type { ContentDescriptor, Platform } from '../manifest.ts';
import { ociContent, platformManifest, type ContentStore } from '../oci-content.ts';
import type { ImageReference } from '../reference.ts';
import type { RegistryRepository } from './client.ts';

/** An image as its registry describes it; no layer has been fetched. */
export interface RemoteImage {
  readonly content: Omit<ImageContent, typeof Symbol.asyncDispose>;
  readonly descriptors: readonly ContentDescriptor[];
  readonly manifest: Buffer;
}

interface Asking {
  readonly platform: Platform;
  readonly signal: AbortSignal;
}

/**
 * Asks a registry which image a reference names for this platform: its digests, its configuration
 * and the sizes of its layers. Throws `image-not-found`, `image-pull-failed`.
 */
export async function describeRemote(
  repository: RegistryRepository,
  reference: ImageReference,
  { platform, signal }: Asking,
): Promise<RemoteImage> {
  const { top, store, manifest } = await remoteStore(repository, reference, signal);
  const content = await ociContent(store, top, { name: reference.familiar, platform });
  const { config, layers = [] } = JSON.parse(manifest().toString()) as {
    config: ContentDescriptor;
    layers?: readonly ContentDescriptor[];
  };
  return { content, descriptors: [config, ...layers], manifest: manifest() };
}

/** The digests alone, for one request or two. Throws as `describeRemote` does. */
export async function remoteDigests(
  repository: RegistryRepository,
  reference: ImageReference,
  { platform, signal }: Asking,
): Promise<{ readonly digest: string; readonly manifestDigest: string }> {
  const { top, store } = await remoteStore(repository, reference, signal);
  const wanted = { name: reference.familiar, platform };
  const { digest: manifestDigest } = await platformManifest(store, top, wanted);
  return { digest: top.digest, manifestDigest };
}

/** A registry as a store, with what the reference names already asked for. */
async function remoteStore(
  repository: RegistryRepository,
  reference: ImageReference,
  signal: AbortSignal,
): Promise<{ top: ContentDescriptor; store: ContentStore; manifest: () => Buffer }> {
  const { digest: asked, tag = 'latest', familiar } = reference;
  const { bytes } = await repository.manifest(asked ?? tag, signal);
  const digest = digestOfBytes(bytes);
  if (asked !== undefined && asked !== digest)
    throw damaged(familiar, `the registry gives ${digest} in its place`);
  let last = bytes;
  const store: ContentStore = {
    manifest: async (wanted) => {
      if (wanted.digest !== digest) last = (await repository.manifest(wanted.digest, signal)).bytes;
      return last;
    },
    blob: async (wanted) => (await repository.blob(wanted.digest, 0, signal)).body,
  };
  return { top: { digest, size: bytes.length }, store, manifest: () => last };
}

export interface Fetching {
  readonly reference: ImageReference;
  /** Gets an OCI layout of this one image. */
  readonly folder: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
}

/**
 * Fetches an image into a folder as an OCI layout: every blob once, checked against its digest,
 * taken up where a broken connection left it. Throws `image-pull-failed`, `disk-full`.
 */
export async function fetchImage(
  repository: RegistryRepository,
  { descriptors, manifest }: RemoteImage,
  fetching: Fetching,
): Promise<void> {
  const { folder, onProgress } = fetching;
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const distinct = [...new Map(descriptors.map((each) => [each.digest, each])).values()];
  const totalBytes = distinct.reduce((sum, { size }) => sum + size, 0);
  const received = new Map<string, number>();
  const note = (digest: string, bytes: number): void => {
    received.set(digest, bytes);
    const receivedBytes = [...received.values()].reduce((sum, each) => sum + each, 0);
    onProgress?.({ receivedBytes, totalBytes, status: 'Downloading' });
  };
  const waiting = [...distinct];
  const failed = new AbortController();
  const signal = AbortSignal.any([fetching.signal, failed.signal]);
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      await fetchBlob(repository, next, { ...fetching, signal, blobs, note });
  };
  const workers = Array.from({ length: LIMITS.registryBlobsAtOnceMax }, () =>
    worker().catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  // Whoever is told of the failure may remove the folder: nobody writes there any more.
  await Promise.allSettled(workers);
  await Promise.all(workers);
  const digest = digestOfBytes(manifest);
  const { mediaType = 'application/vnd.oci.image.manifest.v1+json' } = JSON.parse(
    manifest.toString(),
  ) as { mediaType?: string };
  const index = { schemaVersion: 2, manifests: [{ mediaType, digest, size: manifest.length }] };
  await writeFile(join(blobs, digest.replace(/^.*:/, '')), manifest);
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
}

interface BlobFetching extends Fetching {
  readonly blobs: string;
  readonly note: (digest: string, bytes: number) => void;
}

async function fetchBlob(
  repository: RegistryRepository,
  { digest, size }: ContentDescriptor,
  { blobs, note, clock, signal, reference }: BlobFetching,
): Promise<void> {
  const path = join(blobs, digest.replace(/^.*:/, ''));
  const part = `${path}.part`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await receive(repository, { digest, part, note }, signal);
      break;
    } catch (error) {
      signal.throwIfAborted();
      if (systemCodeOf(error) === 'ENOSPC') throw diskFull(blobs, error);
      if (error instanceof RunnerError && error.details['transient'] !== true) throw error;
      if (attempt >= LIMITS.registryAttemptsMax)
        throw new RunnerError(
          'image-pull-failed',
          `${reference.familiar} could not be pulled: the connection broke ${attempt} times, last with: ${messageOf(error)}`,
          { cause: error, hint: 'Try again when the network is better.' },
        );
      await clock.sleep(LIMITS.registryRetryMs * attempt, signal);
    }
  }
  const found = `sha256:${await hashFile(part, signal)}`;
  if (found !== digest || (await stat(part)).size !== size) {
    await rm(part, { force: true });
    throw damaged(reference.familiar, `the registry gives ${found} in place of ${digest}`);
  }
  await rename(part, path);
}

async function receive(
  repository: RegistryRepository,
  { digest, part, note }: Pick<BlobFetching, 'note'> & { digest: string; part: string },
  signal: AbortSignal,
): Promise<void> {
  const kept = await stat(part).then(
    ({ size }) => size,
    () => 0,
  );
  const { body, from } = await repository.blob(digest, kept, signal);
  let bytes = from;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    note(digest, bytes);
  });
  await pipeline(body, createWriteStream(part, { flags: from === 0 ? 'w' : 'a' }), { signal });
}

/** The layers of a fetched image, for whoever wants them in another form. */
export const fetchedContent = (
  folder: string,
  { content, descriptors }: RemoteImage,
): ImageContent => ({
  ...content,
  layers: content.layers.map((layer, at) => ({
    ...layer,
    open: () => {
      const { digest = '' } = descriptors[at + 1] ?? {};
      return Promise.resolve(
        createReadStream(join(folder, 'blobs', 'sha256', digest.replace(/^.*:/, ''))),
      );
    },
  })),
  [Symbol.asyncDispose]: () => Promise.resolve(),
});

const diskFull = (folder: string, cause: unknown): RunnerError =>
  new RunnerError('disk-full', `no room left for the image in ${folder}`, {
    cause,
    hint: 'Make room there ("cyto-run images prune"), or choose another data folder.',
  });
