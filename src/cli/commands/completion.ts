import { RunnerError } from '../../base/errors.ts';
import { optionalText } from '../arguments.ts';
import { completionScript, SHELLS } from '../completion/scripts.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run completion SHELL`: a script for the shell, which asks `cyto-run __complete` for words. */
export const completion: CommandRun = (args, { terminal }) => {
  const given = optionalText(args['shell']) ?? posixName(terminal.env['SHELL']);
  const shell = SHELLS.find((known) => known === given);
  if (shell === undefined)
    throw new RunnerError('usage', `there is no completion for ${JSON.stringify(given)}`, {
      hint: `Shells are ${SHELLS.join(', ')}.`,
    });
  terminal.out(completionScript(shell));
  return Promise.resolve(0);
};

const posixName = (path: string | undefined): string => path?.split('/').at(-1) ?? 'bash';
