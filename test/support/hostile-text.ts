import fc from 'fast-check';

/** What people and attackers put into values, short enough that hundreds fit into one command line. */
const HOSTILE = [
  ' ',
  'two  words ',
  "it's",
  '"',
  '\\',
  'a\\',
  '\\\\"\'`',
  '$(exit 9)',
  '`exit 9`',
  '${HOME:?} $PATH $$ $1 \\$',
  'a\nb\n\nc\n',
  '\r\n',
  '\t\u0001\u007f\u001b[2J',
  '; exit 9 #',
  '&& exit 9 || : > /x',
  '-n',
  '--',
  '--flag=-',
  '*',
  '/bin/*',
  '?[a-z]',
  '~',
  '#x',
  '!!',
  '{a,b}',
  '[A] [B] [@ID] @ID [V_0] V_0',
  '%s%n',
  'é.txt',
  'e\u0301',
  '図🔬\u202e',
  '\u2028\u00a0\ufeff',
  '=x',
  'A=1',
  'if',
  'then',
  '2',
  'null',
  'a,b;c:d',
  '<in >out 2>&1',
];

const SYNTAX = [
  "'",
  '"',
  '\\',
  '$',
  '`',
  '(',
  ')',
  '{',
  '}',
  ';',
  '&',
  '|',
  '<',
  '>',
  '*',
  ' ',
  '\n',
  'a',
];

/** Any text that a command line can carry, mostly of the kind that breaks one. Never empty. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE) },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.constantFrom(...SYNTAX), { minLength: 1, maxLength: 12 })
      .map((characters) => characters.join('')),
  },
  {
    weight: 2,
    arbitrary: fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
      .map((text) => text.replaceAll('\0', '\u0001')),
  },
  { weight: 1, arbitrary: fc.nat(2_000).map((length) => `x'y ${'z'.repeat(length)}`) },
);
