import type { FastifyRequest } from 'fastify';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { isJsonArray, isJsonObject, type JsonObject } from '../descriptor/index.ts';
import { isTerminal, type PreparedRun, type RunOptions } from '../runner/index.ts';
import { batchFacts, checkItems, type GivenItem } from '../site/batch/index.ts';
import {
  assertInstalled,
  parseCpus,
  parseDuration,
  parseSize,
  prepareRerun,
  recordedDescriptor,
  withSecretInputs,
} from '../site/index.ts';
import { newBatchId, newRunIds, type OnceOnly } from '../store/index.ts';
import { assertOptionsAllowed } from './access/option-rules.ts';
import { ALL_RUNS } from './active-runs.ts';
import { readFolders, type ReadFolders } from './references/read-folders.ts';
import type { RouteContext } from './routes/route.ts';
import { cancel } from './routes/steer.ts';
import {
  admissionOf,
  callerIn,
  queuePlace,
  resolvedValues,
  submittedFacts,
  valuesOfBody,
  type Placing,
  type Submission,
  type SubmittedValues,
} from './submission.ts';
import { WantedUrls } from './url-inputs/wanted-urls.ts';
import { admittedFacts, bodyOf, entrustedOf, onceOf } from './submit.ts';

interface BatchBody extends Submission {
  readonly atOnce?: number;
  readonly items: readonly {
    readonly name?: string;
    readonly folders?: ReadFolders;
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
  const once = onceOf(request, 'batch', store.server.secrets);
  const earlier = once && store.server.submittedBefore(once);
  if (earlier !== undefined) return before(earlier.runIds, context);
  const submission = request.body as BatchBody;
  const body = bodyOf(request);
  const shared = {
    user: valuesOfBody(body, 'parameters'),
    server: valuesOfBody(body, 'serverParameters'),
  };
  await using wanted = new WantedUrls(context, request.principal.name);
  const asking = { principal: request.principal, wanted };
  const { values, ...found } = await submittedFacts(submission, shared, asking, context);
  const given = await givenItems(submission, body, {
    values: (own) => resolvedValues(own, found.file.descriptor, asking, context),
    folders: (own) => readFolders(own, request.principal, context.uploads),
  });
  const descriptor = withSecretInputs(found.file.descriptor, given.secretInputs);
  const common = { ...found, file: { ...found.file, descriptor } };
  const items = await checkItems({ items: given.items, faults: [] }, 'the batch', {
    ...common,
    shared: values,
  });
  const { atOnce } = submission;
  const queue = {
    ...queuePlace(submission, request.principal, clock.now()),
    ...(atOnce === undefined ? {} : { batchAtOnce: atOnce }),
  };
  const batchId = newBatchId(clock);
  const runIds = newRunIds(clock, items.length);
  const runs = items.map(({ name, prepared }, index): PreparedRun => ({
    ...prepared,
    runId: runIds[index] ?? '',
    created: { ...prepared.created, queue, batch: { id: batchId, item: name, index } },
  }));
  for (const run of runs) {
    assertOptionsAllowed(run.created.options, request.principal);
    assertInstalled(run.created.options.engine, process.env);
    context.dispatcher.assertFits(run);
  }
  const facts = {
    ...batchFacts(common.file, 'request', items.length, common),
    submitter: request.principal.name,
  };
  const submitted = store.server.submit(newRuns(runs, context, wanted), once, { batchId, facts });
  if (!submitted.isNew) return before(submitted.runIds, context);
  await queueAll(runs, context);
  return { batchId, isNew: true };
}

const before = (
  [first = '']: readonly string[],
  { store }: Pick<RouteContext, 'store'>,
): SubmittedBatch => ({ batchId: store.batches.resolve(first), isNew: false });

/** Items as they were sent, with what their values refer to in its place. */
async function givenItems(
  { items }: BatchBody,
  body: JsonObject,
  resolve: {
    readonly values: (values: SubmittedValues) => ReturnType<typeof resolvedValues>;
    readonly folders: (folders: ReadFolders) => ReturnType<typeof readFolders>;
  },
): Promise<{ readonly items: readonly GivenItem[]; readonly secretInputs: ReadonlySet<string> }> {
  const sent = body.get('items');
  const bodies = isJsonArray(sent) ? sent : [];
  const secretInputs = new Set<string>();
  const given: GivenItem[] = [];
  for (const [at, { name, folders }] of items.entries()) {
    await nextTurn();
    const item = bodies[at];
    const own = isJsonObject(item) ? valuesOfBody(item, 'parameters') : {};
    const resolved = await resolve.values({ user: own, server: {} });
    for (const id of resolved.secretInputs) secretInputs.add(id);
    given.push({
      place: `/items/${at}`,
      values: resolved.values.user,
      ...(name === undefined ? {} : { name }),
      ...(await resolve.folders(folders ?? {})),
    });
  }
  return { items: given, secretInputs };
}

export interface RetryBody extends Placing {
  readonly environment?: readonly string[];
  readonly currentImage?: boolean;
  readonly options?: Readonly<Partial<Record<'memory' | 'cpus' | 'timeout', string | number>>>;
  readonly atOnce?: number;
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
  const limits = limitsOf(given.options ?? {});
  await using wanted = new WantedUrls(context, request.principal.name);
  const asking = { principal: request.principal, wanted };
  const again = {
    user: valuesOfBody(body, 'parameters'),
    server: valuesOfBody(body, 'serverParameters'),
  };
  const { inputs: admit } = admissionOf(context.settings.current, asking, context);
  const runs: PreparedRun[] = [];
  for (const [at, item] of failed.entries()) {
    await nextTurn();
    const record = store.read(item.runId);
    const descriptor = await recordedDescriptor(record.app);
    const prepared = await prepareRerun(record, {
      ...(await resolvedValues(again, descriptor, asking, context)),
      admit,
      environment: given.environment ?? [],
      outFolder: record.folders.outFolder,
      currentImage: given.currentImage === true,
      caller: callerIn('/'),
    });
    const place = { id: batchId, item: item.item, index: item.index };
    const batchAtOnce = given.atOnce ?? record.queue?.batchAtOnce;
    const created = {
      ...prepared.created,
      options: { ...prepared.created.options, ...limits },
      queue: { ...queue, ...(batchAtOnce === undefined ? {} : { batchAtOnce }) },
      batch: place,
    };
    assertOptionsAllowed(created.options, request.principal);
    assertInstalled(created.options.engine, process.env);
    runs.push({ ...prepared, runId: runIds[at] ?? '', created });
  }
  for (const run of runs) context.dispatcher.assertFits(run);
  if (store.server.submit(newRuns(runs, context, wanted), once).isNew)
    await queueAll(runs, context);
}

/** Throws `usage` for what is no amount. */
function limitsOf({
  memory,
  cpus,
  timeout,
}: NonNullable<RetryBody['options']>): Partial<RunOptions> {
  return {
    ...(memory === undefined ? {} : { memoryBytes: parseSize(String(memory)) }),
    ...(cpus === undefined ? {} : { cpus: parseCpus(String(cpus)) }),
    ...(timeout === undefined ? {} : { timeoutMs: parseDuration(String(timeout)) }),
  };
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
  { uploads }: Pick<RouteContext, 'uploads'>,
  wanted: WantedUrls,
): Parameters<RouteContext['store']['server']['submit']>[0] =>
  runs.map((run) => ({
    ...entrustedOf(run, uploads, wanted),
    runId: run.runId,
    facts: admittedFacts(run, uploads, wanted),
  }));

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
