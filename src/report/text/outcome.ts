import { counted } from '../../base/counted.ts';
import type { RunRecord } from '../../runner/index.ts';
import { failureLines, tailLines } from './failure.ts';
import { lookOf, type Look, type TextOptions } from './layout.ts';
import { visible } from './printable.ts';
import { outputsFolder, outputTable } from './run.ts';
import { spansText } from './spans.ts';
import { appText, stateText } from './words.ts';

/** More outputs than this are counted, not listed. */
const OUTPUTS_SHOWN_MAX = 10;

export interface OutcomeOptions extends TextOptions {
  /** For a run that has not ended. */
  readonly now?: Date;
  /** The end of the app's stderr: shown when it failed. */
  readonly stderrTail?: string;
  /** What to type to call this program: `cyto-run` unless told. */
  readonly program?: string;
  /** And behind its commands, to be told of the same runs: ` --server URL`. */
  readonly flag?: string;
}

/** The closing lines of a run: how it ended, what it left, how to look, what to try. */
export function renderOutcome(record: RunRecord, options: OutcomeOptions = {}): string {
  const look = lookOf(options);
  const { paint } = look;
  const head = `${stateText(record.state, paint)}  ${paint.bold(appText(record.app))}${spansText(record, options.now)}`;
  return [
    head,
    ...(record.failure === undefined ? [] : indented(failureLines(record.failure, look))),
    ...appWords(record, options.stderrTail ?? '', look),
    ...outputLines(record, look),
    ...record.warnings.map(({ message }) => `  ${paint.yellow('warning')}: ${visible(message)}`),
    ...lookLines(record, look, options),
    '',
  ].join('\n');
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** Only where its own words explain the failure; a run that was canceled needs no explanation. */
function appWords({ failure }: RunRecord, tail: string, look: Look): string[] {
  if (failure === undefined || failure.code === 'canceled') return [];
  const lines = tailLines(tail, look);
  return lines.length === 0 ? [] : ['', ...lines.map((line) => `  | ${line}`)];
}

function outputLines(record: RunRecord, look: Look): string[] {
  const { outputs, outputsPartial, state } = record;
  if (outputs.length === 0) return state === 'COMPLETE' ? ['  It left no outputs.'] : [];
  const folder = outputsFolder(record);
  const place = folder === undefined ? '' : ` in ${visible(folder)}`;
  const what = outputsPartial ? 'left behind, perhaps unfinished' : 'written';
  const shown = outputs.slice(0, OUTPUTS_SHOWN_MAX);
  const rest = outputs.length - shown.length;
  return [
    '',
    `${counted(outputs.length, 'output')} ${what}${place}`,
    ...indented(outputTable(shown, look)),
    ...(rest === 0 ? [] : [`  and ${rest} more`]),
  ];
}

/** What to type next. */
function lookLines(
  { runId, failure, endedAt }: RunRecord,
  look: Look,
  { program = 'cyto-run', flag = '' }: OutcomeOptions,
): string[] {
  const commands: [string, string][] = [
    [`${program} show ${runId}${flag}`, 'everything about this run'],
    [`${program} logs ${runId}${flag}`, 'what the app printed'],
    ...(endedAt === undefined
      ? []
      : [
          [
            `${program} rerun ${runId}${flag}`,
            failure === undefined ? 'the same again, and compare' : 'try the same again',
          ] satisfies [string, string],
        ]),
  ];
  const width = Math.max(...commands.map(([command]) => command.length));
  return [
    '',
    ...commands.map(([command, what]) => `  ${command.padEnd(width)}  ${look.paint.dim(what)}`),
  ];
}
