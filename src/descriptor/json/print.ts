import {
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from './value.ts';

/** In which order the keys of an object are written; keys it does not name keep their order, after. */
export type KeyOrder = (pointer: readonly string[]) => readonly string[];

/** A line with a list of scalars that is no wider than this stays one line, as formatters of JSON have it. */
const LINE_WIDTH = 100;

/**
 * JSON text of a value: two spaces, one member a line, short lists of scalars on one line, numbers
 * as they were written. Ends with a line break.
 */
export function printJson(value: JsonValue, order: KeyOrder = () => []): string {
  return `${printed(value, { path: [], order, column: 0 })}\n`;
}

interface Printing {
  readonly path: readonly string[];
  readonly order: KeyOrder;
  /** Where on its line the value begins. */
  readonly column: number;
}

function printed(value: JsonValue, { path, order, column }: Printing): string {
  if (isJsonNumber(value)) return value.text;
  const indent = '  '.repeat(path.length);
  if (isJsonArray(value)) {
    if (value.length === 0) return '[]';
    const items = value.map((item, index) =>
      printed(item, { path: [...path, String(index)], order, column: indent.length + 2 }),
    );
    const line = `[${items.join(', ')}]`;
    const short = value.every((item) => !isJsonArray(item) && !isJsonObject(item));
    // Room for a comma.
    if (short && column + line.length < LINE_WIDTH) return line;
    return `[\n${items.map((item) => `${indent}  ${item}`).join(',\n')}\n${indent}]`;
  }
  if (isJsonObject(value)) {
    if (value.size === 0) return '{}';
    const members = ordered(value, order(path)).map(([key, member]) => {
      const start = `${indent}  ${JSON.stringify(key)}: `;
      return `${start}${printed(member, { path: [...path, key], order, column: start.length })}`;
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
