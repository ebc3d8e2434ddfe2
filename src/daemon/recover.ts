import type { ContainerEngine } from '../container/index.ts';
import { LIMITS } from '../base/limits.ts';
import type { RunRecord } from '../runner/index.ts';
import { reapContainers, reconcileAll } from '../site/runs/index.ts';
import type { ServerContext } from './context.ts';
import type { Executor } from './executor.ts';

type RecoverContext = ServerContext & {
  /** Hears of failures of ours. */
  readonly report: (error: unknown, runId: string) => void;
  /** Hears of each run that is taken over, before anything else is told of it. */
  readonly onTakenOver: (record: RunRecord) => void;
};

/** What a start found to do. */
export interface Recovered {
  /** Waiting runs, in the queue again. */
  readonly queued: number;
  /** Runs that had begun, being followed or settled. */
  readonly adopted: number;
}

/**
 * Takes over what another process of this data folder left: its queue, the runs it had begun, and
 * containers that are nobody's. Runs that cannot go on are ended saying why.
 */
export async function recover(context: RecoverContext, executor: Executor): Promise<Recovered> {
  const recovered = await takeOver('all', context, executor);
  void keepLooking(context, executor);
  return recovered;
}

/** What a process left that dies later: one of the command line, or a server that was still about to end. */
async function keepLooking(context: RecoverContext, executor: Executor): Promise<void> {
  const { clock, stopping } = context;
  for (;;) {
    await clock.sleep(LIMITS.recoverAgainMs, stopping, 'background');
    if (stopping.aborted) return;
    try {
      await takeOver('of-the-dead', context, executor);
    } catch (error) {
      context.report(error, 'server');
    }
  }
}

async function takeOver(
  which: 'all' | 'of-the-dead',
  context: RecoverContext,
  executor: Executor,
): Promise<Recovered> {
  const { store, engines } = context;
  let queued = 0;
  let adopted = 0;
  for (const record of store.server.takeOver(which)) {
    context.onTakenOver(record);
    if (mayHaveBegun(record)) {
      context.dispatcher.adopt(record);
      adopted += 1;
    } else if (await queueAgain(record, context, executor)) queued += 1;
  }
  await reconcileAll(
    { store, engines },
    { onRecord: (record) => context.active.observerOf(record.runId).onRecord?.(record) },
  );
  void reapAll(context);
  return { queued, adopted };
}

/** Whether something was asked of its engine for its newest attempt, or may have been. */
const mayHaveBegun = ({ state, retry, container }: RunRecord): boolean =>
  state !== 'QUEUED' && (retry === undefined || container !== undefined);

async function queueAgain(
  record: RunRecord,
  { dispatcher }: ServerContext,
  executor: Executor,
): Promise<boolean> {
  if (record.stopCause !== undefined) {
    executor.endWaiting(record, record.stopCause);
    return false;
  }
  const run = await executor.prepareAgain(record);
  if (run === undefined) return false;
  dispatcher.add(run, record.retry);
  return true;
}

/** Of every engine that is used here; one that is away is asked at the next start. */
async function reapAll({ store, engines }: ServerContext): Promise<void> {
  await Promise.all(
    engines.opened.map(async (opened: Promise<ContainerEngine>) => {
      try {
        await reapContainers(store, await opened);
      } catch {
        // Nothing of it can be seen now.
      }
    }),
  );
}
