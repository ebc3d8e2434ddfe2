import fc from 'fast-check';
import { expect, test } from 'vitest';

import { hasWildcard, matchesSegment } from '../../src/runner/wildcard.ts';

test.each([
  ['*.csv', 'a.csv', true],
  ['*.csv', '.hidden.csv', false],
  ['.*.csv', '.hidden.csv', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['part[0-9].txt', 'part7.txt', true],
  ['part[!0-9].txt', 'part7.txt', false],
  ['[ab]', 'b', true],
  ['[]]', ']', true],
  ['a[b', 'a[b', true],
  ['*.{csv,txt}', 'a.csv', false],
  ['a+b(c)', 'a+b(c)', true],
  ['[z-a]', 'm', false],
  ['[!z-a]', 'm', true],
  ['*', 'é\n.x', true],
])('the pattern %s against the name %s: %s', (pattern, name, matches) => {
  expect(matchesSegment(pattern, name)).toBe(matches);
});

test('a pattern without wildcards matches itself and nothing else', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !hasWildcard(text));
  fc.assert(
    fc.property(name, name, (pattern, other) => {
      expect(matchesSegment(pattern, pattern)).toBe(true);
      expect(matchesSegment(pattern, other)).toBe(pattern === other);
    }),
  );
});

test('no pattern makes it throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom('[', ']', '!', '-', 'a', 'z', '*', '^', '\\') }),
      ),
      fc.string(),
      (pattern, name) => {
        expect(typeof matchesSegment(pattern, name)).toBe('boolean');
      },
    ),
  );
});
