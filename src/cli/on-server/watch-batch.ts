import { systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { BatchItem, BatchNews, Client } from '../../client/index.ts';
import type { BatchResult } from '../../report/index.ts';
import { isTerminal, type Failure } from '../../runner/index.ts';
import type { BatchDisplay } from '../batch/display.ts';
import { listenForInterrupts } from '../interrupt.ts';
import { bringOutputs } from '../outputs/bring-outputs.ts';
import { serverOutputs } from '../outputs/output-sources.ts';
import { BatchWaits } from './batch-waits.ts';

export interface WatchedBatch {
  readonly batchId: string;
  readonly items: readonly BatchItem[];
  /** Runs of which nothing is shown: they had ended before. */
  readonly known: ReadonlySet<string>;
  /** Folder here that gets the outputs of an item, by its number. */
  readonly folderOf: (index: number) => string | undefined;
}

type ItemNews = Extract<BatchNews, { kind: 'item' }>['item'];

/**
 * Follows a batch of a server to its end, as if it ran here: each item is told when it has ended and
 * what it left is here, and while none runs what they wait for. Ctrl-C asks the server to end what has not ended, a second one to do it at
 * once. Resolves to whether it was asked; throws what `followStream` and `bringOutputs` throw.
 */
export async function watchBatch(
  batch: WatchedBatch,
  client: Client,
  display: BatchDisplay,
): Promise<boolean> {
  const cancel = (now: boolean, words: string): void => {
    display.say(words);
    client.batches.cancel(batch.batchId, { now }).catch((error: unknown) => {
      display.say(`it was not told: ${messageOf(error)}`);
    });
  };
  using interrupts = listenForInterrupts(
    () => {
      cancel(false, 'stopping what runs, beginning nothing more; Ctrl-C again ends it at once');
    },
    () => {
      cancel(true, 'ending everything at once');
    },
  );
  const began = new Map(batch.items.map(({ runId, createdAt }) => [runId, createdAt]));
  const isNewest = new Set(began.keys());
  const leave = new AbortController();
  const waits = new BatchWaits(batch.items, {
    clock: systemClock,
    ask: (runId) => client.runs.why(runId, { signal: leave.signal }),
    tell: (item, why) => {
      display.onWaiting(item, why);
    },
  });
  void waits.follow(leave.signal);
  const news = client.batches.follow(batch.batchId, { signal: leave.signal });
  await eachOf(news, LIMITS.itemsFetchedAtOnceMax, leave, async (one) => {
    // Of an item that was tried again only the newest run counts.
    if (one.kind !== 'item' || !isNewest.has(one.item.runId)) return;
    const { item } = one;
    waits.onState(item.runId, item.state);
    if (item.state === 'INITIALIZING') began.set(item.runId, item.at);
    const folder = batch.folderOf(item.index);
    if (item.state === 'COMPLETE' && folder !== undefined) {
      const source = serverOutputs(item.runId, client);
      const { warnings } = await bringOutputs(item.outputs ?? [], folder, source);
      for (const { message } of warnings) display.say(`${item.item}: ${message}`);
    }
    if (!batch.known.has(item.runId))
      display.onItem(resultOf(item, began.get(item.runId) ?? item.at, folder));
  });
  return interrupts.stop.aborted;
}

function resultOf(
  { item, index, runId, state, at, exitCode, failure }: ItemNews,
  createdAt: string,
  outFolder: string | undefined,
): BatchResult {
  return {
    ...{ item, index, runId, state, createdAt },
    ...(isTerminal(state) ? { endedAt: at } : {}),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(failure === undefined ? {} : { failure: failure as Failure }),
    ...(outFolder === undefined ? {} : { outFolder }),
  };
}

/**
 * Handles each of what comes, at most `limit` at a time. When one throws, or all are handled, `leave`
 * fires, which ends what comes; throws the first error once the others have ended.
 */
async function eachOf<News>(
  news: AsyncGenerator<News>,
  limit: number,
  leave: AbortController,
  handle: (one: News) => Promise<void>,
): Promise<void> {
  const faults: unknown[] = [];
  const worker = async (): Promise<void> => {
    try {
      for (;;) {
        const next = await news.next();
        if (next.done === true || faults.length > 0) return;
        await handle(next.value);
      }
    } catch (error) {
      faults.push(error);
      leave.abort();
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  leave.abort();
  if (faults.length > 0) throw faults[0];
}
