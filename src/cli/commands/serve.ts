import { isatty } from 'node:tty';

import { systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Server, ServerLog } from '../../daemon/index.ts';
import {
  configurationFor,
  openDataFolder,
  type Configuration,
  type ConfigurationFlags,
} from '../../site/index.ts';
import { LIMITS } from '../../base/limits.ts';
import { counted } from '../../base/counted.ts';
import { listenForSignals, type Signals } from '../interrupt.ts';
import type { CommandRun } from '../commands.ts';
import type { Terminal } from '../terminal.ts';

/**
 * `cyto-run serve`: a server until it is told to stop. The first signal lets running apps go on, for the
 * next start to take over; the second stops them; the third ends their grace. SIGHUP has the
 * configuration read again.
 */
export const serve: CommandRun = async (args, { terminal }) => {
  // From the first moment on: who asks for a reload while the server starts does not end it.
  using hangUps = listenForSignals(['SIGHUP']);
  const readConfiguration = (): Promise<Configuration> =>
    configurationFor(terminal, args as unknown as ConfigurationFlags);
  const configuration = await readConfiguration();
  const { openLog, startServer } = await import('../../daemon/index.ts');
  const { values } = configuration;
  const log = await openLog({
    level: values['serve.log-level'],
    pretty: isPretty(values, terminal),
    file: values['serve.log-file'],
    clock: systemClock,
  });
  const store = await openDataFolder(configuration, terminal);
  const server = await startServer({
    store,
    configuration,
    readConfiguration,
    configurationFolder: terminal.cwd,
    clock: systemClock,
    log,
    env: terminal.env,
    report: (error, runId) => {
      log.error({ runId }, messageOf(error));
    },
  });
  const tell = teller(configuration, terminal, log);
  tellStart(server, store.folder, tell);
  terminal.out(`${server.url}\n`);
  const stop = await untilStopped(server, untilHungUp(server, hangUps, terminal), tell);
  await server[Symbol.asyncDispose]();
  store[Symbol.dispose]();
  tell(
    stop === 'handed-over'
      ? 'stopped; apps that run go on, and the next start takes them over'
      : 'stopped, and all apps with it',
  );
  // Whatever still follows a container would keep this process alive.
  process.exit(0);
};

/** Tells a sentence to whoever started the server. */
type Tell = (sentence: string) => void;

/** On standard error; where that is the log, and the log is for programs, as one of its lines. */
function teller({ values }: Configuration, terminal: Terminal, log: ServerLog): Tell {
  if (isPretty(values, terminal) || values['serve.log-file'] !== undefined)
    return (sentence) => {
      terminal.err(`${sentence}\n`);
    };
  return (sentence) => {
    log.info(sentence);
  };
}

const isPretty = (values: Configuration['values'], { errIsTerminal }: Terminal): boolean =>
  errIsTerminal && values['log-format'] === 'text';

function tellStart({ recovered }: Server, folder: string, tell: Tell): void {
  const { queued, adopted } = recovered;
  if (queued + adopted > 0)
    tell(
      `took over ${counted(adopted, 'run')} that had begun, and ${queued} that ${queued === 1 ? 'waits' : 'wait'}`,
    );
  tell(`runs are kept in ${folder}; Ctrl-C lets apps go on, twice stops them`);
}

/**
 * Reloads at each SIGHUP, one after the other; resolves when the terminal that the server was started at is
 * closed, which SIGHUP tells as well.
 */
async function untilHungUp(server: Server, hangUps: Signals, terminal: Terminal): Promise<void> {
  for (;;) {
    await hangUps.next();
    if (terminal.errIsTerminal && !isatty(STDERR)) return;
    await server.reload();
  }
}

const STDERR = 2;

/** Resolves when there is nothing left to do but end. */
async function untilStopped(
  server: Server,
  hungUp: Promise<void>,
  tell: Tell,
): Promise<'handed-over' | 'runs-stopped'> {
  using signals = listenForSignals(['SIGINT', 'SIGTERM']);
  const first = signals.next();
  const stop = await Promise.race([first, hungUp]);
  const handedOver = server.handOver();
  if (server.activeRuns > 0) {
    tell('taking nothing new; Ctrl-C again stops the apps that run');
    const second = await Promise.race([
      stop === undefined ? first : signals.next(),
      systemClock.sleep(LIMITS.secondSignalMs).then(() => 'none' as const),
    ]);
    if (second !== 'none') {
      tell('stopping the apps; Ctrl-C again ends them at once');
      void signals.next().then(() => {
        server.killRuns();
      });
      await Promise.all([handedOver, server.stopRuns()]);
      return 'runs-stopped';
    }
  }
  await handedOver;
  return 'handed-over';
}
