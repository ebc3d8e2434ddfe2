import { changeWaiting } from '../waiting-runs.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run release ID…`: held runs, or those of batches, may begin. */
export const release: CommandRun = (args, { terminal }) =>
  changeWaiting(args, terminal, {
    word: 'released',
    change: (queue, runId) => queue.release(runId),
  });
