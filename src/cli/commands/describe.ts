import { describeDescriptor } from '../../descriptor/index.ts';
import { renderDescription } from '../../report/index.ts';
import type { CommandRun } from '../commands.ts';
import { descriptorArgument } from '../descriptor-flags.ts';
import { textOptions } from '../terminal.ts';

/** `cyto-run describe FILE`: the app as a page for people; with `--json` the model. */
export const describe: CommandRun = async (args, { terminal }) => {
  const { descriptor, parsed } = await descriptorArgument(args, terminal, {
    example: 'cyto-run describe descriptor.json',
    withErrors: true,
  });
  const description = describeDescriptor(descriptor, parsed.diagnostics);
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify(description, null, 2)}\n`
      : `${renderDescription(description, {
          ...textOptions(terminal, 'out'),
        })}\n`,
  );
  return 0;
};
