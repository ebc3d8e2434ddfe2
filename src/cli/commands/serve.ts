import { systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Server } from '../../daemon/index.ts';
import { configurationFor, openDataFolder, type ConfigurationFlags } from '../../site/index.ts';
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
    pretty: terminal.errIsTerminal && values['log-format'] === 'text',
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
  tellStart(server, store.folder, terminal);
  const stop = await untilStopped(server, terminal);
  await server[Symbol.asyncDispose]();
  store[Symbol.dispose]();
  terminal.err(
    stop === 'handed-over'
      ? 'stopped; apps that run go on, and the next start takes them over\n'
      : 'stopped, and all apps with it\n',
  );
  // Whatever still follows a container would keep this process alive.
  process.exit(0);
};

function tellStart(
  { url, recovered }: Server,
  folder: string,
  { out, err }: Pick<Terminal, 'out' | 'err'>,
): void {
  const { queued, adopted } = recovered;
  if (queued + adopted > 0)
    err(
      `took over ${counted(adopted, 'run')} that had begun, and ${queued} that ${queued === 1 ? 'waits' : 'wait'}\n`,
    );
  err(`runs are kept in ${folder}; Ctrl-C lets apps go on, twice stops them\n`);
  out(`${url}\n`);
}

/** Resolves when there is nothing left to do but end. */
async function untilStopped(
  server: Server,
  { err }: Pick<Terminal, 'err'>,
): Promise<'handed-over' | 'runs-stopped'> {
  using signals = listenForSignals();
  await signals.next();
  const handedOver = server.handOver();
  if (server.activeRuns > 0) {
    err('taking nothing new; Ctrl-C again stops the apps that run\n');
    const second = await Promise.race([
      signals.next(),
      systemClock.sleep(LIMITS.secondSignalMs).then(() => 'none' as const),
    ]);
    if (second !== 'none') {
      err('stopping the apps; Ctrl-C again ends them at once\n');
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
