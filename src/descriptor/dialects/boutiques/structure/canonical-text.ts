import { isJsonArray, isJsonNumber, isJsonObject, type JsonValue } from '../../../json/value.ts';
import type { NumberValue } from '../../../model.ts';

/** A text that two values share when they are the same to JSON: numbers by value, keys in any order. */
export function canonicalText(value: JsonValue): string {
  if (isJsonNumber(value)) return canonicalNumber(value);
  if (isJsonArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = [...value].map(
    ([key, member]) => `${JSON.stringify(key)}:${canonicalText(member)}`,
  );
  return `{${members.sort().join(',')}}`;
}

/** Whole numbers by all their digits: an id of twenty is longer than a number of JavaScript. */
const canonicalNumber = ({ text, value }: NumberValue): string =>
  /^-?\d+$/.test(text) ? BigInt(text).toString() : String(value === 0 ? 0 : value);
