import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, lstat, readdir, realpath, rename, rm } from 'node:fs/promises';
import { posix } from 'node:path';

import { isDiskFull } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { makeFolder } from '../base/make-folder.ts';
import type { Mount } from '../container/index.ts';
import type { OutputFacts } from './events.ts';
import type { FoundOutput } from './find-outputs.ts';
import { fileFacts, folderFacts } from './inputs.ts';
import { mediaTypeOf } from './media-type.ts';
import type { Failure } from './outcome.ts';
import { isWithin } from './places.ts';

/** Outputs that could not be put where they belong. */
export class OutputFault extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, cause?: unknown) {
    super(failure.message, { cause });
    this.failure = failure;
  }
}

export interface Destination {
  /** Absent: outputs are recorded where they lie. */
  readonly folder: string | undefined;
  /** Read-only mounts: never written over. */
  readonly inputs: readonly Mount[];
}

/**
 * Puts outputs into the destination folder, each complete or not at all (written beside its place
 * and renamed into it), and says size and SHA-256 of each. A file of the same name is replaced,
 * unless it is one of the run's inputs. Throws `OutputFault`.
 */
export async function publishOutputs(
  found: readonly FoundOutput[],
  destination: Destination,
): Promise<Published> {
  const outputs: OutputFacts[] = new Array<OutputFacts>(found.length);
  const replaced: string[] = [];
  const waiting = found.entries();
  // Each worker takes the next one; the outputs keep the order they were found in.
  const work = async (): Promise<void> => {
    for (const [at, output] of waiting)
      outputs[at] = await publishOutput(output, destination, replaced);
  };
  await Promise.all(Array.from({ length: LIMITS.outputsAtOnceMax }, work));
  return { outputs, replaced: replaced.sort() };
}

export interface Published {
  readonly outputs: readonly OutputFacts[];
  /** Files that were there before with another content, and are no more. */
  readonly replaced: readonly string[];
}

async function publishOutput(
  { outputId, path, source, kind }: FoundOutput,
  { folder, inputs }: Destination,
  replaced: string[],
): Promise<OutputFacts> {
  const location = folder === undefined ? source : posix.join(folder, path);
  try {
    const content = kind === 'file' ? await fileFacts(source) : await folderFacts(source);
    if (folder !== undefined) {
      await assertNotInput(location, inputs);
      if (kind === 'file' && (await differs(location, content.sha256))) replaced.push(location);
      await (kind === 'file' ? publishFile(source, location) : publishFolder(source, location));
    }
    return { outputId, path, location, kind, ...content, mediaType: mediaTypeOf(path, kind) };
  } catch (error) {
    throw faultOf(error, location);
  }
}

/** Whether there is a file already, and not one with this content. */
async function differs(location: string, sha256: string): Promise<boolean> {
  const before = await fileFacts(location).catch(() => undefined);
  return before !== undefined && before.sha256 !== sha256;
}

async function assertNotInput(location: string, inputs: readonly Mount[]): Promise<void> {
  const real = await realpath(location).catch(() => location);
  if (inputs.some(({ source }) => isWithin(real, source)))
    throw new OutputFault({
      code: 'output-invalid',
      message: `the output ${JSON.stringify(location)} would replace an input of the same run`,
      hint: 'Choose another folder with --out.',
    });
}

/** Beside its place first, under a name no other file has; then renamed into it. */
async function publishFile(source: string, location: string): Promise<void> {
  const folder = posix.dirname(location);
  const beside = posix.join(folder, `.cyto-run-${randomUUID()}.part`);
  makeFolder(folder);
  try {
    // A link costs nothing and no space; across disks it is a copy.
    await link(source, beside).catch(() => copyFile(source, beside, constants.COPYFILE_FICLONE));
    await rename(beside, location);
  } finally {
    // Also after success: renaming a link to where the same file lies already leaves both.
    await rm(beside, { force: true });
  }
}

/** Copies a folder output file by file; a link inside it that is not a plain file is a fault. */
async function publishFolder(source: string, location: string): Promise<void> {
  makeFolder(location);
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const from = posix.join(source, entry.name);
    const to = posix.join(location, entry.name);
    if (entry.isDirectory()) await publishFolder(from, to);
    else if (entry.isFile()) await publishFile(from, to);
    else if (entry.isSymbolicLink() && (await staysInside(from, source)))
      await publishFile(await realpath(from), to);
    else
      throw new OutputFault({
        code: 'output-invalid',
        message: `the folder output ${JSON.stringify(posix.basename(location))} holds ${JSON.stringify(entry.name)}, which is a link that leads out of it, a device, a socket or a named pipe`,
        hint: 'Nothing of it was collected. Everything the app wrote is kept in the run folder.',
      });
  }
}

async function staysInside(path: string, folder: string): Promise<boolean> {
  const target = await realpath(path).catch(() => undefined);
  if (target === undefined || !isWithin(target, folder)) return false;
  return (await lstat(target)).isFile();
}

function faultOf(error: unknown, location: string): OutputFault {
  if (error instanceof OutputFault) return error;
  if (isDiskFull(error))
    return new OutputFault(
      {
        code: 'disk-full',
        message: `no space left for the output ${JSON.stringify(location)}`,
        hint: 'The outputs are kept in the run folder: free some space and repeat, or copy them from there.',
      },
      error,
    );
  return new OutputFault(
    {
      code: 'staging-failed',
      message: `the output ${JSON.stringify(location)} could not be written: ${String(error)}`,
      hint: 'The outputs are kept in the run folder.',
    },
    error,
  );
}
