import { mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { posix } from 'node:path';

import { isDiskFull, RunnerError } from '../base/errors.ts';
import type { Command } from '../descriptor/index.ts';
import { inputsInWork, type FoundInput } from './inputs.ts';
import { attemptFolder, CONTAINER_PLACES, isWithin, runPlaces, type RunPlaces } from './places.ts';

/**
 * Makes the run's folders, the configuration files the descriptor's templates give, and places for
 * inputs that are mounted inside the working directory (made here, so that they are the caller's
 * and not the engine's). Throws `staging-failed`, `disk-full`.
 */
export async function stageRun(
  places: RunPlaces,
  command: Command,
  inputs: readonly FoundInput[],
): Promise<void> {
  try {
    await Promise.all(
      scratchOf(places).map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })),
    );
    for (const { target, kind } of inputsInWork(inputs))
      await makePlace(inWork(places, target), kind);
    for (const file of command.files) {
      const path = inWork(places, posix.resolve(CONTAINER_PLACES.work, file.path));
      await mkdir(posix.dirname(path), { recursive: true });
      await writeFile(path, file.content);
    }
  } catch (error) {
    throw stagingError(error);
  }
}

function inWork(places: RunPlaces, target: string): string {
  if (!isWithin(target, CONTAINER_PLACES.work))
    throw new RunnerError(
      'staging-failed',
      `the configuration file ${JSON.stringify(target)} lies outside the working directory ${CONTAINER_PLACES.work}`,
      { hint: 'Give its output-file a relative path-template.' },
    );
  return posix.join(places.work, posix.relative(CONTAINER_PLACES.work, target));
}

async function makePlace(path: string, kind: 'file' | 'folder'): Promise<void> {
  await mkdir(kind === 'folder' ? path : posix.dirname(path), { recursive: true });
  if (kind === 'file') await writeFile(path, '', { flag: 'a' });
}

function stagingError(error: unknown): Error {
  if (error instanceof RunnerError) return error;
  if (isDiskFull(error))
    return new RunnerError('disk-full', 'no space left for the run folder', {
      cause: error,
      hint: 'Free some space, remove old runs with `cyto-run rm`, or set CYTO_RUN_HOME to a larger disk.',
    });
  return new RunnerError('staging-failed', `the run folder could not be made: ${String(error)}`, {
    cause: error,
  });
}

/** Removes what an attempt of a run needed only while it ran. */
export async function clearScratch(runFolder: string, attempt: number): Promise<void> {
  const folder = attemptFolder(runFolder, attempt);
  const scratch = folder === runFolder ? scratchOf(runPlaces(runFolder)) : [folder];
  await Promise.all(scratch.map(removeFolder));
}

/** Most of them are empty: then this is one request to the system, where to look into it first takes six. */
async function removeFolder(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch {
    await rm(path, { recursive: true, force: true });
  }
}

/** What only the running app needed, of the attempts up to the last: a run that is complete needs none of it. */
export async function clearEveryScratch(runFolder: string, lastAttempt: number): Promise<void> {
  for (let attempt = lastAttempt; attempt > 0; attempt -= 1) await clearScratch(runFolder, attempt);
}

const scratchOf = ({ work, home, tmp, staged }: RunPlaces): readonly string[] => [
  work,
  home,
  tmp,
  staged,
];
