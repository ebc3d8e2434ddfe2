import type { FailureCode, RunState } from '../../runner/index.ts';
import { ago, duration } from './amounts.ts';
import { lookOf, table, type TextOptions } from './layout.ts';
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
}

/** `runs`: one line a run, in the order given, under a head. */
export function renderRunList(
  runs: readonly ListedRun[],
  options: TextOptions & { readonly now: Date },
): string {
  if (runs.length === 0) return 'No runs.\n';
  const { paint, width } = lookOf(options);
  const rows = runs.map((run) => [
    run.runId,
    run.state,
    appText(run.app),
    ago(run.createdAt, options.now),
    tookText(run, options.now),
    detail(run),
  ]);
  const lines = table(
    [['RUN', 'STATE', 'APP', 'STARTED', 'TOOK', ''], ...rows],
    [
      {},
      { paint: (state) => paintState(state, runs) },
      { shrink: 'end' },
      {},
      { align: 'right' },
      {},
    ],
    width,
  );
  return `${lines.join('\n')}\n`;

  function paintState(text: string, listed: readonly ListedRun[]): string {
    const state = listed.find((run) => run.state === text)?.state;
    return state === undefined ? text : stateText(state, paint);
  }
}

const tookText = (run: ListedRun, now: Date): string => {
  const took = tookMs(run, now);
  return took === undefined ? '' : duration(took);
};

/** Why it failed, or how far it is. A code that only repeats the state is left out. */
function detail({ failureCode, percent, endedAt }: ListedRun): string {
  if (failureCode !== undefined) return failureCode === 'canceled' ? '' : failureCode;
  return endedAt === undefined && percent !== undefined ? `${percent} %` : '';
}
