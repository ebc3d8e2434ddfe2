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
import { listenForSignals } from '../interrupt.ts';
import type { CommandRun } from '../commands.ts';
import type { Terminal } from '../terminal.ts';

/**
 * `cyto-run serve`: a server until it is told to stop. The first signal lets running apps go on, for the
 * next start to take over; the second stops them; the third ends their grace.
 */
export const serve: CommandRun = async (args, { terminal }) => {
  const configuration = await configurationFor(terminal, args as unknown as ConfigurationFlags);
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
  const stop = await untilStopped(server, tell);
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

/** Resolves when there is nothing left to do but end. */
async function untilStopped(server: Server, tell: Tell): Promise<'handed-over' | 'runs-stopped'> {
  using signals = listenForSignals();
  await signals.next();
  const handedOver = server.handOver();
  if (server.activeRuns > 0) {
    tell('taking nothing new; Ctrl-C again stops the apps that run');
    const second = await Promise.race([
      signals.next(),
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
