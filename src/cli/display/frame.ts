import {
  appText,
  clockTime,
  columnsOf,
  cut,
  painter,
  plainLine,
  stateText,
  visible,
} from '../../report/index.ts';
import type { RunRecord } from '../../runner/index.ts';
import { bytesText, PHASE_TEXT } from './words.ts';

/** What is to be seen at one moment. */
export interface View {
  readonly record: RunRecord | undefined;
  readonly elapsedMs: number;
  readonly pull: { readonly receivedBytes: number; readonly totalBytes?: number } | undefined;
  /** The newest line of the app, or of what is being built or pulled. */
  readonly lastLine: string;
}

const BAR_COLUMNS_MAX = 30;
const BAR_COLUMNS_MIN = 8;

/**
 * The lines that are drawn: who, what and how far; then the newest words. None is wider than
 * `width`, and nothing that an app wrote is obeyed by the terminal.
 */
export function frame(
  { record, elapsedMs, pull, lastLine }: View,
  width: number,
  color: boolean,
): string[] {
  if (record === undefined) return [];
  const paint = painter(color);
  const phase = record.phases.at(-1)?.phase;
  const pulling = phase === 'pull' ? pull : undefined;
  const share = pulling === undefined ? record.progress?.percent : percentOf(pulling);
  const amount =
    pulling === undefined
      ? share === undefined
        ? ''
        : `${share} %`
      : bytesText(pulling.receivedBytes, pulling.totalBytes);
  const right = [amount, clockTime(elapsedMs)].filter((part) => part !== '').join('  ');
  const room = width - record.state.length - columnsOf(right) - 4;
  const app = cut(appText(record.app), room);
  const doing = phase === undefined || phase === 'run' ? '' : `  ${PHASE_TEXT[phase]}`;
  const needed = share === undefined ? 0 : BAR_COLUMNS_MIN + 2;
  const left = columnsOf(app + doing) + needed <= room ? app + doing : app;
  const barRoom = Math.min(BAR_COLUMNS_MAX, room - columnsOf(left) - 2);
  const bar =
    share === undefined || barRoom < BAR_COLUMNS_MIN ? '' : `${drawnBar(share, barRoom)}  `;
  const head = `${stateText(record.state, paint)}  ${left}  ${bar}${right}`;
  const words = [record.waiting?.message, record.progress?.message, plainLine(lastLine).trim()]
    .map((text) => visible(text ?? ''))
    .filter((text, index, all) => text !== '' && all.indexOf(text) === index);
  return [
    columnsOf(`${record.state}  ${left}  ${bar}${right}`) <= width
      ? head
      : cut(`${record.state}  ${right}`, width),
    ...words.map((text) => paint.dim(cut(`  ${text}`, width))),
  ];
}

const percentOf = (pull: NonNullable<View['pull']>): number | undefined =>
  pull.totalBytes === undefined || pull.totalBytes === 0
    ? undefined
    : Math.min(100, (100 * pull.receivedBytes) / pull.totalBytes);

function drawnBar(percent: number, columns: number): string {
  const full = Math.round((percent / 100) * columns);
  return '█'.repeat(full) + '░'.repeat(columns - full);
}
