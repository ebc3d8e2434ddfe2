import { RunnerError } from '../base/errors.ts';
import { hasErrors, type Descriptor, type Dialect } from '../descriptor/index.ts';
import { optionalText } from './arguments.ts';
import type { CommandArguments } from './commands.ts';
import type { ReadOptions } from '../site/index.ts';
import { readParsed, type ParsedFile } from './parsed-files.ts';
import type { Terminal } from './terminal.ts';

/** How the flags `--dialect` and `--lenient` say that a descriptor is to be read. */
export const readOptions = (args: CommandArguments): ReadOptions => ({
  dialect: optionalText(args['dialect']) as Dialect | undefined,
  lenient: args['lenient'] === true,
});

/** The file a command is about. Throws `usage` where none is named. */
export function fileArgument(value: unknown, example: string): string {
  const given = optionalText(value);
  if (given === undefined)
    throw new RunnerError('usage', 'which descriptor?', { hint: `For example \`${example}\`.` });
  return given;
}

/** A descriptor that was read, with errors or without. */
export interface ReadDescriptor extends ParsedFile {
  readonly descriptor: Descriptor;
}

/**
 * Reads the descriptor that the arguments name; `-` is standard input. Throws
 * `descriptor-unreadable`, and `descriptor-invalid` with every error where it has any;
 * `withErrors` takes one with errors too, if there is a descriptor in it at all.
 */
export async function descriptorArgument(
  args: CommandArguments,
  terminal: Terminal,
  { example, withErrors = false }: { readonly example: string; readonly withErrors?: boolean },
): Promise<ReadDescriptor> {
  const file = await readParsed(
    fileArgument(args['descriptor'], example),
    terminal,
    readOptions(args),
  );
  const { descriptor, diagnostics } = file.parsed;
  if (descriptor !== undefined && (withErrors || !hasErrors(diagnostics)))
    return { ...file, descriptor };
  const { formatDiagnostics } = await import('../report/diagnostics/index.ts');
  const errors = diagnostics.filter(({ strength }) => strength === 'error');
  throw new RunnerError(
    'descriptor-invalid',
    `${file.fileName} is not a descriptor without errors

${formatDiagnostics(errors, { fileName: file.fileName, text: file.text })}
`,
    {
      hint: `\`cyto-run validate ${file.fileName}\` shows warnings too.`,
      details: { diagnostics },
    },
  );
}
