import { execFile } from 'node:child_process';
import { mkdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { promisify } from 'node:util';

import { messageOf, RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { findProgram } from '../supervised/index.ts';

/** Apptainer as it is installed here. */
export interface Installed {
  /** Absolute. */
  readonly program: string;
  readonly version: string;
}

/** Names it goes by: its own, and the one it had before. */
const NAMES = ['apptainer', 'singularity'];

/**
 * Which Apptainer is here. Its version is asked once and kept in `folder` for as long as the program
 * is the same file: asking takes a third of a short run. Throws `engine-unavailable`.
 */
export async function installedApptainer(folder: string): Promise<Installed> {
  const program = NAMES.map((name) => findProgram(name, process.env['PATH'])).find(
    (path) => path !== undefined,
  );
  if (program === undefined)
    throw new RunnerError('engine-unavailable', 'there is no Apptainer on this machine', {
      hint: 'Install it, or load it ("module load apptainer"); "cyto-run doctor" tells which engines are here.',
    });
  const { mtimeMs, size } = await stat(program);
  const key = JSON.stringify([await realpath(program), mtimeMs, size]);
  const note = posix.join(folder, 'version.json');
  const known = await noted(note, key);
  if (known !== undefined) return { program, version: known };
  const version = await askVersion(program);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(note, JSON.stringify({ key, version }));
  return { program, version };
}

async function noted(file: string, key: string): Promise<string | undefined> {
  try {
    const note = JSON.parse(await readFile(file, 'utf8')) as { key?: unknown; version?: unknown };
    return note.key === key && typeof note.version === 'string' ? note.version : undefined;
  } catch {
    // Missing, or half written by another one: asked again.
    return undefined;
  }
}

async function askVersion(program: string): Promise<string> {
  let answer: string;
  try {
    const asked = await promisify(execFile)(program, ['--version'], {
      timeout: LIMITS.enginePingMs,
    });
    answer = asked.stdout;
  } catch (error) {
    throw new RunnerError(
      'engine-unavailable',
      `${program} does not tell its version: ${messageOf(error)}`,
      { cause: error, hint: `Try "${program} --version" yourself.` },
    );
  }
  return /(\d+\.\S+)/.exec(answer)?.[1] ?? answer.trim();
}
