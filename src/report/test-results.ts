import { counted } from '../base/counted.ts';
import type { ErrorCode } from '../base/errors.ts';
import { duration } from './text/amounts.ts';
import { lookOf, table, type TextOptions } from './text/layout.ts';
import type { Paint } from './text/paint.ts';
import { visible, wrap } from './text/printable.ts';

/** How one of a descriptor's own tests went. */
export interface TestResult {
  readonly name: string;
  /** `invalid`: its values do not fit the descriptor. `not-run`: the app was never tried. */
  readonly verdict: 'passed' | 'failed' | 'invalid' | 'not-run';
  /** Why it was not run. */
  readonly code?: ErrorCode;
  readonly runId?: string;
  readonly exitCode?: number;
  readonly tookMs?: number;
  /** What is not as it should be, a sentence each; none for a test that passed. */
  readonly faults: readonly string[];
}

const VERDICT_PAINT: Record<TestResult['verdict'], keyof Paint> = {
  passed: 'green',
  failed: 'red',
  invalid: 'red',
  'not-run': 'yellow',
};

/** A line for each test, what is wrong below it, and a count at the end. */
export function renderTestResults(
  results: readonly TestResult[],
  options: TextOptions = {},
): string {
  const { paint, width, room } = lookOf(options);
  const rows = table(
    results.map(({ verdict, name, tookMs, runId }) => [
      verdict,
      visible(name),
      tookMs === undefined ? '' : duration(tookMs),
      runId ?? '',
    ]),
    [
      {
        paint: (text) => {
          const verdict = results.find((result) => result.verdict === text)?.verdict;
          return verdict === undefined ? text : paint[VERDICT_PAINT[verdict]](text);
        },
      },
      { shrink: 'end' },
      { align: 'right' },
      { paint: paint.dim },
    ],
    room,
  );
  const lines = results.flatMap((result, index) => [
    rows[index] ?? '',
    ...[...result.faults, ...whereToLook(result)].flatMap((fault) =>
      fault
        .split('\n')
        .flatMap((line) => wrap(visible(line), width - 2).map((part) => `  ${part}`)),
    ),
  ]);
  return `${[...lines, '', countsText(results)].join('\n')}\n`;
}

const whereToLook = ({ verdict, runId }: TestResult): string[] =>
  verdict === 'failed' && runId !== undefined
    ? [`\`cyto-run logs ${runId}\` shows what the app wrote.`]
    : [];

/** `3 tests: 2 passed, 1 failed` */
function countsText(results: readonly TestResult[]): string {
  const counts = (['passed', 'failed', 'invalid', 'not-run'] as const).flatMap((verdict) => {
    const count = results.filter((result) => result.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict.replace('-', ' ')}`];
  });
  return `${counted(results.length, 'test')}: ${counts.join(', ')}`;
}
