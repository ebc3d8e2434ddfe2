import { bytesIn, chunksOf } from './chunks.ts';
import type { Connection } from './connection.ts';
import type { LogChunk } from './types.ts';

/** Which part of a run's log to read. */
export interface LogQuery {
  readonly stream?: 'stdout' | 'stderr' | 'both';
  /** Only from this byte of the stream on; not with `both`. */
  readonly offset?: number;
  /** Only the last so many bytes of what there is. */
  readonly tail?: number;
  /** Of an earlier attempt, from 1. */
  readonly attempt?: number;
  readonly signal?: AbortSignal;
}

/** What there is of a run's log now, in the order in which the app wrote it. */
export async function* readLog(
  connection: Connection,
  runId: string,
  { stream = 'both', signal, ...query }: LogQuery = {},
): AsyncGenerator<LogChunk> {
  const response = await connection.request('GET', `/runs/${runId}/logs/${stream}`, {
    query: { ...query, format: 'lines' },
    ...(signal === undefined ? {} : { signal }),
  });
  const decoder = new TextDecoder();
  let unfinished = '';
  for await (const bytes of chunksOf(response, connection, signal)) {
    const lines = (unfinished + decoder.decode(bytes, { stream: true })).split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines) yield chunkIn(line);
  }
}

function chunkIn(line: string): LogChunk {
  const message = JSON.parse(line) as Omit<LogChunk, 'bytes'> & {
    readonly text?: string;
    readonly base64?: string;
  };
  const { stream, offset, at } = message;
  return { stream, offset, bytes: bytesIn(message), ...(at === undefined ? {} : { at }) };
}
