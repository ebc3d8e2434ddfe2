import {
  appText,
  clockTime,
  cut,
  pad,
  painter,
  stateText,
  table,
  visible,
} from '../../report/index.ts';
import { epochMs } from '../../base/clock.ts';
import { isTerminal } from '../../runner/index.ts';
import { shownRows, type TopRow, type TopState } from './state.ts';

/** What is known of the run whose details are shown. */
export interface TopDetails {
  readonly runId: string;
  /** `why` in one sentence, with its hint. */
  readonly why: readonly string[];
  /** The newest last. */
  readonly logLines: readonly string[];
}

export interface TopView {
  readonly state: TopState;
  readonly details: TopDetails | undefined;
  /** Why nothing new is seen; empty: it is. */
  readonly trouble: string;
  /** The server, or this machine. */
  readonly where: string;
  readonly now: Date;
  readonly rows: number;
  readonly columns: number;
  readonly color: boolean;
}

/** Where nothing can be shown. */
const ROWS_MIN = 4;

/** The whole screen: exactly `rows` lines, none wider than `columns`, and nothing in them that a terminal would obey. */
export function topLines(view: TopView): string[] {
  const { state, rows, columns, color } = view;
  const paint = painter(color);
  const room = Math.max(ROWS_MIN, rows) - 2;
  const body = state.mode.kind === 'details' ? detailLines(view, room) : listLines(view, room);
  const filled = Array.from({ length: room }, (_, at) => body[at] ?? '');
  return [paint.bold(cut(headline(view), columns)), ...filled, footer(view)].slice(0, rows);
}

function headline({ state, where, now }: TopView): string {
  const count = (is: (row: TopRow) => boolean): number => state.rows.filter(is).length;
  const waiting = count(({ run }) => run.state === 'QUEUED');
  const ended = count(({ run }) => isTerminal(run.state));
  const running = state.rows.length - waiting - ended;
  const filter = state.filter === '' ? '' : `  filter: ${visible(state.filter)}`;
  const time = now.toISOString().slice(11, 19);
  return `cyto-run top  ${where}  ${time}Z  ${running} running, ${waiting} waiting, ${ended} ended${filter}`;
}

function listLines({ state, now, columns, color }: TopView, room: number): string[] {
  const paint = painter(color);
  const shown = shownRows(state);
  if (shown.length === 0) return ['', cut('  No runs.', columns)];
  const at = shown.findIndex(({ run }) => run.runId === state.selected);
  const first = Math.max(0, Math.min(at - Math.floor(room / 2), shown.length - (room - 1)));
  const part = shown.slice(first, first + room - 1);
  const [head = '', ...lines] = table(
    [['RUN', 'STATE', 'APP', 'USER', 'WAIT', 'TIME', ''], ...part.map((row) => cells(row, now))],
    [{}, {}, { shrink: 'end' }, {}, { align: 'right' }, { align: 'right' }, {}],
    // What it waits for may be long: it is cut at the edge, and does not push the app away.
    columns + DETAIL_COLUMNS,
  );
  return [
    paint.dim(cut(head, columns)),
    ...lines.map((line, index) => {
      const run = part[index]?.run;
      const text = cut(line, columns);
      if (run === undefined) return text;
      if (run.runId !== state.selected) return text.replace(run.state, stateText(run.state, paint));
      return color ? `\u001b[7m${pad(text, columns)}\u001b[27m` : `>${text.slice(1)}`;
    }),
  ];
}

/** How far a sentence may reach over the edge before the app's name gives way. */
const DETAIL_COLUMNS = 200;

function cells({ run, sentence }: TopRow, now: Date): string[] {
  return [
    ` ${run.runId}`,
    run.state,
    cut([appText(run.app), visible(run.item ?? '')].join(' ').trim(), 28),
    cut(visible(run.submitter ?? ''), 12),
    ...timesOf(run, now),
    visible(detailOf({ run, ...(sentence === undefined ? {} : { sentence }) })),
  ];
}

/** How long it waited for its app to begin, and how long the app runs, or ran; empty: it never did. */
function timesOf(
  { createdAt, startedAt, endedAt }: TopRow['run'],
  now: Date,
): readonly [wait: string, run: string] {
  const endMs = endedAt === undefined ? now.getTime() : epochMs(endedAt);
  const startMs = startedAt === undefined ? endMs : epochMs(startedAt);
  const wait = clockTime(startMs - epochMs(createdAt));
  return [wait, startedAt === undefined ? '' : clockTime(endMs - startMs)];
}

function detailOf({ run, sentence }: TopRow): string {
  if (run.failureCode !== undefined) return run.failureCode === 'canceled' ? '' : run.failureCode;
  if (isTerminal(run.state)) return '';
  const percent = run.percent === undefined ? '' : `${bar(run.percent)} ${run.percent} %`;
  return [percent, sentence ?? run.waiting ?? ''].filter((text) => text !== '').join('  ');
}

const BAR_COLUMNS = 10;
const bar = (percent: number): string => {
  const full = Math.round((Math.min(100, percent) / 100) * BAR_COLUMNS);
  return '█'.repeat(full) + '░'.repeat(BAR_COLUMNS - full);
};

function timesText(run: TopRow['run'], now: Date): readonly string[] {
  const [wait, time] = timesOf(run, now);
  const waited = run.startedAt === undefined && !isTerminal(run.state) ? 'waits' : 'waited';
  return [
    `${waited} ${wait}`,
    ...(time === '' ? [] : [`${run.endedAt === undefined ? 'runs' : 'ran'} ${time}`]),
  ];
}

function detailLines({ state, details, now, columns, color }: TopView, room: number): string[] {
  const row = state.rows.find(({ run }) => run.runId === state.selected);
  if (row === undefined) return ['', cut('  It is gone.', columns)];
  const { run } = row;
  const paint = painter(color);
  const fields = [
    `${run.runId}  ${run.state}  ${appText(run.app)}`,
    [
      run.submitter === undefined ? '' : `by ${visible(run.submitter)}`,
      `asked for at ${run.createdAt}`,
      ...timesText(run, now),
      run.percent === undefined ? '' : `${bar(run.percent)} ${run.percent} %`,
    ]
      .filter((text) => text !== '')
      .join('  '),
    ...(details?.runId === run.runId ? details.why : []).map(visible),
  ];
  const lines = details?.runId === run.runId ? details.logLines : [];
  const logRoom = Math.max(0, room - fields.length - 2);
  return [
    ...fields.map((text, at) => (at === 0 ? paint.bold(cut(text, columns)) : cut(text, columns))),
    '',
    paint.dim(cut('last words of the app:', columns)),
    ...lines
      .slice(lines.length - Math.min(lines.length, logRoom))
      .map((text) => cut(text, columns)),
  ];
}

function footer({ state, trouble, columns, color }: TopView): string {
  const { mode, selected } = state;
  const message = state.message === '' ? trouble : state.message;
  const paint = painter(color);
  const shown = (text: string): string => cut(visible(text), columns);
  switch (mode.kind) {
    case 'cancel':
      return paint.yellow(shown(`cancel ${selected ?? ''}? y/n`));
    case 'priority':
      return shown(`priority (-100 to 100): ${mode.text}`);
    case 'filter':
      return shown(`/${mode.text}`);
    case 'list':
    case 'details':
      return message === ''
        ? paint.dim(
            shown('enter details  c cancel  h hold  r release  p priority  / filter  q quit'),
          )
        : paint.yellow(shown(message));
    default:
      return mode satisfies never;
  }
}
