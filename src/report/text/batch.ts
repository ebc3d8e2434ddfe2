import { counted } from '../../base/counted.ts';
import type { BatchFacts, Failure, RunState } from '../../runner/index.ts';
import { duration, between } from './amounts.ts';
import { lookOf, section, table, type Look, type TextOptions } from './layout.ts';
import { visible } from './printable.ts';
import { appText, stateText } from './words.ts';

/** One item of a batch with what became of it. */
export interface BatchResult {
  readonly item: string;
  readonly index: number;
  readonly runId: string;
  readonly state: RunState;
  readonly createdAt: string;
  readonly endedAt?: string;
  readonly exitCode?: number;
  readonly failure?: Failure;
  /** Where its outputs lie. */
  readonly outFolder?: string;
}

export interface BatchReport {
  readonly batchId: string;
  readonly createdAt: string;
  /** A server tells only what is nobody's secret of it. */
  readonly batch: Pick<BatchFacts, 'items' | 'outFolder' | 'submitter'> & {
    readonly app: Pick<BatchFacts['app'], 'name' | 'version'>;
  };
  readonly summary: BatchSummary;
  readonly items: readonly BatchResult[];
}

export interface BatchSummary {
  readonly complete: number;
  readonly failed: number;
  readonly canceled: number;
  readonly active: number;
  /** Never began. */
  readonly queued: number;
}

const GROUP_OF: Record<RunState, keyof BatchSummary> = {
  QUEUED: 'queued',
  INITIALIZING: 'active',
  RUNNING: 'active',
  CANCELING: 'active',
  COMPLETE: 'complete',
  EXECUTOR_ERROR: 'failed',
  SYSTEM_ERROR: 'failed',
  PREEMPTED: 'failed',
  CANCELED: 'canceled',
};

/** How many items are in which condition. Pure. */
export function batchSummary(states: Iterable<RunState>): BatchSummary {
  const counts = { complete: 0, failed: 0, canceled: 0, active: 0, queued: 0 };
  for (const state of states) counts[GROUP_OF[state]] += 1;
  return counts;
}

/** `57 complete, 3 failed, 2 running, 10 waiting`; what there is none of is left out. */
export function summaryText(summary: BatchSummary): string {
  const parts = [
    [summary.complete, 'complete'],
    [summary.failed, 'failed'],
    [summary.canceled, 'canceled'],
    [summary.active, 'running'],
    [summary.queued, 'waiting'],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return told.length === 0 ? 'no items' : told.join(', ');
}

/** One line about an item that has ended. */
export function renderBatchItem(result: BatchResult, options: TextOptions = {}): string {
  const { paint } = lookOf(options);
  const { item, state, createdAt, endedAt, failure, outFolder } = result;
  const took = endedAt === undefined ? '' : duration(between(createdAt, endedAt));
  const tail =
    failure === undefined ? (outFolder ?? result.runId) : `${failure.code}: ${failure.message}`;
  return `${stateText(state, paint)}  ${visible(item)}  ${took === '' ? '' : `${took}  `}${paint.dim(visible(tail))}\n`;
}

/** More failures than this are counted, not listed. */
const FAILURES_SHOWN_MAX = 20;

export interface BatchTextOptions extends TextOptions {
  /** What is typed behind a further command about the same batch: ` --server URL`. */
  readonly flag?: string;
  /** The same behind one that goes on with it: ` --out DIR`. */
  readonly outFlag?: string;
}

/** The closing lines of a batch: how many of each, what failed and why, what to type next. */
export function renderBatch(report: BatchReport, options: BatchTextOptions = {}): string {
  const look = lookOf(options);
  const { flag = '', outFlag = '' } = options;
  const { batch, batchId, items, summary } = report;
  const failed = items.filter(({ state }) => GROUP_OF[state] === 'failed');
  const rest = failed.length - FAILURES_SHOWN_MAX;
  return [
    `${look.paint.bold(`Batch ${batchId}`)}  ${appText(batch.app)}, ${counted(items.length, 'item')}: ${summaryText(summary)}`,
    ...(batch.outFolder === undefined ? [] : [`Outputs in ${visible(batch.outFolder)}`]),
    ...section(
      'Failed',
      [
        ...table(
          failed
            .slice(0, FAILURES_SHOWN_MAX)
            .map(({ item, runId, failure }) => [
              visible(item),
              runId,
              failure === undefined ? '' : visible(`${failure.code}: ${failure.message}`),
            ]),
          [{}, { paint: look.paint.dim }, { shrink: 'end' }],
          look.room - 2,
        ),
        ...(rest > 0
          ? [`and ${rest} more: cyto-run runs --batch ${batchId} --state failed${flag}`]
          : []),
      ],
      look,
    ),
    ...nextLines(report, { flag, outFlag }, look),
    '',
  ].join('\n');
}

function nextLines(
  { batchId, summary }: BatchReport,
  { flag, outFlag }: Required<Pick<BatchTextOptions, 'flag' | 'outFlag'>>,
  { paint }: Look,
): string[] {
  const commands: [string, string][] = [
    [`cyto-run runs --batch ${batchId}${flag}`, 'all its runs'],
    ...(summary.queued > 0 || summary.active > 0
      ? [
          [
            `cyto-run batch --resume ${batchId}${outFlag}${flag}`,
            'go on with what has not ended',
          ] satisfies [string, string],
        ]
      : []),
    ...(summary.failed > 0 || summary.canceled > 0
      ? [
          [
            `cyto-run batch --retry ${batchId}${outFlag}${flag}`,
            'again what failed or never ran',
          ] satisfies [string, string],
        ]
      : []),
  ];
  const width = Math.max(...commands.map(([command]) => command.length));
  return [
    '',
    ...commands.map(([command, what]) => `  ${command.padEnd(width)}  ${paint.dim(what)}`),
  ];
}
