import { isJsonArray, isJsonNumber, isJsonObject, type JsonValue } from '../../../json/value.ts';

/** A text that two values share when they are the same to JSON: numbers by value, keys in any order. */
export function canonicalText(value: JsonValue): string {
  if (isJsonNumber(value)) return String(value.value === 0 ? 0 : value.value);
  if (isJsonArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = [...value].map(
    ([key, member]) => `${JSON.stringify(key)}:${canonicalText(member)}`,
  );
  return `{${members.sort().join(',')}}`;
}
