import { isJsonArray, isJsonNumber, numberOf, type JsonValue } from '../../json/value.ts';
import type { InputType, InvocationValue, ScalarValue } from '../../model.ts';
import { numberText } from './number-text.ts';

/** A number as JSON writes it, for defaults that are written as texts. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * The default an author meant, typed: `null` is none, a single value is a list of one where a list
 * is asked for and the other way round, a number written as a text is that number and the other way round. Undefined where
 * there is none or it cannot be meant; the checks say so.
 */
export function defaultValueOf(
  value: JsonValue | undefined,
  type: InputType,
  { isList, choices }: { readonly isList: boolean; readonly choices?: readonly ScalarValue[] },
): InvocationValue | undefined {
  if (value === undefined || value === null) return undefined;
  const typed = (item: JsonValue): ScalarValue | undefined =>
    scalarDefault(item, type) ?? wordAmong(choices, item);
  if (!isList) return typed(soleItem(value) ?? value);
  const items = (isJsonArray(value) ? value : [value]).map(typed);
  const meant = items.filter((item) => item !== undefined);
  return meant.length === items.length ? meant : undefined;
}

/** A text that is a choice as it stands, such as "auto" beside the numbers of a Number. */
export const wordAmong = (
  choices: readonly ScalarValue[] | undefined,
  value: JsonValue,
): string | undefined =>
  typeof value === 'string' && choices?.includes(value) === true ? value : undefined;

/** One value as an author meant it for a type; undefined where it cannot be meant. */
export function scalarDefault(value: JsonValue, type: InputType): ScalarValue | undefined {
  if (type === 'Flag') return flagDefault(value);
  if (type === 'Number') {
    if (isJsonNumber(value)) return value;
    return typeof value === 'string' && NUMBER.test(value.trim())
      ? numberOf(value.trim())
      : undefined;
  }
  if (typeof value === 'string') return value;
  if (isJsonNumber(value)) return numberText(value);
  return undefined;
}

function flagDefault(value: JsonValue): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  const word = value.trim().toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

/** The item of a list of one. */
export const soleItem = (value: JsonValue): JsonValue | undefined =>
  isJsonArray(value) && value.length === 1 ? value[0] : undefined;
