import yargs, { type Argv } from 'yargs';

import { RunnerError } from '../base/errors.ts';
import { nearestName } from '../descriptor/index.ts';
import { COMMANDS, type CommandArguments, type CommandDefinition } from './commands.ts';
import { findDescriptor } from './find-descriptor.ts';
import { descriptorOptions } from './parameter-flags.ts';
import { RUN_OPTIONS } from './run-options.ts';
import type { Terminal } from './terminal.ts';
import { runnerVersion } from './version.ts';

/**
 * Parses the arguments and runs the command they name; `run` where they name none. Throws `usage`
 * for arguments no command knows, with the nearest that it does.
 */
export async function parseAndRun(argv: readonly string[], terminal: Terminal): Promise<number> {
  const found = await findDescriptor(argv, terminal);
  let exitCode = 0;
  const cli = plainParser(argv, terminal);
  for (const command of COMMANDS) {
    cli.command({
      command: command.isDefault === true ? [command.usage, '$0'] : command.usage,
      describe: command.describe,
      builder: (builder) => {
        for (const [name, options] of Object.entries(command.options))
          builder.option(name, options);
        if (command.isDefault === true && found !== undefined)
          for (const [name, options] of Object.entries(descriptorOptions(found.descriptor)))
            builder.option(name, options);
        for (const [line, what] of command.examples ?? []) builder.example(line, what);
        return builder;
      },
      handler: async (args) => {
        refuseUnknown(
          args,
          command,
          found === undefined ? {} : descriptorOptions(found.descriptor),
        );
        const run = await command.load();
        exitCode = await run(args, { terminal, descriptor: found, argv });
      },
    });
  }
  await cli.parseAsync();
  return exitCode;
}

/** yargs without its guesses: an argument is text until the descriptor says otherwise. */
function plainParser(argv: readonly string[], terminal: Terminal): Argv {
  return yargs([...argv])
    .scriptName('cyto-run')
    .detectLocale(false)
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': true,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'populate--': true,
    })
    .usage('Runs containerized apps from their descriptors (Cytomine, BIAFLOWS, Boutiques).')
    .epilogue(
      'Exit codes: the app’s own when it ran; 64 usage, 65 bad descriptor or values, 66 missing input,\n' +
        '69 engine or image unavailable, 70 our bug, 73 no place for outputs, 75 try again,\n' +
        '78 configuration, 124 time limit, 130 interrupted.',
    )
    .wrap(Math.min(100, terminal.width))
    .version(runnerVersion())
    .help()
    .alias('help', 'h')
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw (
        error ??
        new RunnerError('usage', message ?? 'the arguments do not fit', {
          hint: 'See `cyto-run --help`; a value that begins with a dash is written --name=-value.',
        })
      );
    });
}

/** Keys that yargs itself adds to the arguments. */
const PARSER_KEYS = new Set(['_', '$0', '--', 'help', 'h', 'version']);

/** Refuses flags that are neither the command's nor the descriptor's. */
function refuseUnknown(
  args: CommandArguments,
  command: CommandDefinition,
  parameters: Readonly<Record<string, unknown>>,
): void {
  const positional = [...command.usage.matchAll(/[<[]([a-z-]+)(?:\.\.)?[>\]]/g)].map(
    ([, name]) => name ?? '',
  );
  const aliases = Object.values(command.options).flatMap(({ alias }) => [alias ?? []].flat());
  const known = [...Object.keys(command.options), ...Object.keys(parameters)];
  const accepted = new Set([...known, ...aliases, ...positional]);
  const unknown = Object.keys(args).find((name) => !accepted.has(name) && !PARSER_KEYS.has(name));
  const extra = args._.slice(command.isDefault === true && args._[0] !== 'run' ? 0 : 1)[0];
  if (unknown !== undefined) {
    const near = nearestName(unknown, known);
    throw new RunnerError('usage', `there is no flag --${unknown} here`, {
      hint: near === undefined ? 'See --help.' : `Did you mean --${near}?`,
      details: { flag: unknown, ...(near === undefined ? {} : { nearest: near }) },
    });
  }
  if (extra !== undefined)
    throw new RunnerError('usage', `the argument ${JSON.stringify(extra)} has no place here`, {
      hint: 'Values are given as --param id=value or --id value.',
    });
}

export const isRunOption = (name: string): boolean => name in RUN_OPTIONS;
