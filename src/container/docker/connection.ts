import { Agent, type AgentOptions } from 'node:http';
import { inspect } from 'node:util';

import type Dockerode from 'dockerode';
import type { DockerOptions } from 'dockerode';

import { loadDockerode } from './dockerode.ts';
import { currentHost, type DockerEndpoint } from './endpoint.ts';
import { engineUnavailable, isConnectionLoss } from './failures.ts';
import { DOCKER, type Flavour } from './flavour.ts';

/** One engine, connected to when first asked for anything. */
export interface Connection {
  client(): Promise<Dockerode>;
  /** One that opens a connection for each request: it shows whether the engine still takes any. */
  knocking(): Promise<Dockerode>;
  /** Where the engine is, for messages. */
  address(): Promise<string>;
  /** Absent where it is not on this machine. */
  socketPath(): Promise<string | undefined>;
  readonly flavour: Flavour;
}

const DEFAULT_SOCKET = '/var/run/docker.sock';

/** Nothing is loaded or opened before `client()`: loading dockerode alone takes longer than a dry run. */
export function connectionTo(endpoint: DockerEndpoint, flavour = DOCKER): Connection {
  let resolved: Promise<DockerEndpoint> | undefined;
  let client: Promise<Dockerode> | undefined;
  const where = (): Promise<DockerEndpoint> =>
    (resolved ??= Promise.resolve(endpoint).then(resolveEndpoint));
  return {
    flavour,
    client: () => (client ??= where().then((found) => connect(found, socketAgent()))),
    knocking: () => where().then((found) => connect(found)),
    socketPath: async () => {
      const { host, socketPath } = await where();
      return host === undefined ? (socketPath ?? DEFAULT_SOCKET) : undefined;
    },
    address: async () => {
      const { host, socketPath } = await where();
      return host ?? socketPath ?? DEFAULT_SOCKET;
    },
  };
}

function resolveEndpoint(endpoint: DockerEndpoint): DockerEndpoint {
  if (endpoint.socketPath !== undefined) return endpoint;
  const host = endpoint.host ?? currentHost(process.env);
  if (host === undefined) return {};
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  return { host };
}

function connect({ host, socketPath }: DockerEndpoint, agent: AgentChoice = {}): Dockerode {
  const Client = loadDockerode();
  if (socketPath !== undefined) return new Client({ ...agent, socketPath });
  if (host === undefined) return new Client(agent);
  if (host === process.env['DOCKER_HOST']) return new Client();
  const url = new URL(host.includes('://') ? host : `tcp://${host}`);
  const protocol =
    url.protocol === 'ssh:' ? 'ssh' : process.env['DOCKER_TLS_VERIFY'] === '1' ? 'https' : 'http';
  return new Client({
    protocol,
    host: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
  });
}

/** Connections to a Unix socket, used again. */
class SocketAgent extends Agent {
  constructor() {
    // A name for TLS, though none is used: else Node makes one, and compiles an expression for IP
    // addresses to do so, which takes as long as ten answers of the engine.
    super({ keepAlive: true, servername: '' } as AgentOptions & { servername: string });
  }

  /** docker-modem prints all options of every request for its debug log, read or not: with every socket of ours. */
  [inspect.custom](): string {
    return 'SocketAgent';
  }
}

type AgentChoice = DockerOptions & { readonly agent?: Agent };

const socketAgent = (): AgentChoice => ({ agent: new SocketAgent() });

/** Runs one exchange with the engine; a failure to reach it becomes `engine-unavailable`. */
export async function asking<Answer>(
  connection: Connection,
  ask: (client: Dockerode) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask(await connection.client());
  } catch (error) {
    if (isConnectionLoss(error))
      throw engineUnavailable(error, await connection.address(), connection.flavour);
    throw error;
  }
}
