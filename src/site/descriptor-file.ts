import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';

import { RunnerError, systemCodeOf } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import {
  hasErrors,
  parseDescriptor,
  type Descriptor,
  type Diagnostic,
  type Dialect,
} from '../descriptor/index.ts';

/** A descriptor as read from a file. */
export interface DescriptorFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  /** Hex, of the file's bytes. */
  readonly sha256: string;
  readonly descriptor: Descriptor;
  /** Warnings and hints; there are no errors in a descriptor that was read. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface ReadOptions {
  readonly dialect?: Dialect | undefined;
  readonly lenient?: boolean | undefined;
}

/**
 * Reads and checks a descriptor file. Throws `descriptor-unreadable` (missing, a folder, too large,
 * not UTF-8) and `descriptor-invalid` with every finding.
 */
export async function readDescriptorFile(
  given: string,
  cwd: string,
  options: ReadOptions = {},
): Promise<DescriptorFile> {
  const asked = posix.resolve(cwd, given);
  const inside = posix.join(asked, 'descriptor.json');
  // An app is often named by its folder.
  const path = existsSync(inside) ? inside : asked;
  const bytes = await readBounded(path, given, LIMITS.descriptorBytesMax);
  return descriptorOf(decodeUtf8(bytes, given), path, given, options);
}

/** A descriptor from text that is known already, for example of an earlier run. */
export async function descriptorOf(
  text: string,
  path: string,
  given: string,
  options: ReadOptions = {},
): Promise<DescriptorFile> {
  const { descriptor, diagnostics } = parseDescriptor(text, {
    ...(options.dialect === undefined ? {} : { dialect: options.dialect }),
    ...(options.lenient === undefined ? {} : { lenient: options.lenient }),
  });
  if (descriptor === undefined || hasErrors(diagnostics)) {
    const { formatDiagnostics } = await import('../report/diagnostics/index.ts');
    const errors = diagnostics.filter(({ strength }) => strength === 'error');
    throw new RunnerError(
      'descriptor-invalid',
      `${given} is not a descriptor that can run

${formatDiagnostics(errors, { fileName: given, text })}
`,
      { hint: `\`cyto-run validate ${given}\` shows warnings too.`, details: { diagnostics } },
    );
  }
  return {
    path,
    text,
    // When it is asked for: loading cryptography takes a tenth of a dry run, which shows none.
    get sha256() {
      return createHash('sha256').update(text).digest('hex');
    },
    descriptor,
    diagnostics,
  };
}

/** The bytes of a file that may not be larger than `bytesMax`. Throws `descriptor-unreadable`. */
export const readBounded = (path: string, given: string, bytesMax: number): Promise<Buffer> =>
  new Promise((resolve) => {
    resolve(bytesOf(path, given, bytesMax));
  });

/** Read in one go: Node's promises of files take longer to load than any descriptor to read. */
function bytesOf(path: string, given: string, bytesMax: number): Buffer {
  const named = JSON.stringify(given);
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw unreadable(`${named} is a folder, a file is needed`, given);
    if (!stats.isFile()) throw unreadable(`${named} is not a plain file`, given);
    if (stats.size > bytesMax)
      throw unreadable(
        `${named} has ${stats.size} bytes, more than the ${bytesMax} a file of this kind may have`,
        given,
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
    throw unreadable(`${named} ${why}`, given, error);
  }
}

/** Text of UTF-8 bytes. Throws `descriptor-unreadable` with the offset of the first bad byte. */
export function decodeUtf8(bytes: Buffer, given: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const good = Buffer.from(new TextDecoder('utf-8').decode(bytes).split('\uFFFD')[0] ?? '');
    throw unreadable(
      `${JSON.stringify(given)} is not UTF-8: byte ${good.length + 1} does not fit`,
      given,
    );
  }
}

function unreadable(message: string, given: string, cause?: unknown): RunnerError {
  return new RunnerError('descriptor-unreadable', message, {
    cause,
    details: { file: given },
    hint: 'Give the path of a descriptor.json; `cyto-run --help` has examples.',
  });
}
