import type { Position } from '../diagnostic.ts';
import { stepsOf } from './pointer.ts';
import { isJsonArray, isJsonObject, type JsonValue } from './value.ts';

/** Where a value stands in its text: offsets in UTF-16 code units from 0. */
export interface Place {
  /** Of the key, for a member of an object. */
  readonly key?: number;
  readonly value: number;
}

/** The places of the members of each object, and the offsets of the items of each list. */
export type Places = ReadonlyMap<JsonValue, ReadonlyMap<string, Place> | readonly number[]>;

/** A text that was read as JSON, and where everything in it stands. */
export class JsonDocument {
  readonly text: string;
  readonly root: JsonValue;
  readonly #places: Places;
  readonly #rootOffset: number;
  #lineStarts: readonly number[] | undefined;

  constructor(text: string, root: JsonValue, rootOffset: number, places: Places) {
    this.text = text;
    this.root = root;
    this.#rootOffset = rootOffset;
    this.#places = places;
  }

  /** The value at a JSON pointer, if there is one. */
  valueAt(pointer: string): JsonValue | undefined {
    let value: JsonValue | undefined = this.root;
    for (const step of stepsOf(pointer)) value = childOf(value, step);
    return value;
  }

  /**
   * Where the key or the value at a pointer stands. A pointer to something absent gives the place
   * of the nearest thing around it that is there.
   * @param within how many characters into a text value; escapes before it are counted in
   */
  positionOf(pointer: string, what: 'key' | 'value' = 'value', within?: number): Position {
    let value: JsonValue | undefined = this.root;
    let place: Place = { value: this.#rootOffset };
    for (const step of stepsOf(pointer)) {
      const here = this.#placeOf(value, step);
      if (here === undefined) return this.positionAt(place.value);
      place = here;
      value = childOf(value, step);
    }
    const start = what === 'key' ? (place.key ?? place.value) : place.value;
    return this.positionAt(within === undefined ? start : this.#inText(start, within));
  }

  #inText(start: number, within: number): number {
    let at = start + 1;
    // Most texts have no escape before the place; looking for one costs less than counting.
    if (!this.text.slice(at, at + within).includes('\\')) return at + within;
    for (let passed = 0; passed < within && at < this.text.length; passed += 1) {
      at += this.text.charAt(at) !== '\\' ? 1 : this.text.charAt(at + 1) === 'u' ? 6 : 2;
    }
    return at;
  }

  #placeOf(container: JsonValue | undefined, step: string): Place | undefined {
    const places = container === undefined ? undefined : this.#places.get(container);
    if (places instanceof Map) return (places as ReadonlyMap<string, Place>).get(step);
    const value = (places as readonly number[] | undefined)?.[Number(step)];
    return value === undefined ? undefined : { value };
  }

  /** Line and column of an offset, both counted from 1. */
  positionAt(offset: number): Position {
    this.#lineStarts ??= lineStartsOf(this.text);
    return positionIn(this.#lineStarts, offset);
  }
}

const childOf = (value: JsonValue | undefined, step: string): JsonValue | undefined =>
  isJsonObject(value) ? value.get(step) : isJsonArray(value) ? value[Number(step)] : undefined;

/** Where each line of a text begins; CR, LF and CRLF all end one. */
export function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length);
  return starts;
}

/** Line and column (from 1) of an offset, by binary search over the starts of lines. */
export function positionIn(lineStarts: readonly number[], offset: number): Position {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
}
