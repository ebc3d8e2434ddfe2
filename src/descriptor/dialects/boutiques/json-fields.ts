import {
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '../../json/value.ts';
import type { NumberValue } from '../../model.ts';

/**
 * Members of an object by the kind they should have; one of another kind counts as absent. The
 * structure is checked elsewhere and told there, so that reading goes on past a fault.
 */
export const textOf = (object: JsonObject, key: string): string | undefined => {
  const value = object.get(key);
  return typeof value === 'string' ? value : undefined;
};

/** The id of a part; one without is called by its place, which no id can be. */
export const idOr = (object: JsonObject, pointer: string): string => {
  const id = textOf(object, 'id');
  return id === undefined || id === '' ? pointer : id;
};

export const truthOf = (object: JsonObject, key: string): boolean | undefined => {
  const value = object.get(key);
  return typeof value === 'boolean' ? value : undefined;
};

export const numberAt = (object: JsonObject, key: string): NumberValue | undefined => {
  const value = object.get(key);
  return isJsonNumber(value) ? value : undefined;
};

export const objectAt = (object: JsonObject, key: string): JsonObject | undefined => {
  const value = object.get(key);
  return isJsonObject(value) ? value : undefined;
};

export const itemsOf = (object: JsonObject, key: string): readonly JsonValue[] => {
  const value = object.get(key);
  return isJsonArray(value) ? value : [];
};

export const textsOf = (object: JsonObject, key: string): readonly string[] =>
  itemsOf(object, key).filter((item) => typeof item === 'string');

/** Like `textsOf`, but nothing when the key is absent or no list. */
export const textsAt = (object: JsonObject, key: string): readonly string[] | undefined =>
  isJsonArray(object.get(key)) ? textsOf(object, key) : undefined;

/** The given members that have a value, for objects whose optional keys may not be `undefined`. */
export function present<Members extends Record<string, unknown>>(
  members: Members,
): { [Key in keyof Members]?: Exclude<Members[Key], undefined> } {
  const kept = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [Key in keyof Members]?: Exclude<Members[Key], undefined> };
}
