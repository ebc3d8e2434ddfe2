import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

import { LIMITS } from '../../../src/base/limits.ts';
import {
  expandCommand,
  parseDescriptor,
  parseInvocation,
  type Diagnostic,
} from '../../../src/descriptor/index.ts';
import { descriptor, input } from '../bad/descriptor-cases.ts';

/** An app on folders with inputs `a`, `b`, … that each take a text. */
const app = (ids: readonly string[], commandLine: string) =>
  parseDescriptor(
    JSON.stringify(
      descriptor(
        ids.map((id) => input(id, { type: 'String' })),
        { 'command-line': commandLine },
      ),
    ),
  ).descriptor!;

const given = (values: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(values).map(([id, text]) => [id, { kind: 'text', texts: [text] } as const]),
  );

const faultsOf = (
  ids: readonly string[],
  commandLine: string,
  values: Readonly<Record<string, string>>,
): readonly Diagnostic[] =>
  parseInvocation(
    app(ids, commandLine),
    { user: given(values) },
    { serverValuesOptional: true },
  ).diagnostics.filter(({ strength }) => strength === 'error');

test('values that are one argument together are refused by name when the argument is too long', () => {
  const [fault, ...others] = faultsOf(['a', 'b'], 'run --both=[A],[B]', {
    a: 'x'.repeat(70_000),
    b: 'y'.repeat(80_000),
  });
  expect(others).toEqual([]);
  expect(fault).toMatchObject({ code: 'invocation.argument-too-long', pointer: '/b' });
  expect(fault?.message).toBe(
    'The argument that `b` is part of has 150008 bytes; Linux takes at most 131071 in one argument.',
  );
  expect(fault?.mend).toMatch(/^Put the values in a file/);
});

test('all arguments together are refused when Linux would start nothing with them', () => {
  const ids = Array.from({ length: 20 }, (_, index) => `list_${index}`);
  const line = `run ${ids.map((id) => `[${id.toUpperCase()}]`).join(' ')}`;
  const values = Object.fromEntries(
    ids.map((id, index) => [id, '9'.repeat(index === 7 ? 120_000 : 110_000)]),
  );
  const [fault, ...others] = faultsOf(ids, line, values);
  expect(others).toEqual([]);
  expect(fault).toMatchObject({ code: 'invocation.arguments-too-long', pointer: '/list_7' });
  expect(fault?.message).toMatch(
    /^The command line has 22\d{5} bytes, 120000 of them the value of `list_7`; Linux starts no program with more than 2031616\.$/,
  );
  expect(
    faultsOf(
      ids.slice(0, 15),
      line,
      Object.fromEntries(ids.slice(0, 15).map((id) => [id, values[id]!])),
    ),
  ).toEqual([]);
});

test('a value that is too long by itself is told once', () => {
  const faults = faultsOf(['a'], 'run --a=[A]', { a: 'x'.repeat(200_000) });
  expect(faults.map(({ code }) => code)).toEqual(['invocation.value-too-long']);
});

test('the longest argument that is let through is one that Linux takes', () => {
  const text = 'x'.repeat(LIMITS.argumentBytesMax - '--a='.length);
  const one = app(['a'], 'run --a=[A]');
  const { invocation } = parseInvocation(
    one,
    { user: given({ a: text }) },
    { serverValuesOptional: true },
  );
  const { argv } = expandCommand(one, invocation!);
  expect(Buffer.byteLength(argv.at(-1)!)).toBe(LIMITS.argumentBytesMax);
  expect(execFileSync('/bin/echo', [argv.at(-1)!]).length).toBe(LIMITS.argumentBytesMax + 1);
  expect(faultsOf(['a'], 'run --a=[A]', { a: `${text}x` }).map(({ code }) => code)).toEqual([
    'invocation.argument-too-long',
  ]);
});
