import { chmod, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { posix } from 'node:path';

import { messageOf, RunnerError } from '../../base/errors.ts';
import { formatDescriptor, hasErrors } from '../../descriptor/index.ts';
import { formatDiagnostics } from '../../report/diagnostics/index.ts';
import { texts } from '../arguments.ts';
import type { CommandRun } from '../commands.ts';
import { readOptions } from '../descriptor-flags.ts';
import { parsedFiles, type ParsedFile, type UnreadableFile } from '../parsed-files.ts';
import { textOptions, type Terminal } from '../terminal.ts';

type Result = 'unchanged' | 'changed' | 'not-json' | 'unreadable';

/**
 * `cyto-run fmt FILE…`: the usual order of keys and one layout, in place; what a descriptor means
 * never changes. With `--check` nothing is written and the exit code is 1 where something would be.
 */
export const fmt: CommandRun = async (args, { terminal }) => {
  const given = texts(args['files']);
  if (given.length === 0)
    throw new RunnerError('usage', 'which descriptors?', {
      hint: 'Give files, folders, or - for standard input: `cyto-run fmt descriptor.json`.',
    });
  if (given.includes('-') && args['json'] === true)
    throw new RunnerError('usage', '--json has no place beside -, whose result is the descriptor', {
      hint: 'Leave --json out.',
    });
  const check = args['check'] === true;
  const results: { file: string; result: Result }[] = [];
  for await (const file of parsedFiles(given, terminal, readOptions(args))) {
    const result = await formatted(file, { check, lenient: args['lenient'] === true, terminal });
    results.push({ file: file.fileName, result });
    if (result === 'changed' && args['json'] !== true && file.fileName !== '-')
      terminal.err(`${check ? 'would change' : 'changed'} ${file.fileName}\n`);
  }
  if (args['json'] === true) terminal.out(`${JSON.stringify({ files: results }, null, 2)}\n`);
  const any = (result: Result): boolean => results.some((one) => one.result === result);
  if (any('unreadable')) return 66;
  if (any('not-json')) return 65;
  return check && any('changed') ? 1 : 0;
};

interface FormatContext {
  readonly check: boolean;
  readonly lenient: boolean;
  readonly terminal: Terminal;
}

async function formatted(
  file: ParsedFile | UnreadableFile,
  { check, lenient, terminal }: FormatContext,
): Promise<Result> {
  if ('fault' in file) {
    terminal.err(`${file.fault.message}\n`);
    return 'unreadable';
  }
  const { text, diagnostics } = formatDescriptor(file.text, { lenient });
  // Hints are about the layout, and that is mended here.
  const told = diagnostics.filter(({ strength }) => strength !== 'hint');
  if (told.length > 0) terminal.err(`${diagnosticsText(file, told, terminal)}\n\n`);
  if (text === undefined || hasErrors(diagnostics)) return 'not-json';
  const result = text === file.text ? 'unchanged' : 'changed';
  if (file.path === undefined) {
    if (!check) terminal.out(text);
  } else if (result === 'changed' && !check) await replaceFile(file.path, text);
  return result;
}

const diagnosticsText = (
  { fileName, text }: ParsedFile,
  diagnostics: Parameters<typeof formatDiagnostics>[0],
  terminal: Terminal,
): string =>
  formatDiagnostics(diagnostics, {
    fileName,
    text,
    ...textOptions(terminal, 'err'),
  });

/** By rename, so that nobody ever reads half a file; keeps the mode, and what a link points to. */
async function replaceFile(path: string, text: string): Promise<void> {
  const target = await realpath(path);
  const temporary = posix.join(posix.dirname(target), `.${posix.basename(target)}.${process.pid}`);
  try {
    await writeFile(temporary, text);
    await chmod(temporary, (await stat(target)).mode);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new RunnerError(
      'output-folder-unusable',
      `${JSON.stringify(path)} cannot be written: ${messageOf(error)}`,
      { cause: error, hint: 'Use --check, or - to read from standard input.' },
    );
  }
}
