import { createWriteStream, existsSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';

import { messageOf, RunnerError } from '../../base/errors.ts';
import { makeFolder } from '../../base/make-folder.ts';
import type { Client } from '../../client/index.ts';
import { crateFiles } from '../../report/index.ts';
import type { RunRecord } from '../../runner/index.ts';
import { METADATA, type CrateSource, type CrateWish } from './crate-source.ts';

/** The crate of a run of a server, which checks and makes it: here its archive is unpacked. */
export async function serverCrate(
  record: RunRecord,
  wish: CrateWish,
  client: Client,
): Promise<CrateSource> {
  const { files } = crateFiles(record, { ...wish, logs: { stdout: '', stderr: '' } });
  const bytes = await client.runs.crate(record.runId, wish);
  return {
    targets: [METADATA, ...files.map(({ target }) => target)],
    write: async (folder) => {
      // A disk that has room for the crate is the one it is written to.
      await using beside = await mkdtempDisposable(posix.join(folder, '.archive-'));
      const archive = posix.join(beside.path, 'crate.zip');
      await pipeline(bytes, createWriteStream(archive));
      await unpack(archive, folder);
      // An archive has no folder without files.
      for (const file of files)
        if ('kind' in file && file.kind === 'folder') makeFolder(posix.join(folder, file.target));
      const missing = files.find(({ target }) => !existsSync(posix.join(folder, target)));
      if (missing !== undefined) throw damaged(`${JSON.stringify(missing.target)} is not in it`);
    },
  };
}

/** Names that lead out of the folder are refused by the reader of the archive. */
async function unpack(archive: string, folder: string): Promise<void> {
  try {
    const zip = await openPromise(archive, { lazyEntries: true, strictFileNames: true });
    for await (const entry of zip.eachEntry()) {
      const target = posix.join(folder, entry.fileName);
      if (entry.fileName.endsWith('/')) makeFolder(target);
      else {
        makeFolder(posix.dirname(target));
        await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target));
      }
    }
  } catch (error) {
    throw damaged(messageOf(error), error);
  }
}

const damaged = (why: string, cause?: unknown): RunnerError =>
  new RunnerError('transfer-damaged', `the crate that the server sent is none: ${why}`, {
    hint: 'Try again, with another folder.',
    cause,
  });
