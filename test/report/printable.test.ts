import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnsOf, cut, cutFront, pad, plainLine, visible } from '../../src/report/index.ts';

/** What a terminal would obey, or what would turn a line around. */
// eslint-disable-next-line no-control-regex -- these must not come out
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom(
        '\u001b[2J',
        '\u001b]0;t\u0007',
        '\u001b',
        '\u009b31m',
        '\r',
        '\t',
        '\u202e',
        '漢字',
        '👩‍🔬',
        'é',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

test('nothing that comes out is obeyed by a terminal', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(visible(text)).not.toMatch(OBEYED);
      expect(plainLine(text)).not.toMatch(OBEYED);
    }),
    { numRuns: 2_000 },
  );
});

test('a text is cut to its columns, at either end, and filled up to them', () => {
  fc.assert(
    fc.property(hostile.map(visible), fc.integer({ min: 1, max: 30 }), (text, columns) => {
      expect(columnsOf(cut(text, columns))).toBeLessThanOrEqual(columns);
      expect(columnsOf(cutFront(text, columns))).toBeLessThanOrEqual(columns);
      expect(columnsOf(pad(cut(text, columns), columns))).toBe(columns);
    }),
    { numRuns: 1_000 },
  );
});

describe('by example', () => {
  test('names keep what they hold, made visible', () => {
    expect(visible('a\nb\tc\u001b[31m\u202ed')).toBe(String.raw`a\nb\tc\x1b[31m\u202ed`);
  });
  test('lines of an app lose their sequences', () => {
    expect(
      plainLine('\u001b[1;31mred\u001b[0m\tx\u001b]8;;http://a\u0007link\u001b]8;;\u0007\u0008'),
    ).toBe(String.raw`red  xlink\x08`);
  });
  test('of a path the end is kept, East Asian characters count two', () => {
    expect(cutFront('/a/long/path/name.tif', 9)).toBe('…name.tif');
    expect(cut('漢字漢字', 5)).toBe('漢字…');
    expect(cut('short', 9)).toBe('short');
  });
});
