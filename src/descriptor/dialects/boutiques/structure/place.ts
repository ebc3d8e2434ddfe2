import { stepsOf } from '../../../json/pointer.ts';
import {
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  KIND_NAMES,
  kindOf,
  type JsonObject,
  type JsonValue,
} from '../../../json/value.ts';
import type { ObjectShape } from './shape.ts';

/** Where a value stands: for a program, and for a sentence. */
export interface Place {
  readonly pointer: string;
  /** The nearest part around it that has a name: "the input `a`"; empty for the descriptor itself. */
  readonly owner: string;
}

/** What a sentence calls the value there: "`optional` of the input `a`". */
export function subject({ pointer, owner }: Place): string {
  const steps = stepsOf(pointer);
  const last = steps.at(-1) ?? '';
  const list = steps.at(-2);
  const isItem = /^\d+$/.test(last) && list !== undefined;
  const name = isItem ? `Item ${Number(last) + 1} of \`${list}\`` : `\`${last}\``;
  return owner === '' ? name : `${name} of ${owner}`;
}

/** "the input `a`", or "input 2" by its place when it has no id; inherits the owner around it. */
export function ownerOf(value: JsonObject, shape: ObjectShape, place: Place): string {
  const noun = /^an? (.*)$/.exec(shape.noun)?.[1];
  if (noun === undefined || noun === 'descriptor') return place.owner;
  const id = [value.get('id'), value.get('name')].find(
    (one) => typeof one === 'string' && one !== '',
  );
  if (typeof id === 'string') return `the ${noun} \`${id}\``;
  const index = Number(stepsOf(place.pointer).at(-1));
  return Number.isInteger(index) ? `${noun} ${index + 1}` : place.owner;
}

/** A value as a sentence shows it: "the text "x"", "the number 3", "a list". */
export function described(value: JsonValue): string {
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 60))}`;
  if (isJsonNumber(value)) return `the number ${value.text}`;
  if (typeof value === 'boolean') return String(value);
  return isJsonArray(value) && value.length === 0
    ? 'an empty list'
    : isJsonObject(value) && value.size === 0
      ? 'an empty object'
      : KIND_NAMES[kindOf(value)];
}

/** The first letter as a sentence begins. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
