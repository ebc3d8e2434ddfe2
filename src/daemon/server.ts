import type { FastifyInstance } from 'fastify';

import type { Clock } from '../base/clock.ts';
import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { isTerminal, type RunRecord } from '../runner/index.ts';
import { ConfigurationKeeper, Engines, runnerVersion, type Configuration } from '../site/index.ts';
import type { RunStore } from '../store/index.ts';
import { addressFault } from './access/address-fault.ts';
import { serverAccess, tlsPathsOf } from './access/server-access.ts';
import { ActiveRuns } from './active-runs.ts';
import { Executor } from './executor.ts';
import { Feed } from './feed.ts';
import { followTls } from './guard/tls.ts';
import { REQUEST_TIMES, type RequestTimes } from './http/request-times.ts';
import { API_ROOT, httpServer } from './http/server.ts';
import { heedStops } from './queue/asked-stops.ts';
import type { ServerLog } from './log/index.ts';
import { IdleMemory, Operations } from './operations/index.ts';
import type { Dispatcher } from './queue/dispatcher.ts';
import { openQueue } from './open-queue.ts';
import { recover, type Recovered } from './recover.ts';
import type { RouteContext } from './routes/route.ts';
import { reload } from './settings/reload.ts';
import { RunningSettings } from './settings/running-settings.ts';
import { addPages } from './web/pages.ts';
import { addRoutes } from './routes/index.ts';
import { UrlFetches } from './url-inputs/url-fetches.ts';
import { openUploads, sweepExpired } from './uploads/open-uploads.ts';

export interface ServerOptions {
  readonly store: RunStore;
  readonly configuration: Configuration;
  /** The same as it is written by the time it is asked for, for a reload. Throws `configuration-invalid`. */
  readonly readConfiguration: () => Promise<Configuration>;
  /** Where configuration files of the project were looked for. */
  readonly configurationFolder: string;
  readonly clock: Clock;
  readonly log: ServerLog;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Hears of failures of ours. */
  readonly report: (error: unknown, runId: string) => void;
  /** How long clients may take, where not as usual. */
  readonly times?: RequestTimes;
}

/** A server that answers. Disposed of when it has handed over or has stopped its runs; its data folder is free when the store is disposed of too. */
export interface Server extends AsyncDisposable {
  /** `http://127.0.0.1:8350` */
  readonly url: string;
  readonly recovered: Recovered;
  readonly activeRuns: number;
  /** Reads the configuration again, and goes by what of it a running server can. Never rejects: what is wrong is logged. */
  reload(): Promise<void>;
  /** Takes nothing new and ends all streams; running containers go on, for the next start to take over. */
  handOver(): Promise<void>;
  /** Stops the running apps too, and resolves when they have ended and whoever can be told now has been. */
  stopRuns(): Promise<void>;
  /** Ends their grace. */
  killRuns(): void;
}

