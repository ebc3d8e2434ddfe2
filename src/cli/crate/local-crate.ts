import { copyFile, cp, writeFile } from 'node:fs/promises';
import { posix } from 'node:path';

import { makeFolder } from '../../base/make-folder.ts';
import { crateFiles, type CrateFile } from '../../report/index.ts';
import type { RunRecord } from '../../runner/index.ts';
import { checkCrateSources } from '../../site/index.ts';
import { METADATA, type CrateSource, type CrateWish } from './crate-source.ts';

/**
 * The crate of a run of this machine. Throws `output-invalid` or `input-missing` where a file is no more
 * what the run left or was given.
 *
 * @param logsFolder holds the files `stdout` and `stderr`
 */
export async function localCrate(
  record: RunRecord,
  wish: CrateWish,
  logsFolder: string,
): Promise<CrateSource> {
  const { metadata, files } = crateFiles(record, {
    ...wish,
    logs: { stdout: posix.join(logsFolder, 'stdout'), stderr: posix.join(logsFolder, 'stderr') },
  });
  await checkCrateSources(record, wish.inputs !== 'refer');
  return {
    targets: [METADATA, ...files.map(({ target }) => target)],
    write: async (folder) => {
      for (const file of files) await place(file, folder);
      await writeFile(posix.join(folder, METADATA), `${JSON.stringify(metadata, null, 2)}\n`);
    },
  };
}

async function place(file: CrateFile, folder: string): Promise<void> {
  const target = posix.join(folder, file.target);
  makeFolder(posix.dirname(target));
  if ('content' in file) await writeFile(target, file.content);
  else if (file.kind === 'folder') await cp(file.source, target, { recursive: true });
  else await copyFile(file.source, target);
}
