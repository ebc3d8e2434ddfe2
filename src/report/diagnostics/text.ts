import type { Diagnostic, Strength } from '../../descriptor/index.ts';
import { painter, type Paint } from '../text/paint.ts';
import { columnsOf, plainLine, wrap } from '../text/printable.ts';

export interface DiagnosticTextOptions {
  /** As the person gave it. */
  readonly fileName: string;
  /** The text the diagnostics are about, to show the lines they point to. */
  readonly text?: string | undefined;
  readonly color?: boolean | undefined;
  /** Columns that sentences are broken at; 100 unless told. */
  readonly width?: number | undefined;
}

/** Source lines longer than this are cut around the place, so that the caret stays in sight. */
const SOURCE_WIDTH = 96;

/**
 * Diagnostics as a person reads them: `file:line:column: strength code`, the sentence, the source
 * line with a caret under the place, and the mend. Nothing for none; no line break at the end.
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: DiagnosticTextOptions,
): string {
  const paint = painter(options.color ?? false);
  const lines = options.text?.split(/\r\n|\r|\n/);
  return diagnostics.map((diagnostic) => one(diagnostic, options, lines, paint)).join('\n\n');
}

function one(
  diagnostic: Diagnostic,
  { fileName, width = 100 }: DiagnosticTextOptions,
  lines: readonly string[] | undefined,
  paint: Paint,
): string {
  const { position, strength, code, message, mend } = diagnostic;
  const place = position === undefined ? '' : `:${position.line}:${position.column}`;
  const head = `${paint.bold(`${plainLine(fileName)}${place}`)}: ${strengthColor(paint)[strength](strength)} ${paint.dim(`[${code}]`)}`;
  const source =
    position === undefined ? undefined : excerpt(lines?.[position.line - 1], position.column);
  return [
    head,
    ...wrap(plainLine(message), width - 2).map((line) => `  ${line}`),
    ...(source === undefined
      ? []
      : [
          `  ${paint.dim(`${String(position?.line ?? '')} |`)} ${source.line}`,
          `  ${' '.repeat(String(position?.line ?? '').length)} ${paint.dim('|')} ${' '.repeat(source.caret)}${paint.cyan('^')}`,
        ]),
    ...wrap(plainLine(mend ?? ''), width - 4)
      .filter((line) => line !== '')
      .map((line, index) => `  ${index === 0 ? paint.green('→') : ' '} ${line}`),
  ].join('\n');
}

const strengthColor = (paint: Paint): Record<Strength, (text: string) => string> => ({
  error: paint.red,
  warning: paint.yellow,
  hint: paint.cyan,
});

/** A source line that fits, and where in it the caret goes. Tabs and control characters are one space. */
function excerpt(
  line: string | undefined,
  column: number,
): { readonly line: string; readonly caret: number } | undefined {
  if (line === undefined || line.trim() === '') return undefined;
  const indent = /^\s*/.exec(line)?.[0].length ?? 0;
  const at = column - 1;
  const start = at - indent < SOURCE_WIDTH - 8 ? Math.min(indent, at) : at - 40;
  const cutFront = start > indent ? '…' : '';
  const body = line.slice(start, start + SOURCE_WIDTH);
  const cutBack = start + SOURCE_WIDTH < line.length ? '…' : '';
  const shown = `${cutFront}${body}${cutBack}`.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ');
  return { line: shown, caret: columnsOf(shown.slice(0, at - start + cutFront.length)) };
}

/** "2 errors, 1 warning and 3 hints": what a list of diagnostics comes to. */
export function countedDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const counts = (['error', 'warning', 'hint'] as const).flatMap((strength) => {
    const count = diagnostics.filter((diagnostic) => diagnostic.strength === strength).length;
    return count === 0 ? [] : [`${count} ${strength}${count === 1 ? '' : 's'}`];
  });
  if (counts.length === 0) return 'nothing to report';
  const last = counts.at(-1) ?? '';
  return counts.length === 1 ? last : `${counts.slice(0, -1).join(', ')} and ${last}`;
}
