import { cut, cutFront, columnsOf, pad, wrap } from './printable.ts';
import { painter, type Paint } from './paint.ts';

export interface TextOptions {
  /** Whether the reader sees colours. */
  readonly color?: boolean;
  /** Columns, 80 unless told. */
  readonly width?: number;
  /** Sentences are broken at the width, but nothing is cut: a program reads it. */
  readonly uncut?: boolean;
}

/** How a text is to look: the options with what follows from them. */
export interface Look {
  readonly paint: Paint;
  /** Where sentences are broken. */
  readonly width: number;
  /** What tables have, and lines that are cut where they are longer. */
  readonly room: number;
}

/** Narrower than this a table says nothing. */
const WIDTH_MIN = 40;

export const lookOf = ({ color = false, width = 80, uncut = false }: TextOptions): Look => ({
  paint: painter(color),
  width: Math.max(WIDTH_MIN, width),
  room: uncut ? Infinity : Math.max(WIDTH_MIN, width),
});

/** Lines with a label before the first; all of them begin in one column. */
export const field = (label: string, lines: readonly string[], look: Look): string[] =>
  lines.map(
    (line, index) => `${look.paint.dim(pad(index === 0 ? label : '', LABEL_WIDTH))}${line}`,
  );

export const LABEL_WIDTH = 9;

/** A sentence behind a label, in as many lines as it needs. */
export const sentenceField = (label: string, sentence: string, look: Look): string[] =>
  field(label, wrap(sentence, look.width - LABEL_WIDTH), look);

/** A heading and its lines, indented; nothing when there are no lines. */
export const section = (heading: string, lines: readonly string[], look: Look): string[] =>
  lines.length === 0
    ? []
    : ['', look.paint.bold(heading), ...lines.map((line) => (line === '' ? '' : `  ${line}`))];

export interface Column {
  readonly align?: 'right';
  /** A column that gives way when the rows are too wide, the first one first; `front` keeps the end of its texts. */
  readonly shrink?: 'end' | 'front';
  readonly paint?: (text: string) => string;
}

/** Less of a text says nothing. */
const SHRUNK_WIDTH_MIN = 8;

/** Rows in columns, two spaces apart, in at most `width` columns. */
export function table(
  rows: readonly (readonly string[])[],
  columns: readonly Column[],
  width: number,
): string[] {
  const widths = columns.map((_, index) =>
    Math.max(0, ...rows.map((row) => columnsOf(row[index] ?? ''))),
  );
  let over = widths.reduce((sum, value) => sum + value + 2, -2) - width;
  for (const [index, { shrink }] of columns.entries()) {
    const whole = widths[index] ?? 0;
    const given = Math.min(over, Math.max(0, whole - SHRUNK_WIDTH_MIN));
    if (shrink === undefined || given <= 0) continue;
    widths[index] = whole - given;
    over -= given;
  }
  return rows.map((row) =>
    columns
      .map((column, index) => cell(row[index] ?? '', column, widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function cell(text: string, { align, shrink, paint }: Column, width: number): string {
  const fitted =
    shrink === undefined ? text : shrink === 'front' ? cutFront(text, width) : cut(text, width);
  const space = ' '.repeat(Math.max(0, width - columnsOf(fitted)));
  const painted = paint === undefined ? fitted : paint(fitted);
  return align === 'right' ? space + painted : painted + space;
}
