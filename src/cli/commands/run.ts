import { RunnerError } from '../../base/errors.ts';
import { configurationFor, prepareRun, type RunFlags } from '../../site/index.ts';
import { namedValues } from '../parameter-flags.ts';
import type { CommandRun } from '../commands.ts';
import { refusePlacing } from '../placing.ts';
import { readGiven } from '../given-descriptor.ts';

/** `cyto-run [run] descriptor.json`: checks, runs, records; or says what would be run. */
export const run: CommandRun = async (args, context) => {
  const { terminal } = context;
  const flags = args as unknown as RunFlags;
  const given = args['descriptor'];
  if (typeof given !== 'string')
    throw new RunnerError('usage', 'which descriptor?', {
      hint: 'For example `cyto-run app/descriptor.json`; see `cyto-run --help`.',
    });
  const file = context.descriptor ?? (await readGiven(given, terminal.cwd, { mayBeCommand: true }));
  const { 'server-param': _fromValues, ...settings } = flags;
  const configuration = await configurationFor(terminal, settings);
  if (configuration.values['server.url'] !== undefined) {
    const { serverClient } = await import('../runs-port/index.ts');
    const client = await serverClient(configuration, terminal);
    const { runOnServer } = await import('../on-server/run-on-server.ts');
    const named = namedValues(file.descriptor, args);
    if (client !== undefined)
      return runOnServer({ client, file, flags, named, configuration, terminal, args });
  }
  refusePlacing(args, file.descriptor);
  const prepared = await prepareRun({
    file,
    flags,
    named: namedValues(file.descriptor, args),
    configuration,
    caller: terminal,
  });
  if (flags['dry-run'] === true) {
    const { showDryRun } = await import('../dry-run.ts');
    return showDryRun(prepared, { file, terminal, json: flags.json === true });
  }
  const { startRun } = await import('../start-run.ts');
  return startRun(prepared, {
    terminal,
    configuration,
    verbose: flags.verbose === true,
    quiet: flags.quiet === true,
    json: flags.json === true,
    diagnostics: file.diagnostics,
  });
};
