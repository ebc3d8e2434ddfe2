import { RunnerError } from '../../base/errors.ts';
import {
  configurationDocument,
  renderConfiguration,
  configurationFor,
  dataFolder,
} from '../../site/index.ts';
import { optionalText } from '../arguments.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run config show`: every effective setting and where it came from. */
export const config: CommandRun = async (args, { terminal }) => {
  const action = optionalText(args['action']) ?? 'show';
  if (action !== 'show')
    throw new RunnerError('usage', `there is no \`cyto-run config ${action}\``, {
      hint: 'There is `cyto-run config show`.',
    });
  const configuration = await configurationFor(terminal);
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify(configurationDocument(configuration), null, 2)}\n`
      : renderConfiguration(configuration),
  );
  terminal.err(`runs are kept in ${dataFolder(configuration, terminal)}\n`);
  return 0;
};
