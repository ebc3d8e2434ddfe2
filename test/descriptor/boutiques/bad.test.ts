import { join } from 'node:path';
import { expect, test } from 'vitest';

import type { Diagnostic } from '../../../src/descriptor/index.ts';
import { BOUTIQUES_CODES } from '../../../src/descriptor/dialects/boutiques/codes.ts';
import type { BadCase } from './bad/builders.ts';
import { BAD_CASES } from './bad/cases.ts';

import { descriptorText, diagnosticsOf } from './model.ts';

const GOLDEN = join(import.meta.dirname, 'bad/messages.txt');

const toldOf = ({ descriptor, values }: BadCase): readonly Diagnostic[] =>
  diagnosticsOf(
    typeof descriptor === 'string' ? descriptor : descriptorText(descriptor),
    typeof values === 'object' ? JSON.stringify(values) : values,
  );

test('every fault is told in full sentences: place, value, rule and mend', async () => {
  const page = BAD_CASES.map((bad) =>
    [`## ${bad.title}`, ...toldOf(bad).map(shown), ''].join('\n'),
  );
  await expect(page.join('\n')).toMatchFileSnapshot(GOLDEN);
});

test('every case is told something, with a way out', () => {
  const silent = BAD_CASES.filter((bad) => toldOf(bad).length === 0);
  expect(silent.map(({ title }) => title)).toEqual([]);
  const mendless = BAD_CASES.flatMap(toldOf).filter(({ mend }) => mend === undefined);
  expect(mendless).toEqual([]);
});

test('every code that can be told is shown by a case', () => {
  const told = new Set(BAD_CASES.flatMap(toldOf).map(({ code }) => code));
  expect(Object.keys(BOUTIQUES_CODES).filter((code) => !told.has(code))).toEqual([]);
});

test('no code is told twice with the same words in one case', () => {
  const repeated = BAD_CASES.filter((bad) => {
    const messages = toldOf(bad).map(
      ({ code, message, pointer }) => `${code} ${pointer} ${message}`,
    );
    return new Set(messages).size < messages.length;
  });
  expect(repeated.map(({ title }) => title)).toEqual([]);
});

function shown({ code, strength, pointer, message, nearest, mend }: Diagnostic): string {
  const near = nearest === undefined ? '' : ` Nearest: \`${nearest}\`.`;
  return `- ${strength} \`${code}\` at \`${pointer}\`: ${message}${near} ${mend ?? ''}`.trimEnd();
}
