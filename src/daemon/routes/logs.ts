import { Readable } from 'node:stream';

import type { LogChunk, LogQuery } from '../../store/index.ts';
import { PROBLEMS } from '../http/server.ts';
import { count, object } from '../http/schemas.ts';
import { logContent } from './log-content.ts';
import type { Routes } from './route.ts';
import { RUN_ID_TEXT } from './run-schemas.ts';
import { visibleRun } from './visible.ts';

interface LogRequest {
  readonly Params: { readonly runId: string; readonly stream: LogQuery['stream'] };
  readonly Querystring: {
    readonly offset?: number;
    readonly tail?: number;
    readonly attempt?: number;
    readonly format: 'bytes' | 'lines';
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
          runId: RUN_ID_TEXT,
          stream: { enum: ['stdout', 'stderr', 'both'], description: 'Which of its streams.' },
        }),
        querystring: object(
          {
            offset: count('Only from this byte of the stream on; not with both.'),
            tail: count('Only the last so many bytes.'),
            attempt: { type: 'integer', minimum: 1, description: 'Of an earlier attempt.' },
            format: {
              enum: ['bytes', 'lines'],
              default: 'bytes',
              description:
                'lines: one JSON object a line, {stream, offset, text} or {stream, offset, base64}, so that both streams can be told apart.',
            },
          },
          [],
        ),
        response: {
          200: {
            description: 'The bytes.',
            content: {
              'application/octet-stream': { schema: { type: 'string' } },
              'application/jsonl': { schema: { type: 'string' } },
            },
          },
          ...PROBLEMS,
        },
      },
    },
    ({ params, query, principal }, reply) => {
      const { runId } = visibleRun(store, params.runId, principal);
      const { stream } = params;
      const { offset, tail, attempt, format } = query;
      const log = store.readLog(runId, {
        stream,
        ...(offset === undefined || stream === 'both' ? {} : { from: { [stream]: offset } }),
        ...(tail === undefined ? {} : { tailBytes: tail }),
        ...(attempt === undefined ? {} : { attempt }),
      });
      return reply
        .header(
          'content-type',
          format === 'lines' ? 'application/jsonl' : 'application/octet-stream',
        )
        .send(Readable.from(format === 'lines' ? linesOf(log) : bytesOf(log)));
    },
  );
};

async function* bytesOf(log: AsyncIterable<LogChunk>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of log) yield bytes;
}

async function* linesOf(log: AsyncIterable<LogChunk>): AsyncGenerator<string> {
  for await (const chunk of log) yield `${JSON.stringify(logContent(chunk))}\n`;
}
