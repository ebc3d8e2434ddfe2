import { randomUUID } from 'node:crypto';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { makeFolder } from '../../base/make-folder.ts';
import type { OutputFile, RunOutput } from '../../client/index.ts';
import {
  fileFacts,
  isWithin,
  replacedWarning,
  type OutputFacts,
  type RunRecord,
} from '../../runner/index.ts';
import { unwritable } from './unwritable.ts';

/** Where the outputs of a run lie now: a folder of this machine, or a server. */
export interface OutputSource {
  /** The files of an output that is a folder, by their paths among the outputs. */
  files(output: RunOutput): Promise<readonly OutputFile[]>;
  /** The bytes of a file. Throws `transfer-damaged` behind the last when they are not what the run left. */
  read(file: OutputFile): AsyncIterable<Uint8Array>;
}

/** What was brought, and what is to be told of it. */
export interface BroughtOutputs {
  readonly outputs: readonly OutputFacts[];
  readonly warnings: RunRecord['warnings'];
}

/**
 * Brings the outputs of a run into a folder here, each file whole or not at all and checked by its
 * sha256. What is there already, from an earlier time, is not brought again. Throws
 * `transfer-damaged`, `output-folder-unusable`, `disk-full`.
 */
export async function bringOutputs(
  outputs: readonly RunOutput[],
  folder: string,
  source: OutputSource,
): Promise<BroughtOutputs> {
  const replaced: string[] = [];
  const brought: OutputFacts[] = [];
  for (const output of outputs) {
    const location = placeIn(folder, output.path);
    if (output.kind === 'folder') makePlace(location);
    const files = output.kind === 'file' ? [output] : await source.files(output);
    for (const file of files) {
      const path = placeIn(folder, file.path);
      const before = await fileFacts(path).catch(() => undefined);
      if (before?.sha256 === file.sha256) continue;
      if (before !== undefined) replaced.push(path);
      await bringOne(file, path, source);
    }
    brought.push({ ...output, location });
  }
  return { outputs: brought, warnings: replaced.length === 0 ? [] : [replacedWarning(replaced)] };
}

/** What a server says is not to lead out of the folder. */
function placeIn(folder: string, path: string): string {
  const place = posix.join(folder, path);
  if (isWithin(place, folder) && place !== folder) return place;
  throw new RunnerError(
    'transfer-damaged',
    `the output ${JSON.stringify(path)} has no place here`,
    {
      hint: 'Its path leads out of the folder of outputs.',
    },
  );
}

async function bringOne(file: OutputFile, location: string, source: OutputSource): Promise<void> {
  const folder = posix.dirname(location);
  const beside = posix.join(folder, `.cyto-run-${randomUUID()}.part`);
  makePlace(folder);
  try {
    await pipeline(source.read(file), createWriteStream(beside, { flags: 'wx' }));
    renameSync(beside, location);
  } catch (error) {
    removeQuietly(beside);
    throw unwritable(location, error, KEPT);
  }
}

const KEPT = 'The run still has them: `cyto-run outputs RUN --out FOLDER` brings them.';

function makePlace(folder: string): void {
  try {
    makeFolder(folder);
  } catch (error) {
    throw unwritable(folder, error, KEPT);
  }
}

/** What cannot be removed was never there: the error that is on its way says why. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
  }
}
