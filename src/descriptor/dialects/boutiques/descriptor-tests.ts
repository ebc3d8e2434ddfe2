import {
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '../../json/value.ts';
import type { Descriptor } from '../../model.ts';
import { itemsOf, numberAt, objectAt, present, textOf, textsAt } from './json-fields.ts';

/** One of a descriptor's own tests: values, and what is to come of them. */
export interface BoutiquesTest {
  readonly name: string;
  /** Values by input id, with numbers as they were written. */
  readonly values: ReadonlyMap<string, JsonValue>;
  /** Absent: any exit code will do. */
  readonly exitCode?: number;
  readonly outputs: readonly OutputAssertion[];
}

/** What must be true of one output; that it is there, in any case. */
export interface OutputAssertion {
  readonly outputId: string;
  /** Boutiques' `md5-reference`, in lower case. */
  readonly md5?: string;
  /** `sha256-reference`, in lower case. */
  readonly sha256?: string;
  /** `text-reference`: the whole text, whatever ends its lines. */
  readonly text?: string;
  /** `text-contains`: texts that must occur. */
  readonly contains?: readonly string[];
  readonly numbers?: NumbersAssertion;
}

/** `numbers-reference`: the numbers of a file in their order, each within the larger tolerance. */
export interface NumbersAssertion {
  readonly values: readonly number[];
  readonly absolute: number;
  readonly relative: number;
}

/**
 * The tests of a descriptor that was read without errors. Assertions that are not known here are
 * left out.
 */
export const descriptorTests = (descriptor: Descriptor): readonly BoutiquesTest[] =>
  descriptor.tests.map(({ name, invocation, assertions }) => {
    const asserted = asObject(assertions);
    return {
      name,
      values: asObject(invocation),
      ...present({ exitCode: numberAt(asserted, 'exit-code')?.value }),
      outputs: itemsOf(asserted, 'output-files').flatMap((item) =>
        isJsonObject(item) ? [outputAssertion(item)] : [],
      ),
    };
  });

const asObject = (value: unknown): JsonObject =>
  value instanceof Map ? (value as JsonObject) : new Map<string, JsonValue>();

const outputAssertion = (json: JsonObject): OutputAssertion => ({
  outputId: textOf(json, 'id') ?? '',
  ...present({
    md5: textOf(json, 'md5-reference')?.toLowerCase(),
    sha256: textOf(json, 'sha256-reference')?.toLowerCase(),
    text: textOf(json, 'text-reference'),
    contains: textsAt(json, 'text-contains'),
    numbers: numbersAssertion(objectAt(json, 'numbers-reference')),
  }),
});

function numbersAssertion(json: JsonObject | undefined): NumbersAssertion | undefined {
  const values = json?.get('values');
  if (json === undefined || !isJsonArray(values)) return undefined;
  return {
    values: values.filter(isJsonNumber).map(({ value }) => value),
    absolute: numberAt(json, 'absolute')?.value ?? 0,
    relative: numberAt(json, 'relative')?.value ?? 0,
  };
}

/** What is wrong with the content of an output, as a sentence's end; undefined when it is right. */
export function textFault(assertion: OutputAssertion, content: string): string | undefined {
  if (assertion.text !== undefined && plainLines(content) !== plainLines(assertion.text))
    return 'has another text than the test expects';
  const missing = assertion.contains?.find((text) => !content.includes(text));
  if (missing !== undefined) return `does not contain ${JSON.stringify(missing)}`;
  return assertion.numbers === undefined ? undefined : numbersFault(assertion.numbers, content);
}

const plainLines = (text: string): string => text.replaceAll(/\r\n?/g, '\n').trimEnd();

const NUMBER = /(?<![\w.])[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/g;

function numbersFault(expected: NumbersAssertion, content: string): string | undefined {
  const found = [...content.matchAll(NUMBER)].map(([text]) => Number(text));
  if (found.length !== expected.values.length)
    return `holds ${found.length} ${found.length === 1 ? 'number' : 'numbers'}, not ${expected.values.length}`;
  const index = expected.values.findIndex((value, at) => {
    const tolerance = Math.max(expected.absolute, expected.relative * Math.abs(value));
    return !(Math.abs((found[at] ?? Number.NaN) - value) <= tolerance);
  });
  return index < 0
    ? undefined
    : `has ${found[index] ?? ''} as its number ${index + 1}, not ${expected.values[index] ?? ''}`;
}
