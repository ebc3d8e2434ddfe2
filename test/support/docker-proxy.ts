import { createServer, connect, type Socket } from 'node:net';
import { join } from 'node:path';

import { temporaryFolder } from './temporary-folder.ts';

/** A socket in front of the engine's own: lets a test act at the very request it names. */
export interface DockerProxy extends AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** Breaks every connection there is, as an engine that goes away does. */
  readonly cut: () => void;
}

/** What becomes of a request: it reaches the engine, it never does, or it does and its answer is lost. */
export type Verdict = 'forward' | 'drop' | 'unanswered';

export const DOCKER_SOCKET = '/var/run/docker.sock';
const REQUEST_LINE = /^(GET|POST|PUT|DELETE|HEAD) (?:\/v[\d.]+)?(\/\S*) HTTP\/1\.1/;

/** Calls `onRequest` with `POST /containers/create` and the like, before anything is passed on. */
export async function dockerProxy(
  onRequest: (request: string) => Verdict,
  engineSocket = DOCKER_SOCKET,
): Promise<DockerProxy> {
  const folder = await temporaryFolder('cyto-run-proxy-');
  const path = join(folder.path, 'docker.sock');
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = connect({ path: engineSocket, allowHalfOpen: true });
    let isAnswered = true;
    for (const socket of [client, engine]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (bytes) => {
      const [, method, target] = REQUEST_LINE.exec(bytes.toString('latin1')) ?? [];
      const request = `${method ?? ''} ${target?.split('?')[0] ?? ''}`;
      const verdict = method === undefined ? 'forward' : onRequest(request);
      if (verdict === 'unanswered') isAnswered = false;
      if (verdict === 'drop') client.destroy();
      else engine.write(bytes);
    });
    client.on('end', () => engine.end());
    engine.on('data', (bytes) => {
      if (isAnswered) client.write(bytes);
      else client.destroy();
    });
    engine.on('end', () => client.end());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    host: `unix://${path}`,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
