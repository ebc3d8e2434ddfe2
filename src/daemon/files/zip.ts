import { lstat, readdir } from 'node:fs/promises';
import { posix } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { ZipFile } from 'yazl';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';

/** One thing in an archive: a file or folder of this machine, or a text. */
export type ZipEntry =
  | { readonly target: string; readonly source: string; readonly kind: 'file' | 'folder' }
  | { readonly target: string; readonly content: string };

/**
 * A zip archive as a stream, made as it is read: nothing of it lies in memory or on the disk. Of
 * folders, plain files and folders without any: a link may lead anywhere. Throws `not-found` for what is
 * no plain file, or too many.
 */
export async function zipOf(entries: readonly ZipEntry[]): Promise<Readable> {
  const zip = new ZipFile();
  let count = 0;
  for (const entry of entries) {
    if ('content' in entry) zip.addBuffer(Buffer.from(entry.content), entry.target);
    else
      for (const { source, target, kind } of await contentsOf(entry)) {
        if (kind === 'folder') zip.addEmptyDirectory(target);
        else zip.addFile(source, target, { compress: isWorthIt(target) });
        count += 1;
        if (count > LIMITS.outputFilesMax) throw tooMany();
      }
  }
  zip.end();
  const stream = zip.outputStream.pipe(new PassThrough());
  // A file that vanishes while it is read ends the answer: half an archive is none.
  zip.on('error', (error: unknown) => {
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return stream;
}

type PlacedSource = Extract<ZipEntry, { source: string }>;

/** A file itself; of a folder its plain files, and the folders in which nothing is that could be named. */
async function contentsOf({ source, target, kind }: PlacedSource): Promise<PlacedSource[]> {
  if (kind === 'file') {
    if ((await lstat(source)).isFile()) return [{ source, target, kind }];
    throw new RunnerError('not-found', `${JSON.stringify(target)} is no plain file`);
  }
  const found = (await readdir(source, { recursive: true, withFileTypes: true }))
    .filter((one) => one.isFile() || one.isDirectory())
    .map((one) => ({
      parent: one.parentPath,
      path: posix.join(one.parentPath, one.name),
      kind: one.isFile() ? ('file' as const) : ('folder' as const),
    }));
  const filled = new Set(found.map(({ parent }) => parent));
  const named = found.filter((one) => one.kind === 'file' || !filled.has(one.path));
  if (named.length === 0) return [{ source, target, kind }];
  return named
    .sort((one, other) => (one.path < other.path ? -1 : 1))
    .map(({ path, kind }) => ({
      ...{ source: path, kind },
      target: posix.join(target, posix.relative(source, path)),
    }));
}

/** Pictures are compressed already; trying again takes minutes a gigabyte. */
const isWorthIt = (name: string): boolean =>
  /\.(?:csv|tsv|txt|json|log|xml|geojson|md)$/i.test(name);

const tooMany = (): RunnerError =>
  new RunnerError('not-found', `it has more than ${LIMITS.outputFilesMax} files`, {
    hint: 'Fetch them one by one.',
  });
