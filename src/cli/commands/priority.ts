import { optionalText } from '../arguments.ts';
import { priorityArgument } from '../priority-argument.ts';
import { changeWaiting } from '../waiting-runs.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run priority ID… --to N`: runs, or all that wait of batches, begin earlier or later. */
export const priority: CommandRun = (args, { terminal }) => {
  const to = priorityArgument(optionalText(args['to']), '--to');
  return changeWaiting(args, terminal, {
    word: 'moved',
    change: (queue, runId) => queue.setPriority(runId, to),
  });
};
