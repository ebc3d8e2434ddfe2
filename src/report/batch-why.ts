import { counted } from '../base/counted.ts';
import { RUN_STATES, type RunState } from '../runner/index.ts';
import { ago } from './text/amounts.ts';
import { batchSummary, summaryText, type BatchSummary } from './text/batch.ts';
import { lookOf, type TextOptions } from './text/layout.ts';
import { visible, wrap } from './text/printable.ts';
import { stateText } from './text/words.ts';
import type { Why } from './why.ts';

/** An item of a batch, as its newest run stands. */
export interface BatchWhyItem {
  readonly item: string;
  readonly runId: string;
  readonly state: RunState;
  readonly failureCode?: string;
  /** Code of what it waits for. */
  readonly waiting?: string;
}

/** Items that are where they are for one reason. */
export interface ItemGroup {
  readonly count: number;
  /** Stands for all of them. */
  readonly first: BatchWhyItem;
}

/** Why the items of a batch are where they are: one reason for each that there is. */
export interface BatchWhy {
  readonly batchId: string;
  readonly summary: BatchSummary;
  /** The sentence is that of the first item; its numbers are another's in another one. */
  readonly reasons: readonly (Why & { readonly count: number; readonly item: string })[];
}

/** Items by state and reason, in the order of the states, the largest first. Pure. */
export function itemGroups(items: readonly BatchWhyItem[]): readonly ItemGroup[] {
  const groups = new Map<string, { count: number; readonly first: BatchWhyItem }>();
  for (const first of items) {
    const { state, waiting, failureCode } = first;
    const key = [state, failureCode ?? waiting ?? ''].join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { count: 1, first });
    else group.count += 1;
  }
  const rank = ({ first }: ItemGroup): number => RUN_STATES.indexOf(first.state);
  return [...groups.values()].sort(
    (one, other) => rank(one) - rank(other) || other.count - one.count,
  );
}

/** What is told of a batch. `reasons` are those of the first of each group. Pure. */
export const batchWhy = (
  batchId: string,
  items: readonly BatchWhyItem[],
  reasons: BatchWhy['reasons'],
): BatchWhy => ({
  batchId,
  summary: batchSummary(items.map(({ state }) => state)),
  reasons,
});

/** What `why` prints of a batch: how many are where, each with its code, a sentence and what to try. */
export function renderBatchWhy(
  { batchId, summary, reasons }: BatchWhy,
  options: TextOptions & { readonly now: Date },
): string {
  const { paint, width } = lookOf(options);
  const total = reasons.reduce((sum, { count }) => sum + count, 0);
  return [
    `${paint.bold(`Batch ${batchId}`)}  ${counted(total, 'item')}: ${summaryText(summary)}`,
    ...reasons.flatMap(({ count, state, code, sentence, hint, since, item }) => [
      `${count} ${stateText(state, paint)}  ${paint.bold(visible(code))}  ${paint.dim(`since ${ago(since, options.now)}`)}`,
      ...wrap(`${visible(item)}: ${sentence}`, width - 2).map((line) => `  ${line}`),
      ...(hint === undefined ? [] : wrap(visible(hint), width - 2)).map((line) =>
        paint.dim(`  ${line}`),
      ),
    ]),
    '',
  ].join('\n');
}
