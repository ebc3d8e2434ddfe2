import { systemClock } from '../../base/clock.ts';
import {
  batchWhy,
  itemGroups,
  renderBatchWhy,
  renderWhy,
  type BatchWhy,
} from '../../report/index.ts';
import { optionalText } from '../arguments.ts';
import { isBatchId, openRunsPort, type RunsPort } from '../runs-port/index.ts';
import { textOptions } from '../terminal.ts';
import type { CommandRun } from '../commands.ts';

/**
 * `cyto-run why RUN`: why it waits, runs or ended as it did, as one code and one sentence; of a batch
 * the reasons of its items, each with how many have it.
 */
export const why: CommandRun = async (args, { terminal }) => {
  using runs = await openRunsPort(args, terminal);
  const look = {
    ...textOptions(terminal, 'out'),
    now: systemClock.now(),
  };
  const given = optionalText(args['run']) ?? '';
  const tell = (reason: object, text: string): void => {
    terminal.out(args['json'] === true ? `${JSON.stringify(reason, null, 2)}\n` : text);
  };
  if (isBatchId(given)) {
    const reasons = await reasonsOf(given, runs);
    tell(reasons, renderBatchWhy(reasons, look));
  } else {
    const reason = await runs.why({ runId: await runs.runArgument(args['run']) });
    tell(reason, renderWhy(reason, look));
  }
  return 0;
};

/** Asked of one item for each reason. One that has gone on meanwhile is told as it is now. */
async function reasonsOf(batch: string, runs: RunsPort): Promise<BatchWhy> {
  const { batchId, items } = await runs.itemsOf(batch);
  const reasons = [];
  for (const { count, first } of itemGroups(items))
    reasons.push({ count, item: first.item, ...(await runs.why(first)) });
  return batchWhy(batchId, items, reasons);
}
