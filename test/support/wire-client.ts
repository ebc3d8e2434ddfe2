import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';

import { systemClock } from '../../src/base/clock.ts';
import type { WireRequest } from './api-requests.ts';

/** What came back; of a stream its head alone. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** Ten times what the slowest takes on a busy machine: longer is for ever. */
const ANSWER_MS = 60_000;

/** Sends requests as they are given: nothing is made right, as `fetch` would. */
export class WireClient implements Disposable {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Rejects where there is no answer at all. */
  async send({ method, path, headers, body }: WireRequest): Promise<WireAnswer> {
    using deadline = systemClock.deadline(ANSWER_MS, () => new Error('there is no answer'));
    const { signal } = deadline;
    const request = httpRequest(this.#url, {
      ...{ method, path, signal, agent: this.#agent },
      // Left to itself, Node's client sends bodies of GET and DELETE without their length.
      headers: { ...headers, ...(body && { 'content-length': String(body.length) }) },
    });
    // What goes wrong behind the head, a body for HEAD say, is told by the response.
    request.on('error', () => undefined);
    request.end(body);
    const [response] = (await once(request, 'response', { signal })) as [IncomingMessage];
    const chunks: Buffer[] = [];
    const answered = new Headers();
    for (const [name, value] of Object.entries(response.headers))
      if (value !== undefined) answered.set(name, Array.isArray(value) ? value.join(', ') : value);
    if (answered.get('content-type')?.startsWith('text/event-stream') === true) request.destroy();
    else for await (const chunk of response) chunks.push(chunk as Buffer);
    return {
      status: response.statusCode ?? 0,
      headers: answered,
      body: Buffer.concat(chunks),
    };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
