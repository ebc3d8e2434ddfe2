import { ERROR_CODES, RunnerError } from '../base/errors.ts';
import { wantsColor, type Terminal } from './terminal.ts';

/**
 * Says what went wrong: a sentence and what to try on stderr; with `--json` one document on stdout
 * as well. Returns the exit code of the error's code. Anything that is not a `RunnerError` is our
 * bug: its stack is shown and the code is 70.
 */
export async function reportError(
  error: unknown,
  terminal: Terminal,
  json: boolean,
): Promise<number> {
  const known = error instanceof RunnerError ? error : ourBug(error);
  const { exitCode } = ERROR_CODES[known.code];
  if (json)
    terminal.out(
      `${JSON.stringify(
        {
          error: {
            code: known.code,
            message: known.message,
            ...(known.hint === undefined ? {} : { hint: known.hint }),
            ...known.details,
            exitCode,
          },
        },
        null,
        2,
      )}\n`,
    );
  const { styleText } = await import('node:util');
  const color = wantsColor(terminal.errIsTerminal, terminal.env);
  const red = (text: string): string => (color ? styleText('red', text) : text);
  const hint = known.hint === undefined ? '' : `  try: ${known.hint}\n`;
  terminal.err(`${red('cyto-run:')} ${known.message}\n${hint}  code: ${known.code}\n`);
  return exitCode;
}

function ourBug(error: unknown): RunnerError {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new RunnerError('internal', `this is a bug in cyto-run\n${text}`, {
    hint: 'Please report it with the command you typed and this text.',
    cause: error,
  });
}
