import type { RunPage } from '../../store/index.ts';

/** One run in the list. */
export interface TopRow {
  readonly run: RunPage['runs'][number];
  /** Why it waits, for those that do. */
  readonly sentence?: string;
}

type Mode =
  | { readonly kind: 'list' | 'details' }
  | { readonly kind: 'cancel' | 'priority' | 'filter'; readonly text: string };

/** Everything that is seen but the run's details. */
export interface TopState {
  /** In the order in which they are shown. */
  readonly rows: readonly TopRow[];
  /** Id of the run that keys are about. */
  readonly selected: string | undefined;
  readonly filter: string;
  readonly mode: Mode;
  /** What became of the last action; until the next key. */
  readonly message: string;
}

/** What a key asks for, of a run. */
export type TopAction =
  | { readonly kind: 'quit' }
  | { readonly kind: 'cancel' | 'hold' | 'release'; readonly runId: string }
  | { readonly kind: 'priority'; readonly runId: string; readonly priority: number };

/** A key by its name (`up`, `return`), or the character it types. */
export type Key = string;

export const START: TopState = {
  rows: [],
  selected: undefined,
  filter: '',
  mode: { kind: 'list' },
  message: '',
};

/** The rows that the filter lets through. */
export const shownRows = ({
  rows,
  filter,
}: Pick<TopState, 'rows' | 'filter'>): readonly TopRow[] =>
  filter === '' ? rows : rows.filter((row) => textOf(row).includes(filter.toLowerCase()));

const textOf = ({ run }: TopRow): string =>
  [run.runId, run.state, run.app.name, run.submitter, run.batch, run.item].join(' ').toLowerCase();

/** New rows: who was selected stays so while it is shown, else its neighbour is. */
export function withRows(state: TopState, rows: readonly TopRow[]): TopState {
  const before = shownRows(state);
  const at = Math.max(
    0,
    before.findIndex(({ run }) => run.runId === state.selected),
  );
  return selecting({ ...state, rows }, at);
}

/** What a key does. Pure; knows nothing of time or of the server. */
export function pressed(
  state: TopState,
  key: Key,
): { readonly state: TopState; readonly action?: TopAction } {
  if (key === 'ctrl-c') return { state, action: { kind: 'quit' } };
  const { state: next, action } = byMode({ ...state, message: '' }, key);
  return { state: next, ...(action === undefined ? {} : { action }) };
}

function byMode(state: TopState, key: Key): Pressed {
  switch (state.mode.kind) {
    case 'list':
    case 'details':
      return command(state, key);
    case 'cancel':
      return answer(state, key);
    case 'priority':
    case 'filter':
      return typing(state, key, state.mode);
    default:
      return state.mode satisfies never;
  }
}

type Pressed = ReturnType<typeof pressed>;

function command(state: TopState, key: Key): Pressed {
  const runId = state.selected;
  const inDetails = state.mode.kind === 'details';
  const to = (mode: Mode): Pressed => ({ state: { ...state, mode } });
  switch (key) {
    case 'q':
    case 'escape':
      if (inDetails) return to({ kind: 'list' });
      return key === 'q'
        ? { state, action: { kind: 'quit' } }
        : { state: { ...state, filter: '' } };
    case 'up':
    case 'k':
      return { state: moved(state, -1) };
    case 'down':
    case 'j':
      return { state: moved(state, 1) };
    case 'pageup':
      return { state: moved(state, -10) };
    case 'pagedown':
      return { state: moved(state, 10) };
    case '/':
      return to({ kind: 'filter', text: state.filter });
    default:
  }
  if (runId === undefined) return { state };
  switch (key) {
    case 'return':
      return to({ kind: inDetails ? 'list' : 'details' });
    case 'c':
      return to({ kind: 'cancel', text: '' });
    case 'p':
      return to({ kind: 'priority', text: '' });
    case 'h':
      return { state, action: { kind: 'hold', runId } };
    case 'r':
      return { state, action: { kind: 'release', runId } };
    default:
      return { state };
  }
}

/** Anything but a plain yes is a no. */
function answer(state: TopState, key: Key): Pressed {
  const runId = state.selected;
  const next: TopState = { ...state, mode: { kind: 'list' } };
  return key === 'y' && runId !== undefined
    ? { state: next, action: { kind: 'cancel', runId } }
    : { state: { ...next, message: 'not canceled' } };
}

function typing(state: TopState, key: Key, mode: Extract<Mode, { text: string }>): Pressed {
  const { text, kind } = mode;
  const now = (typed: string): Pressed => {
    const next = { ...state, mode: { kind, text: typed } };
    return { state: kind === 'filter' ? selecting({ ...next, filter: typed }, 0) : next };
  };
  if (key === 'escape') {
    const next: TopState = { ...state, mode: { kind: 'list' } };
    return { state: kind === 'filter' ? selecting({ ...next, filter: '' }, 0) : next };
  }
  if (key === 'backspace') return now(text.slice(0, -1));
  if (key !== 'return')
    return key.length === 1 && text.length < TYPED_MAX ? now(text + key) : { state };
  const next: TopState = { ...state, mode: { kind: 'list' } };
  if (kind === 'filter' || state.selected === undefined) return { state: next };
  if (!/^[+-]?\d{1,3}$/.test(text))
    return { state: { ...next, message: 'a priority is a whole number from -100 to 100' } };
  return {
    state: next,
    action: { kind: 'priority', runId: state.selected, priority: Number(text) },
  };
}

/** Longer than any id or name worth looking for. */
const TYPED_MAX = 80;

function moved(state: TopState, by: number): TopState {
  const at = shownRows(state).findIndex(({ run }) => run.runId === state.selected);
  return selecting({ ...state, selected: undefined }, Math.max(0, at + by));
}

/** Keeps the selection while it is shown; else takes the row at a place, or the last. */
function selecting(state: TopState, at: number): TopState {
  const rows = shownRows(state);
  if (rows.some(({ run }) => run.runId === state.selected)) return state;
  return { ...state, selected: rows[Math.min(at, rows.length - 1)]?.run.runId };
}
