import { optionalText } from '../arguments.ts';
import { changeWaiting } from '../waiting-runs.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run hold ID…`: runs, or all that wait of batches, wait until they are released. */
export const hold: CommandRun = (args, { terminal }) => {
  const reason = optionalText(args['reason']);
  return changeWaiting(args, terminal, {
    word: 'held',
    change: (queue, runId) => queue.hold(runId, reason),
  });
};
