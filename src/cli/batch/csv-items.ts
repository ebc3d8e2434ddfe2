import { CsvError, parse } from 'csv-parse/sync';

import type { Descriptor, RawValue } from '../../descriptor/index.ts';
import type { GivenItem, GivenItems, ItemFault } from '../../site/batch/index.ts';
import { wordOf } from './read-items.ts';

/**
 * Items from CSV: the header has input ids, each further row is one item, an empty cell is a value
 * that is not given. What stands between cells (comma, semicolon, tab) is what the header has most
 * of. A list is a JSON array, or values with `;` between them.
 */
export function csvItems(text: string, { inputs }: Descriptor): GivenItems {
  const faults: ItemFault[] = [];
  const rows = rowsOf(text, faults);
  const [head, ...rest] = rows;
  if (head === undefined)
    return {
      items: [],
      faults: [fault('line 1', 'It has no header; the first row has the ids of inputs.')],
    };
  const header = head.cells.map((cell) => cell.trim());
  for (const [at, id] of header.entries()) {
    if (id === '') faults.push(fault('line 1', `Column ${at + 1} has no name.`));
    else if (header.indexOf(id) !== at)
      faults.push(fault('line 1', `${JSON.stringify(id)} is there twice.`));
    else {
      const word = wordOf(id, inputs);
      const same = header.slice(0, at).find((other) => wordOf(other, inputs) === word);
      if (word !== undefined && same !== undefined)
        faults.push(
          fault('line 1', `${JSON.stringify(same)} and ${JSON.stringify(id)} say the same.`),
        );
    }
  }
  const isList = new Set(inputs.filter(({ list }) => list !== undefined).map(({ id }) => id));
  const items: GivenItem[] = [];
  for (const { cells, line } of rest) {
    const place = `line ${line}`;
    if (cells.length !== header.length) {
      faults.push(fault(place, `It has ${cells.length} cells, the header has ${header.length}.`));
      continue;
    }
    const values: Record<string, RawValue> = {};
    const own: { name?: string; in?: string; gt?: string } = {};
    for (const [at, id] of header.entries()) {
      const cell = cells[at] ?? '';
      const word = wordOf(id, inputs);
      if (cell === '') continue;
      if (word === undefined)
        values[id] = isList.has(id) ? listOf(cell) : { kind: 'text', texts: [cell] };
      else own[word] = cell;
    }
    items.push({ place, values, ...own });
  }
  return { items, faults };
}

interface CsvRow {
  readonly cells: readonly string[];
  /** Where it ends. */
  readonly line: number;
}

function rowsOf(text: string, faults: ItemFault[]): CsvRow[] {
  const rows: CsvRow[] = [];
  let line = 1;
  try {
    parse(text, {
      bom: true,
      delimiter: delimiterOf(text),
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      onRecord: (
        cells: string[],
        { lines, empty_lines: _empty }: { lines: number; empty_lines: number },
      ) => {
        rows.push({ cells, line: lines });
        line = lines + 1;
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    faults.push(fault(`line ${line}`, `It cannot be read: ${error.message}.`));
  }
  return rows;
}

function delimiterOf(text: string): string {
  const head = text.slice(0, text.search(/[\r\n]|$/)).replaceAll(/"[^"]*"/g, '');
  const counted = [',', ';', '\t'].map((mark) => ({ mark, count: head.split(mark).length }));
  return counted.reduce((most, next) => (next.count > most.count ? next : most)).mark;
}

function listOf(cell: string): RawValue {
  if (cell.trimStart().startsWith('['))
    try {
      const values = JSON.parse(cell) as unknown;
      if (Array.isArray(values)) return { kind: 'text', texts: values.map(String) };
    } catch {
      // Not JSON: a text that begins with a bracket.
    }
  return { kind: 'text', texts: cell.split(';').map((text) => text.trim()) };
}

const fault = (place: string, message: string): ItemFault => ({
  place,
  code: 'invocation-invalid',
  messages: [message],
});
