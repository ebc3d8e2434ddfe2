import { execFile } from 'node:child_process';
import { chownSync, mkdirSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { promisify } from 'node:util';

import { systemClock } from '../../src/base/clock.ts';

/** As the image says it; the engine's group lets it use the engine. */
const USER = 10001;
const SOCKET = '/var/run/docker.sock';
const LOOK_MS = 200;

const asked = promisify(execFile);
export const docker = async (...args: string[]): Promise<string> =>
  (await asked('docker', args)).stdout.trim();

/** A processing server in a container, on the engine that runs it. Disposing removes it. */
export interface ServerContainer extends AsyncDisposable {
  readonly url: string;
  /** Resolves when the engine's own look at it says so. */
  readonly healthy: () => Promise<void>;
  /** As `docker stop`: resolves to its exit code. */
  readonly stop: () => Promise<number>;
  readonly start: () => Promise<void>;
  /** Runs the command line in it. */
  readonly type: (...args: string[]) => Promise<string>;
  readonly logs: () => Promise<string>;
}

/** A folder of this machine that the server may write to, whoever runs the test. */
export function dataFolderFor(path: string): string {
  mkdirSync(path, { mode: 0o700 });
  if (process.getuid?.() === 0) chownSync(path, USER, USER);
  return path;
}

/** On the machine's own network, listening on loopback; or with a published port, behind a network of its own. */
export type Reach = 'host' | 'published';

/** Starts the image as docs/server.md says; `folder` is its data folder, here and there. */
export async function serverContainer(
  image: string,
  folder: string,
  reach: Reach = 'host',
): Promise<ServerContainer> {
  const { uid, gid } = statSync(folder);
  const port = await freePort();
  const network = reach === 'host' ? 'host' : `cyto-run-test-${port}`;
  if (reach === 'published') await docker('network', 'create', network);
  const id = await docker(
    ...['run', '--detach', '--network', network, '--health-interval', '1s'],
    ...(reach === 'host'
      ? ['--env', `CYTO_RUN_LISTEN=127.0.0.1:${port}`]
      : ['--publish', `127.0.0.1:${port}:8350`, '--env', 'CYTO_RUN_LISTEN=0.0.0.0:8350']),
    ...(reach === 'host' ? [] : ['--env', 'CYTO_RUN_PLAIN_HTTP=true']),
    ...['--user', `${uid}:${gid}`, '--group-add', String(statSync(SOCKET).gid)],
    ...['--volume', `${SOCKET}:${SOCKET}`, '--volume', `${folder}:${folder}`],
    ...['--env', `CYTO_RUN_HOME=${folder}`, image],
  );
  const state = (of: string): Promise<string> =>
    docker('inspect', '--format', `{{.State.${of}}}`, id);
  const container: ServerContainer = {
    url: `http://127.0.0.1:${port}`,
    logs: () => docker('logs', id),
    type: (...args) => docker('exec', id, 'cyto-run', ...args),
    async healthy() {
      while ((await state('Health.Status')) !== 'healthy') {
        if ((await state('Running')) !== 'true')
          throw new Error(`the server ended: ${await container.logs()}`);
        await systemClock.sleep(LOOK_MS);
      }
    },
    async stop() {
      await docker('stop', '--time', '60', id);
      return Number(await state('ExitCode'));
    },
    async start() {
      await docker('start', id);
    },
    async [Symbol.asyncDispose]() {
      await docker('rm', '--force', '--volumes', id);
      if (reach === 'published') await docker('network', 'rm', network);
    },
  };
  return container;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
