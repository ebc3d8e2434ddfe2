import { expect, test } from 'vitest';

import { DIAGNOSTIC_CODES, hasErrors, parseDescriptor } from '../../../src/descriptor/index.ts';
import { formatDiagnostics } from '../../../src/report/diagnostics/index.ts';
import { BAD_DESCRIPTORS, descriptor, input } from './descriptor-cases.ts';
import { BAD_INVOCATIONS, type BadInvocation, DESCRIPTOR_TEXT } from './invocation-cases.ts';
import { toldOf } from './told.ts';

/** What a person reads for every case, one after another: the golden files are meant to be read. */
const page = (cases: readonly { title: string; said: string }[]): string =>
  cases.map(({ title, said }) => `## ${title}\n\n${said}\n`).join('\n');

test('a descriptor without fault has nothing said about it', () => {
  expect(parseDescriptor(JSON.stringify(descriptor([input('threshold')]))).diagnostics).toEqual([]);
  expect(hasErrors(parseDescriptor(DESCRIPTOR_TEXT).diagnostics)).toBe(false);
});

test('each bad descriptor is told its place, the value, the rule and the mend', async () => {
  const cases = BAD_DESCRIPTORS.map(({ title, text, lenient }) => {
    const { diagnostics } = parseDescriptor(text, { lenient });
    return { title, said: formatDiagnostics(diagnostics, { fileName: 'descriptor.json', text }) };
  });
  expect(cases.filter(({ said }) => said === '')).toEqual([]);
  await expect(page(cases)).toMatchFileSnapshot('descriptors.golden.txt');
});

test('each bad invocation is told the input, the value, the rule and the mend', async () => {
  const cases = await Promise.all(
    BAD_INVOCATIONS.map(async (bad) => ({ title: bad.title, said: await saidOf(bad) })),
  );
  expect(cases.filter(({ said }) => said === '')).toEqual([]);
  await expect(page(cases)).toMatchFileSnapshot('invocations.golden.txt');
});

test('every finding there is has a case, but those of size and of other dialects', async () => {
  const said = await Promise.all(BAD_INVOCATIONS.map(saidOf));
  const told = [
    ...BAD_DESCRIPTORS.flatMap(({ text, lenient }) =>
      parseDescriptor(text, { lenient }).diagnostics.map(({ code }) => `[${code}]`),
    ),
    ...said,
  ].join(' ');
  const silent = Object.keys(DIAGNOSTIC_CODES).filter(
    (code) => !code.startsWith('boutiques.') && !told.includes(`[${code}]`),
  );
  expect(silent).toEqual([
    'json.too-large',
    'invocation.too-large',
    'invocation.list-length',
    'invocation.argument-too-long',
    'invocation.arguments-too-long',
  ]);
});

test('a secret is in no message', async () => {
  const said = [
    ...BAD_DESCRIPTORS.map(({ text }) => JSON.stringify(parseDescriptor(text).diagnostics)),
    ...(await Promise.all(BAD_INVOCATIONS.map(saidOf))),
  ];
  expect(said.filter((one) => one.includes('hunter2'))).toEqual([]);
});

async function saidOf(bad: BadInvocation): Promise<string> {
  const fileName = bad.file === undefined ? '--param' : `invocation.${bad.file.format}`;
  return formatDiagnostics(await toldOf(bad), { fileName, text: bad.file?.text });
}
