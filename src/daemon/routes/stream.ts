import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { START_OF_RUN, type RunCursor, type RunNews } from '../../store/index.ts';
import { runTopic } from '../active-runs.ts';
import { AFTER, openStream, STREAM_ANSWER, type EventStream } from '../http/event-stream.ts';
import { PROBLEMS } from '../http/server.ts';
import { list, ref } from '../http/schemas.ts';
import type { RouteContext, Routes } from './route.ts';
import { logContent } from './log-content.ts';
import { RUN_ID } from './run-schemas.ts';
import { visibleRun } from './visible.ts';

interface StreamRequest {
  readonly Params: { readonly runId: string };
  readonly Querystring: { readonly after?: string };
}

/**
 * What happens to a run, as JSON or as server-sent events. An SSE reader that comes again with
 * `Last-Event-ID` goes on exactly behind it: no event and no byte twice, none missing.
 */
export const streamRoutes: Routes = (app, context) => {
  const { store } = context;

  app.get<StreamRequest>(
    '/runs/:runId/events',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'Everything that happened to a run, in order',
        tags: ['runs'],
        params: RUN_ID,
        response: {
          200: { description: 'Its events.', ...list(ref('RunEvent')) },
          ...PROBLEMS,
        },
      },
    },
    ({ params, principal }) => store.events(visibleRun(store, params.runId, principal).runId),
  );

  app.get<StreamRequest>(
    '/runs/:runId/stream',
    {
      config: { scope: 'read', stream: true },
      schema: {
        summary: 'Follow a run: events and log, as server-sent events',
        description:
          'Messages `event` (a RunEvent) and `log` ({stream, attempt, offset, text} or, where the bytes are not UTF-8, {…, base64}). Each id is a place to go on from: send it as Last-Event-ID. Ends behind the terminal event.',
        tags: ['runs'],
        params: RUN_ID,
        querystring: AFTER,
        response: {
          200: STREAM_ANSWER,
          ...PROBLEMS,
        },
      },
    },
    async (request, reply) => {
      const { runId } = visibleRun(store, request.params.runId, request.principal);
      const last = request.headers['last-event-id'] ?? request.query.after;
      const cursor = cursorOf(typeof last === 'string' ? last : '');
      await streamRun(runId, cursor, { ...context, sse: openStream(reply, context) });
    },
  );
};

interface RunStream extends RouteContext {
  readonly sse: EventStream;
}

async function streamRun(runId: string, cursor: RunCursor, stream: RunStream): Promise<void> {
  const { store, feed, active, sse } = stream;
  using follower = feed.follow(runTopic(runId), sse.signal);
  using _end = { [Symbol.dispose]: sse.end };
  const pause = async (): Promise<void> => {
    const isForeign = !active.has(runId) && store.isAttended(runId);
    await follower.next(isForeign ? LIMITS.foreignRunPollMs : LIMITS.sseHeartbeatMs);
    await sse.heartbeat();
  };
  for await (const news of store.followRun(runId, cursor, pause, sse.signal))
    await sse.send(messageOf(news));
}

function messageOf(news: RunNews): string {
  const data =
    news.kind === 'event'
      ? news.event
      : {
          attempt: news.attempt,
          ...logContent(news.chunk),
        };
  return `event: ${news.kind}\nid: ${idOf(news.cursor)}\ndata: ${JSON.stringify(data)}\n\n`;
}

const idOf = ({ seq, attempt, offsets }: RunCursor): string =>
  [seq, attempt, offsets.stdout, offsets.stderr].join('.');

/** Throws `request-invalid` for an id that none of ours is. */
function cursorOf(id: string): RunCursor {
  if (id === '') return START_OF_RUN;
  const [, seq, attempt, stdout, stderr] =
    /^(\d{1,15})\.(\d{1,15})\.(\d{1,15})\.(\d{1,15})$/.exec(id) ?? [];
  if (stderr === undefined || attempt === undefined)
    throw new RunnerError(
      'request-invalid',
      `${JSON.stringify(id)} is no place in a run's stream`,
      {
        hint: 'Send the id of the last message you have, unchanged, or none.',
      },
    );
  return {
    seq: Number(seq),
    attempt: Math.max(1, Number(attempt)),
    offsets: { stdout: Number(stdout), stderr: Number(stderr) },
  };
}
