import { copyFile, cp, readdir, writeFile } from 'node:fs/promises';
import { posix } from 'node:path';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { makeFolder } from '../../base/make-folder.ts';
import { crateFiles, type CrateFile } from '../../report/index.ts';
import { isTerminal } from '../../runner/index.ts';
import { optionalText, runArgument } from '../arguments.ts';
import { checkCrateSources } from '../../site/index.ts';
import { openRuns } from '../../site/runs/index.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run export RUN --format ro-crate`: a folder with the run's files and their metadata. */
export const exportRun: CommandRun = async (args, { terminal }) => {
  using opened = await openRuns(terminal);
  const { store } = opened;
  const record = store.read(runArgument(store, args['run']));
  if (!isTerminal(record.state))
    throw new RunnerError('run-active', `run ${record.runId} has not ended (${record.state})`, {
      hint: `Wait for it: cyto-run wait ${record.runId}`,
    });
  const folder = posix.resolve(terminal.cwd, optionalText(args['out']) ?? `${record.runId}-crate`);
  const license = optionalText(args['license']);
  const logs = posix.join(store.runFolder(record.runId), 'logs');
  const { metadata, files } = crateFiles(record, {
    inputs: args['inputs'] === 'refer' ? 'refer' : 'copy',
    ...(license === undefined ? {} : { license }),
    logs: { stdout: posix.join(logs, 'stdout'), stderr: posix.join(logs, 'stderr') },
  });
  await checkCrateSources(record, args['inputs'] !== 'refer');
  await makeEmpty(folder);
  for (const file of files) await place(file, folder);
  await writeFile(posix.join(folder, METADATA), `${JSON.stringify(metadata, null, 2)}\n`);
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify({ runId: record.runId, folder, files: [METADATA, ...files.map(({ target }) => target)] }, null, 2)}\n`
      : `${folder}\n`,
  );
  return 0;
};

/** What every RO-Crate 1.1 calls its metadata. */
const METADATA = 'ro-crate-metadata.json';

/** Makes the folder; one that holds something is refused, nothing of it is written over. */
async function makeEmpty(folder: string): Promise<void> {
  try {
    makeFolder(folder);
    if ((await readdir(folder)).length === 0) return;
  } catch (error) {
    throw new RunnerError(
      'output-folder-unusable',
      `${JSON.stringify(folder)} cannot be made: ${systemCodeOf(error) ?? String(error)}`,
      { cause: error, hint: 'Choose another folder with --out.' },
    );
  }
  throw new RunnerError('output-folder-unusable', `${JSON.stringify(folder)} is not empty`, {
    hint: 'Choose another folder with --out.',
  });
}

async function place(file: CrateFile, folder: string): Promise<void> {
  const target = posix.join(folder, file.target);
  makeFolder(posix.dirname(target));
  if ('content' in file) await writeFile(target, file.content);
  else if (file.kind === 'folder') await cp(file.source, target, { recursive: true });
  else await copyFile(file.source, target);
}
