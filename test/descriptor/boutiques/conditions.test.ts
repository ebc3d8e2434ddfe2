import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseCondition } from '../../../src/descriptor/dialects/boutiques/condition.ts';
import type { ConditionType } from '../../../src/descriptor/dialects/boutiques/condition-model.ts';
import { holds } from '../../../src/descriptor/dialects/boutiques/condition-value.ts';
import { numberOf, type InvocationValue } from '../../../src/descriptor/index.ts';

const NAMES = {
  typeOf: new Map<string, ConditionType>([
    ['n', 'number'],
    ['m', 'number'],
    ['s', 'text'],
    ['f', 'flag'],
    ['absent', 'number'],
    ['2d', 'flag'],
    ['a,b', 'text'],
  ]),
  idOfKey: new Map([['[N]', 'n']]),
};

const VALUES: Readonly<Record<string, InvocationValue>> = {
  n: numberOf('5'),
  m: numberOf('12345678901234567891'),
  s: 'x" or 1 or "',
  f: true,
  'a,b': 'q',
};

function result(condition: string): boolean | string {
  const parsed = parseCondition(condition, NAMES);
  if ('problem' in parsed) return `${parsed.problem.offset}: ${parsed.problem.message}`;
  return holds(parsed.expression, (id) => (Object.hasOwn(VALUES, id) ? VALUES[id] : undefined));
}

describe('a condition', () => {
  test.each([
    ['n>4', true],
    ['n > 4 and n < 5', false],
    ['n>=5 and n<=5', true],
    ['(n > 4) or (absent > 1)', true],
    ['4 < n < 6', true],
    ['n == 5.0', true],
    ['n > -1e1', true],
    ['[N] > 4', true],
    ['m == 12345678901234567890', false],
    ['m > 12345678901234567890', true],
    ['not f', false],
    ['not not f and not n > 5', true],
    ['f == True', true],
    ['f != false', true],
    ['2d', false],
    ['2d == False', true],
    [String.raw`s == "x\" or 1 or \""`, true],
    [`s == 'x" or 1 or "'`, true],
    ['s == "x"', false],
    ['a,b == "q"', true],
    ['absent != 1', false],
    ['not absent == 1', true],
    ['n', true],
    ['absent', false],
    ['f or n > 9 and n > 9', true],
  ])('%s is %s', (condition, expected) => {
    expect(result(condition)).toBe(expected);
  });

  test.each([
    ['', '0: it ends where a value is expected'],
    ['n >', '3: it ends where a value is expected'],
    ['n = 5', '2: "=" compares nothing: write "=="'],
    ['f && f', '2: "&&" is not known here: write "and"'],
    ['f || f', '2: "||" is not known here: write "or"'],
    ['!f', '0: "!" is not known here: write "not"'],
    ['(n > 4', '0: a parenthesis is not closed'],
    ['n > 4)', '5: ")" does not belong there'],
    ['s == "x', '5: the text after " is not closed'],
    ['bob > 4', '0: "bob" is neither an input nor an output-file'],
    ['s > 4', '2: ">" compares a text with a number'],
    ['f == "True"', '2: "==" compares true or false with a text'],
    ['f and 4', '6: a number stands where true or false is expected'],
    ['n ** 2 > 4', '2: "*" does not belong there'],
    ['f AND f', '2: "AND" is neither an input nor an output-file'],
    [`${'('.repeat(60)}f`, '51: it is nested deeper than 50 levels'],
  ])('%s is refused: %s', (condition, message) => {
    expect(result(condition)).toBe(message);
  });

  test('never throws, whatever it says and whatever the values are', () => {
    const word = fc.constantFrom(
      'n',
      's',
      'f',
      'absent',
      '[N]',
      'and',
      'or',
      'not',
      '(',
      ')',
      '==',
      '!=',
      '<',
      '>=',
      '"x"',
      "'",
      '5',
      '-1.5e3',
      'True',
      '__import__("os")',
      '\\',
      '\u{1F52C}',
      ' ',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word, { maxLength: 40 }).map((words) => words.join(' ')),
        ),
        fc.oneof(fc.string(), fc.boolean(), fc.array(fc.string())),
        (condition, value) => {
          const parsed = parseCondition(condition, NAMES);
          if ('problem' in parsed) return;
          expect(typeof holds(parsed.expression, () => value)).toBe('boolean');
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