/**
 * Starts the server of a data folder: takes over what another process left, then listens. Throws
 * `server-running`, `address-unusable`.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { store, clock, times = REQUEST_TIMES } = options;
  const settings = new RunningSettings(options.configuration);
  const report = (error: unknown): void => {
    options.report(error, 'server');
  };
  const { guard, tls, urls } = serverAccess({ ...options, settings, report });
  const lock = await serverLock(options);
  const stopping = new AbortController();
  const onPollError = (): void => {
    operations.onPollError();
  };
  const { folder: dataFolder } = store;
  const engines = new Engines({ dataFolder, configuration: settings.current, onPollError });
  const feed = new Feed(clock);
  const version = runnerVersion();
  const operations = await Operations.open({ ...options, settings, engines, version });
  const uploads = openUploads({ store, settings, clock });
  const inputs = new UrlFetches({
    ...{ store: store.server.uploads, uploads, urls, clock, stopping: stopping.signal },
  });
  const memory = new IdleMemory({
    ...{ clock, stopping: stopping.signal, isBusy: () => active.count > 0 },
  });
  const onRecord = recordHearer(operations, inputs, memory);
  const active = new ActiveRuns({ store, engines, clock, feed, onRecord });
  const executor = new Executor({ store, clock, active, report: options.report });
  const { dispatcher, resize } = await openQueue(settings.current, {
    ...{ store, engines, executor, inputs, clock, report: options.report },
    stopping: stopping.signal,
  });
  const context: RouteContext = {
    ...options,
    settings,
    configurations: configurationsIn(options.configurationFolder),
    engines,
    feed,
    active,
    dispatcher,
    executor,
    uploads,
    urls,
    version,
    stopping: stopping.signal,
    ...operations.forRoutes(),
  };
  const recovered = await recover(
    { ...context, report: options.report, onTakenOver: operations.onTakenOver },
    executor,
  );
  void heedStops(context, (record) => executor.endIfStopped(record.runId), options.report);
  void sweepExpired({ ...context, report }, stopping.signal);
  dispatcher.open();
  const { connections } = operations;
  const app = await httpServer({ version, guard, tls, clock, times, connections });
  operations.addTo(app);
  await addApi(app, context);
  addPages(app);
  const url = await listen(app, settings.values['serve.listen']);
  operations.start();
  memory.worked();
  if (tls !== undefined) followTls(app.server, () => tlsPathsOf(settings.current), options.log);
  const hearers = [operations.onSettings, resize];
  const { readConfiguration: read, log } = options;
  const { audit } = store.server;
  const readAgain = (): Promise<void> => reload({ settings, read, hearers, audit, log, report });
  const parts = { app, dispatcher, inputs, stopping, operations, active, lock, clock, readAgain };
  return controlsOf(parts, { url, recovered });
}

/** Who is to know of every change of a run. */
function recordHearer(
  operations: Operations,
  inputs: UrlFetches,
  memory: IdleMemory,
): (record: RunRecord) => void {
  return (record) => {
    operations.onRecord(record);
    if (!isTerminal(record.state)) return;
    inputs.ended(record.runId);
    memory.worked();
  };
}

interface ServerParts {
  readonly app: FastifyInstance;
  readonly dispatcher: Dispatcher;
  readonly inputs: UrlFetches;
  readonly stopping: AbortController;
  readonly operations: Operations;
  readonly active: ActiveRuns;
  readonly lock: Awaited<ReturnType<typeof serverLock>>;
  readonly clock: Clock;
  readonly readAgain: () => Promise<void>;
}

/** How a server is stopped. */
const controlsOf = (parts: ServerParts, facts: Pick<Server, 'url' | 'recovered'>): Server => ({
  ...facts,
  get activeRuns() {
    return parts.active.count;
  },
  reload: parts.readAgain,
  handOver: async () => {
    parts.lock.stopping();
    parts.dispatcher.stop();
    parts.stopping.abort();
    await Promise.all([closed(parts.app, parts.clock), parts.inputs.stopped()]);
  },
  stopRuns: async () => {
    await parts.active.stopAll('shutdown');
    await parts.operations.told();
  },
  killRuns: () => {
    parts.active.killAll();
  },
  [Symbol.asyncDispose]: async () => {
    await parts.operations[Symbol.asyncDispose]();
  },
});

/** Waits for a server that is about to end. Throws `server-running` for any other. */
async function serverLock({
  store,
  clock,
  log,
}: ServerOptions): Promise<ReturnType<RunStore['server']['lock']>> {
  const endMs = clock.monotonicMs() + LIMITS.serverStopMs;
  for (let isTold = false; ; isTold = true)
    try {
      return store.server.lock();
    } catch (error) {
      const isStopping = error instanceof RunnerError && error.details['stopping'] === true;
      if (!isStopping || clock.monotonicMs() > endMs) throw error;
      if (!isTold) log.info(`${error.message}, and stops: waiting for its end`);
      await clock.sleep(LIMITS.serverLockRetryMs);
    }
}

const configurationsIn = (cwd: string): ConfigurationKeeper =>
  new ConfigurationKeeper({ env: process.env, cwd, uid: process.getuid?.() });

/** Requests are answered to their end, for a while; who only keeps a connection open does not keep the server. */
async function closed(app: FastifyInstance, clock: Clock): Promise<void> {
  const closing = app.close();
  await Promise.race([closing, clock.sleep(LIMITS.requestsEndMs)]);
  app.server.closeAllConnections();
  await closing;
}

async function addApi(app: FastifyInstance, context: RouteContext): Promise<void> {
  await app.register(
    (api, _options, done) => {
      addRoutes(api, context);
      done();
    },
    { prefix: API_ROOT },
  );
}

async function listen(
  app: FastifyInstance,
  { host, port }: Configuration['values']['serve.listen'],
): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    throw addressFault(error, { host, port }) ?? error;
  }
}
