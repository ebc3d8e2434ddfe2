import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it came in. */
export interface Received {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** What a receiver does with a request: a status to answer, or something worse. */
export type Behaviour =
  | number
  /** Ends the connection without an answer. */
  | 'hang-up'
  /** Never answers. */
  | 'silence'
  | ((request: Received, response: ServerResponse) => void);

/** A real HTTP server that does as it is told. Disposing closes it with all its connections. */
export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** What it does from now on: of a list each once, the last for good. */
  behave(...behaviours: Behaviour[]): void;
  /** Resolves when so many requests have come in. */
  until(count: number): Promise<void>;
}

/** Listens on loopback; 0: on any free port. */
export async function webhookReceiver(port = 0): Promise<WebhookReceiver> {
  const received: Received[] = [];
  let behaviours: Behaviour[] = [204];
  let waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { url: path = '', headers } = request;
      const one = { path, headers: headers as Record<string, string>, body };
      received.push(one);
      const [behaviour = 204, ...rest] = behaviours;
      if (rest.length > 0) behaviours = rest;
      if (typeof behaviour === 'function') behaviour(one, response);
      else if (behaviour === 'hang-up') request.socket.destroy();
      else if (behaviour !== 'silence') response.writeHead(behaviour).end('as told');
      for (const look of waiting.splice(0)) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  const until = async (count: number): Promise<void> => {
    while (received.length < count)
      await new Promise<void>((resolve) => (waiting = [...waiting, resolve]));
  };
  return {
    url: `http://127.0.0.1:${address.port}/hook`,
    port: address.port,
    received,
    behave: (...list) => {
      behaviours = list;
    },
    until,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  try {
    for await (const part of request) parts.push(part as Buffer);
  } catch {
    // The sender went away; what came is what there is.
  }
  return Buffer.concat(parts).toString();
}
