import fc from 'fast-check';
import { expect, test } from 'vitest';

import { cellsOf } from '../../web/csv.js';

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

test('the cells of a table are those that were written, whatever they hold', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\t', '\n', '\r\n', ' ', 'é') });
  const lines = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 });
  fc.assert(
    fc.property(
      lines,
      fc.constantFrom(',', '\t'),
      fc.constantFrom('\n', '\r\n'),
      (rows, by, end) => {
        const text = rows.map((cells) => cells.map(quoted).join(by) + end).join('');
        expect(cellsOf(text, by)).toEqual(rows);
      },
    ),
  );
});

test('any text has cells, and none of its words is lost', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '"', ',', '\n', '\r') }), (text) => {
      const letters = cellsOf(text, ',').flat().join('').replaceAll(/[^ab]/g, '');
      expect(letters).toBe(text.replaceAll(/[^ab]/g, ''));
    }),
  );
});

test('cells need no quotes, and empty lines are none', () => {
  expect(cellsOf('a,b\n\n1,\n"x, y",2', ',')).toEqual([
    ['a', 'b'],
    ['1', ''],
    ['x, y', '2'],
  ]);
});
