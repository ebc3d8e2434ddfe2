import type { FailureCode, RunState } from '../../runner/index.ts';
import { ago, duration } from './amounts.ts';
import { lookOf, table, type Column, type TextOptions } from './layout.ts';
import { visible } from './printable.ts';
import { appText, stateText, tookMs } from './words.ts';

/** What a list needs of a run. */
export interface ListedRun {
  readonly runId: string;
  readonly state: RunState;
  readonly app: { readonly name: string; readonly version?: string };
  readonly createdAt: string;
  readonly endedAt?: string;
  readonly failureCode?: FailureCode;
  readonly percent?: number;
  /** The code of what it waits for now. */
  readonly waiting?: string;
  /** Its name in its batch. */
  readonly item?: string;
  /** The newest, when it is not the first. */
  readonly attempt?: number;
}

const TOOK_WIDTH_MIN = 100;

/** `runs`: one line a run, in the order given, under a head. */
export function renderRunList(
  runs: readonly ListedRun[],
  options: TextOptions & { readonly now: Date },
): string {
  if (runs.length === 0) return 'No runs.\n';
  const { paint, room } = lookOf(options);
  const { now } = options;
  const columns: (Column & { readonly head: string; readonly text: (run: ListedRun) => string })[] =
    [
      { head: 'RUN', text: ({ runId }) => runId },
      { head: 'STATE', text: ({ state }) => state, paint: paintState },
      ...(runs.some(({ item }) => item !== undefined)
        ? [
            {
              head: 'ITEM',
              text: ({ item }: ListedRun) => visible(item ?? ''),
              shrink: 'end',
            } as const,
          ]
        : []),
      { head: 'APP', text: ({ app }) => appText(app), shrink: 'end' },
      { head: 'STARTED', text: ({ createdAt }) => ago(createdAt, now) },
      // On a narrow terminal the app's name tells more.
      ...(room < TOOK_WIDTH_MIN
        ? []
        : [
            { head: 'TOOK', text: (run: ListedRun) => tookText(run, now), align: 'right' } as const,
          ]),
      { head: '', text: detail },
    ];
  const rows = runs.map((run) => columns.map(({ text }) => text(run)));
  const lines = table([columns.map(({ head }) => head), ...rows], columns, room);
  return `${lines.join('\n')}\n`;

  function paintState(text: string): string {
    const state = runs.find((run) => run.state === text)?.state;
    return state === undefined ? text : stateText(state, paint);
  }
}

const tookText = (run: ListedRun, now: Date): string => {
  const took = tookMs(run, now);
  return took === undefined ? '' : duration(took);
};

/** Why it failed, how far it is, or what it waits for. A code that only repeats the state is left out. */
function detail({ failureCode, percent, endedAt, waiting, attempt }: ListedRun): string {
  const attempts = attempt === undefined ? '' : `attempt ${attempt}`;
  const words =
    failureCode !== undefined
      ? [failureCode === 'canceled' ? '' : failureCode]
      : endedAt === undefined
        ? [percent === undefined ? '' : `${percent} %`, waiting ?? '']
        : [];
  return [...words, attempts].filter((word) => word !== '').join(', ');
}
