import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, stat, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';

import { messageOf, RunnerError, systemCodeOf } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { damaged, type ImageContent } from './content.ts';
import { dockerArchiveContent } from './docker-archive.ts';
import type { Wanted } from './oci-content.ts';
import { layoutContent } from './oci-layout.ts';
import type { Platform } from './manifest.ts';
import { splitLocation, type ArchiveSource } from './source.ts';
import { indexTar, TarFault, type TarEntry } from './tar-index.ts';

/** The files of an archive or folder, by name. */
export interface ArchivedFiles {
  readonly names: readonly string[];
  size(name: string): number | undefined;
  /** Throws `image-pull-failed` when it is not there. */
  read(name: string, start?: number, bytes?: number): Readable;
}

/** An opened archive: its image, and where it lies. */
export interface OpenedArchive {
  readonly content: ImageContent;
  readonly path: string;
  /** Whether the file itself can be handed to another program: it is plain, and holds this image alone. */
  readonly plain: boolean;
}

/**
 * Opens the image of an archive or OCI folder. Dispose the content. Throws `image-not-found` when the
 * file, or an image of that name in it, is not there; `image-pull-failed` when it is damaged.
 */
export async function openArchive(
  source: ArchiveSource,
  platform: Platform,
  signal: AbortSignal,
): Promise<OpenedArchive> {
  const split = await splitLocation(source.location, (path) => exists(path, source.kind));
  if (split === undefined) throw await missing(source);
  const wanted = { name: `${source.kind}:${source.location}`, platform };
  await using resources = new AsyncDisposableStack();
  const { files, plain } =
    source.kind === 'oci'
      ? { files: await folderFiles(split.path, wanted), plain: false }
      : await tarFiles(split.path, { wanted, resources, signal });
  const read =
    files.size('manifest.json') !== undefined && source.kind === 'docker-archive'
      ? dockerArchiveContent
      : layoutContent;
  if (
    source.kind === 'docker-archive' &&
    read === layoutContent &&
    files.size('index.json') === undefined
  )
    throw damaged(wanted.name, 'it has no manifest.json, so it is none that "docker save" wrote');
  const { images, ...content } = await read(files, split.name, wanted);
  const held = resources.move();
  return {
    content: { ...content, [Symbol.asyncDispose]: () => held.disposeAsync() },
    path: split.path,
    plain:
      plain && source.kind === 'docker-archive' && images === 1 && read === dockerArchiveContent,
  };
}

async function exists(path: string, kind: ArchiveSource['kind']): Promise<boolean> {
  try {
    const found = await stat(path);
    return kind === 'oci' ? found.isDirectory() : found.isFile();
  } catch {
    return false;
  }
}

async function missing({ kind, location }: ArchiveSource): Promise<RunnerError> {
  const isFolder = await stat(location).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return new RunnerError(
    'image-not-found',
    kind === 'oci'
      ? `there is no folder ${location}`
      : isFolder
        ? `${location} is a folder, not an archive`
        : `there is no file ${location}`,
    {
      hint: isFolder
        ? `A folder that holds an OCI layout is named oci:${location}.`
        : 'A relative path is taken from the folder of the descriptor that names it, or from yours with --use-image.',
      details: { path: location },
    },
  );
}

interface Opening {
  readonly wanted: Wanted;
  readonly resources: AsyncDisposableStack;
  readonly signal: AbortSignal;
}

/** The files of a tar archive; one that is compressed as a whole is unpacked beside first. */
async function tarFiles(
  path: string,
  { wanted, resources, signal }: Opening,
): Promise<{ files: ArchivedFiles; plain: boolean }> {
  const first = await opened(path);
  const compression = compressedAs(await beginning(first));
  let file = first;
  if (compression === undefined) held(resources, first);
  else {
    await first.close();
    file = await unpackedBeside(path, compression, { wanted, resources, signal });
  }
  try {
    return { files: inTar(file, await indexTar(file), wanted), plain: compression === undefined };
  } catch (error) {
    if (error instanceof TarFault) throw damaged(wanted.name, `it ${error.message}`, error);
    throw error;
  }
}

const held = (resources: AsyncDisposableStack, file: FileHandle): void => {
  resources.defer(() => file.close());
};

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (cause) {
    throw new RunnerError('image-not-found', `${path} cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function beginning(file: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(6), 0, 6, 0);
  return buffer.subarray(0, bytesRead);
}

const MAGIC = { gzip: '1f8b', zstd: '28b52ffd', xz: 'fd377a585a00', bzip2: '425a68' } as const;

const compressedAs = (bytes: Buffer): keyof typeof MAGIC | undefined =>
  (Object.keys(MAGIC) as (keyof typeof MAGIC)[]).find((kind) =>
    bytes.toString('hex').startsWith(MAGIC[kind]),
  );

async function unpackedBeside(
  path: string,
  compression: keyof typeof MAGIC,
  { wanted, resources, signal }: Opening,
): Promise<FileHandle> {
  if (compression === 'xz' || compression === 'bzip2')
    throw new RunnerError('image-pull-failed', `${path} is compressed with ${compression}`, {
      hint: `Unpack it first: ${compression === 'xz' ? 'unxz' : 'bunzip2'} ${path}`,
    });
  const folder = await mkdtemp(join(tmpdir(), 'cyto-run-image-'));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  const unpacked = join(folder, 'archive.tar');
  const unpacker = compression === 'gzip' ? createGunzip() : createZstdDecompress();
  try {
    await pipeline(createReadStream(path), unpacker, createWriteStream(unpacked), { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (systemCodeOf(error) === 'ENOSPC')
      throw new RunnerError('disk-full', `no room to unpack ${path} in ${folder}`, {
        cause: error,
        hint: 'Make room there, or set TMPDIR to a folder with more.',
      });
    throw damaged(wanted.name, `it is not whole: ${messageOf(error)}`, error);
  }
  const file = await open(unpacked);
  held(resources, file);
  return file;
}

const inTar = (
  file: FileHandle,
  entries: ReadonlyMap<string, TarEntry>,
  { name: archive }: Wanted,
): ArchivedFiles => ({
  names: [...entries.keys()],
  size: (name) => entries.get(name)?.size,
  read: (name, start = 0, bytes = Number.POSITIVE_INFINITY) => {
    const entry = entries.get(name);
    if (entry === undefined) throw damaged(archive, `${name} is not in it`);
    const from = entry.offset + start;
    return Readable.from(pieces(file, from, from + Math.min(entry.size - start, bytes)), {
      objectMode: false,
    });
  },
});

/** A stream on the handle would close it with itself, and others read from it. */
async function* pieces(file: FileHandle, from: number, end: number): AsyncGenerator<Buffer> {
  for (let at = from; at < end;) {
    const length = Math.min(end - at, LIMITS.imageReadBytesMax);
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, at);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

async function folderFiles(folder: string, { name: archive }: Wanted): Promise<ArchivedFiles> {
  const { readdir } = await import('node:fs/promises');
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = new Map<string, number>();
  for (const entry of found) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    sizes.set(path.slice(folder.length + 1), (await stat(path)).size);
  }
  return {
    names: [...sizes.keys()],
    size: (name) => sizes.get(name),
    read: (name, start = 0, bytes = Number.POSITIVE_INFINITY) => {
      if (!sizes.has(name)) throw damaged(archive, `${name} is not in it`);
      return createReadStream(join(folder, name), {
        start,
        ...(Number.isFinite(bytes) ? { end: start + bytes - 1 } : {}),
      });
    },
  };
}
