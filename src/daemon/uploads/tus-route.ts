import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { RunnerError } from '../../base/errors.ts';
import type { StoredUpload } from '../../store/index.ts';
import type { TusProtocol } from './tus.ts';
import type { NewUpload } from './uploads.ts';

export interface TusRequest {
  readonly Body: Readable | undefined;
}

/** What is to be sent, by the headers of the request that begins it. Throws `request-invalid`. */
export function wantedUpload(headers: FastifyRequest['headers']): NewUpload {
  const length = headers['upload-length'];
  if (typeof length !== 'string' || !/^\d{1,15}$/.test(length))
    throw new RunnerError('request-invalid', 'the header Upload-Length says no number of bytes', {
      hint: 'Say how many bytes the whole file has.',
    });
  const metadata = headers['upload-metadata'];
  const pairs = (typeof metadata === 'string' ? metadata : '')
    .split(',')
    .map((pair) => pair.trim().split(' '));
  const valueOf = (name: string): string | undefined => {
    const value = pairs.find(([key]) => key === name)?.[1];
    return value === undefined ? undefined : Buffer.from(value, 'base64').toString();
  };
  return {
    name: valueOf('filename') ?? '',
    sizeBytes: Number(length),
    sha256: valueOf('sha256')?.toLowerCase(),
  };
}

/**
 * Passes a request to the protocol, and its answer to the hooks that all answers go through.
 *
 * @param begun the upload that the request begins, if it begins one
 */
export async function answerTus(
  protocol: TusProtocol,
  request: FastifyRequest<{ Body: unknown }>,
  reply: FastifyReply,
  begun?: StoredUpload,
): Promise<FastifyReply> {
  const answer = await protocol.answer(asWebRequest(request), begun);
  if (answer.status >= 400) throw refusal(answer.status, await answer.text());
  for (const [name, value] of answer.headers)
    if (ANSWERED.test(name)) void reply.header(name, value);
  return reply.code(answer.status).send();
}

function asWebRequest({ headers, body, url, method }: FastifyRequest<{ Body: unknown }>): Request {
  const passed = new Headers();
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && PASSED.test(name)) passed.set(name, String(value));
  return new Request(`http://localhost${url}`, {
    method,
    headers: passed,
    ...(body instanceof Readable
      ? { body: Readable.toWeb(body) as ReadableStream<Uint8Array>, duplex: 'half' }
      : {}),
  });
}

/** A forwarded host, an origin, or a method within a header is no business of the protocol. */
const PASSED = /^(tus-resumable|upload-[a-z-]+|content-type|content-length)$/;
const ANSWERED = /^(tus-[a-z-]+|upload-[a-z-]+|location|cache-control)$/;

/** Refusals of the protocol keep its statuses: clients go by them. */
function refusal(status: number, body: string): Error {
  const said = body.trim();
  if (status >= 500) return new Error(`an upload failed: ${said}`);
  return Object.assign(new Error(said), { code: 'TUS_REFUSED', statusCode: status });
}
