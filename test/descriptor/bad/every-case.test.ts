import { expect, test } from 'vitest';

import { type Diagnostic, parseDescriptor } from '../../../src/descriptor/index.ts';
import type { BadCase } from '../boutiques/bad/builders.ts';
import { BAD_CASES } from '../boutiques/bad/cases.ts';
import { descriptorText, diagnosticsOf } from '../boutiques/model.ts';
import { BAD_DESCRIPTORS } from './descriptor-cases.ts';
import { BAD_INVOCATIONS } from './invocation-cases.ts';
import { toldOf } from './told.ts';

/*
 * The golden pages are there to be read; this is what can be asked of every message of them without
 * reading it.
 */
interface Told {
  readonly title: string;
  /** The text that the places are in; none for values of a command line. */
  readonly text: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

const toldOfBoutiques = ({ title, descriptor, values }: BadCase): Told => {
  const text = typeof descriptor === 'string' ? descriptor : descriptorText(descriptor);
  const given = typeof values === 'object' ? JSON.stringify(values) : values;
  return { title, text: given ?? text, diagnostics: diagnosticsOf(text, given) };
};

const TOLD: readonly Told[] = [
  ...BAD_DESCRIPTORS.map(({ title, text, lenient }): Told => {
    return { title, text, diagnostics: parseDescriptor(text, { lenient }).diagnostics };
  }),
  ...(await Promise.all(
    BAD_INVOCATIONS.map(async (bad): Promise<Told> => {
      return { title: bad.title, text: bad.file?.text, diagnostics: await toldOf(bad) };
    }),
  )),
  ...BAD_CASES.map(toldOfBoutiques),
];

/** `title: code: message` of each message that breaks a rule. */
const breaking = (rule: (one: Diagnostic, told: Told) => boolean): string[] =>
  TOLD.flatMap((told) =>
    told.diagnostics
      .filter((one) => !rule(one, told))
      .map(({ code, message, mend }) => `${told.title}: ${code}: ${message} → ${mend ?? ''}`),
  );

test('there are at least two hundred bad cases, each of its own, and each is told something', () => {
  expect(TOLD.length).toBeGreaterThanOrEqual(200);
  expect(TOLD.filter(({ diagnostics }) => diagnostics.length === 0)).toEqual([]);
  const bodies = [
    ...BAD_DESCRIPTORS.map(({ text, lenient }) => JSON.stringify([text, lenient])),
    ...BAD_INVOCATIONS.map(({ given, file, withoutServer }) =>
      JSON.stringify([given, file, withoutServer]),
    ),
    ...BAD_CASES.map(({ descriptor, values }) => JSON.stringify([descriptor, values])),
  ];
  const twice = TOLD.filter((_, index) => bodies.indexOf(bodies[index]!) !== index);
  expect(twice.map(({ title }) => title)).toEqual([]);
});

test('every message has a place: a line and a column that are in the text, or the name of an input', () => {
  const isInside = ({ position, message }: Diagnostic, { text }: Told): boolean => {
    if (text === undefined) return /`[\w-]+`/.test(message);
    const line = text.split(/\r\n|\n|\r/)[(position?.line ?? 0) - 1];
    return line !== undefined && position!.column >= 1 && position!.column <= line.length + 1;
  };
  expect(breaking(isInside)).toEqual([]);
});

test('every message has its value: in its sentence, or at its place', () => {
  const isShown = ({ value, message, position }: Diagnostic, { text }: Told): boolean => {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      return true;
    const forms = [String(value), JSON.stringify(value), JSON.stringify(value).slice(1, -1)];
    const line = text?.split(/\r\n|\n|\r/)[(position?.line ?? 0) - 1] ?? '';
    return forms.some((form) => message.includes(form) || line.includes(form));
  };
  expect(breaking(isShown)).toEqual([]);
});

test('every message has its rule, as a sentence that a person would write', () => {
  const isSentence = ({ message }: Diagnostic): boolean =>
    message.endsWith('.') &&
    message.split(' ').length >= 4 &&
    !/undefined|\[object|NaN|null is|function| {2}/.test(message) &&
    // Backquotes and brackets come in pairs.
    (message.match(/`/g)?.length ?? 0) % 2 === 0;
  expect(breaking(isSentence)).toEqual([]);
});

test('every message has its mend, which begins with what to do', () => {
  const isMend = ({ mend }: Diagnostic): boolean =>
    mend !== undefined && /^[A-Z][^.]*[ `].*[.)]$/s.test(mend) && !/undefined|\[object/.test(mend);
  expect(breaking(isMend)).toEqual([]);
});
