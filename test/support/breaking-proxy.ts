import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** In front of a server: cuts connections where a test says. */
export interface BreakingProxy extends AsyncDisposable {
  readonly url: string;
  /** Connections there were. */
  readonly connections: () => number;
}

/**
 * Passes on at most so many bytes of answers of each connection, by its number from 0, and then cuts it;
 * `Infinity` lets it live. 0 cuts when the answer begins: the request was heard, its answer is lost.
 */
export async function breakingProxy(
  target: string,
  bytesOf: (connection: number) => number,
): Promise<BreakingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((client) => {
    let left = bytesOf(count);
    count += 1;
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroySoon();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (bytes) => {
      client.write(bytes.subarray(0, left));
      left -= bytes.length;
      if (left < 0) upstream.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => count,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
