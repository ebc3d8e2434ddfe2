import { systemClock } from '../../src/base/clock.ts';
import { openLog, startServer, type Server } from '../../src/daemon/index.ts';
import { REQUEST_TIMES, type RequestTimes } from '../../src/daemon/http/request-times.ts';
import { configurationFor, type Configuration } from '../../src/site/index.ts';
import { openStore, type RunStore, type TokenScope } from '../../src/store/index.ts';

/** What came back. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed, where it is JSON. */
  readonly body: unknown;
}

export interface RequestOptions {
  /** Text of a token. */
  readonly token?: string | undefined;
  /** An object is sent as JSON; other things as they are. */
  readonly body?: object | string | Buffer | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server in this process on a data folder; disposing ends it. */
export interface ServerHere extends AsyncDisposable {
  readonly server: Server;
  readonly store: RunStore;
  /** What went wrong in it, as it told. */
  readonly faults: unknown[];
  /** A request to a path, as it is from the root on. */
  readonly ask: (method: string, path: string, options?: RequestOptions) => Promise<Reply>;
  /** The text of a new token. */
  readonly token: (owner: string, scope: TokenScope) => string;
}

/** Starts one with these settings, as a configuration file would give them by variables. */
export async function serverHere(
  home: string,
  env: Readonly<Record<string, string>> = {},
  times: RequestTimes = REQUEST_TIMES,
): Promise<ServerHere> {
  const store = openStore({ folder: home, clock: systemClock });
  const readConfiguration = (): Promise<Configuration> =>
    configurationFor({
      env: { XDG_CONFIG_HOME: home, CYTO_RUN_HOME: home, CYTO_RUN_LISTEN: '127.0.0.1:0', ...env },
      cwd: home,
      readStdin: () => Promise.resolve(Buffer.alloc(0)),
    });
  const configuration = await readConfiguration();
  const faults: unknown[] = [];
  const server = await startServer({
    store,
    configuration,
    readConfiguration,
    configurationFolder: home,
    clock: systemClock,
    log: await openLog({ level: 'error', pretty: false, clock: systemClock }),
    env,
    report: (error) => faults.push(error),
    times,
  });
  return {
    server,
    store,
    faults,
    ask: (method, path, options = {}) => ask(server.url, method, path, options),
    token: (owner, scope) =>
      store.server.tokens.create({ name: `${owner} ${scope}`, owner, scope }).text,
    [Symbol.asyncDispose]: async () => {
      await server.handOver();
      await server[Symbol.asyncDispose]();
      store[Symbol.dispose]();
    },
  };
}

async function ask(
  url: string,
  method: string,
  path: string,
  { token, body, headers }: RequestOptions,
): Promise<Reply> {
  const isJson = typeof body === 'object' && !Buffer.isBuffer(body);
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(isJson ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : (body as string) }),
  });
  const text = await response.text();
  const said = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: said && text !== '' ? (JSON.parse(text) as unknown) : undefined,
  };
}
