import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { posix } from 'node:path';

import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import {
  hasErrors,
  parseDescriptor,
  type Descriptor,
  type Diagnostic,
  type Dialect,
} from '../descriptor/index.ts';
import { textAt } from './text-file.ts';

/** A descriptor as read from a file. */
export interface DescriptorFile {
  /** Absolute. */
  readonly path: string;
  /** Where it is a server's and no file of this machine: `NAME@VERSION`, and why another should be used. */
  readonly app?: { readonly reference: string; readonly deprecated?: string };
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
  const text = textAt(path, given, { bytesMax: LIMITS.descriptorBytesMax });
  return descriptorOf(text, path, given, options);
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
