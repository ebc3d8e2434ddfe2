import { posix } from 'node:path';

import { distance as editDistance } from 'fastest-levenshtein';

import { RunnerError } from '../../base/errors.ts';
import { isImageId, parseReference, type ImageReference } from './reference.ts';

/** Where an image is to come from, as its reference says. The same on every engine. */
export type ImageSource =
  | { readonly kind: 'registry'; readonly reference: ImageReference }
  | { readonly kind: 'image-id'; readonly id: string }
  /** An image of the Docker engine here, asked of no registry. */
  | { readonly kind: 'docker-daemon'; readonly name: string }
  | ArchiveSource
  | { readonly kind: 'sif'; readonly path: string };

/** A file or folder that holds images, and which of them. */
export interface ArchiveSource {
  readonly kind: 'docker-archive' | 'oci-archive' | 'oci';
  /**
   * Absolute `PATH[:REF]`, not yet taken apart: a path may hold colons too, and only a look at the
   * disk tells (`splitLocation`).
   */
  readonly location: string;
}

/** Words before a colon that say where an image lies (containers-transports, without those that need an engine). */
const FILE_TRANSPORTS = ['docker-archive', 'oci-archive', 'oci'] as const;
const TRANSPORTS = [...FILE_TRANSPORTS, 'docker-daemon', 'docker', 'file'];

/** Sources that Singularity knows and we do not: what to do instead. */
const FOREIGN: Readonly<Record<string, string>> = {
  library: 'Pull it once ("apptainer pull image.sif library://…") and name the .sif.',
  shub: 'That service has ended; look for the image in another registry.',
  oras: 'Pull it once ("apptainer pull image.sif oras://…") and name the .sif.',
  'docker-image': 'Write the name alone, or docker-daemon:NAME.',
  'containers-storage': 'Write the name alone and choose --engine podman.',
};

/**
 * Reads an image reference of any kind: `[registry/]repository[:tag][@digest]` (also behind
 * `docker://`), an engine's image id, `docker-archive:PATH[:REF]`, `oci-archive:PATH[:REF]`,
 * `oci:FOLDER[:REF]`, `docker-daemon:NAME`, `file://PATH` or a path that ends in `.sif`. Relative
 * paths are taken from `folder`. Throws `image-not-found` when it can name no image.
 */
export function parseImageSource(text: string, folder: string): ImageSource {
  const trimmed = text.trim();
  if (isImageId(trimmed)) return { kind: 'image-id', id: trimmed };
  const [, word = '', rest = ''] = /^([a-z][a-z-]*):(.*)$/s.exec(trimmed) ?? [];
  const place = rest.replace(/^\/\/(?=.)/, '');
  const archive = FILE_TRANSPORTS.find((known) => known === word);
  // `oci://` is also what some descriptors write before the name of a registry.
  if (archive !== undefined && !(archive === 'oci' && rest.startsWith('//'))) {
    if (place === '') throw unreadable(text, `After ${word}: comes the path of the archive.`);
    return { kind: archive, location: posix.resolve(folder, place) };
  }
  if (word === 'docker-daemon') return { kind: 'docker-daemon', name: localName(text, place) };
  if (word === 'file') return { kind: 'sif', path: posix.resolve(folder, filePath(place)) };
  if (/\.sif$/i.test(trimmed) && !/^[a-z]+:\/\//.test(trimmed))
    return { kind: 'sif', path: posix.resolve(folder, trimmed) };
  refuseOtherPlaces(text, trimmed, word, rest);
  return { kind: 'registry', reference: parseReference(text) };
}

/** Whether a reference names a file or folder, which another machine has not. */
export const isFileSource = ({ kind }: ImageSource): boolean =>
  kind === 'sif' || FILE_TRANSPORTS.some((known) => known === kind);

/**
 * Takes `PATH[:REF]` apart: the longest beginning that ends before a colon (or nowhere) and exists is the
 * path. `undefined`: none does.
 */
export async function splitLocation(
  location: string,
  exists: (path: string) => Promise<boolean>,
): Promise<{ readonly path: string; readonly name?: string } | undefined> {
  if (await exists(location)) return { path: location };
  for (
    let colon = location.lastIndexOf(':');
    colon > 0;
    colon = location.lastIndexOf(':', colon - 1)
  ) {
    const path = location.slice(0, colon);
    if (await exists(path)) return { path, name: location.slice(colon + 1) };
  }
  return undefined;
}

/** A path of a file URL may be percent-encoded; most people just write it. */
function filePath(place: string): string {
  try {
    return decodeURIComponent(place.replace(/^localhost(?=\/)/, ''));
  } catch {
    return place;
  }
}

function localName(text: string, name: string): string {
  if (isImageId(name)) return name;
  try {
    return parseReference(name).familiar;
  } catch {
    throw unreadable(text, 'After docker-daemon: comes the name or id of an image of Docker.');
  }
}

/** What parses as a repository's name but was meant otherwise. */
function refuseOtherPlaces(text: string, trimmed: string, word: string, rest: string): void {
  const elsewhere = Object.hasOwn(FOREIGN, word) ? FOREIGN[word] : undefined;
  if (elsewhere !== undefined && (rest.startsWith('//') || rest.includes(':')))
    throw unreadable(text, elsewhere);
  const near = TRANSPORTS.filter((known) => word.length > 3 && word !== known)
    .map((known) => ({ known, slips: editDistance(word, known) }))
    .sort((a, b) => a.slips - b.slips)[0];
  const looksLikePlace = /[/:]|\.(?:tar|tgz|sif)\b/.test(rest);
  if (near !== undefined && near.slips <= 2 && looksLikePlace)
    throw unreadable(text, `Did you mean ${near.known}:${rest}?`);
  const path = /^(?:\.{1,2}\/|\/)/.test(trimmed);
  if (path && (trimmed.startsWith('.') || /\.(?:tar|tgz|tar\.\w+|s?img)$/.test(trimmed)))
    throw unreadable(
      text,
      `For a file say of which kind: docker-archive:${trimmed} (docker save), oci-archive:${trimmed}, oci:FOLDER, or a path that ends in .sif.`,
    );
}

const unreadable = (text: string, hint: string): RunnerError =>
  new RunnerError('image-not-found', `"${text}" is not an image reference`, {
    hint,
    details: { reference: text },
  });
