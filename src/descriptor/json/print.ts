import {
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from './value.ts';

/** In which order the keys of an object are written; keys it does not name keep their order, after. */
export type KeyOrder = (pointer: readonly string[]) => readonly string[];

/** A list of scalars no longer than this stays on one line. */
const LINE_WIDTH = 100;

/**
 * JSON text of a value: two spaces, one member a line, short lists of scalars on one line, numbers
 * as they were written. Ends with a line break.
 */
export function printJson(value: JsonValue, order: KeyOrder = () => []): string {
  return `${printed(value, [], order)}\n`;
}

function printed(value: JsonValue, path: readonly string[], order: KeyOrder): string {
  if (isJsonNumber(value)) return value.text;
  const indent = '  '.repeat(path.length);
  if (isJsonArray(value)) {
    if (value.length === 0) return '[]';
    const items = value.map((item, index) => printed(item, [...path, String(index)], order));
    const line = `[${items.join(', ')}]`;
    const short = value.every((item) => !isJsonArray(item) && !isJsonObject(item));
    if (short && indent.length + line.length <= LINE_WIDTH - 20) return line;
    return `[\n${items.map((item) => `${indent}  ${item}`).join(',\n')}\n${indent}]`;
  }
  if (isJsonObject(value)) {
    if (value.size === 0) return '{}';
    const members = ordered(value, order(path)).map(([key, member]) => {
      return `${indent}  ${JSON.stringify(key)}: ${printed(member, [...path, key], order)}`;
    });
    return `{\n${members.join(',\n')}\n${indent}}`;
  }
  return JSON.stringify(value);
}

function ordered(
  object: JsonObject,
  first: readonly string[],
): readonly (readonly [string, JsonValue])[] {
  const members = [...object];
  const rank = (key: string): number => {
    const at = first.indexOf(key);
    return at < 0 ? first.length : at;
  };
  return members.toSorted(([left], [right]) => rank(left) - rank(right));
}
