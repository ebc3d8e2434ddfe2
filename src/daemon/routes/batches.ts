import { setImmediate as nextTurn } from 'node:timers/promises';

import { LIMITS } from '../../base/limits.ts';
import { isTerminal, RUN_STATES, type RunState } from '../../runner/index.ts';
import type { BatchItem, RunStore } from '../../store/index.ts';
import { isAdmin } from '../http/principal.ts';
import { PROBLEMS } from '../http/server.ts';
import { count, object, ref, text } from '../http/schemas.ts';
import { cancelAll, retryFailed, submitBatch, type RetryBody } from '../batch.ts';
import { IDEMPOTENCY_HEADER, onceOf } from '../submit.ts';
import { BATCH_ID } from './batch-schemas.ts';
import type { Routes } from './route.ts';
import { waitingIn } from './waiting-in.ts';
import { shownBatch, visibleBatch, type ByBatch } from './visible-batch.ts';

interface ListQuery {
  readonly submitter?: string;
  readonly app?: string;
  readonly state?: 'active' | 'failed';
  readonly limit: number;
  readonly cursor?: string;
}

interface ItemsQuery {
  readonly state?: RunState;
  readonly limit: number;
  readonly cursor: number;
}

const CHANGED = {
  200: { description: 'The batch now.', ...ref('Batch') },
  ...PROBLEMS,
};

/** Looking at batches. */
export const batchRoutes: Routes = (app, { store }) => {
  app.get<{ Querystring: ListQuery }>(
    '/batches',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'List batches, newest first',
        tags: ['batches'],
        querystring: object(
          {
            submitter: text('Only of this submitter.'),
            app: text('Only of this app.'),
            state: {
              enum: ['active', 'failed'],
              description: 'Only those of which an item has not ended, or failed or was canceled.',
            },
            limit: {
              type: 'integer',
              minimum: 1,
              maximum: 100,
              default: 20,
              description: 'At most so many.',
            },
            cursor: text('`nextCursor` of the page before.'),
          },
          [],
        ),
        response: { 200: { description: 'One page.', ...ref('BatchPage') }, ...PROBLEMS },
      },
    },
    ({ query, principal }) => {
      const { submitter: asked, ...page } = query;
      const submitter = isAdmin(principal) ? asked : principal.name;
      const { batches, ...rest } = store.batches.page({
        ...page,
        ...(submitter === undefined ? {} : { submitter }),
      });
      return { batches: batches.map((batch) => shownBatch(store, batch)), ...rest };
    },
  );

  app.get<ByBatch>(
    '/batches/:batchId',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'How a batch stands',
        tags: ['batches'],
        params: BATCH_ID,
        response: CHANGED,
      },
    },
    ({ params, principal }) => shownBatch(store, visibleBatch(store, params.batchId, principal)),
  );
};

/** The items of a batch. */
export const batchItemRoutes: Routes = (app, { store, dispatcher }) => {
  app.get<ByBatch & { Querystring: ItemsQuery }>(
    '/batches/:batchId/items',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'The items of a batch, each as its newest run has it',
        tags: ['batches'],
        params: BATCH_ID,
        querystring: object(
          {
            state: { enum: RUN_STATES, description: 'Only items in this state.' },
            limit: {
              type: 'integer',
              minimum: 1,
              maximum: LIMITS.batchItemsPageMax,
              default: 100,
              description: 'At most so many.',
            },
            cursor: count('`nextCursor` of the page before.', { default: 0 }),
          },
          [],
        ),
        response: { 200: { description: 'One page.', ...ref('BatchItemPage') }, ...PROBLEMS },
      },
    },
    async ({ params, query: { state, limit, cursor }, principal }) => {
      const { batchId } = visibleBatch(store, params.batchId, principal);
      const page = store.batches.itemsPage(batchId, {
        from: cursor,
        limit,
        ...(state === undefined ? {} : { state }),
      });
      const items = await withResults(page.items, store);
      return { ...page, items: items.map((item) => ({ ...item, ...waitingIn(dispatcher, item) })) };
    },
  );
};

/** With when it began and how it failed, which only its record has. A few in a turn: others are to be heard too. */
async function withResults(
  items: readonly BatchItem[],
  store: RunStore,
): Promise<readonly BatchItem[]> {
  const results: BatchItem[] = [];
  for (const [at, item] of items.entries()) {
    if (at % RECORDS_IN_A_TURN === RECORDS_IN_A_TURN - 1) await nextTurn();
    if (item.state === 'QUEUED') results.push(item);
    else {
      const { phases, failure } = store.read(item.runId);
      const startedAt = phases[0]?.startedAt;
      results.push({
        ...item,
        ...(startedAt === undefined ? {} : { startedAt }),
        ...(failure === undefined ? {} : { failure }),
      });
    }
  }
  return results;
}

const RECORDS_IN_A_TURN = 50;

/** Making batches. */
export const batchSubmitRoutes: Routes = (app, context) => {
  const { store } = context;
  app.post(
    '/batches',
    {
      config: { scope: 'submit' },
      schema: {
        summary: 'Submit a batch',
        description:
          'All items are checked before any is queued; `details.faults` has the place of each fault. All are written down together, or none. With an Idempotency-Key it can be sent again.',
        tags: ['batches'],
        headers: IDEMPOTENCY_HEADER,
        body: ref('BatchSubmission'),
        response: {
          200: { description: 'It was submitted before.', ...ref('Batch') },
          201: { description: 'Its items wait in the queue.', ...ref('Batch') },
          ...PROBLEMS,
        },
      },
    },
    async (request, reply) => {
      const { batchId, isNew } = await submitBatch(request, context);
      return reply
        .code(isNew ? 201 : 200)
        .header('location', `/runner/v1/batches/${batchId}`)
        .send(shownBatch(store, store.batches.read(batchId)));
    },
  );
};

/** Steering batches. */
export const batchSteerRoutes: Routes = (app, context) => {
  const { store } = context;
  app.post<ByBatch & { Body: { readonly now?: boolean } | null }>(
    '/batches/:batchId/cancel',
    {
      config: { scope: 'submit' },
      schema: {
        summary: 'End all items of a batch that have not ended',
        tags: ['batches'],
        params: BATCH_ID,
        body: {
          anyOf: [
            object({ now: { type: 'boolean', description: 'Without grace.' } }, []),
            { type: 'null' },
          ],
        },
        response: CHANGED,
      },
    },
    async ({ params, principal, body }) => {
      const batch = visibleBatch(store, params.batchId, principal);
      const items = store.batches.items(batch.batchId).filter(({ state }) => !isTerminal(state));
      await cancelAll(
        items.map(({ runId }) => runId),
        body?.now === true,
        context,
      );
      return shownBatch(store, batch);
    },
  );

  app.post<ByBatch & { Body: RetryBody | null }>(
    '/batches/:batchId/retry',
    {
      config: { scope: 'submit' },
      schema: {
        summary: 'Run again what failed or was canceled of a batch',
        tags: ['batches'],
        params: BATCH_ID,
        headers: IDEMPOTENCY_HEADER,
        body: { anyOf: [ref('BatchRetry'), { type: 'null' }] },
        response: CHANGED,
      },
    },
    async (request) => {
      const batch = visibleBatch(store, request.params.batchId, request.principal);
      await retryFailed(batch.batchId, request, {
        ...context,
        once: onceOf(request, `retry ${batch.batchId}`, store.server.secrets),
      });
      return shownBatch(store, batch);
    },
  );
};
