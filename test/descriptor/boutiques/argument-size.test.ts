import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { plainCommand } from '../../../src/descriptor/dialects/boutiques/plain-command.ts';
import { parseDescriptor, parseInvocation, shellQuote } from '../../../src/descriptor/index.ts';
import { hostileText } from '../../support/hostile-text.ts';
import { descriptorText, input } from './model.ts';

const TEXTS = [
  input('a', { type: 'String', 'value-key': '[A]', list: true, optional: true }),
  input('b', { type: 'String', 'value-key': '[B]', optional: true }),
  input('c', {
    type: 'String',
    'value-key': '[C]',
    list: true,
    'list-separator': ',',
    optional: true,
  }),
];

function faultsOf(line: string, values: Readonly<Record<string, readonly string[]>>): unknown[] {
  const { descriptor } = parseDescriptor(descriptorText({ 'command-line': line, inputs: TEXTS }));
  const user = Object.fromEntries(
    Object.entries(values).map(([id, texts]) => [id, { kind: 'text', texts } as const]),
  );
  return parseInvocation(descriptor!, { user }).diagnostics.map(({ code, pointer, message }) => ({
    code,
    pointer,
    message,
  }));
}

const many = (count: number): string[] => Array.from({ length: count }, () => '9'.repeat(100_000));

test('more than Linux starts one program with is refused, with the value that takes most of it', () => {
  expect(faultsOf('tool [A] [B]', { a: many(22), b: ['9'] })).toEqual([
    {
      code: 'invocation.arguments-too-long',
      pointer: '/a',
      message: expect.stringMatching(
        /^The command line has 22\d{5} bytes, 2200000 of them the value of `a`;/,
      ) as string,
    },
  ]);
  expect(faultsOf('tool [A] [B]', { a: many(20), b: ['9'] })).toEqual([]);
});

test('values that are too long only together, in one word, are refused', () => {
  expect(faultsOf('tool --x=[B],[C]', { b: many(1), c: ['y'.repeat(40_000)] })).toMatchObject([
    { code: 'invocation.argument-too-long', pointer: '/b' },
  ]);
});

test.each([
  ['that loops', 'for x in [A]; do tool "$x"; done'],
  ['that writes by itself', "printf '%s\\n' [A] >list.txt"],
  ['with two programs', 'one [A] && other'],
  ['whose program is behind a variable', 'X=1 [A]'],
])('a line %s is left to its shell', (_title, line) => {
  expect(faultsOf(line, { a: many(30) })).toEqual([]);
});

test('a line is read as a shell reads it, or not at all', () => {
  const words = fc.array(fc.oneof(hostileText, fc.constantFrom('a', '-x', '--y=1')), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(words, (given) => {
      const line = ['tool', ...given].map(shellQuote).join('  ');
      expect(plainCommand(line)).toEqual(['tool', ...given]);
      const { stdout } = spawnSync('sh', ['-c', `tool() { printf '%s\\0' "$@"; }; ${line}`]);
      expect(stdout.toString().split('\0').slice(0, -1)).toEqual(given);
    }),
    { numRuns: 60 },
  );
});

test.each([
  'tool $X',
  'tool *',
  'tool "a b"',
  'tool a;b',
  'tool ~',
  'tool \\x',
  'tool\nb',
  '',
  ' ',
])('%j is no plain command', (line) => {
  expect(plainCommand(line)).toBeUndefined();
});
