import { systemClock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { isTerminal, RUN_STATES } from '../../runner/index.ts';
import type { RunStore } from '../../store/index.ts';
import { optionalText, texts } from '../arguments.ts';
import { parseMoment } from '../moment.ts';
import { openRuns } from '../../site/runs/index.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run rm RUN…`: record, log and kept outputs; outputs published to a folder of the caller stay. */
export const rm: CommandRun = async (args, { terminal }) => {
  using opened = await openRuns(terminal);
  const { store } = opened;
  const before = optionalText(args['ended-before']);
  const named = texts(args['runs']).map((text) => store.resolveRunId(text));
  if (named.length === 0 && before === undefined)
    throw new RunnerError('usage', 'which runs?', {
      hint: 'Name them, or give --ended-before 30d; `cyto-run runs` lists them.',
    });
  const old =
    before === undefined ? [] : endedBefore(store, parseMoment(before, systemClock.now()));
  const chosen = [...new Set([...named, ...old])];
  const dryRun = args['dry-run'] === true;
  if (!dryRun) for (const runId of chosen) await store.remove(runId);
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify({ removed: dryRun ? [] : chosen, wouldRemove: dryRun ? chosen : [] }, null, 2)}\n`
      : chosen.map((runId) => `${dryRun ? 'would remove' : 'removed'} ${runId}\n`).join(''),
  );
  return 0;
};

/** Ids of runs that ended before a time, over all pages. */
function endedBefore(store: RunStore, before: Date): string[] {
  const states = RUN_STATES.filter(isTerminal);
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = store.list({
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
