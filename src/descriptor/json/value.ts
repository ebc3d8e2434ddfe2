import type { NumberValue } from '../model.ts';

/**
 * A JSON value that lost nothing: numbers keep their text, and an object is a `Map`, so that no key
 * (`__proto__`, `constructor`) is special and a number is never taken for an object.
 */
export type JsonValue = null | boolean | string | NumberValue | JsonArray | JsonObject;
export type JsonArray = readonly JsonValue[];
export type JsonObject = ReadonlyMap<string, JsonValue>;

export const isJsonObject = (value: JsonValue | undefined): value is JsonObject =>
  value instanceof Map;

export const isJsonArray = (value: JsonValue | undefined): value is JsonArray =>
  Array.isArray(value);

export const isJsonNumber = (value: JsonValue | undefined): value is NumberValue =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);

export type JsonKind = 'null' | 'boolean' | 'string' | 'number' | 'array' | 'object';

/** What JSON calls this value. */
export function kindOf(value: JsonValue): JsonKind {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  if (isJsonArray(value)) return 'array';
  return isJsonObject(value) ? 'object' : 'number';
}

/** How a person names the kind of a value: "a text", "a list". */
export const KIND_NAMES: Record<JsonKind, string> = {
  null: 'null',
  boolean: 'true or false',
  string: 'a text',
  number: 'a number',
  array: 'a list',
  object: 'an object',
};

/** A number of our model from its text, which must be a JSON or command-line number. */
export const numberOf = (text: string): NumberValue => ({
  kind: 'number',
  text,
  value: Number(text),
});

const WHOLE = /^[+-]?\d+$/;

/** Below zero, zero, above zero, as for `sort`; whole numbers to their last digit, however many. */
export function compareNumbers(left: NumberValue, right: NumberValue): number {
  if (left.value !== right.value || !WHOLE.test(left.text) || !WHOLE.test(right.text))
    return left.value - right.value;
  const [a, b] = [left, right].map(({ text }) => BigInt(text.replace(/^\+/, '')));
  return a === b ? 0 : (a ?? 0n) < (b ?? 0n) ? -1 : 1;
}

/**
 * The plain JavaScript value (what `JSON.parse` gives): for libraries that know no other form, and
 * for what is shown. Numbers lose their text.
 */
export function plainOf(value: JsonValue): unknown {
  if (isJsonObject(value)) {
    return Object.fromEntries([...value].map(([key, member]) => [key, plainOf(member)]));
  }
  if (isJsonArray(value)) return value.map(plainOf);
  return isJsonNumber(value) ? value.value : value;
}

/** The lossless form of a plain JavaScript value that came from `JSON.parse` or a YAML reader. */
export function jsonOf(value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return numberOf(String(value));
  if (Array.isArray(value)) return value.map(jsonOf);
  if (value instanceof Map) {
    return new Map([...value].map(([key, member]) => [String(key), jsonOf(member)]));
  }
  if (typeof value === 'object') {
    return new Map(Object.entries(value).map(([key, member]) => [key, jsonOf(member)]));
  }
  return null;
}
