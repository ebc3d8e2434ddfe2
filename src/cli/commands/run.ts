import { existsSync } from 'node:fs';
import { posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import {
  configurationFor,
  readDescriptorFile,
  type DescriptorFile,
  prepareRun,
  type RunFlags,
} from '../../site/index.ts';
import { namedValues } from '../parameter-flags.ts';
import type { CommandRun } from '../commands.ts';
import { nearestCommand } from '../find-descriptor.ts';

/** `cyto-run [run] descriptor.json`: checks, runs, records; or says what would be run. */
export const run: CommandRun = async (args, context) => {
  const { terminal } = context;
  const flags = args as unknown as RunFlags;
  const given = args['descriptor'];
  if (typeof given !== 'string')
    throw new RunnerError('usage', 'which descriptor?', {
      hint: 'For example `cyto-run app/descriptor.json`; see `cyto-run --help`.',
    });
  const file = context.descriptor ?? (await readGiven(given, terminal.cwd));
  const { 'server-param': _fromValues, ...settings } = flags;
  const configuration = await configurationFor(terminal, settings);
  if (configuration.values['server.url'] !== undefined) {
    const { serverClient } = await import('../runs-port/index.ts');
    const client = await serverClient(configuration, terminal);
    const { runOnServer } = await import('../on-server/run-on-server.ts');
    const named = namedValues(file.descriptor, args);
    if (client !== undefined)
      return runOnServer({ client, file, flags, named, configuration, terminal });
  }
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

/** What is no file may have been meant for another command, or for a server. */
async function readGiven(given: string, cwd: string): Promise<DescriptorFile> {
  try {
    return await readDescriptorFile(given, cwd);
  } catch (error) {
    const meant = nearestCommand(given);
    const { mayBeApp } = await import('../on-server/server-app.ts');
    const isApp = mayBeApp(given) && !given.includes('/') && !existsSync(posix.resolve(cwd, given));
    if (!(error instanceof RunnerError) || (meant === undefined && !isApp)) throw error;
    throw new RunnerError(
      error.code,
      meant === undefined ? error.message : `${error.message}, nor is it a command`,
      {
        cause: error,
        details: error.details,
        hint:
          meant === undefined
            ? 'An app of a server? Then say of which: --server URL. Here an app is its descriptor.json.'
            : `Did you mean \`cyto-run ${meant}\`? Or give the path of a descriptor.json.`,
      },
    );
  }
}
