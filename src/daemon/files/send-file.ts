import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';
import { Readable } from 'node:stream';
import { parse as parseRange } from 'range-parser';

import { RunnerError } from '../../base/errors.ts';
import { FOREIGN_CONTENT_HEADERS } from '../guard/headers.ts';
import type { RecordedFile } from './recorded-file.ts';

/**
 * Answers with a file, or the part of it that `Range` asks for (RFC 9110: one range; several get the
 * whole file), or 304 where the reader has it. Closes the file, whatever happens.
 */
export async function sendFile(
  file: RecordedFile,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { handle, sizeBytes, etag, mediaType, name } = file;
  const part = rangeOf(request, file);
  if (part === 'none-of-it') {
    await handle.close();
    reply.header('content-range', `bytes */${sizeBytes}`);
    throw new RunnerError(
      'range-unsatisfiable',
      `the file has ${sizeBytes} bytes; ${JSON.stringify(request.headers.range)} is none of them`,
      { hint: 'Ask for bytes from 0 on.' },
    );
  }
  reply
    .headers(FOREIGN_CONTENT_HEADERS)
    .header('etag', etag)
    .header('accept-ranges', 'bytes')
    .header('cache-control', 'private, no-cache')
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`);
  // Of all conditions only this one: fetch asks for no caching whenever it is given.
  if (fresh({ 'if-none-match': request.headers['if-none-match'] }, { etag })) {
    await handle.close();
    return reply.code(304).send();
  }
  const { start, end } = part ?? { start: 0, end: sizeBytes - 1 };
  if (part !== undefined)
    reply.code(206).header('content-range', `bytes ${start}-${end}/${sizeBytes}`);
  reply.header('content-type', mediaType).header('content-length', end - start + 1);
  if (request.method === 'HEAD' || sizeBytes === 0) {
    await handle.close();
    // A stream: of anything else the framework counts the length itself.
    return reply.send(Readable.from([]));
  }
  return reply.send(handle.createReadStream({ start, end }));
}

/** A bit of the parser's code. */
const INVALID = 1;

interface Part {
  readonly start: number;
  readonly end: number;
}

/** Undefined: the whole file, because nothing else is asked for that we understand. */
function rangeOf(
  { headers }: FastifyRequest,
  { sizeBytes, etag }: RecordedFile,
): Part | 'none-of-it' | undefined {
  const condition = headers['if-range'];
  if (headers.range === undefined || (condition !== undefined && condition !== etag))
    return undefined;
  const { code, type, ranges } = parseRange(sizeBytes, headers.range);
  if ((code & INVALID) !== 0 || type !== 'bytes') return undefined;
  if (ranges.length === 0) return 'none-of-it';
  return ranges.length === 1 ? ranges[0] : undefined;
}
