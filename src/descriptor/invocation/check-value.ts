import { LIMITS } from '../../base/limits.ts';
import { type Uncarriable, UNCARRIABLE_SAYS, uncarriableIn } from '../carriage.ts';
import type { Finding } from '../findings.ts';
import { compareNumbers } from '../json/value.ts';
import { pointerOf } from '../json/pointer.ts';
import type { DescriptorInput, InvocationValue, NumberValue, ScalarValue } from '../model.ts';
import { nearestName } from '../nearest.ts';

const UNCARRIABLE_CODES: Record<Uncarriable['what'], string> = {
  'nul-character': 'invocation.nul-character',
  'lone-surrogate': 'invocation.lone-surrogate',
};

/** A fault of one value, before it is known whether the value may be shown. */
export type ValueFault = Finding & { readonly input: DescriptorInput };

/** What is wrong with a typed value by the rules of its input: choices, range, integer, list length. Of a long list not all. */
export function valueFaults(input: DescriptorInput, value: InvocationValue): Finding[] {
  const items = Array.isArray(value) ? (value as readonly ScalarValue[]) : [value as ScalarValue];
  const isList = Array.isArray(value);
  const faults = isList ? listFaults(input, items.length) : [];
  for (const [index, item] of items.entries()) {
    // Each is compared with all choices: who has so many wrong ones needs no more of them.
    if (faults.length >= LIMITS.valueFaultsToldMax) break;
    faults.push(
      ...scalarFaults(input, item, isList ? pointerOf(input.id, index) : pointerOf(input.id)),
    );
  }
  return faults;
}

/**
 * What no command line can carry, whatever the input: NUL, half of a character, and more than Linux
 * takes in one argument. The items of a list are an argument each where white space parts them.
 */
export function carriageFaults(input: DescriptorInput, value: InvocationValue): Finding[] {
  const items = Array.isArray(value) ? (value as readonly ScalarValue[]) : [value as ScalarValue];
  const texts = items.map(textOf);
  const pointer = pointerOf(input.id);
  const faults: Finding[] = [];
  for (const what of new Set(texts.flatMap((text) => uncarriableIn(text)?.what ?? []))) {
    faults.push({
      code: UNCARRIABLE_CODES[what],
      pointer,
      message: `The value of \`${input.id}\` holds ${UNCARRIABLE_SAYS[what]}.`,
      mend: 'Remove it, or put the value in a file that the app reads.',
    });
  }
  const isWordEach = (input.list?.separator ?? '').trim() === '' && input.list !== undefined;
  const bytes = (isWordEach ? longestOf(texts) : bytesOf(texts)) + gluedFlagBytes(input);
  if (bytes > LIMITS.argumentBytesMax) {
    faults.push({
      code: 'invocation.value-too-long',
      pointer,
      value: bytes,
      message: `The value of \`${input.id}\`${gluedFlagBytes(input) === 0 ? '' : ', with its flag,'} has ${bytes} bytes; Linux takes at most ${LIMITS.argumentBytesMax} in one argument.`,
      mend: 'Put the value in a file, if the app can read one.',
    });
  }
  return faults;
}

/** A flag and its value are one argument where the separator is no space. */
const gluedFlagBytes = ({
  commandLineFlag,
  commandLineFlagSeparator: separator,
}: DescriptorInput): number =>
  commandLineFlag === undefined || separator === undefined || /\s$/.test(separator)
    ? 0
    : bytesOf([commandLineFlag + separator]);

const longestOf = (texts: readonly string[]): number =>
  texts.reduce((longest, text) => Math.max(longest, bytesOf([text])), 0);

function bytesOf(texts: readonly string[]): number {
  const characters = texts.reduce((sum, text) => sum + text.length + 1, -1);
  // One UTF-16 unit is at most 3 bytes, so most values need no encoding to be known short.
  if (characters * 3 <= LIMITS.argumentBytesMax) return characters;
  const encoder = new TextEncoder();
  return texts.reduce((sum, text) => sum + encoder.encode(text).length + 1, -1);
}

function listFaults(input: DescriptorInput, length: number): Finding[] {
  const { entriesMin, entriesMax } = input.list ?? {};
  const few = entriesMin !== undefined && length < entriesMin;
  const many = entriesMax !== undefined && length > entriesMax;
  if (!few && !many) return [];
  const bound = few ? `at least ${entriesMin}` : `at most ${entriesMax ?? ''}`;
  return [
    {
      code: 'invocation.list-length',
      pointer: pointerOf(input.id),
      value: length,
      message: `\`${input.id}\` has ${length} items, but takes ${bound}.`,
      mend: `Give ${bound}.`,
    },
  ];
}

