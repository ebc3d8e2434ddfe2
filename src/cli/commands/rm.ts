import { systemClock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { isTerminal, RUN_STATES } from '../../runner/index.ts';
import { optionalText, texts } from '../arguments.ts';
import { parseMoment } from '../moment.ts';
import { openRunsPort, type RunsPort } from '../runs-port/index.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run rm RUN…`: record, log and kept outputs; outputs published to a folder of the caller stay. */
export const rm: CommandRun = async (args, { terminal }) => {
  using runs = await openRunsPort(args, terminal);
  const before = optionalText(args['ended-before']);
  const named = await Promise.all(texts(args['runs']).map((text) => runs.runArgument(text)));
  if (named.length === 0 && before === undefined)
    throw new RunnerError('usage', 'which runs?', {
      hint: 'Name them, or give --ended-before 30d; `cyto-run runs` lists them.',
    });
  const old =
    before === undefined ? [] : await endedBefore(runs, parseMoment(before, systemClock.now()));
  const chosen = [...new Set([...named, ...old])];
  const dryRun = args['dry-run'] === true;
  if (!dryRun) for (const runId of chosen) await runs.remove(runId);
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify({ removed: dryRun ? [] : chosen, wouldRemove: dryRun ? chosen : [] }, null, 2)}\n`
      : chosen.map((runId) => `${dryRun ? 'would remove' : 'removed'} ${runId}\n`).join(''),
  );
  return 0;
};

/** Ids of runs that ended before a time, over all pages. */
async function endedBefore(runs: RunsPort, before: Date): Promise<string[]> {
  const states = RUN_STATES.filter(isTerminal);
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await runs.list({
      states,
      before,
      limit: LIMITS.runsPageMax,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { runId, endedAt } of page.runs)
      if (endedAt !== undefined && endedAt < before.toISOString()) found.push(runId);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found;
}
