import {
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  type JsonValue,
  numberOf,
} from '../json/value.ts';
import type {
  Descriptor,
  DescriptorInput,
  InvocationValue,
  NumberValue,
  ScalarValue,
} from '../model.ts';
import { listed, textOf } from './check-value.ts';
import type { RawValue } from './raw.ts';

/** A typed value, or why it is none. */
export type Coerced =
  | { readonly ok: true; readonly value: InvocationValue }
  | { readonly ok: false; readonly fault: CoercionFault };

export interface CoercionFault {
  readonly code: 'invocation.wrong-type' | 'invocation.repeated';
  /** The item of a list at fault. */
  readonly index?: number;
  readonly value: JsonValue;
  /** What is wanted, to follow "should be". */
  readonly wanted: string;
}

/** A number as people write them on a command line, and as Python's `int` and `float` read them. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const DOMAIN_ID = /^-?\d+$/;
const TRUE_WORDS = ['true', 'yes', '1'];
const FALSE_WORDS = ['false', 'no', '0'];

/**
 * Gives a raw value its input's type. Texts of a command line are read by that type. Values of a
 * file must have it already; Cytomine keeps every value as text, so its files may too
 * (docs/invocations.md has the table).
 */
export function coerce(descriptor: Descriptor, input: DescriptorInput, raw: RawValue): Coerced {
  const loose = raw.kind === 'text' || descriptor.dialect === 'cytomine-0.1';
  if (input.list === undefined) {
    const [single, second] = valuesOf(raw);
    if (second !== undefined) {
      return refused({ code: 'invocation.repeated', value: second, wanted: 'given once' });
    }
    return coerceScalar(input, single ?? '', loose);
  }
  const items: ScalarValue[] = [];
  for (const [index, item] of itemsOf(descriptor, input, raw).entries()) {
    const coerced = coerceScalar(input, item, loose);
    if (!coerced.ok) return refused({ ...coerced.fault, index });
    items.push(coerced.value as ScalarValue);
  }
  return { ok: true, value: items };
}

const valuesOf = (raw: RawValue): readonly JsonValue[] =>
  raw.kind === 'text' ? raw.texts : [raw.value];

/** The items of a list: several texts are one item each; one text may hold several. */
function itemsOf(
  descriptor: Descriptor,
  input: DescriptorInput,
  raw: RawValue,
): readonly JsonValue[] {
  if (raw.kind === 'json') {
    if (isJsonArray(raw.value)) return raw.value;
    return typeof raw.value === 'string' && descriptor.dialect === 'cytomine-0.1'
      ? itemsOfText(descriptor, input, raw.value)
      : [raw.value];
  }
  if (descriptor.dialect === 'cytomine-0.1') {
    return raw.texts.flatMap((text) => itemsOfText(descriptor, input, text));
  }
  const [only, ...others] = raw.texts;
  return others.length === 0 ? itemsOfText(descriptor, input, only ?? '') : raw.texts;
}

/**
 * Splits a text at the list's separator. Where that is white space a file name may hold it, so only
 * numbers are split there.
 */
function itemsOfText(descriptor: Descriptor, input: DescriptorInput, text: string): string[] {
  if (text === '') return [];
  if (descriptor.dialect === 'cytomine-0.1') return text.split(',');
  const separator = input.list?.separator ?? ' ';
  if (separator.trim() !== '') return text.split(separator);
  return input.type === 'Number' ? text.split(/[\s,]+/).filter((item) => item !== '') : [text];
}

function coerceScalar(input: DescriptorInput, value: JsonValue, loose: boolean): Coerced {
  const typed = typedScalar(input, value, loose);
  if (typed !== undefined) return { ok: true, value: typed };
  const wanted = isTooLarge(input, value) ? 'a number a computer can hold' : wantedBy(input, value);
  return refused({ code: 'invocation.wrong-type', value, wanted });
}

function wantedBy({ type, valueChoices }: DescriptorInput, value: JsonValue): string {
  // As a server's requests have it.
  if (type === 'File' && isJsonObject(value) && value.has('url'))
    return 'a path or, for a server, a URL, as a text';
  const hasWords = type === 'Number' && valueChoices?.some((choice) => typeof choice === 'string');
  return hasWords === true
    ? `one of its choices, ${listed((valueChoices ?? []).map(textOf))}`
    : WANTED[type];
}

const WANTED: Record<DescriptorInput['type'], string> = {
  String: 'a text',
  File: 'the path of a file, as a text',
  Date: 'a date, as a text',
  Number: 'a number',
  Boolean: 'true or false',
  Flag: 'true or false',
  Domain: 'the number of an object on the platform',
  ListDomain: 'the number of an object on the platform',
};

function typedScalar(
  input: DescriptorInput,
  value: JsonValue,
  loose: boolean,
): ScalarValue | undefined {
  switch (input.type) {
    case 'String':
    case 'File':
    case 'Date':
      return typeof value === 'string' ? value : loose ? scalarText(value) : undefined;
    case 'Number':
      return numberIn(value, loose, NUMBER) ?? wordAmong(input, value);
    case 'Domain':
    case 'ListDomain':
      return numberIn(value, loose, DOMAIN_ID);
    case 'Boolean':
    case 'Flag':
      return typeof value === 'boolean' ? value : loose ? truthIn(value) : undefined;
  }
}

/** A text that a Number has among its choices, such as "auto". */
const wordAmong = (input: DescriptorInput, value: JsonValue): string | undefined =>
  typeof value === 'string' && input.valueChoices?.includes(value) === true ? value : undefined;

const scalarText = (value: JsonValue): string | undefined =>
  isJsonNumber(value) ? value.text : typeof value === 'boolean' ? String(value) : undefined;

function numberIn(value: JsonValue, loose: boolean, form: RegExp): NumberValue | undefined {
  if (isJsonNumber(value))
    return form.test(value.text) && Number.isFinite(value.value) ? value : undefined;
  if (!loose || typeof value !== 'string') return undefined;
  const text = value.trim();
  return form.test(text) && Number.isFinite(Number(text)) ? numberOf(text) : undefined;
}

function truthIn(value: JsonValue): boolean | undefined {
  const word = (isJsonNumber(value) ? value.text : typeof value === 'string' ? value : '')
    .trim()
    .toLowerCase();
  if (TRUE_WORDS.includes(word)) return true;
  return FALSE_WORDS.includes(word) ? false : undefined;
}

const isTooLarge = (input: DescriptorInput, value: JsonValue): boolean =>
  input.type === 'Number' &&
  ((isJsonNumber(value) && !Number.isFinite(value.value)) ||
    (typeof value === 'string' && NUMBER.test(value.trim()) && !Number.isFinite(Number(value))));

const refused = (fault: CoercionFault): Coerced => ({ ok: false, fault });
