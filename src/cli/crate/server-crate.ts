import { createWriteStream, existsSync } from 'node:fs';
import { mkdtempDisposable, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';

import { messageOf, RunnerError, systemCodeOf } from '../../base/errors.ts';
import { makeFolder } from '../../base/make-folder.ts';
import type { Client } from '../../client/index.ts';
import { crateFiles, type CrateFile } from '../../report/index.ts';
import { fileFacts, folderFacts, type RunRecord } from '../../runner/index.ts';
import { METADATA, type CrateSource, type CrateWish } from './crate-source.ts';

/** The crate of a run of a server, which checks and makes it: here its archive is unpacked, and checked again. */
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
      await using beside = await mkdtempDisposable(posix.join(posix.dirname(folder), '.archive-'));
      const archive = posix.join(beside.path, 'crate.zip');
      await pipeline(bytes, createWriteStream(archive));
      await unpack(archive, folder);
      if (!existsSync(posix.join(folder, METADATA))) throw lacking(METADATA);
      for (const file of files) await assertWhole(file, folder, record);
    },
  };
}

/** An archive checks less than it says: what came is what the record says, or nothing. */
async function assertWhole(
  file: CrateFile,
  folder: string,
  { outputs, inputs }: RunRecord,
): Promise<void> {
  const place = posix.join(folder, file.target);
  const found = await stat(place).catch(() => undefined);
  const isFolder = 'kind' in file && file.kind === 'folder';
  if (found?.isDirectory() !== isFolder) throw lacking(file.target);
  if ('content' in file) return;
  const wanted =
    outputs.find(({ location }) => location === file.source) ??
    inputs.find(({ path }) => path === file.source);
  if (wanted === undefined) return;
  const { sha256 } = isFolder ? await folderFacts(place) : await fileFacts(place);
  if (sha256 !== wanted.sha256)
    throw damaged(`${JSON.stringify(file.target)} has not the checksum of the record`);
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
    throw OF_THE_DISK.has(systemCodeOf(error) ?? '') ? error : damaged(messageOf(error), error);
  }
}

/** No fault of the archive. */
const OF_THE_DISK: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE']);

const lacking = (target: string): RunnerError =>
  damaged(`${JSON.stringify(target)} is not in it as what it is`);

const damaged = (why: string, cause?: unknown): RunnerError =>
  new RunnerError('transfer-damaged', `the crate that the server sent is none: ${why}`, {
    hint: 'Try again: nothing of it was kept. If it stays so, the server or something between has changed it.',
    cause,
  });
