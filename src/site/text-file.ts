import { readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';

import { RunnerError, systemCodeOf, type ErrorCode } from '../base/errors.ts';
import type { Caller } from './caller.ts';

/** What a file is read for: how a failure is called, and what to try then. */
interface Purpose {
  readonly code: ErrorCode;
  readonly hint: string;
}

interface Reading {
  readonly bytesMax: number;
  /** A descriptor where nothing is said. */
  readonly purpose?: Purpose;
}

const DESCRIPTOR: Purpose = {
  code: 'descriptor-unreadable',
  hint: 'Give the path of a descriptor.json; `cyto-run --help` has examples.',
};

/** The text of a file that a person named; `-` is standard input. Throws the code of its purpose. */
export async function readTextFile(
  given: string,
  caller: Pick<Caller, 'cwd' | 'readStdin'>,
  reading: Reading,
): Promise<string> {
  return given === '-'
    ? decoded(await caller.readStdin(), given, reading)
    : textAt(posix.resolve(caller.cwd, given), given, reading);
}

/**
 * The UTF-8 text of a file that may not be larger than `bytesMax`. Read in one go: Node's promises of
 * files take longer to load than any descriptor to read. Throws the code of its purpose.
 */
export function textAt(path: string, given: string, reading: Reading): string {
  return decoded(bytesOf(path, given, reading), given, reading);
}

function bytesOf(path: string, given: string, reading: Reading): Buffer {
  const named = JSON.stringify(given);
  const refuse = (why: string, cause?: unknown): RunnerError =>
    unreadable(`${named} ${why}`, given, reading, cause);
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw refuse('is a folder, a file is needed');
    if (!stats.isFile()) throw refuse('is not a plain file');
    if (stats.size > reading.bytesMax)
      throw refuse(
        `has ${stats.size} bytes, more than the ${reading.bytesMax} a file of this kind may have`,
      );
    return readFileSync(path);
  } catch (error) {
    if (error instanceof RunnerError) throw error;
    const code = systemCodeOf(error);
    const why =
      code === 'ENOENT' || code === 'ENOTDIR'
        ? 'does not exist'
        : code === 'EACCES'
          ? 'cannot be read: permission denied'
          : `cannot be read: ${code ?? String(error)}`;
    throw refuse(why, error);
  }
}

/** Bytes of a descriptor as text. Throws `descriptor-unreadable` where they are not UTF-8. */
export const decodedText = (bytes: Buffer, given: string): string =>
  decoded(bytes, given, { bytesMax: bytes.length });

function decoded(bytes: Buffer, given: string, reading: Reading): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const good = Buffer.from(new TextDecoder('utf-8').decode(bytes).split('\uFFFD')[0] ?? '');
    throw unreadable(
      `${JSON.stringify(given)} is not UTF-8: byte ${good.length + 1} does not fit`,
      given,
      reading,
    );
  }
}

const unreadable = (
  message: string,
  given: string,
  { purpose: { code, hint } = DESCRIPTOR }: Reading,
  cause?: unknown,
): RunnerError => new RunnerError(code, message, { cause, details: { file: given }, hint });
