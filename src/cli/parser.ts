import { posix } from 'node:path';

import yargs, { type Argv } from 'yargs';

import { shellQuote } from '../base/shell-quote.ts';
import { groupRules } from '../descriptor/index.ts';
import { COMMANDS, type CommandArguments, type CommandDefinition } from './commands.ts';
import { type DescriptorFile, runnerVersion } from '../site/index.ts';
import { commandNamed, findDescriptor, flagValue } from './find-descriptor.ts';
import {
  onceEach,
  refuseSingleDash,
  refuseUnknown,
  refuseUnparsable,
  usageOf,
} from './given-arguments.ts';
import { describeInput, descriptorOptions, hasOwnFlag } from './parameter-flags.ts';
import type { Terminal } from './terminal.ts';

/**
 * Parses the arguments and runs the command they name; `run` where they name none. Throws `usage`
 * for arguments no command knows, with the nearest that it does.
 */
export async function parseAndRun(argv: readonly string[], terminal: Terminal): Promise<number> {
  const found = await findDescriptor(argv, terminal);
  refuseUnparsable(argv, found?.descriptor);
  refuseSingleDash(argv, commandNamed(argv), found?.descriptor);
  let exitCode = 0;
  // With a descriptor the help is the app's: its own parameters, and only the command that runs it.
  const cli = plainParser(
    argv,
    terminal,
    found === undefined ? USAGE : appUsage(found, terminal, argv),
  );
  const commands = found === undefined ? COMMANDS : [commandNamed(argv)];
  for (const command of commands) {
    cli.command({
      command: command.isDefault === true ? [command.usage, '$0'] : command.usage,
      describe: command.describe,
      builder: (builder) => {
        const parameters = found === undefined ? {} : descriptorOptions(found.descriptor);
        for (const [name, options] of Object.entries({ ...parameters, ...command.options }))
          builder.option(name, options);
        // They are about any app's descriptor; the help of one shows its own parameters.
        const examples = found === undefined ? command.examples : undefined;
        if (examples !== undefined) builder.epilogue(examplesText(examples));
        if (command.notes !== undefined) builder.epilogue(`${command.notes.join('\n')}\n`);
        if (command.isDefault === true) builder.epilogue(EXIT_CODES);
        if (command.exitCodes !== undefined) builder.epilogue(exitCodesText(command.exitCodes));
        return builder;
      },
      handler: async (parsed) => {
        const args = onceEach(withDashes(parsed), command);
        // Without a descriptor nobody knows which flags are its own: `run` asks for it first.
        const isReadable = found !== undefined || args['descriptor'] === '-';
        if (command.isDefault !== true || isReadable)
          refuseUnknown(args, command, found?.descriptor);
        const run = await command.load();
        exitCode = await run(args, { terminal, descriptor: found, argv });
      },
    });
  }
  await cli.parseAsync();
  return exitCode;
}

/** yargs loses a `-` that stands alone, which means standard input: it travels as what nobody types. */
const BARE_DASH = '\uE000';

const withDashes = (args: CommandArguments): CommandArguments => ({
  ...Object.fromEntries(Object.entries(args).map(([name, value]) => [name, dashIn(value)])),
  _: args._,
});

const dashIn = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(dashIn) : value === BARE_DASH ? '-' : value;

/** yargs without its guesses: an argument is text until the descriptor says otherwise. */
function plainParser(argv: readonly string[], terminal: Terminal, usage: string): Argv {
  return (
    yargs(argv.map((word) => (word === '-' ? BARE_DASH : word)))
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
      .usage(usage)
      .wrap(Math.min(100, terminal.width))
      .version(runnerVersion())
      .help()
      .alias('help', 'h')
      // The words of `describe`.
      .updateStrings({ string: 'text', boolean: 'switch', array: 'repeatable' })
      .exitProcess(false)
      .showHelpOnFail(false)
      .fail((message: string | null, error: Error | undefined) => {
        throw usageOf(message, error);
      })
  );
}

const EXIT_CODES =
  'Exit codes: the app’s own when it ran; 64 usage, 65 bad descriptor or values, 66 missing input, ' +
  '69 engine or image unavailable, 70 our bug, 73 no place for outputs, 75 try again, ' +
  '78 configuration, 124 time limit, 130 interrupted.';

/** One below the other: in columns, as yargs has them, a line to be copied is cut in the middle. */
const examplesText = (examples: NonNullable<CommandDefinition['examples']>): string =>
  [
    'Examples:',
    ...examples.flatMap(([line, what]) => [...(what === '' ? [] : [`  # ${what}`]), `  ${line}`]),
    '',
  ].join('\n');

const exitCodesText = (codes: NonNullable<CommandDefinition['exitCodes']>): string =>
  ['Exit codes:', ...codes.map(([code, when]) => `  ${String(code).padStart(3)}  ${when}`)].join(
    '\n',
  );

const USAGE = 'Runs containerized apps from their descriptors (Cytomine, BIAFLOWS, Boutiques).';

function appUsage(
  { descriptor, path, app }: DescriptorFile,
  { cwd }: Terminal,
  argv: readonly string[],
): string {
  const { name, version, description } = descriptor;
  const given = app?.reference ?? posix.relative(cwd, path);
  // An app of a server is found there only, so the line to be typed names it as this one did.
  const server = app === undefined ? undefined : flagValue(argv, '--server');
  const more = server === undefined ? '' : ` --server ${shellQuote(server)}`;
  const hidden = descriptor.inputs.filter(
    (input) => !input.setByServer && !input.serverParameter && !hasOwnFlag(input),
  );
  const rules = groupRules(descriptor).map(({ name: group, rule }) => `  ${group}: ${rule}`);
  return [
    `cyto-run ${given.startsWith('..') ? path : given}${more} [--parameter value …]`,
    `${name}${version === undefined ? '' : ` ${version}`}${description === undefined ? '' : `: ${description}`}`,
    ...hidden.map(
      (input) => `--param ${input.id}=…  ${describeInput(input)} (--${input.id} is cyto-run's own)`,
    ),
    ...(rules.length === 0 ? [] : [['Rules:', ...rules].join('\n')]),
  ].join('\n\n');
}
