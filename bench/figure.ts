/** What a figure must reach, as a ratio or in its own unit. */
export interface Target {
  readonly kind: 'at most' | 'at least';
  readonly value: number;
}

/** One figure of the table. Times are in ms, rates in whatever `unit` says. */
export interface Figure {
  readonly row: string;
  readonly name: string;
  readonly unit: string;
  /** Median of ours. */
  readonly ours: number;
  /** Median of what it is compared with; absent where the figure stands alone. */
  readonly against?: number;
  /** Ours in what it is compared with. */
  readonly ratio?: number;
  /** First and third quartile of the ratios of neighbouring samples. */
  readonly spread?: readonly [number, number];
  readonly samples: number;
  readonly target?: Target;
  readonly note?: string;
}

/** A row that this machine cannot measure, and why. */
export interface Skipped {
  readonly row: string;
  readonly skipped: string;
}

/** Whether a figure reaches its target; undefined where it has none. */
export function isReached({ target, ratio, ours }: Figure): boolean | undefined {
  if (target === undefined) return undefined;
  const value = ratio ?? ours;
  return target.kind === 'at most' ? value <= target.value : value >= target.value;
}

/** A figure that is compared with nothing. */
export const alone = (
  row: string,
  name: string,
  values: readonly number[],
  more: { readonly unit: string; readonly target?: Target; readonly note?: string },
): Figure => ({ row, name, ours: quantile(values, 0.5), samples: values.length, ...more });

/** The value that a part of all lies below, between neighbours in proportion. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const low = sorted[Math.floor(at)] ?? NaN;
  const high = sorted[Math.ceil(at)] ?? NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** The table, for people. Pure. */
export function tableOf(figures: readonly (Figure | Skipped)[]): string {
  const lines = figures.map((figure) =>
    'skipped' in figure
      ? [figure.row, `not measured: ${figure.skipped}`, '', '', '', '', '', '']
      : [
          figure.row,
          figure.name,
          amount(figure.ours, figure.unit),
          figure.against === undefined ? '' : amount(figure.against, figure.unit),
          figure.ratio === undefined ? '' : figure.ratio.toFixed(2),
          figure.spread?.map((value) => value.toFixed(2)).join('–') ?? '',
          figure.target === undefined
            ? ''
            : `${figure.target.kind === 'at most' ? '≤' : '≥'} ${figure.target.value} ${isReached(figure) ? 'yes' : 'NO'}`,
          `${figure.samples}${figure.note === undefined ? '' : `  ${figure.note}`}`,
        ],
  );
  const all = [
    ['row', 'what', 'ours', 'theirs', 'ratio', 'quartiles', 'target', 'samples'],
    ...lines,
  ];
  const widths = all[0]?.map((_, column) =>
    Math.max(...all.map((line) => (isShort(line, column) ? 0 : (line[column] ?? '').length))),
  );
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The last column, and the reason why a row was skipped, may be as long as they like. */
const isShort = (line: readonly string[], column: number): boolean =>
  column === line.length - 1 || (column === 1 && line[2] === '');

const amount = (value: number, unit: string): string =>
  `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
