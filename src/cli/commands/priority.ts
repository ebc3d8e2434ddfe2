import { RunnerError } from '../../base/errors.ts';
import { optionalText } from '../arguments.ts';
import { changeWaiting } from '../waiting-runs.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run priority ID… --to N`: runs, or all that wait of batches, begin earlier or later. */
export const priority: CommandRun = (args, { terminal }) => {
  const to = priorityOf(optionalText(args['to']));
  return changeWaiting(args, terminal, {
    word: 'moved',
    change: (queue, runId) => queue.setPriority(runId, to),
  });
};

/** Throws `usage`. */
function priorityOf(text: string | undefined): number {
  const value = /^[+-]?\d{1,3}$/.test(text?.trim() ?? '') ? Number(text) : NaN;
  if (Math.abs(value) <= 100) return value;
  throw new RunnerError(
    'usage',
    text === undefined
      ? 'which priority?'
      : `${JSON.stringify(text)} is not a whole number from -100 to 100`,
    { hint: 'Give --to 10 to begin earlier, --to=-10 to begin later; 0 is usual.' },
  );
}
