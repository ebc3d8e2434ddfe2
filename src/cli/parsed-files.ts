import { readdir, stat } from 'node:fs/promises';
import { posix } from 'node:path';

import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import {
  isJsonArray,
  isJsonObject,
  parseDescriptor,
  type ParsedDescriptor,
} from '../descriptor/index.ts';
import { readTextFile, type ReadOptions } from '../site/index.ts';
import type { Terminal } from './terminal.ts';

/** A file that was given, or found in a folder that was; read as a descriptor. */
export interface ParsedFile {
  /** As the person would write it. */
  readonly fileName: string;
  /** Absolute; absent for standard input. */
  readonly path?: string;
  readonly text: string;
  readonly parsed: ParsedDescriptor;
}

/** A file that could not be read at all. */
export interface UnreadableFile {
  readonly fileName: string;
  readonly fault: RunnerError;
}

/**
 * Reads each file that is given, and in each folder every `*.json` that looks like a descriptor, one
 * after the other, so that memory stays flat. `-` is standard input. A file that cannot be read is
 * one of the answers, not an exception.
 */
export async function* parsedFiles(
  given: readonly string[],
  terminal: Terminal,
  options: ReadOptions,
): AsyncGenerator<ParsedFile | UnreadableFile> {
  for (const name of given) {
    if (await isFolder(posix.resolve(terminal.cwd, name))) {
      let any = false;
      for (const fileName of await jsonFilesBelow(name, terminal.cwd)) {
        const file = await parsedFile(fileName, terminal, options);
        if ('parsed' in file && !looksLikeDescriptor(file)) continue;
        any = true;
        yield file;
      }
      if (!any) yield unreadable(name, `${JSON.stringify(name)} holds no descriptor`);
    } else yield await parsedFile(name, terminal, options);
  }
}

/** One file as a descriptor, with everything found in it. Throws `descriptor-unreadable`. */
export async function readParsed(
  given: string,
  terminal: Terminal,
  options: ReadOptions,
): Promise<ParsedFile> {
  const file = await parsedFile(given, terminal, options);
  if ('fault' in file) throw file.fault;
  return file;
}

async function parsedFile(
  fileName: string,
  terminal: Terminal,
  options: ReadOptions,
): Promise<ParsedFile | UnreadableFile> {
  const path = fileName === '-' ? undefined : posix.resolve(terminal.cwd, fileName);
  try {
    const text = await readTextFile(fileName, terminal, { bytesMax: LIMITS.descriptorBytesMax });
    const parsed = parseDescriptor(text, options);
    return { fileName, ...(path === undefined ? {} : { path }), text, parsed };
  } catch (error) {
    if (error instanceof RunnerError) return { fileName, fault: error };
    throw error;
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );

/** Relative to where the person stands, sorted. Hidden folders and installed packages hold nobody's descriptors. */
async function jsonFilesBelow(given: string, cwd: string): Promise<string[]> {
  const files: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(posix.resolve(cwd, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') && entry.name !== 'node_modules') await walk(path);
      } else if (/\.json$/i.test(entry.name)) files.push(path);
      if (files.length > LIMITS.descriptorFilesMax)
        throw new RunnerError(
          'usage',
          `${JSON.stringify(given)} holds more than ${LIMITS.descriptorFilesMax} JSON files`,
          { hint: 'Give a folder further down.' },
        );
    }
  };
  await walk(given);
  return files;
}

/** Whether a file that nobody named is meant as a descriptor, faulty as it may be. */
function looksLikeDescriptor({ fileName, text, parsed }: ParsedFile): boolean {
  const root = parsed.document?.root;
  if (root === undefined)
    return /descriptor[^/]*$/i.test(fileName) || /["']?\bcommand-line["']?\s*:/.test(text);
  if (!isJsonObject(root)) return false;
  return (
    root.has('command-line') || (root.has('schema-version') && isJsonArray(root.get('inputs')))
  );
}

const unreadable = (fileName: string, message: string): UnreadableFile => ({
  fileName,
  fault: new RunnerError('descriptor-unreadable', message, {
    details: { file: fileName },
    hint: 'A descriptor has a `command-line`; give the path of the file itself to see what is wrong with it.',
  }),
});
