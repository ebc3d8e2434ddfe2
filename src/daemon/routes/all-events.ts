import type { FastifyRequest } from 'fastify';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { batchSummary } from '../../report/index.ts';
import { isTerminal } from '../../runner/index.ts';
import type { PlacedEvent, RunStore } from '../../store/index.ts';
import { ALL_RUNS, batchTopic } from '../active-runs.ts';
import { AFTER, openStream, STREAM_ANSWER, type EventStream } from '../http/event-stream.ts';
import { isAdmin } from '../http/principal.ts';
import { PROBLEMS } from '../http/server.ts';
import { BATCH_ID } from './batch-schemas.ts';
import type { RouteContext, Routes } from './route.ts';
import { visibleBatch, type ByBatch } from './visible-batch.ts';

interface StreamQuery {
  readonly Querystring: { readonly after?: string };
}

/** What happens to many runs, as server-sent events; each id is a place to go on from. */
export const allEventRoutes: Routes = (app, context) => {
  const { store } = context;
  app.get<StreamQuery>(
    '/events',
    {
      config: { scope: 'read', stream: true },
      schema: {
        summary: 'Follow all runs that one may see, as server-sent events',
        description:
          'Messages `event` (a RunEvent), from now on; with Last-Event-ID from there on, with after=0 from the beginning.',
        tags: ['runs'],
        querystring: AFTER,
        response: { 200: STREAM_ANSWER, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const from = placeOf(request, request.query.after) ?? store.allEvents.last();
      const { principal } = request;
      const filter = isAdmin(principal) ? {} : { submitter: principal.name };
      const sse = openStream(reply, context);
      await follow({ ...context, sse }, (position) => store.allEvents.after(position, filter), {
        topic: ALL_RUNS,
        from,
        messageOf: ({ event }) => ({ event: 'event', data: event }),
        isOver: () => false,
      });
    },
  );

  app.get<ByBatch & StreamQuery>(
    '/batches/:batchId/stream',
    {
      config: { scope: 'read', stream: true },
      schema: {
        summary: 'Follow a batch: its items as they come to a state, as server-sent events',
        description:
          'Messages `item` ({item, index, runId, state, at} and, at its end, exitCode, failure and outputs); a message `summary` when all have ended, behind which the stream ends. Each id is a place to go on from.',
        tags: ['batches'],
        params: BATCH_ID,
        querystring: AFTER,
        response: { 200: STREAM_ANSWER, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { batchId } = visibleBatch(store, request.params.batchId, request.principal);
      const from = placeOf(request, request.query.after) ?? store.allEvents.before(batchId);
      const sse = openStream(reply, context);
      const read = (position: number) => store.allEvents.after(position, { batch: batchId });
      await follow({ ...context, sse }, read, {
        topic: batchTopic(batchId),
        from,
        messageOf: (placed) => itemMessage(placed, store),
        isOver: () => !store.batches.isActive(batchId),
        last: () => ({
          event: 'summary',
          data: batchSummary(store.batches.items(batchId).map(({ state }) => state)),
        }),
      });
    },
  );
};

interface Message {
  readonly event: string;
  readonly data: unknown;
}

interface Following {
  /** What wakes it. */
  readonly topic: string;
  readonly from: number;
  /** Undefined: nothing is said about it. */
  readonly messageOf: (placed: PlacedEvent) => Message | undefined;
  /** Whether nothing more will come; asked before reading. */
  readonly isOver: () => boolean;
  readonly last?: () => Message;
}

async function follow(
  { feed, sse }: Pick<RouteContext, 'feed'> & { readonly sse: EventStream },
  read: (position: number) => ReturnType<RunStore['allEvents']['after']>,
  { topic, from, messageOf, isOver, last }: Following,
): Promise<void> {
  using follower = feed.follow(topic, sse.signal);
  // However it ends, the reader is not left waiting.
  using _end = { [Symbol.dispose]: sse.end };
  let position = from;
  while (!sse.signal.aborted) {
    const isEnd = isOver();
    const found = read(position);
    for (const placed of found.events) {
      const message = messageOf(placed);
      if (message !== undefined) await sse.send(textOf(message, placed.position));
    }
    position = found.position;
    if (found.events.length >= LIMITS.eventsReadMax) continue;
    if (isEnd) {
      if (last !== undefined) await sse.send(textOf(last(), position));
      return;
    }
    await follower.next(LIMITS.sseHeartbeatMs);
    await sse.heartbeat();
  }
}

const textOf = ({ event, data }: Message, id: number): string =>
  `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;

function itemMessage({ event, item }: PlacedEvent, store: RunStore): Message | undefined {
  if (event.type !== 'state' || item === undefined) return undefined;
  const { runId, state, at } = event;
  const facts = { item: item.name, index: item.index, runId, state, at };
  if (!isTerminal(state)) return { event: 'item', data: facts };
  const { exit, failure, outputs } = store.read(runId);
  return {
    event: 'item',
    data: {
      ...facts,
      ...(exit === undefined ? {} : { exitCode: exit.exitCode }),
      ...(failure === undefined ? {} : { failure }),
      outputs,
    },
  };
}

/** Throws `request-invalid` for an id that none of ours is. */
function placeOf({ headers }: FastifyRequest, after: string | undefined): number | undefined {
  const given = headers['last-event-id'] ?? after;
  if (given === undefined || given === '') return undefined;
  if (typeof given === 'string' && /^\d{1,15}$/.test(given)) return Number(given);
  throw new RunnerError('request-invalid', `${JSON.stringify(given)} is no place among events`, {
    hint: 'Send the id of the last message you have, unchanged, or none.',
  });
}