function scalarFaults(input: DescriptorInput, value: ScalarValue, pointer: string): Finding[] {
  return [
    ...choiceFaults(input, value, pointer),
    ...(typeof value === 'object' ? numberFaults(input, value, pointer) : []),
  ];
}

function choiceFaults(input: DescriptorInput, value: ScalarValue, pointer: string): Finding[] {
  const choices = input.valueChoices;
  if (choices === undefined || choices.some((choice) => sameScalar(choice, value))) return [];
  const texts = choices.map(textOf);
  const nearest = nearestName(textOf(value), texts);
  return [
    {
      code: 'invocation.not-a-choice',
      pointer,
      value: textOf(value),
      message: `\`${input.id}\` is ${quoted(textOf(value))}, which is none of its choices: ${listed(texts)}.`,
      nearest,
      mend: nearest === undefined ? 'Give one of the choices.' : `Give ${quoted(nearest)}.`,
    },
  ];
}

function numberFaults(input: DescriptorInput, value: NumberValue, pointer: string): Finding[] {
  const faults: Finding[] = [];
  if (input.integer === true && !/^[+-]?\d+$/.test(value.text)) {
    faults.push({
      code: 'invocation.not-an-integer',
      pointer,
      value: value.text,
      message: `\`${input.id}\` is ${value.text}, but takes whole numbers, written without a point or exponent.`,
      mend: `Give a whole number such as ${Math.round(value.value)}.`,
    });
  }
  const { minimum, maximum } = input;
  const open = { low: input.exclusiveMinimum ?? false, high: input.exclusiveMaximum ?? false };
  const low = minimum !== undefined && isBeyond(-compareNumbers(value, minimum), open.low);
  const high = maximum !== undefined && isBeyond(compareNumbers(value, maximum), open.high);
  if (low || high) {
    const range = rangeOf(input);
    faults.push({
      code: 'invocation.out-of-range',
      pointer,
      value: value.text,
      message: `\`${input.id}\` is ${value.text}, but takes ${range}.`,
      mend: `Give ${range}.`,
    });
  }
  return faults;
}

/** @param by how far past the bound */
const isBeyond = (by: number, isOpen: boolean): boolean => by > 0 || (isOpen && by === 0);

/** The range of a number input, to follow "takes": `a number from 0 to 1`. */
export function rangeOf(input: DescriptorInput): string {
  const { minimum, maximum } = input;
  const noun = input.integer === true ? 'a whole number' : 'a number';
  const low = `${input.exclusiveMinimum === true ? 'above' : 'from'} ${minimum?.text ?? ''}`;
  const high = `${input.exclusiveMaximum === true ? 'below' : 'at most'} ${maximum?.text ?? ''}`;
  if (minimum === undefined)
    return maximum === undefined
      ? noun
      : `${noun} ${input.exclusiveMaximum === true ? high : `of at most ${maximum.text}`}`;
  if (maximum === undefined) {
    return `${noun} ${input.exclusiveMinimum === true ? low : `of at least ${minimum.text}`}`;
  }
  const closed =
    input.exclusiveMaximum === true ? `to below ${maximum.text}` : `to ${maximum.text}`;
  return `${noun} ${low} ${closed}`;
}

/** Whether a value is a choice: numbers by value, also against a choice written as a text. */
export function sameScalar(left: ScalarValue, right: ScalarValue): boolean {
  if (typeof left === 'object' && typeof right === 'object') {
    return compareNumbers(left, right) === 0;
  }
  return textOf(left) === textOf(right);
}

export const textOf = (value: ScalarValue): string =>
  typeof value === 'object' ? value.text : String(value);

/** A text as it is shown in a sentence: in double quotes, on one line, not endless. */
export function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return JSON.stringify(short);
}

/** Names as a sentence lists them, not endlessly. */
export function listed(names: readonly string[]): string {
  const shownNames = names.slice(0, 20).map((name) => quoted(name));
  const more = names.length - shownNames.length;
  return more > 0 ? `${shownNames.join(', ')} and ${more} more` : shownNames.join(', ');
}
