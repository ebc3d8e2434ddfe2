import './lazy-segmenter.ts';
import { reportError } from './report-error.ts';
import { processTerminal, type Terminal } from './terminal.ts';

/**
 * The command line: one call from arguments to an exit code. stdout is the result, stderr the story
 * (exit codes: docs/errors.md). Everything else is loaded when it is needed.
 */
export async function main(
  argv: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<number> {
  try {
    const { parseAndRun } = await import('./parser.ts');
    return await parseAndRun(argv, terminal);
  } catch (error) {
    return reportError(error, terminal, argv.includes('--json'));
  }
}
