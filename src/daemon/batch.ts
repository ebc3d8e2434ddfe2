import type { FastifyRequest } from 'fastify';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { isJsonArray, isJsonObject, type JsonObject } from '../descriptor/index.ts';
import { isTerminal, type PreparedRun } from '../runner/index.ts';
import { batchFacts, checkItems, type GivenItem } from '../site/batch/index.ts';
import { prepareRerun } from '../site/index.ts';
import { newBatchId, newRunIds, type OnceOnly } from '../store/index.ts';
import { ALL_RUNS } from './active-runs.ts';
import type { RouteContext } from './routes/route.ts';
import { cancel } from './routes/steer.ts';
import {
  callerIn,
  queuePlace,
  submittedFacts,
  valuesOfBody,
  type Placing,
  type Submission,
} from './submission.ts';
import { bodyOf, onceOf } from './submit.ts';

interface BatchBody extends Submission {
  readonly items: readonly {
    readonly name?: string;
    readonly folders?: { readonly in?: string; readonly gt?: string };
  }[];
}

/** A batch that waits in the queue. */
export interface SubmittedBatch {
  readonly batchId: string;
  /** False: it was submitted before. */
  readonly isNew: boolean;
}

/**
 * Queues a run for each item, all of them or none. Throws with the faults of all items, each with its
 * place in the request, and what a single submission throws.
 */
export async function submitBatch(
  request: FastifyRequest,
  context: RouteContext,
): Promise<SubmittedBatch> {
  const { store, clock } = context;
  const once = onceOf(request, 'batch');
  const earlier = once && store.server.submittedBefore(once);
  if (earlier !== undefined) return before(earlier.runIds, context);
  const submission = request.body as BatchBody;
  const body = bodyOf(request);
  const shared = {
    user: valuesOfBody(body, 'parameters'),
    server: valuesOfBody(body, 'serverParameters'),
  };
  const { values, ...common } = await submittedFacts(submission, shared, context);
  const items = await checkItems({ items: givenItems(submission, body), faults: [] }, 'the batch', {
    ...common,
    shared: values,
  });
  const queue = queuePlace(submission, request.principal, clock.now());
  const batchId = newBatchId(clock);
  const runIds = newRunIds(clock, items.length);
  const runs = items.map(({ name, prepared }, index): PreparedRun => ({
    ...prepared,
    runId: runIds[index] ?? '',
    created: { ...prepared.created, queue, batch: { id: batchId, item: name, index } },
  }));
  for (const run of runs) context.dispatcher.assertFits(run);
  const facts = {
    ...batchFacts(common.file, 'request', items.length, common),
    submitter: request.principal.name,
  };
  const submitted = store.server.submit(newRuns(runs), once, { batchId, facts });
  if (!submitted.isNew) return before(submitted.runIds, context);
  await queueAll(runs, context);
  return { batchId, isNew: true };
}

const before = (
  [first = '']: readonly string[],
  { store }: Pick<RouteContext, 'store'>,
): SubmittedBatch => ({ batchId: store.batches.resolve(first), isNew: false });

function givenItems({ items }: BatchBody, body: JsonObject): readonly GivenItem[] {
  const given = body.get('items');
  const values = isJsonArray(given) ? given : [];
  return items.map(({ name, folders }, at) => {
    const item = values[at];
    return {
      place: `/items/${at}`,
      values: isJsonObject(item) ? valuesOfBody(item, 'parameters') : {},
      ...(name === undefined ? {} : { name }),
      ...folders,
    };
  });
}

export interface RetryBody extends Placing {
  readonly environment?: readonly string[];
  readonly currentImage?: boolean;
}

/** A further run for each item that failed or was canceled, all of them or none. Throws what `rerun` throws. */
export async function retryFailed(
  batchId: string,
  request: FastifyRequest,
  context: RouteContext & { readonly once: OnceOnly | undefined },
): Promise<void> {
  const { store, clock, once } = context;
  if (once && store.server.submittedBefore(once) !== undefined) return;
  const given = (request.body ?? {}) as RetryBody;
  const body = bodyOf(request);
  const failed = store.batches
    .items(batchId)
    .filter(({ state }) => isTerminal(state) && state !== 'COMPLETE');
  const runIds = newRunIds(clock, failed.length);
  const queue = queuePlace(given, request.principal, clock.now());
  const runs: PreparedRun[] = [];
  for (const [at, item] of failed.entries()) {
    await nextTurn();
    const record = store.read(item.runId);
    const prepared = await prepareRerun(record, {
      values: {
        user: valuesOfBody(body, 'parameters'),
        server: valuesOfBody(body, 'serverParameters'),
      },
      environment: given.environment ?? [],
      outFolder: record.folders.outFolder,
      currentImage: given.currentImage === true,
      caller: callerIn('/'),
    });
    const place = { id: batchId, item: item.item, index: item.index };
    const created = { ...prepared.created, queue, batch: place };
    runs.push({ ...prepared, runId: runIds[at] ?? '', created });
  }
  for (const run of runs) context.dispatcher.assertFits(run);
  if (store.server.submit(newRuns(runs), once).isNew) await queueAll(runs, context);
}

/** Ends runs wherever they are: those that wait first, or they would begin in the places of the others. */
export async function cancelAll(
  runIds: readonly string[],
  now: boolean,
  context: RouteContext,
): Promise<void> {
  const { executor, dispatcher, store } = context;
  const waited = runIds.filter((runId) => dispatcher.take(runId) !== undefined);
  const taken = new Set(waited);
  for (const runId of waited) {
    executor.endWaiting(executor.requestStop(runId, 'user', now), 'user');
    await nextTurn();
  }
  for (const runId of runIds) {
    if (taken.has(runId)) continue;
    const record = store.read(runId);
    if (!isTerminal(record.state)) cancel(record, now, context);
    await nextTurn();
  }
}

const newRuns = (
  runs: readonly PreparedRun[],
): { runId: string; facts: PreparedRun['created'] }[] =>
  runs.map(({ runId, created }) => ({ runId, facts: created }));

/** Into the queue of this process, a few in a turn: others are to be heard meanwhile. */
async function queueAll(
  runs: readonly PreparedRun[],
  { dispatcher, feed }: Pick<RouteContext, 'dispatcher' | 'feed'>,
): Promise<void> {
  for (const [at, run] of runs.entries()) {
    dispatcher.add(run);
    if (at % RUNS_IN_A_TURN === RUNS_IN_A_TURN - 1) await nextTurn();
  }
  feed.changed(ALL_RUNS);
}

const RUNS_IN_A_TURN = 50;
