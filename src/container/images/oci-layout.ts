import type { Readable } from 'node:stream';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { ArchivedFiles } from './archive.ts';
import { damaged, parsedJson, type ImageContent } from './content.ts';
import { isImageEntry, type ContentDescriptor, type ManifestDocument } from './manifest.ts';
import { ociContent, type Wanted } from './oci-content.ts';
import { familiarName } from './reference.ts';

/** Content of an archive, and of how many images it was chosen. */
export type ChosenContent = Omit<ImageContent, typeof Symbol.asyncDispose> & {
  readonly images: number;
};

/**
 * The image of that name in an OCI image layout (image-spec, image-layout.md); without a name the
 * only one. Throws `image-not-found`, `image-pull-failed`.
 */
export async function layoutContent(
  files: ArchivedFiles,
  name: string | undefined,
  wanted: Wanted,
): Promise<ChosenContent> {
  if (files.size('index.json') === undefined)
    throw damaged(wanted.name, 'it has no index.json, so it holds no OCI layout');
  const index = parsedJson(
    await whole(files, 'index.json', wanted),
    wanted.name,
  ) as ManifestDocument;
  const entries = (index.manifests ?? []).filter(isImageEntry);
  const descriptor = chooseEntry(entries, name, wanted);
  const store = {
    manifest: ({ digest }: ContentDescriptor): Promise<Buffer> =>
      whole(files, blobName(digest, wanted), wanted),
    blob: ({ digest }: ContentDescriptor): Promise<Readable> =>
      Promise.resolve(files.read(blobName(digest, wanted))),
  };
  return { ...(await ociContent(store, descriptor, wanted)), images: entries.length };
}

/** Several entries of an unnamed or common name are the platforms of one image. */
function chooseEntry(
  entries: readonly ContentDescriptor[],
  name: string | undefined,
  wanted: Wanted,
): ContentDescriptor {
  const named = name === undefined ? entries : entries.filter((entry) => isNamed(entry, name));
  const { os, architecture } = wanted.platform;
  const ours = named.filter(
    ({ platform }) => platform?.os === os && platform.architecture === architecture,
  );
  const chosen = named.length === 1 ? named[0] : ours.length === 1 ? ours[0] : undefined;
  if (chosen !== undefined) return chosen;
  const names = entries.map((entry) => namesOf(entry)[0] ?? entry.digest);
  throw severalOrNone(names, name, wanted);
}

export function severalOrNone(
  names: readonly string[],
  name: string | undefined,
  wanted: Wanted,
): RunnerError {
  const list = [...new Set(names)].join(', ');
  return new RunnerError(
    'image-not-found',
    name === undefined
      ? `${wanted.name} holds ${names.length === 0 ? 'no image' : `${names.length} images`}`
      : `${wanted.name} holds no image ${name}`,
    {
      hint:
        names.length === 0
          ? 'Save it again.'
          : `Name one of these behind a colon after the path: ${list}.`,
      details: { images: names, ...(name === undefined ? {} : { asked: name }) },
    },
  );
}

const namesOf = ({ annotations = {} }: ContentDescriptor): string[] =>
  [
    annotations['io.containerd.image.name'],
    annotations['org.opencontainers.image.ref.name'],
  ].filter((name) => name !== undefined);

const isNamed = (entry: ContentDescriptor, name: string): boolean =>
  entry.digest === name.replace(/^.*@/, '') ||
  namesOf(entry).some((its) => its === name || familiarName(its) === familiarName(name));

/** Digests become paths: nothing but what a digest may hold. */
function blobName(digest: string, wanted: Wanted): string {
  if (!/^[a-z0-9]+:[0-9a-f]{32,}$/.test(digest))
    throw damaged(wanted.name, `${digest} is no digest`);
  return `blobs/${digest.replace(':', '/')}`;
}

/** A small file. */
export async function whole(files: ArchivedFiles, name: string, wanted: Wanted): Promise<Buffer> {
  const size = files.size(name) ?? 0;
  if (size > LIMITS.imageManifestBytesMax) throw damaged(wanted.name, `${name} has ${size} bytes`);
  const chunks: Buffer[] = [];
  for await (const chunk of files.read(name)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
