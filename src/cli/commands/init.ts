import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { posix } from 'node:path';

import { messageOf, RunnerError, systemCodeOf } from '../../base/errors.ts';
import { hasErrors, parseDescriptor } from '../../descriptor/index.ts';
import { draftDescriptor } from '../../descriptor/draft/index.ts';
import { optionalText } from '../arguments.ts';
import { gatherDraft } from '../init/gather-draft.ts';
import type { CommandRun } from '../commands.ts';

/**
 * `cyto-run init`: writes a descriptor for an app that has none, and never over one that is there
 * unless told. What it writes has no errors.
 */
export const init: CommandRun = async (args, { terminal }) => {
  const given = optionalText(args['file']) ?? 'descriptor.json';
  const force = args['force'] === true;
  const path = given === '-' ? undefined : posix.resolve(terminal.cwd, given);
  // Before anybody answers questions in vain.
  if (path !== undefined && !force && existsSync(path)) throw isThere(given);
  const { draft, dialect, notes } = await gatherDraft(args, terminal);
  const text = draftDescriptor(draft, dialect);
  const { diagnostics } = parseDescriptor(text, { dialect });
  if (hasErrors(diagnostics)) {
    const { formatDiagnostics } = await import('../../report/diagnostics/index.ts');
    const errors = diagnostics.filter(({ strength }) => strength === 'error');
    throw new RunnerError(
      'descriptor-invalid',
      `what is known makes no valid descriptor\n\n${formatDiagnostics(errors, { fileName: given, text })}\n`,
      { hint: 'Give other values by flags; see `cyto-run init --help`.', details: { diagnostics } },
    );
  }
  for (const note of notes) terminal.err(`note: ${note}\n`);
  if (path === undefined) {
    terminal.out(text);
    return 0;
  }
  await write(path, { text, given, force });
  const count = draft.parameters.length;
  if (args['json'] === true)
    terminal.out(
      `${JSON.stringify({ file: path, dialect, parameters: count, notes, diagnostics }, null, 2)}\n`,
    );
  else
    terminal.err(
      `wrote ${given} (${dialect}, ${count} ${count === 1 ? 'parameter' : 'parameters'})\n` +
        `  next: cyto-run validate ${given}\n        cyto-run example ${given} --complete --yaml\n`,
    );
  return 0;
};

async function write(
  path: string,
  {
    text,
    given,
    force,
  }: { readonly text: string; readonly given: string; readonly force: boolean },
): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  try {
    if (!force) {
      await writeFile(path, text, { flag: 'wx' });
      return;
    }
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    if (systemCodeOf(error) === 'EEXIST') throw isThere(given);
    throw new RunnerError(
      'output-folder-unusable',
      `${JSON.stringify(given)} cannot be written: ${messageOf(error)}`,
      { cause: error, hint: 'Give another path, or - for standard output.' },
    );
  }
}

const isThere = (given: string): RunnerError =>
  new RunnerError('output-folder-unusable', `${JSON.stringify(given)} is there already`, {
    hint: 'Give another path, or --force to write over it.',
  });
