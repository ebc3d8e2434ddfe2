import { Readable } from 'node:stream';

import type { LogQuery, RunStore } from '../../store/index.ts';
import { PROBLEMS } from '../http/server.ts';
import { count, object, text } from '../http/schemas.ts';
import type { Routes } from './route.ts';
import { visibleRun } from './visible.ts';

interface LogRequest {
  readonly Params: { readonly runId: string; readonly stream: LogQuery['stream'] };
  readonly Querystring: {
    readonly offset?: number;
    readonly tail?: number;
    readonly attempt?: number;
  };
}

/** What an app wrote, byte for byte. */
export const logRoutes: Routes = (app, { store }) => {
  app.get<LogRequest>(
    '/runs/:runId/logs/:stream',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'What the app wrote so far, byte for byte',
        tags: ['runs'],
        params: object({
          runId: text('Id of the run.', { maxLength: 64 }),
          stream: { enum: ['stdout', 'stderr', 'both'], description: 'Which of its streams.' },
        }),
        querystring: object(
          {
            offset: count('Only from this byte of the stream on; not with both.'),
            tail: count('Only the last so many bytes.'),
            attempt: { type: 'integer', minimum: 1, description: 'Of an earlier attempt.' },
          },
          [],
        ),
        response: {
          200: {
            description: 'The bytes.',
            content: { 'application/octet-stream': { schema: { type: 'string' } } },
          },
          ...PROBLEMS,
        },
      },
    },
    ({ params, query, principal }, reply) => {
      const { runId } = visibleRun(store, params.runId, principal);
      const { stream } = params;
      const { offset, tail, attempt } = query;
      const log = bytesOf(store, runId, {
        stream,
        ...(offset === undefined || stream === 'both' ? {} : { from: { [stream]: offset } }),
        ...(tail === undefined ? {} : { tailBytes: tail }),
        ...(attempt === undefined ? {} : { attempt }),
      });
      return reply
        .header('content-type', 'application/octet-stream')
        .send(Readable.from(log, { objectMode: false }));
    },
  );
};

async function* bytesOf(
  store: RunStore,
  runId: string,
  query: LogQuery,
): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of store.readLog(runId, query)) yield bytes;
}
