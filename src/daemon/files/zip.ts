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
 * folders, plain files only: a link may lead anywhere. Throws `output-missing` where one is gone.
 */
export async function zipOf(entries: readonly ZipEntry[]): Promise<Readable> {
  const zip = new ZipFile();
  let count = 0;
  for (const entry of entries) {
    if ('content' in entry) zip.addBuffer(Buffer.from(entry.content), entry.target);
    else
      for (const { source, target } of await plainFiles(entry)) {
        zip.addFile(source, target, { compress: isWorthIt(target) });
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

async function plainFiles({
  source,
  target,
  kind,
}: Extract<ZipEntry, { source: string }>): Promise<{ source: string; target: string }[]> {
  if (kind === 'file') {
    if ((await lstat(source)).isFile()) return [{ source, target }];
    throw new RunnerError('not-found', `${JSON.stringify(target)} is no plain file`);
  }
  const found = await readdir(source, { recursive: true, withFileTypes: true });
  return found
    .filter((one) => one.isFile())
    .map((one) => posix.join(one.parentPath, one.name))
    .sort()
    .map((path) => ({ source: path, target: posix.join(target, posix.relative(source, path)) }));
}

/** Pictures are compressed already; trying again takes minutes a gigabyte. */
const isWorthIt = (name: string): boolean =>
  /\.(?:csv|tsv|txt|json|log|xml|geojson|md)$/i.test(name);

const tooMany = (): RunnerError =>
  new RunnerError('not-found', `it has more than ${LIMITS.outputFilesMax} files`, {
    hint: 'Fetch them one by one.',
  });
